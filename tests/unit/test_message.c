/* SPDX-License-Identifier: Apache-2.0 */
/* agent/message: what is encoded comes back; nothing short or long does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/message.h"

static const uint8_t address[4] = {10, 0, 0, 1};

static struct msg_sign
sign_sample(void)
{
	struct msg_sign m = {
	    .conn = 7,
	    .policy = span_str("web"),
	    .ttl_s = 3600,
	    .spki = span_str("key"),
	    .asks_ca = true,
	    .n_sans = 2,
	    .n_attrs = 1,
	};

	m.sans[0] = (struct san){SAN_DNS, span_str("a.example")};
	m.sans[1] = (struct san){SAN_IP, span_of(address, 4)};
	m.attrs[0] = (struct attr){ATTR_O, span_str("Example")};
	return m;
}

static void
a_request_comes_back(void **state)
{
	struct msg_sign in = sign_sample(), out;
	BUF_CLEANUP b = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	msg_sign_encode(&in, &b);
	assert_int_equal(msg_sign_parse(buf_span(&b), &out, &d), 0);
	assert_true(out.conn == 7 && out.ttl_s == 3600 && out.asks_ca);
	assert_true(span_is(out.policy, "web"));
	assert_int_equal(out.n_sans, 2);
	assert_true(span_is(out.sans[0].value, "a.example"));
	assert_int_equal(out.sans[1].kind, SAN_IP);
	assert_true(span_is(out.attrs[0].value, "Example"));
}

/* Every prefix is short, and one byte more is too long. */
static void
only_the_whole_request_decodes(void **state)
{
	struct msg_sign in = sign_sample(), out;
	BUF_CLEANUP b = BUF_INIT;
	struct diag d = DIAG_INIT;
	size_t len;

	(void)state;
	msg_sign_encode(&in, &b);
	for (len = 0; len < b.len; len++)
		assert_int_equal(msg_sign_parse(span_of(b.data, len), &out, &d),
		    ERR_MESSAGE);
	buf_add_u8(&b, 0);
	assert_int_equal(msg_sign_parse(buf_span(&b), &out, &d), ERR_MESSAGE);
}

static void
an_address_of_three_octets_is_refused(void **state)
{
	struct msg_sign in = sign_sample(), out;
	BUF_CLEANUP b = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	in.sans[1].value.len = 3;
	msg_sign_encode(&in, &b);
	assert_int_equal(msg_sign_parse(buf_span(&b), &out, &d), ERR_MESSAGE);
}

static void
more_names_than_a_csr_can_have_are_refused(void **state)
{
	struct msg_sign out;
	BUF_CLEANUP b = BUF_INIT;
	struct diag d = DIAG_INIT;
	size_t i;

	(void)state;
	buf_add_u64(&b, 1);
	buf_add_u8(&b, 0);
	buf_add_bytes(&b, span_str("p"));
	buf_add_u64(&b, 0);
	for (i = 0; i < 4; i++)
		buf_add_u64(&b, 0);
	buf_add_bytes(&b, span_str("k"));
	buf_add_u8(&b, 0);
	buf_add_u16(&b, CSR_MAX_SANS + 1);
	for (i = 0; i <= CSR_MAX_SANS; i++) {
		buf_add_u8(&b, SAN_DNS);
		buf_add_bytes(&b, span_str("x"));
	}
	buf_add_u16(&b, 0);
	assert_int_equal(msg_sign_parse(buf_span(&b), &out, &d), ERR_MESSAGE);
}

static void
an_error_that_is_in_no_row_is_refused(void **state)
{
	struct msg_signed out;
	BUF_CLEANUP b = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	buf_add_u32(&b, 9999);
	buf_add_bytes(&b, span_str("text"));
	buf_add_bytes(&b, SPAN_NONE);
	assert_int_equal(msg_signed_parse(buf_span(&b), &out, &d), ERR_MESSAGE);
}

static void
a_signature_must_not_be_empty(void **state)
{
	struct msg_signed in = {0, span_str(""), SPAN_NONE}, out;
	BUF_CLEANUP b = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	msg_signed_encode(&in, &b);
	assert_int_equal(msg_signed_parse(buf_span(&b), &out, &d), ERR_MESSAGE);
}

static void
problems_keep_their_reasons(void **state)
{
	struct msg_problem in = {.err = ERR_DENIED,
	    .text = span_str("no"),
	    .ref = span_str("RFC 5280 4.2"),
	    .n_reasons = 1};
	struct msg_problem out;
	BUF_CLEANUP b = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	in.reasons[0] = (struct msg_reason){span_str("san.dns.not-allowed"),
	    span_str("web.yaml"), span_str("x"), 12};
	msg_problem_encode(&in, &b);
	assert_int_equal(msg_problem_parse(buf_span(&b), &out, &d), 0);
	assert_int_equal(out.err, ERR_DENIED);
	assert_int_equal(out.n_reasons, 1);
	assert_int_equal(out.reasons[0].line, 12);
	assert_true(span_is(out.reasons[0].code, "san.dns.not-allowed"));
}

static void
a_problem_without_an_error_is_refused(void **state)
{
	struct msg_problem in = {.err = 0}, out;
	BUF_CLEANUP b = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	msg_problem_encode(&in, &b);
	assert_int_equal(
	    msg_problem_parse(buf_span(&b), &out, &d), ERR_MESSAGE);
}

/* The table is the law of who speaks to whom. */
static void
only_the_right_side_may_send(void **state)
{
	const struct msg_row *sign = msg_find(MSG_SIGN);
	const struct msg_row *bytes = msg_find(MSG_SIGN_BYTES);

	(void)state;
	assert_true(msg_is_allowed(sign, ROLE_FRONT, ROLE_CORE));
	assert_false(msg_is_allowed(sign, ROLE_SIGNER, ROLE_CORE));
	assert_false(msg_is_allowed(bytes, ROLE_FRONT, ROLE_SIGNER));
	assert_true(msg_is_allowed(bytes, ROLE_CORE, ROLE_SIGNER));
	assert_null(msg_find(0));
	assert_null(msg_find(9999));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_comes_back),
	    cmocka_unit_test(only_the_whole_request_decodes),
	    cmocka_unit_test(an_address_of_three_octets_is_refused),
	    cmocka_unit_test(more_names_than_a_csr_can_have_are_refused),
	    cmocka_unit_test(an_error_that_is_in_no_row_is_refused),
	    cmocka_unit_test(a_signature_must_not_be_empty),
	    cmocka_unit_test(problems_keep_their_reasons),
	    cmocka_unit_test(a_problem_without_an_error_is_refused),
	    cmocka_unit_test(only_the_right_side_may_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
