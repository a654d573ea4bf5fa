/* SPDX-License-Identifier: Apache-2.0 */
/* cli/report: the agent's refusals as codes, sentences and exit codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/report.h"

static int
take(struct cli *cli, long status, const char *json, struct diag *d)
{
	memset(cli, 0, sizeof(*cli));
	return report_take(cli, status, json_loads(json, 0, NULL), d);
}

static void
a_known_code_is_ours(void **state)
{
	struct diag d = DIAG_INIT;
	struct cli cli;

	(void)state;
	assert_int_equal(take(&cli, 403,
			     "{\"code\":\"denied\",\"class\":\"DENIED\","
			     "\"detail\":\"no\",\"ref\":\"RFC 1\"}",
			     &d),
	    ERR_DENIED);
	assert_string_equal(d.text, "no");
	assert_string_equal(d.ref, "RFC 1");
	assert_int_equal(report_exit(&cli, ERR_DENIED), 3);
	json_decref(cli.problem);
}

static void
the_class_decides_for_codes_of_a_newer_agent(void **state)
{
	static const struct {
		const char *class;
		int exit;
	} rows[] = {
	    {"USAGE", 2},
	    {"INPUT", 2},
	    {"DENIED", 3},
	    {"LIMIT", 6},
	    {"PENDING", 7},
	    {"TOKEN", 5},
	    {"STORE", 5},
	    {"INTERNAL", 1},
	};
	struct diag d = DIAG_INIT;
	char json[128];
	struct cli cli;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(json, sizeof(json),
		    "{\"code\":\"not.yet.known\",\"class\":\"%s\"}",
		    rows[i].class);
		rc = take(&cli, 503, json, &d);
		assert_true(rc < 0);
		assert_int_equal(report_exit(&cli, rc), rows[i].exit);
		json_decref(cli.problem);
	}
}

static void
what_is_no_problem_document_still_fails(void **state)
{
	static const struct {
		long status;
		const char *json;
		int exit;
		const char *text;
	} rows[] = {
	    {404, "null", 2, "the agent answered 404"},
	    {503, "[]", 5, "the agent answered 503"},
	    {503, "{\"status\":\"unavailable\",\"trouble\":\"no token\"}", 5,
		"no token"},
	    {400, "{\"code\":7,\"detail\":[]}", 2, "the agent answered 400"},
	};
	struct diag d = DIAG_INIT;
	struct cli cli;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rc = take(&cli, rows[i].status, rows[i].json, &d);
		assert_string_equal(d.text, rows[i].text);
		assert_int_equal(report_exit(&cli, rc), rows[i].exit);
		assert_null(cli.problem);
	}
}

static void
our_own_document_is_whole(void **state)
{
	struct diag d = DIAG_INIT;
	json_t *problem;

	(void)state;
	(void)diag_set(&d, ERR_UNREACHABLE, "nobody there");
	problem = report_problem(&d);
	assert_non_null(problem);
	assert_string_equal(
	    json_string_value(json_object_get(problem, "code")), "unreachable");
	assert_true(json_is_true(json_object_get(problem, "retryable")));
	assert_int_equal(
	    json_integer_value(json_object_get(problem, "status")), 503);
	assert_true(json_is_array(json_object_get(problem, "reasons")));
	json_decref(problem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_known_code_is_ours),
	    cmocka_unit_test(the_class_decides_for_codes_of_a_newer_agent),
	    cmocka_unit_test(what_is_no_problem_document_still_fails),
	    cmocka_unit_test(our_own_document_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
