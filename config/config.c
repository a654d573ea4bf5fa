/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privyseal.yaml into a struct config: tables of keys, one small function a
 * value. What needs the whole file at once is in check.c.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "config/private.h"
#include "lib/mem.h"
#include "lib/suggest.h"

#define TEXT_MAX 1024 /* bytes of a path or URI */
#define NAME_MAX_LEN 64
#define YEAR_S (366 * 86400)

#define N(table) (sizeof(table) / sizeof((table)[0]))

/* Names end up in file names, thread names and log lines. */
static bool
is_name(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

	return s[0] != '-' && s[0] != '.' && s[0] != '_' &&
	       s[strspn(s, allowed)] == '\0';
}

static void
name_take(struct yaml_walk *w, const struct yaml_node *node, char **out)
{
	if (!is_name(node->text))
		yaml_blame(w, node,
		    "a name has a-z 0-9 - _ . and starts with a letter or "
		    "digit, not \"%s\"",
		    node->text);
	else
		(void)yaml_take_text(w, node, NAME_MAX_LEN, out);
}

/* Paths that are not absolute start at the directory of the file. */
static char *
path_resolve(const char *config_path, const char *path)
{
	const char *slash = strrchr(config_path, '/');

	if (path[0] == '/' || slash == NULL)
		return xstrdup(path);
	return xasprintf(
	    "%.*s/%s", (int)(slash - config_path), config_path, path);
}

static bool
path_take(struct yaml_walk *w, const struct yaml_node *node, char **out)
{
	MEM_CLEANUP char *text = NULL;

	if (!yaml_take_text(w, node, TEXT_MAX, &text))
		return false;
	free(*out);
	*out = path_resolve(yaml_file(w->doc), text);
	return true;
}

/*
 * An RFC 7512 URI. A PIN in it would be in every copy and listing of this
 * file; the text is not repeated in the finding, for the same reason.
 */
static void
uri_take(struct yaml_walk *w, const struct yaml_node *node, char **out)
{
	if (strncmp(node->text, "pkcs11:", 7) != 0)
		yaml_blame(w, node,
		    "a PKCS#11 URI starts with \"pkcs11:\" (RFC 7512)");
	else if (strstr(node->text, "pin-value") != NULL ||
		 strstr(node->text, "pin-source") != NULL)
		yaml_blame(w, node,
		    "a PIN does not belong into the URI; name its file or "
		    "credential under \"pin\"");
	else
		(void)yaml_take_text(w, node, TEXT_MAX, out);
}

#define TAKE_NAME(function, type, field)                         \
	static void function(                                    \
	    struct yaml_walk *w, const struct yaml_node *node)   \
	{                                                        \
		name_take(w, node, &((type *)w->target)->field); \
	}
#define TAKE_PATH(function, type, field)                               \
	static void function(                                          \
	    struct yaml_walk *w, const struct yaml_node *node)         \
	{                                                              \
		(void)path_take(w, node, &((type *)w->target)->field); \
	}
#define TAKE_URI(function, type, field)                         \
	static void function(                                   \
	    struct yaml_walk *w, const struct yaml_node *node)  \
	{                                                       \
		uri_take(w, node, &((type *)w->target)->field); \
	}
#define TAKE_COUNT(function, type, field, min, max)                   \
	static void function(                                         \
	    struct yaml_walk *w, const struct yaml_node *node)        \
	{                                                             \
		int64_t value;                                        \
                                                                      \
		if (yaml_take_int(w, node, min, max, &value))         \
			((type *)w->target)->field = (unsigned)value; \
	}

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
	if (!yaml_take_text(w, node, TEXT_MAX, &value))
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
	else if (path_take(w, node, &token->writable[token->n_writable]))
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

static void
tokens_take(struct yaml_walk *w, const struct yaml_node *node)
{
	if (node->child == NULL)
		yaml_blame(w, node, "at least one token is wanted");
	yaml_each(w, node, YAML_MAP, token_take);
}

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

TAKE_NAME(user_take, struct config, user)
TAKE_NAME(group_take, struct config, socket_group)
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
	if (path_take(w, node, out))
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
    {"tokens", YAML_LIST, true, tokens_take},
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
	config->policy_dir = path_resolve(path, "policy.d");
	config->state_dir = xstrdup("/var/lib/privyseal");
	config->max_connections = 256;
	config->max_connections_per_uid = 64;
	config->max_waiting = 4096;
	return config;
}

static void
token_clear(struct config_token *token)
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
		token_clear(&config->tokens[i]);
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
	if (yaml_parse(path, text, &w.doc, findings) != 0)
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
