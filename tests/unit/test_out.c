/* SPDX-License-Identifier: Apache-2.0 */
/* cli/out, cli/table, cli/uri, cli/client: text for people and for paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/client.h"
#include "cli/out.h"
#include "cli/uri.h"

static char *shown;
static size_t shown_len;
static FILE *to;

static int
page_open(void **state)
{
	(void)state;
	to = open_memstream(&shown, &shown_len);
	return to != NULL ? 0 : -1;
}

static int
page_close(void **state)
{
	(void)state;
	(void)fclose(to);
	free(shown);
	return 0;
}

static const char *
page(void)
{
	(void)fflush(to);
	return shown;
}

static void
control_bytes_are_written_out(void **state)
{
	(void)state;
	out_text(to, "a\x1b[31mb\x7f\tc\r\nd\xc2\x9b"
		     "e\xc3\xa9");
	assert_string_equal(page(), "a\\x1b[31mb\\x7f\\x09c\\x0d\nd\\xc2\x9b"
				    "e\xc3\xa9");
}

static void
a_cut_character_at_the_end_is_no_control(void **state)
{
	(void)state;
	out_span(to, span_of("a\xc2", 2));
	assert_string_equal(page(), "a\xc2");
}

static void
columns_are_as_wide_as_needed(void **state)
{
	static const char *const heads[] = {"NAME", "X"};
	static const char *const first[] = {"gr\xc3\xbc\xc3\x9f", "1"};
	static const char *const second[] = {"longer", NULL};
	struct table *table = table_new(2, heads);

	(void)state;
	table_add(table, first);
	table_add(table, second);
	table_print(table, to);
	table_free(table);
	assert_string_equal(page(), "NAME    X\n"
				    "gr\xc3\xbc\xc3\x9f    1\n"
				    "longer  -\n");
}

static void
bytes_that_are_not_utf8_still_make_json(void **state)
{
	json_t *text = out_json_span(span_of("a\xff\xc3", 3));
	json_t *nul = out_json_span(span_of("a\0b", 3));
	json_t *none = out_json_span(SPAN_NONE);

	(void)state;
	assert_string_equal(json_string_value(text), "a\\xff\\xc3");
	assert_int_equal(json_string_length(nul), 3);
	assert_string_equal(json_string_value(none), "");
	json_decref(text);
	json_decref(nul);
	json_decref(none);
}

static void
uris_are_escaped(void **state)
{
	BUF_CLEANUP token = BUF_INIT;
	BUF_CLEANUP key = BUF_INIT;
	BUF_CLEANUP bare = BUF_INIT;

	(void)state;
	uri_token("a;b=c d%/\xc3\xa9", &token);
	assert_string_equal(
	    buf_cstr(&token), "pkcs11:token=a%3Bb%3Dc%20d%25%2F%C3%A9");
	uri_key("k", span_of("\x00\xfe", 2), &key);
	assert_string_equal(
	    buf_cstr(&key), "pkcs11:object=k;id=%00%FE;type=private");
	uri_key("", SPAN_NONE, &bare);
	assert_string_equal(buf_cstr(&bare), "pkcs11:type=private");
}

static void
queries_are_escaped(void **state)
{
	BUF_CLEANUP path = BUF_INIT;

	(void)state;
	buf_add_str(&path, "/sign");
	client_query(&path, "none", NULL);
	client_query(&path, "policy", "a&b=c?d/../e f");
	client_query(&path, "ttl", "30d");
	assert_string_equal(
	    buf_cstr(&path), "/sign?policy=a%26b%3Dc%3Fd%2F..%2Fe%20f&ttl=30d");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		control_bytes_are_written_out, page_open, page_close),
	    cmocka_unit_test_setup_teardown(
		a_cut_character_at_the_end_is_no_control, page_open,
		page_close),
	    cmocka_unit_test_setup_teardown(
		columns_are_as_wide_as_needed, page_open, page_close),
	    cmocka_unit_test(bytes_that_are_not_utf8_still_make_json),
	    cmocka_unit_test(uris_are_escaped),
	    cmocka_unit_test(queries_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
