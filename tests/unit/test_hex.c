/* SPDX-License-Identifier: Apache-2.0 */
/* lib/hex: text to bytes and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/hex.h"

static void
bytes_come_back(void **state)
{
	uint8_t all[256], back[256];
	char text[513];
	int i;

	(void)state;
	for (i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	hex_encode(span_of(all, sizeof(all)), text);
	assert_int_equal(strlen(text), 512);
	assert_memory_equal(text, "000102", 6);
	assert_string_equal(text + 506, "fdfeff");
	assert_int_equal(hex_decode(text, back, sizeof(back)), 256);
	assert_memory_equal(back, all, 256);
}

static void
nothing_is_nothing(void **state)
{
	char text[1] = {'x'};
	uint8_t out[1];

	(void)state;
	hex_encode(SPAN_NONE, text);
	assert_int_equal(text[0], '\0');
	assert_int_equal(hex_decode("", out, 0), 0);
}

static void
both_cases_and_colons(void **state)
{
	uint8_t out[3];

	(void)state;
	assert_int_equal(hex_decode("aB:Cd:0f", out, 3), 3);
	assert_memory_equal(out, "\xab\xcd\x0f", 3);
	assert_int_equal(hex_decode("abcd:0f", out, 3), 3);
}

static void
anything_else_is_refused(void **state)
{
	static const char *const bad[] = {"a", "abc", "0x01", "gg", "a:b",
	    ":ab", "ab:", "ab::cd", "ab cd", " ab", "ab\n", "-1", "\xff\xff"};
	uint8_t out[8];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hex_decode(bad[i], out, sizeof(out)), -1);
}

static void
there_must_be_room(void **state)
{
	uint8_t out[3] = {1, 2, 3};

	(void)state;
	assert_int_equal(hex_decode("aabbcc", out, 2), -1);
	assert_int_equal(out[2], 3);
	assert_int_equal(hex_decode("aabb", out, 2), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_come_back),
	    cmocka_unit_test(nothing_is_nothing),
	    cmocka_unit_test(both_cases_and_colons),
	    cmocka_unit_test(anything_else_is_refused),
	    cmocka_unit_test(there_must_be_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
