/* SPDX-License-Identifier: Apache-2.0 */
/* x509/der: what is not DER is refused, what is written is read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "lib/hex.h"
#include "x509/der.h"

struct input {
	uint8_t data[64];
	struct der_fault fault;
	struct der r;
};

static void
open_hex(struct input *in, const char *hex)
{
	int len = hex_decode(hex, in->data, sizeof(in->data));

	assert_true(len >= 0);
	in->r = der_open(span_of(in->data, (size_t)len), &in->fault);
}

/* Each is read as its first octet says; all of it must be used. */
static bool
is_der(const char *hex)
{
	struct input in;
	unsigned unused;

	open_hex(&in, hex);
	switch (der_peek(&in.r)) {
	case DER_BOOLEAN:
		(void)der_bool(&in.r);
		break;
	case DER_INTEGER:
		(void)der_integer(&in.r);
		break;
	case DER_BIT_STRING:
		(void)der_bits(&in.r, &unused);
		break;
	case DER_NULL:
		der_null(&in.r);
		break;
	case DER_OID:
		(void)der_oid(&in.r);
		break;
	case DER_UTC_TIME:
	case DER_GENERALIZED_TIME:
		(void)der_time(&in.r);
		break;
	default:
		(void)der_any(&in.r);
	}
	der_leave(&in.r);
	return !der_failed(&in.r);
}

static void
lengths_are_definite_and_minimal(void **state)
{
	(void)state;
	assert_true(is_der("0400"));
	assert_true(is_der("0401ff"));
	assert_false(is_der(""));
	assert_false(is_der("04"));
	assert_false(is_der("0402ff"));     /* too short */
	assert_false(is_der("0401ffff"));   /* goes on */
	assert_false(is_der("04800000"));   /* indefinite */
	assert_false(is_der("048101ff"));   /* 1 fits one octet */
	assert_false(is_der("04820001ff")); /* leading zero */
	assert_false(is_der("0484000000"
			    "01ff"));
	assert_false(is_der("04ff"));
	assert_false(is_der("0488ffffffffffffffff"));
	assert_false(is_der("0483ffffff00"));
}

static void
long_lengths_are_read(void **state)
{
	uint8_t octets[3 + 0x80] = {0x04, 0x81, 0x80};
	struct der_fault fault;
	struct der r = der_open(span_of(octets, sizeof(octets)), &fault);

	(void)state;
	assert_int_equal(der_take(&r, DER_OCTET_STRING).len, 0x80);
	der_leave(&r);
	assert_false(der_failed(&r));
	octets[2] = 0x7f; /* 127 fits one octet */
	r = der_open(span_of(octets, sizeof(octets) - 1), &fault);
	assert_int_equal(der_take(&r, DER_OCTET_STRING).len, 0);
	assert_true(der_failed(&r));
}

static void
tags_above_30_are_refused(void **state)
{
	(void)state;
	assert_false(is_der("1f8100"));
	assert_false(is_der("bf2100"));
}

static void
booleans(void **state)
{
	(void)state;
	assert_true(is_der("010100"));
	assert_true(is_der("0101ff"));
	assert_false(is_der("010101"));
	assert_false(is_der("0100"));
	assert_false(is_der("0102ffff"));
}

static void
integers_are_minimal(void **state)
{
	(void)state;
	assert_true(is_der("020100"));
	assert_true(is_der("0201ff"));
	assert_true(is_der("02020080"));
	assert_false(is_der("0200"));
	assert_false(is_der("0202007f"));
	assert_false(is_der("0202ff80"));
}

static void
numbers_lose_their_sign_octet(void **state)
{
	struct input in;
	struct span n;

	(void)state;
	open_hex(&in, "02020080");
	n = der_unsigned(&in.r);
	assert_int_equal(n.len, 1);
	assert_int_equal(n.data[0], 0x80);
	open_hex(&in, "020100");
	(void)der_unsigned(&in.r);
	assert_true(der_failed(&in.r));
	open_hex(&in, "0201ff");
	(void)der_unsigned(&in.r);
	assert_true(der_failed(&in.r));
	open_hex(&in, "02027fff");
	assert_int_equal(der_small(&in.r), 32767);
	open_hex(&in, "0203008000");
	(void)der_small(&in.r);
	assert_true(der_failed(&in.r));
}

static void
bit_strings_count_their_unused_bits(void **state)
{
	struct input in;

	(void)state;
	assert_true(is_der("030100"));
	assert_true(is_der("03020780"));
	assert_false(is_der("0300"));
	assert_false(is_der("030101"));   /* unused of nothing */
	assert_false(is_der("03020880")); /* more than 7 */
	assert_false(is_der("030207c0")); /* an unused bit is set */
	open_hex(&in, "03020780");
	assert_int_equal(der_whole_bits(&in.r).len, 0);
	assert_true(der_failed(&in.r));
	open_hex(&in, "030100");
	(void)der_whole_bits(&in.r);
	assert_true(der_failed(&in.r));
}

static void
named_bits_end_with_a_one(void **state)
{
	struct input in;

	(void)state;
	open_hex(&in, "030205a0");
	assert_int_equal(der_named_bits(&in.r), 0x5);
	open_hex(&in, "0303070080");
	assert_int_equal(der_named_bits(&in.r), 0x100);
	open_hex(&in, "030204a0"); /* 1010: a zero at the end */
	(void)der_named_bits(&in.r);
	assert_true(der_failed(&in.r));
	open_hex(&in, "03020000");
	(void)der_named_bits(&in.r);
	assert_true(der_failed(&in.r));
	open_hex(&in, "030400000001");
	(void)der_named_bits(&in.r);
	assert_true(der_failed(&in.r));
}

static void
object_identifiers_are_minimal(void **state)
{
	(void)state;
	assert_true(is_der("06032a8648"));
	assert_false(is_der("0600"));
	assert_false(is_der("06022a80"));   /* does not end */
	assert_false(is_der("06032a8001")); /* padded */
	assert_false(is_der("060180"));
}

static void
nulls_are_empty(void **state)
{
	(void)state;
	assert_true(is_der("0500"));
	assert_false(is_der("050100"));
}

/* The element of a text, as hexadecimal would be hard to read. */
static bool
time_is(uint8_t tag, const char *text, int64_t want)
{
	BUF_CLEANUP b = BUF_INIT;
	struct der_fault fault;
	struct der r;
	int64_t have;

	der_put(&b, tag, span_str(text));
	r = der_open(buf_span(&b), &fault);
	have = der_time(&r);
	der_leave(&r);
	return !der_failed(&r) && have == want;
}

static void
times_have_seconds_and_z(void **state)
{
	const uint8_t utc = DER_UTC_TIME, gen = DER_GENERALIZED_TIME;

	(void)state;
	assert_true(time_is(utc, "700101000000Z", 0));
	assert_true(time_is(utc, "500101000000Z", -631152000));
	assert_true(time_is(utc, "491231235959Z", 2524607999));
	assert_true(time_is(gen, "20500101000000Z", 2524608000));
	assert_true(time_is(gen, "99991231235959Z", 253402300799));
	assert_true(time_is(utc, "240229000000Z", 1709164800));
	assert_false(time_is(utc, "230229000000Z", 1677628800));
	assert_false(time_is(utc, "7001010000Z", 0));
	assert_false(time_is(utc, "700101000000", 0));
	assert_false(time_is(utc, "700101000000+0000", 0));
	assert_false(time_is(utc, "700101000000z", 0));
	assert_false(time_is(utc, "7001010000 0Z", 0));
	assert_false(time_is(utc, "701301000000Z", 0));
	assert_false(time_is(utc, "700100000000Z", 0));
	assert_false(time_is(utc, "700101240000Z", 0));
	assert_false(time_is(utc, "700101006000Z", 0));
	assert_false(time_is(utc, "700101000060Z", 0));
	assert_false(time_is(gen, "19700101000000.0Z", 0));
	assert_false(time_is(gen, "700101000000Z", 0));
	assert_false(time_is(utc, "", 0));
	assert_false(time_is(DER_UTF8_STRING, "700101000000Z", 0));
}

static void
the_first_fault_is_kept(void **state)
{
	struct diag d = DIAG_INIT;
	struct input in;
	struct der seq;

	(void)state;
	open_hex(&in, "3006020101020001");
	seq = der_enter(&in.r, DER_SEQUENCE);
	assert_int_equal(der_small(&seq), 1);
	assert_int_equal(der_small(&seq), 0); /* no octets */
	(void)der_bool(&seq);
	der_leave(&seq);
	der_leave(&in.r);
	assert_int_equal(der_verdict(&in.r, "it", 0, &d), ERR_DER);
	assert_string_equal(
	    d.text, "it is not DER at byte 7: an INTEGER without octets");
	assert_string_equal(d.ref, "X.690 8");
}

static void
a_fault_names_both_tags(void **state)
{
	struct diag d = DIAG_INIT;
	struct input in;

	(void)state;
	open_hex(&in, "020101");
	(void)der_enter(&in.r, DER_SEQUENCE);
	assert_int_equal(der_verdict(&in.r, "it", ERR_CSR, &d), ERR_DER);
	assert_non_null(strstr(d.text, "tag 0x30 was wanted"));
	assert_non_null(strstr(d.text, "(0x02)"));
}

static void
without_a_fault_the_verdict_is_the_caller_s(void **state)
{
	struct input in;

	(void)state;
	open_hex(&in, "0500");
	der_null(&in.r);
	assert_int_equal(der_verdict(&in.r, "it", ERR_CSR, NULL), ERR_CSR);
	assert_int_equal(der_verdict(&in.r, "it", 0, NULL), 0);
}

static void
bytes_left_in_a_frame_are_a_fault(void **state)
{
	struct input in;
	struct der seq;

	(void)state;
	open_hex(&in, "300405000500");
	seq = der_enter(&in.r, DER_SEQUENCE);
	der_null(&seq);
	der_leave(&seq);
	assert_true(der_failed(&in.r));
}

static void
a_child_does_not_read_past_its_frame(void **state)
{
	struct input in;
	struct der seq;

	(void)state;
	open_hex(&in, "3003020201ffffff");
	seq = der_enter(&in.r, DER_SEQUENCE);
	assert_int_equal(der_integer(&seq).len, 0);
	assert_true(der_failed(&seq));
}

static void
expect_hex(struct buf *b, const char *hex)
{
	uint8_t want[64];
	int len = hex_decode(hex, want, sizeof(want));

	assert_true(len >= 0);
	assert_int_equal(b->len, len);
	assert_memory_equal(b->data, want, len);
	buf_reset(b);
}

static void
what_is_written_is_minimal(void **state)
{
	BUF_CLEANUP b = BUF_INIT;

	(void)state;
	der_put_small(&b, 0);
	expect_hex(&b, "020100");
	der_put_small(&b, 127);
	expect_hex(&b, "02017f");
	der_put_small(&b, 128);
	expect_hex(&b, "02020080");
	der_put_small(&b, 32767);
	expect_hex(&b, "02027fff");
	der_put_unsigned(&b, span_str("\x80"));
	expect_hex(&b, "02020080");
	der_put_bool(&b, true);
	expect_hex(&b, "0101ff");
	der_put_null(&b);
	expect_hex(&b, "0500");
	der_put_bits(&b, span_str("\xab"));
	expect_hex(&b, "030200ab");
	der_put_named_bits(&b, 0x1);
	expect_hex(&b, "03020780");
	der_put_named_bits(&b, 0x60);
	expect_hex(&b, "03020106");
	der_put_named_bits(&b, 0x100);
	expect_hex(&b, "0303070080");
	der_put_named_bits(&b, 0);
	expect_hex(&b, "030100");
	der_put_oid(&b, OID_CN);
	expect_hex(&b, "0603550403");
}

static void
named_bits_come_back(void **state)
{
	unsigned bits;

	(void)state;
	for (bits = 0; bits < 0x200; bits++) {
		BUF_CLEANUP b = BUF_INIT;
		struct der_fault fault;
		struct der r;

		der_put_named_bits(&b, bits);
		r = der_open(buf_span(&b), &fault);
		assert_int_equal(der_named_bits(&r), bits);
		assert_false(der_failed(&r));
	}
}

static void
times_are_utc_through_2049(void **state)
{
	BUF_CLEANUP b = BUF_INIT;

	(void)state;
	der_put_time(&b, 2524607999);
	assert_int_equal(b.data[0], DER_UTC_TIME);
	assert_memory_equal(b.data + 2, "491231235959Z", 13);
	buf_reset(&b);
	der_put_time(&b, 2524608000);
	assert_int_equal(b.data[0], DER_GENERALIZED_TIME);
	assert_memory_equal(b.data + 2, "20500101000000Z", 15);
	buf_reset(&b);
	der_put_time(&b, 1709164800);
	assert_memory_equal(b.data + 2, "240229000000Z", 13);
}

/* Lengths that need 1, 2, 3 and 4 octets, nested. */
static void
frames_grow_their_length(void **state)
{
	static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 65535, 65536};
	static uint8_t zeros[65536];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		BUF_CLEANUP b = BUF_INIT;
		size_t outer = der_begin(&b, DER_SEQUENCE);
		struct der_fault fault;
		struct der top, seq;

		der_put(&b, DER_OCTET_STRING, span_of(zeros, sizes[i]));
		der_put_null(&b);
		der_end(&b, outer);
		top = der_open(buf_span(&b), &fault);
		seq = der_enter(&top, DER_SEQUENCE);
		assert_int_equal(
		    der_take(&seq, DER_OCTET_STRING).len, sizes[i]);
		der_null(&seq);
		der_leave(&seq);
		der_leave(&top);
		assert_false(der_failed(&top));
	}
}

static void
identifiers_have_names(void **state)
{
	BUF_CLEANUP b = BUF_INIT;

	(void)state;
	assert_int_equal(oid_find(span_str("\x55\x04\x03")), OID_CN);
	assert_int_equal(oid_find(span_str("\x55\x04\x7f")), OID_NONE);
	assert_int_equal(oid_find(SPAN_NONE), OID_NONE);
	oid_print(span_str("\x55\x04\x03"), &b);
	assert_string_equal(buf_cstr(&b), "CN");
	buf_reset(&b);
	oid_print(span_str("\x2b\x06\x01\x04\x01\x82\x37\x0d\x02\x03"), &b);
	assert_string_equal(buf_cstr(&b), "1.3.6.1.4.1.311.13.2.3");
	buf_reset(&b);
	oid_print(span_str("\x88\x37\x03"), &b);
	assert_string_equal(buf_cstr(&b), "2.999.3");
	buf_reset(&b);
	oid_print(span_str("\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), &b);
	assert_string_equal(buf_cstr(&b), "1.2.?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lengths_are_definite_and_minimal),
	    cmocka_unit_test(long_lengths_are_read),
	    cmocka_unit_test(tags_above_30_are_refused),
	    cmocka_unit_test(booleans),
	    cmocka_unit_test(integers_are_minimal),
	    cmocka_unit_test(numbers_lose_their_sign_octet),
	    cmocka_unit_test(bit_strings_count_their_unused_bits),
	    cmocka_unit_test(named_bits_end_with_a_one),
	    cmocka_unit_test(object_identifiers_are_minimal),
	    cmocka_unit_test(nulls_are_empty),
	    cmocka_unit_test(times_have_seconds_and_z),
	    cmocka_unit_test(the_first_fault_is_kept),
	    cmocka_unit_test(a_fault_names_both_tags),
	    cmocka_unit_test(without_a_fault_the_verdict_is_the_caller_s),
	    cmocka_unit_test(bytes_left_in_a_frame_are_a_fault),
	    cmocka_unit_test(a_child_does_not_read_past_its_frame),
	    cmocka_unit_test(what_is_written_is_minimal),
	    cmocka_unit_test(named_bits_come_back),
	    cmocka_unit_test(times_are_utc_through_2049),
	    cmocka_unit_test(frames_grow_their_length),
	    cmocka_unit_test(identifiers_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
