/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privyseal.yaml into a struct config: tables of keys, one small function a
 * value. Kinds of values are in value.c, tokens in token.c; what needs the
 * whole file at once is in check.c.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "config/private.h"
#include "lib/mem.h"
#include "lib/suggest.h"

/* issuers: */

TAKE_NAME(issuer_name_take, struct config_issuer, name)
TAKE_NAME(issuer_token_take, struct config_issuer, token)
TAKE_URI(issuer_key_take, struct config_issuer, key)
TAKE_PATH(issuer_certificate_take, struct config_issuer, certificate)
TAKE_PATH(issuer_chain_take, struct config_issuer, chain)

static void
issuer_signature_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct config_issuer *issuer = w->target;
	struct suggest s = suggest_for(node->text);
	int alg;

	issuer->alg = sig_alg_find(node->text);
	if (issuer->alg != SIG_NONE)
		return;
	for (alg = SIG_NONE + 1; alg < SIG_ALGS; alg++)
		suggest_offer(&s, sig_alg_name((enum sig_alg)alg));
	yaml_blame(w, node, "\"%s\" is no signature algorithm known here%s%s%s",
	    node->text, s.best != NULL ? "; did you mean \"" : "",
	    s.best != NULL ? s.best : "", s.best != NULL ? "\"?" : "");
}

static void
issuer_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"name", YAML_SCALAR, true, issuer_name_take},
	    {"token", YAML_SCALAR, true, issuer_token_take},
	    {"key", YAML_SCALAR, true, issuer_key_take},
	    {"certificate", YAML_SCALAR, true, issuer_certificate_take},
	    {"chain", YAML_SCALAR, false, issuer_chain_take},
	    {"signature", YAML_SCALAR, false, issuer_signature_take},
	};
	struct config *config = w->target;
	struct config_issuer *issuer;

	if (config->n_issuers == CONFIG_MAX_ISSUERS) {
		yaml_blame(w, node, "more than %d issuers", CONFIG_MAX_ISSUERS);
		return;
	}
	issuer = &config->issuers[config->n_issuers++];
	issuer->line = node->line;
	(void)yaml_walk_into(w, node, issuer, keys, N(keys));
}

static void
issuers_take(struct yaml_walk *w, const struct yaml_node *node)
{
	if (node->child == NULL)
		yaml_blame(w, node, "at least one issuer is wanted");
	yaml_each(w, node, YAML_MAP, issuer_take);
}

/* limits: */

TAKE_COUNT(connections_take, struct config, max_connections, 1, 65536)
TAKE_COUNT(per_uid_take, struct config, max_connections_per_uid, 1, 65536)
TAKE_COUNT(waiting_take, struct config, max_waiting, 1, 1000000)

static void
limits_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"connections", YAML_SCALAR, false, connections_take},
	    {"connections-per-uid", YAML_SCALAR, false, per_uid_take},
	    {"waiting", YAML_SCALAR, false, waiting_take},
	};

	(void)yaml_walk(w, node, keys, N(keys));
}

/* The top. */

TAKE_ACCOUNT(user_take, struct config, user)
TAKE_ACCOUNT(group_take, struct config, socket_group)
TAKE_PATH(policy_dir_take, struct config, policy_dir)
TAKE_PATH(state_dir_take, struct config, state_dir)

static void
version_take(struct yaml_walk *w, const struct yaml_node *node)
{
	if (strcmp(node->text, "1") != 0)
		yaml_blame(w, node,
		    "this program reads version 1, the file has \"%s\"",
		    node->text);
}

static void
socket_path_take(struct yaml_walk *w, const struct yaml_node *node, char **out)
{
	if (config_path_take(w, node, out))
		(void)config_socket_check(w, node, *out);
}

static void
socket_take(struct yaml_walk *w, const struct yaml_node *node)
{
	socket_path_take(w, node, &((struct config *)w->target)->socket);
}

static void
admin_socket_take(struct yaml_walk *w, const struct yaml_node *node)
{
	socket_path_take(w, node, &((struct config *)w->target)->admin_socket);
}

static void
unlock_socket_take(struct yaml_walk *w, const struct yaml_node *node)
{
	socket_path_take(w, node, &((struct config *)w->target)->unlock_socket);
}

/* Octal, as chmod has it: read and write bits, and the owner's two always. */
static void
mode_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct config *config = w->target;
	const char *digits = node->text + (node->text[0] == '0');
	unsigned mode;

	if (strlen(digits) != 3 || digits[strspn(digits, "0246")] != '\0' ||
	    digits[0] != '6') {
		yaml_blame(w, node,
		    "a mode like 0660 or 0600 was wanted (read and write "
		    "only), not \"%s\"",
		    node->text);
		return;
	}
	mode = (unsigned)strtoul(digits, NULL, 8);
	config->socket_mode = mode;
}

static const struct yaml_key top_keys[] = {
    {"version", YAML_SCALAR, true, version_take},
    {"socket", YAML_SCALAR, false, socket_take},
    {"socket-mode", YAML_SCALAR, false, mode_take},
    {"socket-group", YAML_SCALAR, false, group_take},
    {"admin-socket", YAML_SCALAR, false, admin_socket_take},
    {"unlock-socket", YAML_SCALAR, false, unlock_socket_take},
    {"user", YAML_SCALAR, false, user_take},
    {"policy-dir", YAML_SCALAR, false, policy_dir_take},
    {"state-dir", YAML_SCALAR, false, state_dir_take},
    {"tokens", YAML_LIST, true, config_tokens_take},
    {"issuers", YAML_LIST, true, issuers_take},
    {"limits", YAML_MAP, false, limits_take},
};

static struct config *
config_new(const char *path)
{
	struct config *config = xcalloc(1, sizeof(*config));

	config->path = xstrdup(path);
	config->socket = xstrdup("/run/privyseal/agent.sock");
	config->admin_socket = xstrdup("/run/privyseal/admin.sock");
	config->unlock_socket = xstrdup("/run/privyseal/unlock.sock");
	config->socket_mode = 0660;
	config->policy_dir = config_path_resolve(path, "policy.d");
	config->state_dir = xstrdup("/var/lib/privyseal");
	config->max_connections = 256;
	config->max_connections_per_uid = 64;
	config->max_waiting = 4096;
	return config;
}

static void
issuer_clear(struct config_issuer *issuer)
{
	free(issuer->name);
	free(issuer->token);
	free(issuer->key);
	free(issuer->certificate);
	free(issuer->chain);
}

void
config_free(struct config *config)
{
	size_t i;

	if (config == NULL)
		return;
	for (i = 0; i < config->n_tokens; i++)
		config_token_clear(&config->tokens[i]);
	for (i = 0; i < config->n_issuers; i++)
		issuer_clear(&config->issuers[i]);
	free(config->path);
	free(config->socket);
	free(config->socket_group);
	free(config->admin_socket);
	free(config->unlock_socket);
	free(config->policy_dir);
	free(config->state_dir);
	free(config->log_path);
	free(config->index_path);
	free(config->user);
	free(config);
}

const struct config_issuer *
config_issuer_find(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->n_issuers; i++) {
		if (strcmp(config->issuers[i].name, name) == 0)
			return &config->issuers[i];
	}
	return NULL;
}

int
config_parse(const char *path, struct span text, struct config **out,
    struct yaml_findings *findings)
{
	struct yaml_walk w = {.f = findings};
	struct config *config;
	size_t before = findings->n + findings->dropped;

	if (text.len > CONFIG_FILE_MAX) {
		yaml_find(findings, path, 0, 0,
		    "the file has %zu bytes, at most %d are allowed", text.len,
		    CONFIG_FILE_MAX);
		return ERR_CONFIG;
	}
	(void)yaml_parse(path, text, &w.doc, findings);
	if (w.doc == NULL)
		return ERR_CONFIG;
	config = config_new(path);
	w.target = config;
	(void)yaml_walk(&w, yaml_root(w.doc), top_keys, N(top_keys));
	config_check(&w, config);
	yaml_doc_free(w.doc);
	if (findings->n + findings->dropped != before) {
		config_free(config);
		return ERR_CONFIG;
	}
	config_complete(config);
	*out = config;
	return 0;
}
