/* SPDX-License-Identifier: Apache-2.0 */
/* api/list: what a list of certificates may be asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/list.h"

static void
defaults(void **state)
{
	struct api_list list;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(api_list_decode("", &list, &d), 0);
	assert_string_equal(list.policy, "");
	assert_string_equal(list.issuer, "");
	assert_string_equal(list.name, "");
	assert_int_equal(list.before, 0);
	assert_int_equal(list.limit, API_LIST_DEFAULT);
}

static void
everything_at_once(void **state)
{
	struct api_list list;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(api_list_decode("policy=web&issuer=issuing-1&"
					 "name=%2A.a+b&before=99&"
					 "limit=1000",
			     &list, &d),
	    0);
	assert_string_equal(list.policy, "web");
	assert_string_equal(list.issuer, "issuing-1");
	assert_string_equal(list.name, "*.a b");
	assert_int_equal(list.before, 99);
	assert_int_equal(list.limit, 1000);
}

static void
bad_queries(void **state)
{
	static const char *const bad[] = {"policy=A", "policy=", "issuer=/",
	    "uid=0", "before=0", "before=x", "limit=0", "limit=1001",
	    "limit=", "limit=1&limit=1", "page=2"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct api_list list;
		struct diag d = DIAG_INIT;

		if (api_list_decode(bad[i], &list, &d) != ERR_REQUEST)
			fail_msg("%s was taken", bad[i]);
	}
}

static void
serials(void **state)
{
	static const char *const bad[] = {"", "0", "0g", "00:", ":00", "0x00",
	    "00 11", "000102030405060708090a0b0c0d0e0f1011121314"};
	static const char longest[] =
	    "00:01:02:03:04:05:06:07:08:09:0A:0b:0c:0d:0e:0f:10:11:12:13";
	uint8_t out[API_SERIAL_MAX];
	struct diag d = DIAG_INIT;
	size_t len = 77, i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (api_serial_decode(span_str(bad[i]), out, &len, &d) !=
		    ERR_REQUEST)
			fail_msg("%s was taken", bad[i]);
	}
	assert_int_equal(
	    api_serial_decode(span_of("00\0", 3), out, &len, &d), ERR_REQUEST);
	assert_int_equal(len, 77);
	assert_int_equal(
	    api_serial_decode(span_str(longest), out, &len, &d), 0);
	assert_int_equal(len, 20);
	assert_int_equal(out[10], 0x0a);
	assert_int_equal(api_serial_decode(span_str("fF01"), out, &len, &d), 0);
	assert_int_equal(len, 2);
	assert_int_equal(out[0], 0xff);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(everything_at_once),
	    cmocka_unit_test(bad_queries),
	    cmocka_unit_test(serials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
