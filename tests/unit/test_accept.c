/* SPDX-License-Identifier: Apache-2.0 */
/* api/accept: JSON or PEM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/accept.h"

static void
fields(void **state)
{
	static const struct {
		const char *accept;
		char expected; /* j, p, or - for whatever the default is */
	} rows[] = {
	    {"", '-'},
	    {"*/*", '-'},
	    {"application/*", '-'},
	    {"text/html, */*;q=0.1", '-'},
	    {"application/json", 'j'},
	    {"Application/JSON", 'j'},
	    {"text/html,application/json;q=0.5", 'j'},
	    {" \tapplication/json ; charset=utf-8", 'j'},
	    {"application/x-pem-file", 'p'},
	    {"application/pem-certificate-chain", 'p'},
	    {"text/plain", 'p'},
	    {"application/json, text/plain", 'j'},
	    {"text/plain, application/json", 'p'},
	    {"text/plain;q=0.5, application/json", 'j'},
	    {"text/plain;q=0.5, application/json;q=0.25", 'p'},
	    {"text/plain;q=0.123, application/json;q=0.124", 'j'},
	    {"application/json;q=0", '-'},
	    {"application/json;q=0.000", '-'},
	    {"application/json;q=0, text/plain;q=0.1", 'p'},
	    {"application/json;level=1;q=0.2, text/plain;q=0.3", 'p'},
	    {"application/json;Q=1.000", 'j'},
	    {"application/json;q=", '-'},
	    {"application/json;q=x", '-'},
	    {"application/json;q=1.999, text/plain", 'j'},
	    {",,application/json,,", 'j'},
	    {"application/jsonx", '-'},
	    {"application/json+x", '-'},
	    {";q=1", '-'},
	    {"application/json;", 'j'},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool low = api_accepts_json(rows[i].accept, false);
		bool high = api_accepts_json(rows[i].accept, true);
		char got = low != high ? '-' : low ? 'j' : 'p';

		if (got != rows[i].expected)
			fail_msg("'%s' gave %c", rows[i].accept, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
