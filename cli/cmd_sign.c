/* SPDX-License-Identifier: Apache-2.0 */
/* privyseal sign: a CSR in, a certificate and its chain out. */
#include <string.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/objects.h"
#include "cli/out.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "x509/pem.h"

#define SIGN_MODE 0644 /* a certificate is public */

struct sign {
	const char *policy, *out, *root;
	bool leaf;
	int64_t ttl_s, wait_s;
};

static const char *
text_of(const json_t *answer, const char *key)
{
	const char *text = json_string_value(json_object_get(answer, key));

	return text != NULL ? text : "";
}

static void
pem_collect(const struct sign *sign, const json_t *answer, struct buf *pem)
{
	const json_t *chain = json_object_get(answer, "chain"), *above;
	size_t i;

	buf_add_str(pem, text_of(answer, "certificate"));
	if (sign->leaf)
		return;
	for (i = 0; i < json_array_size(chain); i++) {
		above = json_array_get(chain, i);
		if (json_is_string(above))
			buf_add_str(pem, json_string_value(above));
	}
}

static int
root_write(const struct sign *sign, const json_t *answer, struct diag *d)
{
	const char *root = text_of(answer, "root");

	if (sign->root == NULL)
		return 0;
	if (root[0] == '\0')
		return diag_set(d, ERR_NOT_FOUND,
		    "the agent does not know the root of this issuer; nothing "
		    "was written to %s",
		    sign->root);
	return file_write(sign->root, SIGN_MODE, span_str(root), d);
}

static int
answer_write(struct cli *cli, const struct sign *sign, const json_t *answer,
    struct diag *d)
{
	BUF_CLEANUP pem = BUF_INIT;
	int rc = 0;

	pem_collect(sign, answer, &pem);
	if (pem.len == 0)
		return diag_set(
		    d, ERR_UNREACHABLE, "the answer has no certificate in it");
	if (sign->out != NULL)
		rc = file_write(sign->out, SIGN_MODE, buf_span(&pem), d);
	else if (!cli->json)
		out_span(stdout, buf_span(&pem));
	if (rc == 0)
		rc = root_write(sign, answer, d);
	if (rc != 0)
		return rc;
	if (cli->json)
		out_json(json_deep_copy(answer));
	else
		out_say(cli,
		    "issued by %s under policy %s, serial %s, until "
		    "%s",
		    text_of(answer, "issuer"), text_of(answer, "policy"),
		    text_of(answer, "serial"), text_of(answer, "not_after"));
	return 0;
}

static void
pause_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&t, NULL);
}

/* A token may be away for a moment: ask again while that is worth it. */
static int
ask(struct cli *cli, const struct sign *sign,
    const struct client_request *request, json_t **answer, struct diag *d)
{
	int64_t until = clock_mono_ms() + sign->wait_s * 1000;
	long ms = 100;
	int rc;

	for (;;) {
		rc = client_json(cli, request, answer, d);
		if (rc == 0 || !err_is_retryable(rc) ||
		    clock_mono_ms() + ms > until)
			return rc;
		pause_ms(ms);
		ms = ms < 2000 ? 2 * ms : ms;
	}
}

static int
sign_csr(
    struct cli *cli, const struct sign *sign, struct span der, struct diag *d)
{
	BUF_CLEANUP path = BUF_INIT;
	BUF_CLEANUP pem = BUF_INIT;
	BUF_CLEANUP ttl = BUF_INIT;
	struct client_request request = {.socket = SETUP_AGENT,
	    .method = "POST",
	    .content_type = "application/x-pem-file"};
	json_t *answer;
	int rc;

	buf_add_str(&path, "/sign");
	client_query(&path, "policy", sign->policy);
	buf_printf(&ttl, "%jds", (intmax_t)sign->ttl_s);
	if (sign->ttl_s > 0)
		client_query(&path, "ttl", buf_cstr(&ttl));
	pem_encode(der, PEM_CSR, &pem);
	request.path = buf_cstr(&path);
	request.body = buf_span(&pem);
	rc = ask(cli, sign, &request, &answer, d);
	if (rc != 0)
		return rc;
	rc = answer_write(cli, sign, answer, d);
	json_decref(answer);
	return rc;
}

int
cmd_sign(struct cli *cli, int argc, char **argv, struct diag *d)
{
	struct sign sign = {.policy = NULL};
	const struct option_row rows[] = {
	    {'p', "policy", OPTION_TEXT, "NAME", &sign.policy,
		"under which policy; needed"},
	    {'t', "ttl", OPTION_DURATION, "TIME", &sign.ttl_s,
		"valid how long, e.g. 30d (else as the policy says)"},
	    {'o', "out", OPTION_TEXT, "FILE", &sign.out,
		"write certificate and chain there"},
	    {0, "root", OPTION_TEXT, "FILE", &sign.root,
		"write the root certificate there"},
	    {0, "leaf", OPTION_FLAG, NULL, &sign.leaf, "without the chain"},
	    {'w', "wait", OPTION_DURATION, "TIME", &sign.wait_s,
		"ask again for so long while the token is away"},
	};
	BUF_CLEANUP der = BUF_INIT;
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc != 0)
		return rc;
	if (sign.policy == NULL)
		return diag_set(
		    d, ERR_USAGE, "which policy? --policy NAME is needed");
	rc = object_csr_read(
	    cli->n_operands == 1 ? cli->operands[0] : "-", &der, d);
	if (rc != 0)
		return rc;
	return sign_csr(cli, &sign, buf_span(&der), d);
}
