/* SPDX-License-Identifier: Apache-2.0 */
/* log/event: what is encoded is parsed, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/log_sample.h"

static void
kinds_have_names(void **state)
{
	(void)state;
	assert_string_equal(event_kind_name(EVENT_INTENT), "INTENT");
	assert_string_equal(event_kind_name(8), "FAILED");
	assert_null(event_kind_name(0));
	assert_null(event_kind_name(9));
	assert_null(event_kind_name(255));
}

static void
an_intent_comes_back(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct event_intent e;
	struct diag d = DIAG_INIT;

	(void)state;
	sample_intent(7, &body);
	assert_int_equal(event_intent_parse(buf_span(&body), &e, &d), 0);
	assert_int_equal(e.request.uid, 1000);
	assert_int_equal(e.request.pid, 77);
	assert_true(span_is(e.request.user, "deploy"));
	assert_true(span_is(e.request.policy, "web"));
	assert_true(span_is(e.issuer, "issuing-1"));
	assert_int_equal(e.serial.len, 2);
	assert_int_equal(e.serial.data[1], 7);
	assert_int_equal(e.tbs.len, 15);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kinds_have_names),
	    cmocka_unit_test(an_intent_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
