/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration, sockets and tokens for commands; see setup.h. */
#include "cli/setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/out.h"
#include "cli/pin.h"
#include "lib/file.h"
#include "lib/mem.h"

void
setup_findings(const struct yaml_findings *findings)
{
	BUF_CLEANUP text = BUF_INIT;

	yaml_findings_print(findings, &text);
	out_span(stderr, buf_span(&text));
}

static int
config_refuse(const struct cli *cli, int rc,
    const struct yaml_findings *findings, struct diag *d)
{
	size_t n = findings->n + findings->dropped;

	if (n == 0)
		return diag_set(d, rc, "%s", cli->config_path);
	return diag_set(d, rc, "%s: %zu %s wrong, first line %u: %s",
	    cli->config_path, n, n == 1 ? "thing is" : "things are",
	    findings->at[0].line, findings->at[0].text);
}

int
setup_config(struct cli *cli, struct diag *d)
{
	struct yaml_findings findings = YAML_FINDINGS_INIT;
	BUF_CLEANUP text = BUF_INIT;
	int rc;

	if (cli->config != NULL)
		return 0;
	rc = file_read(cli->config_path, FILE_ANY, CONFIG_FILE_MAX, &text, d);
	if (rc != 0)
		return rc;
	rc = config_parse(
	    cli->config_path, buf_span(&text), &cli->config, &findings);
	if (rc != 0) {
		if (!cli->json)
			setup_findings(&findings);
		rc = config_refuse(cli, rc, &findings, d);
	}
	yaml_findings_free(&findings);
	return rc;
}

int
setup_socket(
    struct cli *cli, enum setup_socket which, const char **path, struct diag *d)
{
	static const char *const standard[] = {
	    [SETUP_AGENT] = "/run/privyseal/agent.sock",
	    [SETUP_ADMIN] = "/run/privyseal/admin.sock",
	    [SETUP_UNLOCK] = "/run/privyseal/unlock.sock",
	};
	int rc;

	*path = cli->socket;
	if (cli->socket != NULL)
		return 0;
	*path = standard[which];
	if (!cli->config_given && access(cli->config_path, F_OK) != 0)
		return 0;
	rc = setup_config(cli, d);
	if (rc != 0)
		return rc;
	if (which == SETUP_AGENT)
		*path = cli->config->socket;
	else if (which == SETUP_ADMIN)
		*path = cli->config->admin_socket;
	else
		*path = cli->config->unlock_socket;
	return 0;
}

int
setup_token_find(struct cli *cli, const char *name,
    const struct config_token **out, struct diag *d)
{
	size_t i;
	int rc;

	rc = setup_config(cli, d);
	if (rc != 0)
		return rc;
	if (name == NULL && cli->config->n_tokens == 1) {
		*out = &cli->config->tokens[0];
		return 0;
	}
	if (name == NULL)
		return diag_set(d, ERR_USAGE,
		    "the configuration has %zu tokens: say which one, with "
		    "--token NAME",
		    cli->config->n_tokens);
	for (i = 0; i < cli->config->n_tokens; i++) {
		if (strcmp(cli->config->tokens[i].name, name) != 0)
			continue;
		*out = &cli->config->tokens[i];
		return 0;
	}
	return diag_set(
	    d, ERR_USAGE, "%s has no token %s", cli->config->path, name);
}

/* What the vendor's module wants to find in its environment. */
static void
environment_set(const struct config_token *token)
{
	char *equals, *name;
	size_t i;

	for (i = 0; i < token->n_env; i++) {
		name = xstrdup(token->env[i]);
		equals = strchr(name, '=');
		if (equals != NULL) {
			*equals = '\0';
			(void)setenv(name, equals + 1, 1);
		}
		free(name);
	}
}

static int
credential_read(const char *name, struct secret *pin, struct diag *d)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	MEM_CLEANUP char *path = NULL;

	if (dir == NULL)
		return pin_ask(name, pin, d);
	path = xasprintf("%s/%s", dir, name);
	return secret_read_file(pin, path, d);
}

static int
pin_take(const struct setup_where *where, const struct config_token *config,
    struct secret *pin, struct diag *d)
{
	if (where->pin_file != NULL)
		return secret_read_file(pin, where->pin_file, d);
	if (config != NULL && config->pin_file != NULL)
		return secret_read_file(pin, config->pin_file, d);
	if (config != NULL && config->pin_credential != NULL)
		return credential_read(config->pin_credential, pin, d);
	return pin_ask(config != NULL ? config->name : where->uri, pin, d);
}

static int
session_start(const struct setup_where *where,
    const struct config_token *config, enum setup_depth depth,
    struct setup_token *out, struct diag *d)
{
	SECRET_CLEANUP pin = SECRET_INIT;
	int rc;

	rc = pin_take(where, config, &pin, d);
	if (rc == 0)
		rc = token_login(out->token, &pin, d);
	if (rc == 0)
		rc = session_open(
		    out->token, depth == SETUP_WRITE, &out->session, d);
	return rc;
}

int
setup_token_open(struct cli *cli, const struct setup_where *where,
    enum setup_depth depth, struct setup_token *out, struct diag *d)
{
	const struct config_token *config = NULL;
	const char *module = where->module, *uri = where->uri;
	int rc;

	rc = secret_harden_process(d);
	if (rc == 0 && module == NULL)
		rc = setup_token_find(cli, where->name, &config, d);
	if (rc != 0)
		return rc;
	if (config != NULL) {
		environment_set(config);
		module = config->module;
		uri = uri != NULL ? uri : config->uri;
	}
	if (depth > SETUP_MODULE && uri == NULL)
		return diag_set(d, ERR_USAGE,
		    "--module needs --uri pkcs11:token=... beside it");
	rc = module_open(module, &out->module, d);
	if (rc == 0 && depth >= SETUP_TOKEN)
		rc = token_open(out->module, uri, &out->token, d);
	if (rc == 0 && depth >= SETUP_READ)
		rc = session_start(where, config, depth, out, d);
	return rc;
}

void
setup_token_close(struct setup_token *access)
{
	if (access->session != NULL)
		session_close(access->session);
	if (access->token != NULL)
		token_close(access->token);
	if (access->module != NULL)
		module_close(access->module);
	*access = (struct setup_token){NULL, NULL, NULL};
}
