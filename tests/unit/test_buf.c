/* SPDX-License-Identifier: Apache-2.0 */
/* lib/buf: what is written comes back; a reader never passes its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/buf.h"

static void
numbers_come_back(void **state)
{
	BUF_CLEANUP b = BUF_INIT;
	struct reader r;

	(void)state;
	buf_add_u8(&b, 0xab);
	buf_add_u16(&b, 0x1234);
	buf_add_u32(&b, 0xdeadbeef);
	buf_add_u64(&b, 0x0123456789abcdefULL);
	buf_add_bytes(&b, span_str("name"));
	r = reader_of(buf_span(&b));
	assert_int_equal(reader_u8(&r), 0xab);
	assert_int_equal(reader_u16(&r), 0x1234);
	assert_int_equal(reader_u32(&r), 0xdeadbeef);
	assert_true(reader_u64(&r) == 0x0123456789abcdefULL);
	assert_true(span_is(reader_bytes(&r, 4), "name"));
	assert_true(reader_done(&r));
}

static void
short_input_is_bad_for_good(void **state)
{
	static const uint8_t three[] = {1, 2, 3};
	struct reader r = reader_of(span_of(three, sizeof(three)));

	(void)state;
	assert_int_equal(reader_u32(&r), 0);
	assert_true(r.bad);
	/* The three bytes that are there are not handed out any more. */
	assert_int_equal(reader_u8(&r), 0);
	assert_int_equal(reader_left(&r), 0);
	assert_false(reader_done(&r));
}

static void
a_length_over_the_limit_is_bad(void **state)
{
	BUF_CLEANUP b = BUF_INIT;
	struct reader r;

	(void)state;
	buf_add_bytes(&b, span_str("12345"));
	r = reader_of(buf_span(&b));
	assert_int_equal(reader_bytes(&r, 4).len, 0);
	assert_false(reader_done(&r));
}

static void
a_length_past_the_end_is_bad(void **state)
{
	static const uint8_t lying[] = {0xff, 0xff, 0xff, 0xff, 'x'};
	struct reader r = reader_of(span_of(lying, sizeof(lying)));

	(void)state;
	assert_int_equal(reader_bytes(&r, SIZE_MAX).len, 0);
	assert_true(r.bad);
}

static void
trailing_bytes_are_not_done(void **state)
{
	struct reader r = reader_of(span_str("ab"));

	(void)state;
	assert_int_equal(reader_u8(&r), 'a');
	assert_false(reader_done(&r));
}

static void
printf_grows_and_consume_drops(void **state)
{
	BUF_CLEANUP b = BUF_INIT;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		buf_printf(&b, "%03d,", i);
	assert_int_equal(b.len, 4000);
	buf_consume(&b, 3996);
	assert_string_equal(buf_cstr(&b), "999,");
	buf_consume(&b, 100);
	assert_int_equal(b.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_come_back),
	    cmocka_unit_test(short_input_is_bad_for_good),
	    cmocka_unit_test(a_length_over_the_limit_is_bad),
	    cmocka_unit_test(a_length_past_the_end_is_bad),
	    cmocka_unit_test(trailing_bytes_are_not_done),
	    cmocka_unit_test(printf_grows_and_consume_drops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
