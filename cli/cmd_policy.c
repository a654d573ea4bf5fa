/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privyseal policy check, policy test: the files alone, no agent and no token.
 *
 * A directory is read as it is; without one the configuration says where the
 * policies are, and they are held against its issuers too.
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "cli/setup.h"
#include "issue/rules.h"
#include "lib/clock.h"
#include "lib/hex.h"

/* Rules of a directory, or of the configuration with its issuers. */
struct policies {
	struct issuers issuers;
	struct rules *rules;
	struct yaml_findings findings;
	const char *dir;
};

static void
policies_free(struct policies *p)
{
	rules_free(p->rules);
	issuers_free(&p->issuers);
	yaml_findings_free(&p->findings);
}
#define POLICIES_CLEANUP __attribute__((cleanup(policies_free))) struct policies

static int
policies_load(struct cli *cli, struct policies *p, struct diag *d)
{
	int rc;

	if (cli->n_operands == 1) {
		p->dir = cli->operands[0];
		return rules_load(p->dir, NULL, &p->rules, &p->findings, d);
	}
	rc = setup_config(cli, d);
	if (rc == 0)
		rc = issuers_open(cli->config, &p->issuers, d);
	if (rc != 0)
		return rc;
	p->dir = cli->config->policy_dir;
	return rules_load(p->dir, &p->issuers, &p->rules, &p->findings, d);
}

static json_t *
findings_json(const struct yaml_findings *findings)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < findings->n; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s, s:i, s:i, s:o}", "file",
			findings->at[i].file, "line", (int)findings->at[i].line,
			"column", (int)findings->at[i].column, "text",
			out_json_span(span_str(findings->at[i].text))));
	return list;
}

/* Everything that is wrong is the answer; the exit code says that it is. */
static int
findings_show(struct cli *cli, const struct policies *p, int rc, struct diag *d)
{
	BUF_CLEANUP text = BUF_INIT;
	size_t n;

	if (p->findings.n == 0)
		return rc;
	if (cli->json) {
		out_json(json_pack("{s:b, s:o, s:i}", "valid", 0, "findings",
		    findings_json(&p->findings), "dropped",
		    (int)p->findings.dropped));
		cli->told = true;
		return rc;
	}
	yaml_findings_print(&p->findings, &text);
	out_span(stdout, buf_span(&text));
	n = p->findings.n + p->findings.dropped;
	return diag_set(d, rc, "%s: %zu %s wrong", p->dir, n,
	    n == 1 ? "thing is" : "things are");
}

static void
valid_show(const struct cli *cli, const struct policies *p)
{
	static const char *const heads[] = {"POLICY", "ISSUER", "FILE"};
	const struct policy_set *set = p->rules->set;
	char hash[2 * POLICY_HASH_LEN + 1];
	json_t *list = json_array();
	struct table *table = table_new(3, heads);
	const char *cells[3];
	size_t i;

	hex_encode(span_of(policy_set_hash(set), POLICY_HASH_LEN), hash);
	for (i = 0; i < policy_set_count(set); i++) {
		cells[0] = policy_name(policy_at(set, i));
		cells[1] = policy_issuer(policy_at(set, i));
		cells[2] = policy_file(policy_at(set, i));
		table_add(table, cells);
		(void)json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s}", "name", cells[0],
			      "issuer", cells[1], "file", cells[2]));
	}
	if (cli->json) {
		out_json(json_pack("{s:b, s:s, s:O}", "valid", 1, "policy_hash",
		    hash, "policies", list));
	} else {
		table_print(table, stdout);
		out_say(cli, "%zu policies are valid, their hash is %s",
		    policy_set_count(set), hash);
	}
	json_decref(list);
	table_free(table);
}

int
cmd_policy_check(struct cli *cli, int argc, char **argv, struct diag *d)
{
	POLICIES_CLEANUP p = {.findings = YAML_FINDINGS_INIT};
	int rc;

	rc = options_take(cli, NULL, 0, argc, argv, d);
	if (rc != 0)
		return rc;
	rc = policies_load(cli, &p, d);
	if (rc != 0)
		return findings_show(cli, &p, rc, d);
	valid_show(cli, &p);
	return 0;
}

enum test_format { TEST_PLAIN, TEST_TAP, TEST_JSON };

struct test_run {
	enum test_format format;
	json_t *list;
	size_t n;
};

static void
test_json(struct test_run *run, const struct policy_test_result *r)
{
	(void)json_array_append_new(
	    run->list, json_pack("{s:s, s:s, s:s, s:i, s:b, s:o}", "policy",
			   r->policy, "name", r->name, "file", r->file, "line",
			   (int)r->line, "passed", (int)r->passed, "text",
			   out_json_span(span_str(r->passed ? "" : r->text))));
}

static void
test_tap(const struct test_run *run, const struct policy_test_result *r)
{
	(void)printf("%sok %zu - ", r->passed ? "" : "not ", run->n);
	out_text(stdout, r->policy);
	(void)fputs(": ", stdout);
	out_text(stdout, r->name);
	(void)fputc('\n', stdout);
	if (r->passed)
		return;
	(void)printf("# %s:%u: ", r->file, r->line);
	out_text(stdout, r->text);
	(void)fputc('\n', stdout);
}

static void
test_plain(const struct policy_test_result *r)
{
	out_mark(stdout, r->passed, r->passed ? "ok    " : "FAILED");
	(void)fputs("  ", stdout);
	out_text(stdout, r->policy);
	(void)fputs(": ", stdout);
	out_text(stdout, r->name);
	if (!r->passed) {
		(void)printf(" (%s:%u)\n        ", r->file, r->line);
		out_text(stdout, r->text);
	}
	(void)fputc('\n', stdout);
}

static void
test_tell(void *arg, const struct policy_test_result *result)
{
	struct test_run *run = arg;

	run->n++;
	if (run->format == TEST_JSON)
		test_json(run, result);
	else if (run->format == TEST_TAP)
		test_tap(run, result);
	else
		test_plain(result);
}

static int
tests_run(struct cli *cli, const struct policies *p, enum test_format format,
    struct diag *d)
{
	struct test_run run = {.format = format, .list = json_array()};
	size_t failed;

	failed = policy_test(p->rules->set, clock_now_s(), test_tell, &run);
	if (format == TEST_TAP)
		(void)printf("1..%zu\n", run.n);
	if (format == TEST_JSON)
		out_json(json_pack("{s:i, s:i, s:O}", "passed",
		    (int)(run.n - failed), "failed", (int)failed, "tests",
		    run.list));
	json_decref(run.list);
	if (failed > 0)
		return diag_set(d, ERR_POLICY_INVALID,
		    "%zu of %zu policy tests failed", failed, run.n);
	if (format == TEST_PLAIN)
		out_say(cli, "%zu policy tests passed%s", run.n,
		    run.n == 0 ? ": no policy has a tests: key" : "");
	return 0;
}

int
cmd_policy_test(struct cli *cli, int argc, char **argv, struct diag *d)
{
	POLICIES_CLEANUP p = {.findings = YAML_FINDINGS_INIT};
	enum test_format format;
	bool tap = false;
	const struct option_row rows[] = {
	    {0, "tap", OPTION_FLAG, NULL, &tap,
		"in the Test Anything Protocol"},
	};
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc != 0)
		return rc;
	rc = policies_load(cli, &p, d);
	if (rc != 0)
		return findings_show(cli, &p, rc, d);
	format = cli->json ? TEST_JSON : tap ? TEST_TAP : TEST_PLAIN;
	return tests_run(cli, &p, format, d);
}
