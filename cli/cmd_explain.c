/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privyseal explain: what would happen to a CSR, and why.
 *
 * `explain` asks the agent, for whoever runs it. With --as, and always as
 * `policy explain`, it decides here, from the files, for anybody.
 */
#include <string.h>

#include "cli/caller.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/objects.h"
#include "cli/out.h"
#include "issue/plan.h"
#include "lib/clock.h"
#include "lib/hex.h"
#include "x509/pem.h"

struct explain {
	const char *csr, *policy, *as;
	int64_t ttl_s;
};

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void
reason_show(const json_t *reason)
{
	json_int_t line = json_integer_value(json_object_get(reason, "line"));

	(void)fputs("  ", stdout);
	out_text(stdout, text_of(reason, "file"));
	if (line > 0)
		(void)printf(":%lld", (long long)line);
	(void)fputs(": ", stdout);
	out_text(stdout, text_of(reason, "text"));
	(void)fputs(" (", stdout);
	out_text(stdout, text_of(reason, "code"));
	(void)fputs(")\n", stdout);
}

/* The answer is the same document, wherever it was decided. */
static int
answer_show(struct cli *cli, json_t *answer)
{
	bool allowed = json_is_true(json_object_get(answer, "allowed"));
	const json_t *reasons = json_object_get(answer, "reasons");
	json_t *cert;
	size_t i;

	cli->told = true;
	if (cli->json) {
		out_json(answer);
		return allowed ? 0 : ERR_DENIED;
	}
	out_mark(stdout, allowed, allowed ? "allowed" : "denied");
	(void)fputs(" by policy ", stdout);
	out_text(stdout, text_of(answer, "policy"));
	(void)fputc('\n', stdout);
	for (i = 0; i < json_array_size(reasons); i++)
		reason_show(json_array_get(reasons, i));
	cert = json_object_get(answer, "certificate");
	if (json_is_object(cert)) {
		(void)puts("the certificate would have");
		out_plain(cert);
	}
	json_decref(answer);
	return allowed ? 0 : ERR_DENIED;
}

static json_t *
reasons_json(const struct policy_decision *decision)
{
	const struct policy_reason *r;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < decision->n_reasons && i < POLICY_MAX_REASONS; i++) {
		r = &decision->reasons[i];
		(void)json_array_append_new(
		    list, json_pack("{s:s, s:s, s:i, s:o}", "code", r->code,
			      "file", r->file, "line", (int)r->line, "text",
			      out_json_span(span_str(r->text))));
	}
	return list;
}

static json_t *
certificate_json(const struct plan *plan)
{
	struct san sans[CSR_MAX_SANS];
	BUF_CLEANUP subject = BUF_INIT;
	struct diag ignored = DIAG_INIT;
	struct cert cert;
	size_t n;

	if (cert_parse_tbs(buf_span(&plan->tbs), &cert, &ignored) != 0 ||
	    cert_sans(&cert, sans, CSR_MAX_SANS, &n, &ignored) != 0)
		return json_null();
	name_print(cert.subject, &subject);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "subject",
	    out_json_span(buf_span(&subject)), "names",
	    object_sans_json(sans, n), "not_before",
	    out_json_time(cert.not_before), "not_after",
	    out_json_time(cert.not_after), "key_usage",
	    object_key_usage_json(cert.key_usage), "ext_usage",
	    object_ext_usage_json(cert.ext_usage));
}

static json_t *
decision_json(
    const struct rules *rules, const char *policy, const struct plan *plan)
{
	char hash[2 * POLICY_HASH_LEN + 1];

	hex_encode(span_of(policy_set_hash(rules->set), POLICY_HASH_LEN), hash);
	return json_pack("{s:b, s:s, s:s, s:o, s:o}", "allowed",
	    (int)plan->decision.allowed, "policy", policy, "policy_hash", hash,
	    "reasons", reasons_json(&plan->decision), "certificate",
	    plan->decision.allowed ? certificate_json(plan) : json_null());
}

static int
decide(struct cli *cli, const struct explain *e, const struct rules *rules,
    struct span der, struct diag *d)
{
	CALLER_CLEANUP caller = {.n = 0};
	struct request request;
	struct plan plan = {.rule = NULL};
	struct csr csr;
	int rc;

	rc = csr_parse(der, &csr, d);
	if (rc == 0)
		rc = csr_check(&csr, d);
	if (rc == 0)
		rc = caller_parse(e->as, &caller, d);
	if (rc != 0)
		return rc;
	memset(&request, 0, sizeof(request));
	request_of_csr(&csr, &request);
	request.policy = span_str(e->policy);
	request.caller = caller.caller;
	request.ttl_s = e->ttl_s;
	rc = plan_make(rules, &request, clock_now_ms(), &plan, d);
	if (rc == 0 || rc == ERR_DENIED)
		rc = answer_show(cli, decision_json(rules, e->policy, &plan));
	plan_free(&plan);
	return rc;
}

static int
explain_here(
    struct cli *cli, const struct explain *e, struct span der, struct diag *d)
{
	struct yaml_findings findings = YAML_FINDINGS_INIT;
	struct issuers issuers = {NULL, 0};
	struct rules *rules = NULL;
	int rc;

	rc = setup_config(cli, d);
	if (rc == 0)
		rc = issuers_open(cli->config, &issuers, d);
	if (rc == 0)
		rc = rules_load(
		    cli->config->policy_dir, &issuers, &rules, &findings, d);
	if (findings.n > 0 && !cli->json)
		setup_findings(&findings);
	if (rc == 0)
		rc = decide(cli, e, rules, der, d);
	rules_free(rules);
	issuers_free(&issuers);
	yaml_findings_free(&findings);
	return rc;
}

static int
explain_there(
    struct cli *cli, const struct explain *e, struct span der, struct diag *d)
{
	struct client_request request = {.socket = SETUP_AGENT,
	    .method = "POST",
	    .content_type = "application/x-pem-file"};
	BUF_CLEANUP path = BUF_INIT;
	BUF_CLEANUP pem = BUF_INIT;
	BUF_CLEANUP ttl = BUF_INIT;
	json_t *answer;
	int rc;

	buf_add_str(&path, "/explain");
	client_query(&path, "policy", e->policy);
	buf_printf(&ttl, "%jds", (intmax_t)e->ttl_s);
	if (e->ttl_s > 0)
		client_query(&path, "ttl", buf_cstr(&ttl));
	pem_encode(der, PEM_CSR, &pem);
	request.path = buf_cstr(&path);
	request.body = buf_span(&pem);
	rc = client_json(cli, &request, &answer, d);
	return rc != 0 ? rc : answer_show(cli, answer);
}

static int
explain_take(struct cli *cli, struct explain *e, int argc, char **argv,
    struct buf *der, struct diag *d)
{
	const struct option_row rows[] = {
	    {0, "csr", OPTION_TEXT, "FILE", &e->csr,
		"the request, PEM or DER; else standard input"},
	    {'p', "policy", OPTION_TEXT, "NAME", &e->policy,
		"under which policy; needed"},
	    {0, "as", OPTION_TEXT, "WHO", &e->as,
		"user=NAME,group=NAME,uid=N: not by the agent"},
	    {'t', "ttl", OPTION_DURATION, "TIME", &e->ttl_s,
		"valid how long, e.g. 30d (else as the policy says)"},
	};
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc != 0)
		return rc;
	if (e->policy == NULL)
		return diag_set(
		    d, ERR_USAGE, "which policy? --policy NAME is needed");
	if (e->csr != NULL && cli->n_operands == 1)
		return diag_set(d, ERR_USAGE,
		    "two CSRs: %s and %s; one is wanted", e->csr,
		    cli->operands[0]);
	if (e->csr == NULL)
		e->csr = cli->n_operands == 1 ? cli->operands[0] : "-";
	return object_csr_read(e->csr, der, d);
}

int
cmd_explain(struct cli *cli, int argc, char **argv, struct diag *d)
{
	struct explain e = {.csr = NULL};
	BUF_CLEANUP der = BUF_INIT;
	int rc;

	rc = explain_take(cli, &e, argc, argv, &der, d);
	if (rc != 0)
		return rc;
	return e.as != NULL ? explain_here(cli, &e, buf_span(&der), d)
			    : explain_there(cli, &e, buf_span(&der), d);
}

int
cmd_policy_explain(struct cli *cli, int argc, char **argv, struct diag *d)
{
	struct explain e = {.csr = NULL};
	BUF_CLEANUP der = BUF_INIT;
	int rc;

	rc = explain_take(cli, &e, argc, argv, &der, d);
	return rc != 0 ? rc : explain_here(cli, &e, buf_span(&der), d);
}
