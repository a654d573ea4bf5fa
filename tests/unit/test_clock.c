/* SPDX-License-Identifier: Apache-2.0 */
/* lib/clock: dates there and back; the C library is the witness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <time.h>

#include "lib/clock.h"

static void
known_moments(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} rows[] = {
	    {0, "1970-01-01T00:00:00Z"},
	    {-1, "1969-12-31T23:59:59Z"},
	    {951782399, "2000-02-28T23:59:59Z"},
	    {951782400, "2000-02-29T00:00:00Z"},
	    {1795445299, "2026-11-23T14:48:19Z"},
	    {2147483648, "2038-01-19T03:14:08Z"},
	    {2524608000, "2050-01-01T00:00:00Z"},
	    {4107542399, "2100-02-28T23:59:59Z"},
	    {4107542400, "2100-03-01T00:00:00Z"},
	    {253402300799, "9999-12-31T23:59:59Z"},
	    {-62167219200, "0000-01-01T00:00:00Z"},
	};
	char text[CLOCK_TEXT_LEN];
	struct clock_date date;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		clock_format(rows[i].s, text);
		assert_string_equal(text, rows[i].text);
		clock_date_of(rows[i].s, &date);
		assert_true(clock_from_date(&date) == rows[i].s);
	}
}

/* A step that is no multiple of anything, over four thousand years. */
static void
the_c_library_agrees(void **state)
{
	struct clock_date date;
	struct tm tm;
	time_t s;

	(void)state;
	for (s = -62167219200; s < 64060588800; s += 86400 * 17 + 4211) {
		clock_date_of(s, &date);
		assert_non_null(gmtime_r(&s, &tm));
		assert_int_equal(date.year, tm.tm_year + 1900);
		assert_int_equal(date.month, tm.tm_mon + 1);
		assert_int_equal(date.day, tm.tm_mday);
		assert_int_equal(date.hour, tm.tm_hour);
		assert_int_equal(date.minute, tm.tm_min);
		assert_int_equal(date.second, tm.tm_sec);
		assert_true(clock_from_date(&date) == s);
	}
}

/* What does not fit is cut, never written past the end. */
static void
distant_years_fit_the_buffer(void **state)
{
	char text[CLOCK_TEXT_LEN + 1];

	(void)state;
	text[CLOCK_TEXT_LEN] = 'x';
	clock_format(INT64_MAX / 1000000, text);
	assert_true(strlen(text) < CLOCK_TEXT_LEN);
	clock_format(INT64_MIN / 1000000, text);
	assert_true(strlen(text) < CLOCK_TEXT_LEN);
	assert_int_equal(text[CLOCK_TEXT_LEN], 'x');
}

static void
wall_time_may_be_frozen(void **state)
{
	int64_t mono = clock_mono_us();

	(void)state;
	clock_freeze(1795445299);
	assert_true(clock_now_s() == 1795445299);
	assert_true(clock_now_ms() == 1795445299000);
	while (clock_mono_us() == mono)
		continue;
	assert_true(clock_now_ms() == 1795445299000);
	clock_freeze(-1);
	assert_true(llabs(clock_now_s() - (int64_t)time(NULL)) <= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_moments),
	    cmocka_unit_test(the_c_library_agrees),
	    cmocka_unit_test(distant_years_fit_the_buffer),
	    cmocka_unit_test(wall_time_may_be_frozen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
