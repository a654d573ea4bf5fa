/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests: key: the samples' tests pass, a test that wants something else
 * fails and says why, and the decisions behind them are kept as text beside
 * each policy (tests/data/policy/good).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/golden.h"
#include "lib/clock.h"
#include "policy/private.h"
#include "tests/unit/policy_sample.h"

static struct policy_set *
load(const char *file, struct span text)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct policy_set *set;

	policy_set_new(&set);
	if (policy_add(set, file, text, &f) != 0)
		fail_msg("%s:%u:%u: %s", file, f.at[0].line, f.at[0].column,
		    f.at[0].text);
	assert_int_equal(policy_set_seal(set, &f), 0);
	return set;
}

struct tally {
	size_t n, n_failed;
	struct policy_test_result last_failed;
};

static void
count(void *arg, const struct policy_test_result *result)
{
	struct tally *tally = arg;

	tally->n++;
	if (result->passed)
		return;
	tally->n_failed++;
	tally->last_failed = *result;
}

static void
the_samples_pass_their_own_tests(void **state)
{
	static const char *const files[] = {
	    "contrib/policy.d/web-server.yaml",
	    "contrib/policy.d/mtls-client.yaml",
	    "contrib/policy.d/spiffe-workload.yaml",
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(files); i++) {
		struct tally tally = {0};
		BUF_CLEANUP text = BUF_INIT;
		struct policy_set *set;

		golden_read(files[i], &text);
		set = load(files[i], buf_span(&text));
		assert_int_equal(policy_test(set, SAMPLE_NOW, count, &tally),
		    tally.n_failed);
		if (tally.n_failed > 0)
			fail_msg("%s: %s: %s", files[i], tally.last_failed.name,
			    tally.last_failed.text);
		assert_true(tally.n >= 6);
		policy_set_free(set);
	}
}

static void
the_manuals_example_passes_its_tests(void **state)
{
	struct tally tally = {0};
	BUF_CLEANUP text = BUF_INIT;
	struct policy_set *set;

	(void)state;
	golden_example("man/privyseal-policy.5", &text);
	set = load("example.yaml", buf_span(&text));
	assert_int_equal(policy_test(set, SAMPLE_NOW, count, &tally), 0);
	assert_int_equal(tally.n, 2);
	policy_set_free(set);
}

static void
the_manual_has_every_reason(void **state)
{
	BUF_CLEANUP page = BUF_INIT;
	size_t i;

	(void)state;
	golden_read("man/privyseal-policy.5", &page);
	for (i = 0; i < REASONS; i++) {
		BUF_CLEANUP item = BUF_INIT;

		buf_printf(&item, "\n.It Li %s\n", reason_code((enum reason)i));
		if (strstr(buf_cstr(&page), buf_cstr(&item)) == NULL)
			fail_msg("%s", reason_code((enum reason)i));
	}
}

/* One decision in words. */
static void
decision_print(const struct policy_decision *decision, struct buf *out)
{
	char from[CLOCK_TEXT_LEN], to[CLOCK_TEXT_LEN];
	size_t i;

	for (i = 0; i < decision->n_reasons; i++)
		buf_printf(out, "  %s (line %u): %s\n",
		    decision->reasons[i].code, decision->reasons[i].line,
		    decision->reasons[i].text);
	if (!decision->allowed)
		return;
	for (i = 0; i < decision->n_attrs; i++)
		buf_printf(out, "  %s=%.*s\n", decision->attrs[i].type,
		    (int)decision->attrs[i].value.len,
		    (const char *)decision->attrs[i].value.data);
	for (i = 0; i < decision->n_names; i++)
		buf_printf(out, "  %s:%.*s\n",
		    san_name(decision->names[i].kind),
		    (int)decision->names[i].text.len,
		    (const char *)decision->names[i].text.data);
	clock_format(decision->not_before, from);
	clock_format(decision->not_after, to);
	buf_printf(out, "  from %s to %s\n", from, to);
}

static void
golden_tell(void *arg, const struct policy_test_result *result)
{
	buf_printf(arg, "%s %u: %s%s%s\n", result->passed ? "ok" : "failed",
	    result->line, result->name, result->passed ? "" : ": ",
	    result->text);
}

static void
good_render(const char *file, struct span text, struct buf *out)
{
	struct policy_set *set = load(file, text);
	const struct policy *policy = policy_at(set, 0);
	size_t i;

	for (i = 0; i < policy->n_tests; i++) {
		struct policy_decision decision;
		struct test_request request;

		test_request_make(policy->tests[i], SAMPLE_NOW, &request);
		policy_eval(policy, &request.facts, &decision);
		buf_printf(out, "%s: %s\n", policy->tests[i]->name,
		    decision.allowed ? "allowed" : "denied");
		decision_print(&decision, out);
		policy_decision_free(&decision);
	}
	(void)policy_test(set, SAMPLE_NOW, golden_tell, out);
	policy_set_free(set);
}

static void
every_good_file_has_its_decisions(void **state)
{
	(void)state;
	golden_each("tests/data/policy/good", 3, good_render);
}

static void
a_policy_without_tests_runs_none(void **state)
{
	struct policy_set *set = sample_set(SAMPLE_TOP);
	struct tally tally = {0};

	(void)state;
	assert_int_equal(policy_test(set, SAMPLE_NOW, count, &tally), 0);
	assert_int_equal(tally.n, 0);
	policy_set_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_samples_pass_their_own_tests),
	    cmocka_unit_test(the_manuals_example_passes_its_tests),
	    cmocka_unit_test(the_manual_has_every_reason),
	    cmocka_unit_test(every_good_file_has_its_decisions),
	    cmocka_unit_test(a_policy_without_tests_runs_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
