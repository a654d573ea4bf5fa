/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cross-checks of privyseal.yaml: what no single value can tell. They look at
 * the tree, because only that knows where a name stands.
 */
#include "config/private.h"

#include <string.h>
#include <sys/un.h>

#include "lib/mem.h"
#include "lib/suggest.h"

/* sun_path without its NUL: bind() would cut or refuse anything longer. */
#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

bool
config_socket_check(
    struct yaml_walk *w, const struct yaml_node *node, const char *path)
{
	if (strlen(path) <= SOCKET_PATH_MAX)
		return true;
	yaml_blame(w, node,
	    "the socket's path has %zu bytes, the system takes %zu: %s",
	    strlen(path), SOCKET_PATH_MAX, path);
	return false;
}

/* The first item of tokens: or issuers:, NULL when there is no such list. */
static const struct yaml_node *
first_item(const struct yaml_walk *w, const char *list_key)
{
	const struct yaml_node *root = yaml_root(w->doc);
	const struct yaml_node *list =
	    root->type == YAML_MAP ? yaml_entry(root, list_key) : NULL;

	return list != NULL && list->type == YAML_LIST ? list->child : NULL;
}

/* A scalar of an item; NULL when it is not there, or of another type. */
static const struct yaml_node *
item_scalar(const struct yaml_node *item, const char *key)
{
	const struct yaml_node *node =
	    item->type == YAML_MAP ? yaml_entry(item, key) : NULL;

	return node != NULL && node->type == YAML_SCALAR ? node : NULL;
}

static void
names_check(struct yaml_walk *w, const char *list_key, const char *what)
{
	const struct yaml_node *first = first_item(w, list_key);
	const struct yaml_node *item, *earlier, *name, *other;

	for (item = first; item != NULL; item = item->next) {
		name = item_scalar(item, "name");
		for (earlier = first; name != NULL && earlier != item;
		     earlier = earlier->next) {
			other = item_scalar(earlier, "name");
			if (other == NULL ||
			    strcmp(other->text, name->text) != 0)
				continue;
			yaml_blame(w, name,
			    "%s \"%s\" is there already, in line %u", what,
			    name->text, other->line);
			break;
		}
	}
}

static void
issuer_token_check(struct yaml_walk *w, const struct yaml_node *reference)
{
	struct suggest s = suggest_for(reference->text);
	const struct yaml_node *item, *name;

	for (item = first_item(w, "tokens"); item != NULL; item = item->next) {
		name = item_scalar(item, "name");
		if (name == NULL)
			continue;
		if (strcmp(name->text, reference->text) == 0)
			return;
		suggest_offer(&s, name->text);
	}
	yaml_blame(w, reference,
	    "there is no token \"%s\" under \"tokens\"%s%s%s", reference->text,
	    s.best != NULL ? "; did you mean \"" : "",
	    s.best != NULL ? s.best : "", s.best != NULL ? "\"?" : "");
}

static void
references_check(struct yaml_walk *w)
{
	const struct yaml_node *item, *reference;

	for (item = first_item(w, "issuers"); item != NULL; item = item->next) {
		reference = item_scalar(item, "token");
		if (reference != NULL)
			issuer_token_check(w, reference);
	}
}

/* One socket for each kind of power; two of one path would be one. */
static void
sockets_check(struct yaml_walk *w, const struct config *config)
{
	const struct {
		const char *key;
		const char *path;
	} sockets[] = {
	    {"socket", config->socket},
	    {"admin-socket", config->admin_socket},
	    {"unlock-socket", config->unlock_socket},
	};
	const struct yaml_node *root = yaml_root(w->doc);
	const struct yaml_node *node;
	size_t i, j;

	for (i = 1; i < 3; i++) {
		for (j = 0; j < i; j++) {
			if (strcmp(sockets[i].path, sockets[j].path) != 0)
				continue;
			node = yaml_entry(root, sockets[i].key);
			yaml_blame(w, node != NULL ? node : root,
			    "\"%s\" and \"%s\" must not be the same path: %s",
			    sockets[j].key, sockets[i].key, sockets[i].path);
		}
	}
}

/* What follows from other values; nothing is NULL once nothing was wrong. */
void
config_complete(struct config *config)
{
	struct config_issuer *issuer;
	size_t i, t;

	config->log_path = xasprintf("%s/privyseal.log", config->state_dir);
	config->index_path = xasprintf("%s/index.db", config->state_dir);
	for (i = 0; i < config->n_issuers; i++) {
		issuer = &config->issuers[i];
		for (t = 0; t < config->n_tokens; t++) {
			if (strcmp(issuer->token, config->tokens[t].name) == 0)
				issuer->token_place = t;
		}
	}
}

void
config_check(struct yaml_walk *w, const struct config *config)
{
	if (yaml_root(w->doc)->type != YAML_MAP)
		return;
	names_check(w, "tokens", "a token");
	names_check(w, "issuers", "an issuer");
	references_check(w);
	sockets_check(w, config);
}
