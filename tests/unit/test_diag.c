/* SPDX-License-Identifier: Apache-2.0 */
/* lib/diag: sentences, and what is kept beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "lib/diag.h"

static void
a_sentence_is_set(void **state)
{
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(diag_set(&d, ERR_CSR, "has %d names", 101), ERR_CSR);
	assert_int_equal(d.code, ERR_CSR);
	assert_string_equal(d.text, "has 101 names");
	assert_string_equal(d.ref, "");
	assert_int_equal(d.native, 0);
}

static void
a_new_sentence_replaces_all(void **state)
{
	struct diag d = DIAG_INIT;

	(void)state;
	errno = ENOENT;
	(void)diag_errno(&d, ERR_FILE, "a");
	(void)diag_ref(&d, "RFC 1");
	(void)diag_set(&d, ERR_CSR, "b");
	assert_string_equal(d.text, "b");
	assert_string_equal(d.ref, "");
	assert_int_equal(d.native, 0);
}

static void
errno_is_told_and_kept(void **state)
{
	struct diag d = DIAG_INIT;

	(void)state;
	errno = EACCES;
	assert_int_equal(diag_errno(&d, ERR_FILE, "%s", "/etc/x"), ERR_FILE);
	assert_string_equal(d.text, "/etc/x: Permission denied");
	assert_int_equal(d.native, EACCES);
	assert_int_equal(errno, EACCES);
}

static void
a_prefix_goes_before(void **state)
{
	struct diag d = DIAG_INIT;

	(void)state;
	(void)diag_set(&d, ERR_PEM, "no PEM");
	assert_int_equal(diag_prefix(&d, "file %d", 2), ERR_PEM);
	assert_string_equal(d.text, "file 2: no PEM");
	assert_int_equal(diag_ref(&d, "RFC 7468 2"), ERR_PEM);
	assert_string_equal(d.ref, "RFC 7468 2");
}

/* The old sentence may be part of the new one. */
static void
arguments_may_point_into_it(void **state)
{
	struct diag d = DIAG_INIT;

	(void)state;
	(void)diag_set(&d, ERR_PEM, "inner");
	(void)diag_set(&d, ERR_CSR, "outer (%s)", d.text);
	assert_string_equal(d.text, "outer (inner)");
	(void)diag_prefix(&d, "%s", d.text);
	assert_string_equal(d.text, "outer (inner): outer (inner)");
}

static void
long_sentences_are_cut(void **state)
{
	char text[2 * DIAG_TEXT_MAX];
	struct diag d = DIAG_INIT;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)diag_set(&d, ERR_CSR, "%s", text);
	assert_int_equal(strlen(d.text), DIAG_TEXT_MAX - 1);
	(void)diag_prefix(&d, "b");
	assert_int_equal(strlen(d.text), DIAG_TEXT_MAX - 1);
	(void)diag_prefix(&d, "%s", text);
	assert_int_equal(strlen(d.text), DIAG_TEXT_MAX - 1);
	errno = ENOENT;
	(void)diag_errno(&d, ERR_CSR, "%s", text);
	assert_int_equal(strlen(d.text), DIAG_TEXT_MAX - 1);
	(void)diag_ref(&d, text);
	assert_int_equal(strlen(d.ref), DIAG_REF_MAX - 1);
}

static void
nobody_need_listen(void **state)
{
	(void)state;
	assert_int_equal(diag_set(NULL, ERR_CSR, "x"), ERR_CSR);
	assert_int_equal(diag_errno(NULL, ERR_CSR, "x"), ERR_CSR);
	assert_true(diag_ref(NULL, "x") < 0);
	assert_true(diag_prefix(NULL, "x") < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sentence_is_set),
	    cmocka_unit_test(a_new_sentence_replaces_all),
	    cmocka_unit_test(errno_is_told_and_kept),
	    cmocka_unit_test(a_prefix_goes_before),
	    cmocka_unit_test(arguments_may_point_into_it),
	    cmocka_unit_test(long_sentences_are_cut),
	    cmocka_unit_test(nobody_need_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
