/* SPDX-License-Identifier: Apache-2.0 */
/* api/problem: RFC 9457 documents for every row of the error table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "api/problem.h"

static json_t *
encode(const struct api_problem *problem)
{
	BUF_CLEANUP out = BUF_INIT;
	json_t *parsed;

	api_problem_encode(problem, &out);
	parsed = json_loadb(
	    (const char *)out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
	if (parsed == NULL)
		fail_msg("not JSON: %s", buf_cstr(&out));
	assert_int_equal(out.data[out.len - 1], '\n');
	return parsed;
}

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void
a_denial_has_its_reasons(void **state)
{
	static const struct api_reason reasons[] = {
	    {"san.dns.not-allowed", "web.yaml", 12, "a \"quoted\" name"},
	    {"caller.unknown", NULL, 0, "nobody"},
	};
	struct diag d = DIAG_INIT;
	const struct api_problem problem = {&d, reasons, 2, "17"};
	json_t *p, *first, *second;

	(void)state;
	(void)diag_set(&d, ERR_DENIED, "policy web does not allow this");
	(void)diag_ref(&d, "RFC 5280 4.2.1.6");
	p = encode(&problem);
	assert_string_equal(text_of(p, "type"), "urn:privyseal:error:denied");
	assert_string_equal(text_of(p, "title"), err_text(ERR_DENIED));
	assert_int_equal(json_integer_value(json_object_get(p, "status")), 403);
	assert_string_equal(
	    text_of(p, "detail"), "policy web does not allow this");
	assert_string_equal(text_of(p, "code"), "denied");
	assert_string_equal(text_of(p, "class"), "DENIED");
	assert_true(json_is_false(json_object_get(p, "retryable")));
	assert_string_equal(text_of(p, "ref"), "RFC 5280 4.2.1.6");
	assert_string_equal(text_of(p, "instance"), "urn:privyseal:request:17");
	assert_int_equal(json_array_size(json_object_get(p, "reasons")), 2);
	first = json_array_get(json_object_get(p, "reasons"), 0);
	second = json_array_get(json_object_get(p, "reasons"), 1);
	assert_string_equal(text_of(first, "code"), "san.dns.not-allowed");
	assert_string_equal(text_of(first, "file"), "web.yaml");
	assert_int_equal(
	    json_integer_value(json_object_get(first, "line")), 12);
	assert_string_equal(text_of(first, "text"), "a \"quoted\" name");
	assert_null(json_object_get(second, "file"));
	assert_null(json_object_get(second, "line"));
	json_decref(p);
}

static void
what_is_not_known_is_left_out(void **state)
{
	struct diag d = {.code = ERR_BUSY};
	const struct api_problem problem = {&d, NULL, 0, NULL};
	json_t *p = encode(&problem);

	(void)state;
	assert_string_equal(text_of(p, "detail"), err_text(ERR_BUSY));
	assert_null(json_object_get(p, "ref"));
	assert_null(json_object_get(p, "instance"));
	assert_true(json_is_true(json_object_get(p, "retryable")));
	assert_int_equal(json_array_size(json_object_get(p, "reasons")), 0);
	json_decref(p);
}

/* A code off the wire that no table has is still answered. */
static void
every_error_has_a_document(void **state)
{
	static const int codes[] = {
#define ERR(name, number, class, code, text) name,
#include "lib/err.def"
#undef ERR
	    -9999};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct diag d = {.code = codes[i]};
		const struct api_problem problem = {&d, NULL, 0, "1"};
		json_t *p = encode(&problem);
		json_int_t status =
		    json_integer_value(json_object_get(p, "status"));

		assert_in_range(status, 400, 599);
		assert_string_equal(text_of(p, "code"), err_code(codes[i]));
		assert_int_equal(api_problem_retry_s(codes[i]) > 0,
		    err_is_retryable(codes[i]));
		json_decref(p);
	}
}

static void
hostile_sentences_stay_inside(void **state)
{
	struct diag d = DIAG_INIT;
	const struct api_problem problem = {&d, NULL, 0, "\",\"x\":\""};
	json_t *p;

	(void)state;
	(void)diag_set(&d, ERR_CSR, "\"}, {\n\xff");
	p = encode(&problem);
	assert_null(json_object_get(p, "x"));
	assert_string_equal(text_of(p, "detail"), "\"}, {\n\xef\xbf\xbd");
	json_decref(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_denial_has_its_reasons),
	    cmocka_unit_test(what_is_not_known_is_left_out),
	    cmocka_unit_test(every_error_has_a_document),
	    cmocka_unit_test(hostile_sentences_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
