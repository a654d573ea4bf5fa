/* SPDX-License-Identifier: Apache-2.0 */
/* api/query: parameters, times to live, names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/query.h"

static int
decode(const char *query, struct api_param params[2], struct diag *d)
{
	params[0] = (struct api_param){.name = "policy"};
	params[1] = (struct api_param){.name = "ttl"};
	return api_query_decode(query, params, 2, d);
}

static void
good_queries(void **state)
{
	static const struct {
		const char *query, *policy, *ttl; /* NULL: not there */
	} rows[] = {
	    {"", NULL, NULL},
	    {"policy=a", "a", NULL},
	    {"ttl=30d&policy=web-server", "web-server", "30d"},
	    {"policy=", "", NULL},
	    {"policy=a%2Db%2d", "a-b-", NULL},
	    {"policy=a+b%20c", "a b c", NULL},
	    {"policy=a=b", "a=b", NULL},
	    {"policy=%26%3D", "&=", NULL},
	};
	struct api_param params[2];
	struct diag d = DIAG_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(decode(rows[i].query, params, &d), 0);
		assert_int_equal(params[0].is_set, rows[i].policy != NULL);
		assert_int_equal(params[1].is_set, rows[i].ttl != NULL);
		if (rows[i].policy != NULL)
			assert_string_equal(params[0].value, rows[i].policy);
		if (rows[i].ttl != NULL)
			assert_string_equal(params[1].value, rows[i].ttl);
	}
}

static void
bad_queries(void **state)
{
	static const struct {
		const char *query, *because;
	} rows[] = {
	    {"policy", "must be NAME=VALUE"},
	    {"=a", "parameter '' is not known here; known: policy, ttl"},
	    {"colour=red", "parameter 'colour' is not known"},
	    {"Policy=a", "parameter 'Policy' is not known"},
	    {"policy%20=a", "is not known"},
	    {"policy=a&policy=a", "parameter 'policy' is there twice"},
	    {"policy=a&", "the query ends in '&'"},
	    {"&policy=a", "must be NAME=VALUE"},
	    {"policy=a&&ttl=1", "must be NAME=VALUE"},
	    {"policy=%", "bad escape"},
	    {"policy=%4", "bad escape"},
	    {"policy=%g0", "bad escape"},
	    {"policy=%00", "bad escape"},
	    {"policy=a%0Ab", "bad escape"},
	    {"policy=%7F", "bad escape"},
	    {"policy=%C3%A4", "bad escape"},
	    {"policy=\xc3\xa4", "bad escape"},
	};
	struct api_param params[2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diag d = DIAG_INIT;

		assert_int_equal(
		    decode(rows[i].query, params, &d), ERR_REQUEST);
		if (strstr(d.text, rows[i].because) == NULL)
			fail_msg("%s: %s", rows[i].query, d.text);
	}
}

static void
values_end_at_their_limit(void **state)
{
	char text[8 + API_VALUE_MAX + 1] = "policy=";
	struct api_param params[2];
	struct diag d = DIAG_INIT;

	(void)state;
	memset(text + 7, 'a', API_VALUE_MAX);
	assert_int_equal(decode(text, params, &d), 0);
	assert_int_equal(strlen(params[0].value), API_VALUE_MAX);
	text[7 + API_VALUE_MAX] = 'a';
	assert_int_equal(decode(text, params, &d), ERR_REQUEST);
}

static void
times_to_live(void **state)
{
	static const struct {
		const char *text;
		int64_t s; /* 0: refused */
	} rows[] = {
	    {"1", 1},
	    {"3600", 3600},
	    {"90s", 90},
	    {"5m", 300},
	    {"12h", 43200},
	    {"30d", 2592000},
	    {"007", 7},
	    {"36525d", API_TTL_MAX_S},
	    {"3155760000", API_TTL_MAX_S},
	    {"", 0},
	    {"0", 0},
	    {"0d", 0},
	    {"-1", 0},
	    {"+1", 0},
	    {"d", 0},
	    {"1.5h", 0},
	    {"1 d", 0},
	    {" 1d", 0},
	    {"1d ", 0},
	    {"1D", 0},
	    {"1w", 0},
	    {"1h30m", 0},
	    {"36526d", 0},
	    {"3155760001", 0},
	    {"99999999999999999999", 0},
	    {"999999999999999d", 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diag d = DIAG_INIT;
		int64_t s = 0;

		if (api_ttl_parse(rows[i].text, &s, &d) !=
			(rows[i].s > 0 ? 0 : ERR_REQUEST) ||
		    s != rows[i].s)
			fail_msg("'%s' gave %jd", rows[i].text, (intmax_t)s);
	}
}

static void
numbers(void **state)
{
	struct diag d = DIAG_INIT;
	int64_t n = -5;

	(void)state;
	assert_int_equal(api_number_parse("n", "10", 1, 10, &n, &d), 0);
	assert_int_equal(n, 10);
	assert_int_equal(
	    api_number_parse("n", "11", 1, 10, &n, &d), ERR_REQUEST);
	assert_string_equal(
	    d.text, "n must be a number from 1 to 10, not '11'");
	assert_int_equal(
	    api_number_parse("n", "0", 1, 10, &n, &d), ERR_REQUEST);
	assert_int_equal(api_number_parse("n", "", 0, 10, &n, &d), ERR_REQUEST);
	assert_int_equal(
	    api_number_parse("n", "5x", 0, 10, &n, &d), ERR_REQUEST);
	assert_int_equal(n, 10);
}

static void
names(void **state)
{
	static const char *const bad[] = {
	    "", "A", "a b", "a/b", "\xc3\xa4", "a\n", "../a*"};
	char out[API_NAME_MAX + 1] = "before", text[API_NAME_MAX + 1];
	struct diag d = DIAG_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(api_name_take("it", span_str(bad[i]), out, &d),
		    ERR_REQUEST);
	assert_int_equal(
	    api_name_take("it", span_of("a\0b", 3), out, &d), ERR_REQUEST);
	assert_string_equal(out, "before");
	memset(text, 'a', sizeof(text));
	assert_int_equal(
	    api_name_take("it", span_of(text, API_NAME_MAX + 1), out, &d),
	    ERR_REQUEST);
	assert_int_equal(
	    api_name_take("it", span_of(text, API_NAME_MAX), out, &d), 0);
	assert_int_equal(
	    api_name_take("it", span_str("web-server_1.x"), out, &d), 0);
	assert_string_equal(out, "web-server_1.x");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_queries),
	    cmocka_unit_test(bad_queries),
	    cmocka_unit_test(values_end_at_their_limit),
	    cmocka_unit_test(times_to_live),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
