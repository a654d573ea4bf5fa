/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to a running agent that need no more than asking: status, health,
 * list, policies, issuers, reload.
 */
#include <string.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/out.h"

static void
answer_show(const struct cli *cli, json_t *answer)
{
	if (cli->json) {
		out_json(answer);
		return;
	}
	out_plain(answer);
	json_decref(answer);
}

static int
get_and_show(
    struct cli *cli, const char *path, const char *list, struct diag *d)
{
	json_t *answer, *part;
	int rc;

	rc = client_get(cli, SETUP_AGENT, path, &answer, d);
	if (rc != 0)
		return rc;
	part =
	    list != NULL && !cli->json ? json_object_get(answer, list) : NULL;
	answer_show(
	    cli, part != NULL ? json_incref(part) : json_incref(answer));
	json_decref(answer);
	return 0;
}

int
cmd_status(struct cli *cli, int argc, char **argv, struct diag *d)
{
	int rc = options_take(cli, NULL, 0, argc, argv, d);

	return rc != 0 ? rc : get_and_show(cli, "/status", NULL, d);
}

int
cmd_health(struct cli *cli, int argc, char **argv, struct diag *d)
{
	int rc = options_take(cli, NULL, 0, argc, argv, d);

	return rc != 0 ? rc : get_and_show(cli, "/health", NULL, d);
}

int
cmd_policy_list(struct cli *cli, int argc, char **argv, struct diag *d)
{
	int rc = options_take(cli, NULL, 0, argc, argv, d);

	return rc != 0 ? rc : get_and_show(cli, "/policies", "policies", d);
}

/* The chain is PEM as it comes. */
static int
chain_show(struct cli *cli, const char *name, struct diag *d)
{
	struct client_request request = {.socket = SETUP_AGENT,
	    .method = "GET",
	    .accept = "application/x-pem-file"};
	BUF_CLEANUP path = BUF_INIT;
	BUF_CLEANUP body = BUF_INIT;
	int rc;

	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] !=
	    '\0')
		return diag_set(
		    d, ERR_USAGE, "%s is not an issuer's name", name);
	buf_printf(&path, "/issuers/%s/chain", name);
	request.path = buf_cstr(&path);
	rc = client_call(cli, &request, &body, d);
	if (rc == 0)
		out_span(stdout, buf_span(&body));
	return rc;
}

int
cmd_issuers(struct cli *cli, int argc, char **argv, struct diag *d)
{
	const char *chain = NULL;
	const struct option_row rows[] = {
	    {0, "chain", OPTION_TEXT, "NAME", &chain,
		"its certificate and those above it, PEM"},
	};
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc != 0)
		return rc;
	if (chain != NULL)
		return chain_show(cli, chain, d);
	return get_and_show(cli, "/issuers", "issuers", d);
}

int
cmd_reload(struct cli *cli, int argc, char **argv, struct diag *d)
{
	struct client_request request = {
	    .socket = SETUP_ADMIN, .method = "POST", .path = "/reload"};
	json_t *answer;
	int rc;

	rc = options_take(cli, NULL, 0, argc, argv, d);
	if (rc == 0)
		rc = client_json(cli, &request, &answer, d);
	if (rc != 0)
		return rc;
	answer_show(cli, answer);
	return 0;
}
