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
	assert_int_equal(e.request.gid, 1000);
	assert_int_equal(e.request.pid, 77);
	assert_true(span_is(e.request.user, "deploy"));
	assert_true(span_is(e.request.policy, "web"));
	assert_true(span_is(e.issuer, "issuing-1"));
	assert_int_equal(e.serial.len, 2);
	assert_int_equal(e.serial.data[1], 7);
	assert_int_equal(e.tbs.len, 15);
}

static void
an_issued_comes_back(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct event_issued e;
	struct diag d = DIAG_INIT;

	(void)state;
	sample_issued(0x1122334455667788, 7, &body);
	assert_int_equal(event_issued_parse(buf_span(&body), &e, &d), 0);
	assert_true(e.intent_seq == 0x1122334455667788);
	assert_int_equal(e.certificate.len, 25);
}

static void
a_refusal_comes_back(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct event_refused e;
	struct diag d = DIAG_INIT;

	(void)state;
	sample_refused("san.dns.not-allowed web.yaml:9 no\n", &body);
	assert_int_equal(event_refused_parse(buf_span(&body), &e, &d), 0);
	assert_int_equal(e.err, ERR_DENIED);
	assert_int_equal(e.count, 1);
	assert_int_equal(e.request.policy.len, 0);
	assert_true(span_is(e.reasons, "san.dns.not-allowed web.yaml:9 no\n"));
}

static void
a_failure_comes_back(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct event_failed e;
	struct diag d = DIAG_INIT;

	(void)state;
	sample_failed(12, &body);
	assert_int_equal(event_failed_parse(buf_span(&body), &e, &d), 0);
	assert_int_equal(e.intent_seq, 12);
	assert_int_equal(e.err, ERR_TOKEN_TIMEOUT);
	assert_true(e.possibly_signed);
	/* Neither true nor false. */
	body.data[body.len - 1] = 2;
	assert_int_equal(
	    event_failed_parse(buf_span(&body), &e, &d), ERR_LOG_CORRUPT);
}

static void
the_rest_come_back(void **state)
{
	struct event_policy policy = {
	    .hash = {1, 2, 3}, .count = 2, .names = span_str("web\ndb\n")};
	struct event_key key = {.issuer = span_str("issuing-1"),
	    .token = span_str("demo 0123"),
	    .facts = span_str("CKA_SENSITIVE=true\n")};
	BUF_CLEANUP body = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	event_policy_encode(&policy, &body);
	memset(&policy, 0, sizeof(policy));
	assert_int_equal(event_policy_parse(buf_span(&body), &policy, &d), 0);
	assert_int_equal(policy.hash[2], 3);
	assert_int_equal(policy.count, 2);
	assert_true(span_is(policy.names, "web\ndb\n"));
	buf_reset(&body);
	event_key_encode(&key, &body);
	memset(&key, 0, sizeof(key));
	assert_int_equal(event_key_parse(buf_span(&body), &key, &d), 0);
	assert_true(span_is(key.issuer, "issuing-1"));
	assert_true(span_is(key.token, "demo 0123"));
	assert_true(span_is(key.facts, "CKA_SENSITIVE=true\n"));
}

static void
a_head_is_filled_in(void **state)
{
	uint8_t root[32] = {0xaa, [31] = 0xbb};
	BUF_CLEANUP body = BUF_INIT;
	struct event_agent e;
	struct diag d = DIAG_INIT;

	(void)state;
	sample_agent(&body);
	assert_true(event_agent_fill(&body, 77, root));
	assert_int_equal(event_agent_parse(buf_span(&body), &e, &d), 0);
	assert_true(span_is(e.version, "0.1.0"));
	assert_int_equal(e.size, 77);
	assert_memory_equal(e.root, root, 32);
	body.len--;
	assert_false(event_agent_fill(&body, 77, root));
}

static void
sample_any(uint8_t kind, struct buf *body)
{
	struct event_policy policy = {.names = span_str("web\n")};
	struct event_key key = {.facts = span_str("CKA_SENSITIVE=true\n")};

	switch (kind) {
	case EVENT_INTENT:
		sample_intent(1, body);
		return;
	case EVENT_ISSUED:
		sample_issued(1, 1, body);
		return;
	case EVENT_REFUSED:
		sample_refused("no", body);
		return;
	case EVENT_FAILED:
		sample_failed(1, body);
		return;
	case EVENT_POLICY:
		event_policy_encode(&policy, body);
		return;
	case EVENT_KEY:
		event_key_encode(&key, body);
		return;
	default:
		sample_agent(body);
	}
}

/* Short by any number of bytes, or long by one: never parsed. */
static void
short_and_long_bodies_are_refused(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct diag d = DIAG_INIT;
	uint8_t kind;
	size_t len;

	(void)state;
	for (kind = EVENT_START; kind <= (uint8_t)EVENT_FAILED; kind++) {
		buf_reset(&body);
		sample_any(kind, &body);
		assert_int_equal(event_check(kind, buf_span(&body), &d), 0);
		for (len = 0; len < body.len; len++)
			assert_int_equal(
			    event_check(kind, span_of(body.data, len), &d),
			    ERR_LOG_CORRUPT);
		assert_non_null(strstr(d.text, "short"));
		buf_add_u8(&body, 0);
		assert_int_equal(
		    event_check(kind, buf_span(&body), &d), ERR_LOG_CORRUPT);
		assert_non_null(strstr(d.text, "1 bytes more"));
	}
	assert_int_equal(event_check(0, SPAN_NONE, &d), ERR_LOG_CORRUPT);
	assert_int_equal(event_check(9, SPAN_NONE, &d), ERR_LOG_CORRUPT);
	assert_non_null(strstr(d.text, "kind 9"));
}

static void
a_serial_has_1_to_20_octets(void **state)
{
	static const uint8_t twenty[20] = {1};
	struct event_intent e = {.serial = span_of(twenty, 20)}, back;
	BUF_CLEANUP body = BUF_INIT;
	struct diag d = DIAG_INIT;
	size_t at;

	(void)state;
	event_intent_encode(&e, &body);
	assert_int_equal(event_intent_parse(buf_span(&body), &back, &d), 0);
	/* 12 of numbers, 8 of empty names, 64 of hashes, 4 of no issuer. */
	at = 12 + 8 + 64 + 4;
	assert_int_equal(body.data[at + 3], 20);
	buf_put_u32_at(&body, at, 21);
	buf_add_u8(&body, 0);
	assert_int_equal(
	    event_intent_parse(buf_span(&body), &back, &d), ERR_LOG_CORRUPT);
	body.len = at;
	buf_add_bytes(&body, SPAN_NONE);
	buf_add_bytes(&body, SPAN_NONE);
	assert_int_equal(
	    event_intent_parse(buf_span(&body), &back, &d), ERR_LOG_CORRUPT);
}

static void
long_text_is_cut(void **state)
{
	static const char text[EVENT_TEXT_MAX + 1000];
	struct event_refused e = {
	    .err = ERR_DENIED, .reasons = span_of(text, sizeof(text))};
	BUF_CLEANUP body = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	event_refused_encode(&e, &body);
	assert_true(body.len < LOG_BODY_MAX);
	assert_int_equal(event_refused_parse(buf_span(&body), &e, &d), 0);
	assert_int_equal(e.reasons.len, EVENT_TEXT_MAX);
}

static void
an_error_is_a_number_above_0(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct event_failed e;
	struct diag d = DIAG_INIT;

	(void)state;
	sample_failed(1, &body);
	assert_memory_equal(body.data + 8, "\0\0\0\x56", 4);
	buf_put_u32_at(&body, 8, 0);
	assert_int_equal(
	    event_failed_parse(buf_span(&body), &e, &d), ERR_LOG_CORRUPT);
	buf_put_u32_at(&body, 8, 0x80000000);
	assert_int_equal(
	    event_failed_parse(buf_span(&body), &e, &d), ERR_LOG_CORRUPT);
	buf_put_u32_at(&body, 8, 0x7fffffff);
	assert_int_equal(event_failed_parse(buf_span(&body), &e, &d), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kinds_have_names),
	    cmocka_unit_test(an_intent_comes_back),
	    cmocka_unit_test(an_issued_comes_back),
	    cmocka_unit_test(a_refusal_comes_back),
	    cmocka_unit_test(a_failure_comes_back),
	    cmocka_unit_test(the_rest_come_back),
	    cmocka_unit_test(a_head_is_filled_in),
	    cmocka_unit_test(short_and_long_bodies_are_refused),
	    cmocka_unit_test(a_serial_has_1_to_20_octets),
	    cmocka_unit_test(long_text_is_cut),
	    cmocka_unit_test(an_error_is_a_number_above_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
