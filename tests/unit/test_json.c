/* SPDX-License-Identifier: Apache-2.0 */
/* api/json: what is written is valid JSON; jansson is the witness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "api/json.h"

static void
structures(void **state)
{
	BUF_CLEANUP out = BUF_INIT;
	struct json_writer j = jw_new(&out);

	(void)state;
	jw_object(&j, NULL);
	jw_text(&j, "a", "b");
	jw_array(&j, "list");
	jw_int(&j, NULL, INT64_MIN);
	jw_int(&j, NULL, INT64_MAX);
	jw_object(&j, NULL);
	jw_end(&j);
	jw_array(&j, NULL);
	jw_end(&j);
	jw_end(&j);
	jw_bool(&j, "yes", true);
	jw_bool(&j, "no", false);
	jw_null(&j, "nothing");
	jw_time(&j, "at", 1795445299);
	jw_hex(&j, "serial", span_of("\x00\xab\x10", 3));
	jw_raw(&j, "raw", span_str("{\"x\":1}"));
	jw_end(&j);
	assert_string_equal(buf_cstr(&out),
	    "{\"a\":\"b\",\"list\":[-9223372036854775808,"
	    "9223372036854775807,{},[]],\"yes\":true,\"no\":false,"
	    "\"nothing\":null,\"at\":\"2026-11-23T14:48:19Z\","
	    "\"serial\":\"00ab10\",\"raw\":{\"x\":1}}");
}

static void
check_text(struct span text, const char *expected)
{
	BUF_CLEANUP out = BUF_INIT;
	struct json_writer j = jw_new(&out);
	json_t *parsed;

	jw_span(&j, NULL, text);
	assert_string_equal(buf_cstr(&out), expected);
	parsed = json_loadb((const char *)out.data, out.len,
	    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	assert_non_null(parsed);
	json_decref(parsed);
}

static void
escapes(void **state)
{
	(void)state;
	check_text(span_str(""), "\"\"");
	check_text(SPAN_NONE, "\"\"");
	check_text(span_str("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
	check_text(
	    span_str("\n\r\t\b\x1f\x7f"), "\"\\n\\r\\t\\u0008\\u001f\\u007f\"");
	check_text(span_of("a\0b", 3), "\"a\\u0000b\"");
	check_text(span_str("\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92"),
	    "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92\"");
}

#define FFFD "\xef\xbf\xbd"

/* RFC 3629 3 and 10. */
static void
what_is_not_utf8_is_replaced(void **state)
{
	(void)state;
	check_text(span_str("a\xff"), "\"a" FFFD "\"");
	check_text(span_str("\x80z"), "\"" FFFD "z\"");
	check_text(span_str("\xc3"), "\"" FFFD "\"");
	check_text(span_str("\xc3\""), "\"" FFFD "\\\"\"");
	check_text(span_str("\xc0\x80"), "\"" FFFD FFFD "\"");
	check_text(span_str("\xe0\x80\x80"), "\"" FFFD FFFD FFFD "\"");
	check_text(span_str("\xed\xa0\x80"), "\"" FFFD FFFD FFFD "\"");
	check_text(span_str("\xf0\x80\x80\x80"), "\"" FFFD FFFD FFFD FFFD "\"");
	check_text(span_str("\xf4\x90\x80\x80"), "\"" FFFD FFFD FFFD FFFD "\"");
	check_text(span_str("\xf0\x9f\x94"), "\"" FFFD FFFD FFFD "\"");
}

/* Two bytes of every kind: jansson reads back what it is given. */
static void
every_pair_of_bytes_is_valid(void **state)
{
	BUF_CLEANUP out = BUF_INIT;
	uint8_t pair[2];
	json_t *parsed;
	unsigned i;

	(void)state;
	for (i = 0; i < 65536; i++) {
		struct json_writer j = jw_new(&out);

		buf_reset(&out);
		pair[0] = (uint8_t)(i >> 8);
		pair[1] = (uint8_t)i;
		jw_span(&j, NULL, span_of(pair, 2));
		parsed = json_loadb((const char *)out.data, out.len,
		    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		if (parsed == NULL)
			fail_msg("%02x %02x", pair[0], pair[1]);
		json_decref(parsed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(structures),
	    cmocka_unit_test(escapes),
	    cmocka_unit_test(what_is_not_utf8_is_replaced),
	    cmocka_unit_test(every_pair_of_bytes_is_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
