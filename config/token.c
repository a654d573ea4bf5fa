/* SPDX-License-Identifier: Apache-2.0 */
/* tokens: of privyseal.yaml, and the PIN, risks and environment of each. */
#include "config/private.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/suggest.h"

/* pin: {file: PATH}, {credential: NAME} or {ask: true} */

TAKE_PATH(pin_file_take, struct config_token, pin_file)
TAKE_NAME(pin_credential_take, struct config_token, pin_credential)

static void
pin_ask_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct config_token *token = w->target;

	if (yaml_take_bool(w, node, &token->pin_ask) && !token->pin_ask)
		yaml_blame(w, node, "\"ask\" can only be true");
}

static void
pin_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"file", YAML_SCALAR, false, pin_file_take},
	    {"credential", YAML_SCALAR, false, pin_credential_take},
	    {"ask", YAML_SCALAR, false, pin_ask_take},
	};
	const struct yaml_node *first = node->child;

	if (yaml_walk(w, node, keys, N(keys)) == 0 &&
	    (first == NULL || first->next != NULL))
		yaml_blame(w, node,
		    "exactly one of \"file\", \"credential\" and \"ask\" is "
		    "wanted");
}

/* tokens: */

TAKE_NAME(token_name_take, struct config_token, name)
TAKE_PATH(token_module_take, struct config_token, module)
TAKE_URI(token_uri_take, struct config_token, uri)
TAKE_COUNT(token_sessions_take, struct config_token, sessions, 1, 64)

static void
token_deadline_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct config_token *token = w->target;
	int64_t seconds;

	if (yaml_take_duration(w, node, 1, 300, &seconds))
		token->deadline_ms = seconds * 1000;
}

static void
risk_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const char *const risks[] = {
#define RISK(name) name,
#include "config/risk.def"
#undef RISK
	};
	struct config_token *token = w->target;
	struct suggest s = suggest_for(node->text);
	size_t i;

	for (i = 0; i < N(risks); i++) {
		suggest_offer(&s, risks[i]);
		if (strcmp(node->text, risks[i]) != 0)
			continue;
		token->accept_risks = xrealloc(token->accept_risks,
		    (token->n_accept_risks + 1) * sizeof(char *));
		token->accept_risks[token->n_accept_risks++] =
		    xstrdup(risks[i]);
		return;
	}
	yaml_blame(w, node, "\"%s\" is no risk that can be accepted%s%s%s",
	    node->text, s.best != NULL ? "; did you mean \"" : "",
	    s.best != NULL ? s.best : "", s.best != NULL ? "\"?" : "");
}

static void
risks_take(struct yaml_walk *w, const struct yaml_node *node)
{
	yaml_each(w, node, YAML_SCALAR, risk_take);
}

/* What a vendor's module reads from its environment: SOFTHSM2_CONF and such. */
static bool
is_env_name(const char *s)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return s[0] >= 'A' && s[strspn(s, allowed)] == '\0';
}

static void
variable_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct config_token *token = w->target;
	MEM_CLEANUP char *value = NULL;

	if (!yaml_type_check(w, node, YAML_SCALAR, node->key))
		return;
	if (!is_env_name(node->key)) {
		yaml_blame(w, node,
		    "a variable's name has A-Z 0-9 _ and no digit "
		    "first, not \"%s\"",
		    node->key);
		return;
	}
	if (!yaml_take_text(w, node, CONFIG_TEXT_MAX, &value))
		return;
	token->env = xrealloc(token->env, (token->n_env + 1) * sizeof(char *));
	token->env[token->n_env++] = xasprintf("%s=%s", node->key, value);
}

static void
environment_take(struct yaml_walk *w, const struct yaml_node *node)
{
	const struct yaml_node *variable = node->child;

	for (; variable != NULL; variable = variable->next)
		variable_take(w, variable);
}

/* What the signer's sandbox leaves to the module beyond reading. */
static void
writable_one(struct yaml_walk *w, const struct yaml_node *node)
{
	struct config_token *token = w->target;

	if (token->n_writable == CONFIG_MAX_WRITABLE)
		yaml_blame(
		    w, node, "more than %d directories", CONFIG_MAX_WRITABLE);
	else if (config_path_take(w, node, &token->writable[token->n_writable]))
		token->n_writable++;
}

static void
writable_take(struct yaml_walk *w, const struct yaml_node *node)
{
	yaml_each(w, node, YAML_SCALAR, writable_one);
}

static void
network_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct config_token *token = w->target;

	(void)yaml_take_bool(w, node, &token->network);
}

static void
token_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"name", YAML_SCALAR, true, token_name_take},
	    {"module", YAML_SCALAR, true, token_module_take},
	    {"uri", YAML_SCALAR, true, token_uri_take},
	    {"pin", YAML_MAP, true, pin_take},
	    {"sessions", YAML_SCALAR, false, token_sessions_take},
	    {"deadline", YAML_SCALAR, false, token_deadline_take},
	    {"accept-risks", YAML_LIST, false, risks_take},
	    {"environment", YAML_MAP, false, environment_take},
	    {"writable", YAML_LIST, false, writable_take},
	    {"network", YAML_SCALAR, false, network_take},
	};
	struct config *config = w->target;
	struct config_token *token;

	if (config->n_tokens == CONFIG_MAX_TOKENS) {
		yaml_blame(w, node, "more than %d tokens", CONFIG_MAX_TOKENS);
		return;
	}
	token = &config->tokens[config->n_tokens++];
	token->line = node->line;
	token->deadline_ms = 5000;
	(void)yaml_walk_into(w, node, token, keys, N(keys));
}

void
config_tokens_take(struct yaml_walk *w, const struct yaml_node *node)
{
	if (node->child == NULL)
		yaml_blame(w, node, "at least one token is wanted");
	yaml_each(w, node, YAML_MAP, token_take);
}

void
config_token_clear(struct config_token *token)
{
	size_t i;

	free(token->name);
	free(token->module);
	free(token->uri);
	free(token->pin_file);
	free(token->pin_credential);
	for (i = 0; i < token->n_accept_risks; i++)
		free(token->accept_risks[i]);
	free(token->accept_risks);
	for (i = 0; i < token->n_env; i++)
		free(token->env[i]);
	free(token->env);
	for (i = 0; i < token->n_writable; i++)
		free(token->writable[i]);
}
