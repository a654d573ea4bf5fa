/* SPDX-License-Identifier: Apache-2.0 */
/* lib/err: the table is consistent with itself and with its classes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"

static const struct {
	int err, number;
	const char *name, *code, *text;
} rows[] = {
#define ERR(name, number, class, code, text) {name, number, #name, code, text},
#include "lib/err.def"
#undef ERR
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void
numbers_and_codes_are_unique(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < N_ROWS; i++) {
		assert_in_range(rows[i].number, 1, 32767);
		assert_int_equal(rows[i].err, -rows[i].number);
		for (k = i + 1; k < N_ROWS; k++) {
			if (rows[i].number == rows[k].number ||
			    strcmp(rows[i].code, rows[k].code) == 0)
				fail_msg("%s and %s share a number or a code",
				    rows[i].name, rows[k].name);
		}
	}
}

/* Programs match codes; people read sentences. */
static void
words_have_their_shape(void **state)
{
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < N_ROWS; i++) {
		assert_int_equal(strspn(rows[i].code,
				     "abcdefghijklmnopqrstuvwxyz0123456789.-"),
		    strlen(rows[i].code));
		text = rows[i].text;
		assert_true(strlen(text) > 5);
		assert_int_not_equal(text[strlen(text) - 1], '.');
		assert_string_equal(err_code(rows[i].err), rows[i].code);
		assert_string_equal(err_text(rows[i].err), text);
		assert_true(err_is_known(rows[i].err));
		assert_int_equal(err_find(rows[i].code), rows[i].err);
	}
}

static void
answers_are_errors(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_ROWS; i++) {
		assert_in_range(err_http(rows[i].err), 202, 599);
		assert_true(err_http(rows[i].err) >= 400 ||
			    err_class(rows[i].err) == CLASS_PENDING);
		assert_in_range(err_exit(rows[i].err), 1, 7);
	}
}

static void
classes_decide(void **state)
{
	(void)state;
	assert_int_equal(err_http(ERR_DENIED), 403);
	assert_int_equal(err_exit(ERR_DENIED), 3);
	assert_false(err_is_retryable(ERR_DENIED));
	assert_int_equal(err_http(ERR_TOKEN_TIMEOUT), 503);
	assert_true(err_is_retryable(ERR_TOKEN_TIMEOUT));
	assert_int_equal(err_exit(ERR_TOKEN), 5);
	assert_int_equal(err_http(ERR_BUSY), 429);
	assert_int_equal(err_exit(ERR_BUSY), 6);
	assert_int_equal(err_exit(ERR_UNREACHABLE), 4);
	assert_int_equal(err_http(ERR_INTERNAL), 500);
	assert_int_equal(err_exit(ERR_INTERNAL), 1);
	assert_int_equal(err_exit(ERR_CSR), 2);
	assert_string_equal(err_class_name(ERR_LOG), "STORE");
}

static void
some_have_a_status_of_their_own(void **state)
{
	(void)state;
	assert_int_equal(err_http(ERR_CSR), 422);
	assert_int_equal(err_http(ERR_JSON), 400);
	assert_int_equal(err_http(ERR_HTTP), 400);
	assert_int_equal(err_http(ERR_NOT_FOUND), 404);
	assert_int_equal(err_http(ERR_METHOD), 405);
	assert_int_equal(err_http(ERR_TIMEOUT), 408);
	assert_int_equal(err_http(ERR_TOO_LARGE), 413);
	assert_int_equal(err_http(ERR_HEADER_TOO_LARGE), 431);
}

/* A number off the wire is not to be trusted, and success is no error. */
static void
what_no_table_has(void **state)
{
	static const int bad[] = {1, -9999, 9999, -32768};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(err_is_known(bad[i]));
		assert_string_equal(err_code(bad[i]), "internal");
		assert_int_equal(err_class(bad[i]), CLASS_INTERNAL);
		assert_int_equal(err_http(bad[i]), 500);
		assert_int_equal(err_exit(bad[i]), 1);
	}
	assert_true(err_is_known(0));
	assert_string_equal(err_code(0), "ok");
	assert_int_equal(err_http(0), 200);
	assert_int_equal(err_exit(0), 0);
	assert_false(err_is_retryable(0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_and_codes_are_unique),
	    cmocka_unit_test(words_have_their_shape),
	    cmocka_unit_test(answers_are_errors),
	    cmocka_unit_test(classes_decide),
	    cmocka_unit_test(some_have_a_status_of_their_own),
	    cmocka_unit_test(what_no_table_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
