/* SPDX-License-Identifier: Apache-2.0 */
/* log/record, log/crc32c, log/der: the bytes of the log, and their checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log/crc32c.h"
#include "log/der.h"
#include "tests/unit/log_sample.h"

static void
checksums_are_those_of_rfc_3720(void **state)
{
	uint8_t bytes[32] = {0};
	struct span s = span_of(bytes, sizeof(bytes));
	uint32_t crc;
	size_t i;

	(void)state;
	assert_true(crc32c(0, s) == 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	assert_true(crc32c(0, s) == 0x62a8ab43);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	assert_true(crc32c(0, s) == 0x46dd794e);
	assert_true(crc32c(0, span_str("123456789")) == 0xe3069283);
	assert_true(crc32c(0, SPAN_NONE) == 0);
	/* In two steps, however it is cut. */
	for (i = 0; i <= sizeof(bytes); i++) {
		crc = crc32c(0, span_of(bytes, i));
		crc = crc32c(crc, span_of(bytes + i, sizeof(bytes) - i));
		assert_true(crc == 0x46dd794e);
	}
}

static struct record
sample_record(struct span body)
{
	struct record r = {.seq = 0x0102030405060708,
	    .time_ms = -1,
	    .synced = 32,
	    .kind = EVENT_KEY,
	    .body = body};

	memset(r.before, 0xbb, sizeof(r.before));
	return r;
}

static void
a_record_is_where_the_manual_says(void **state)
{
	struct record r = sample_record(span_str("body"));
	BUF_CLEANUP out = BUF_INIT;

	(void)state;
	record_encode(&r, &out);
	assert_int_equal(out.len, 4 + 8 + 8 + 8 + 1 + 32 + 4 + 4);
	assert_memory_equal(out.data, "\0\0\0\x41", 4);
	assert_memory_equal(out.data + 4, "\1\2\3\4\5\6\7\x8", 8);
	assert_memory_equal(
	    out.data + 12, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	assert_memory_equal(out.data + 20, "\0\0\0\0\0\0\0\x20", 8);
	assert_int_equal(out.data[28], 4);
	assert_memory_equal(out.data + 29, r.before, 32);
	assert_memory_equal(out.data + 61, "body", 4);
}

static void
a_record_comes_back(void **state)
{
	struct record r = sample_record(span_str("body")), back;
	BUF_CLEANUP out = BUF_INIT;

	(void)state;
	record_encode(&r, &out);
	assert_int_equal(record_len(out.data), out.len);
	assert_true(record_parse(buf_span(&out), &back));
	assert_true(back.seq == r.seq);
	assert_true(back.time_ms == -1);
	assert_int_equal(back.synced, 32);
	assert_int_equal(back.kind, EVENT_KEY);
	assert_memory_equal(back.before, r.before, 32);
	assert_true(span_is(back.body, "body"));
}

static void
every_changed_bit_is_noticed(void **state)
{
	struct record r = sample_record(span_str("body")), back;
	BUF_CLEANUP out = BUF_INIT;
	size_t i;

	(void)state;
	record_encode(&r, &out);
	for (i = 0; i < out.len * 8; i++) {
		out.data[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_false(record_parse(buf_span(&out), &back));
		out.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < out.len; i++)
		assert_false(record_parse(span_of(out.data, i), &back));
	buf_add_u8(&out, 0);
	assert_false(record_parse(buf_span(&out), &back));
}

static void
lengths_have_limits(void **state)
{
	static uint8_t body[LOG_BODY_MAX];
	struct record r = sample_record(span_of(body, sizeof(body))), back;
	BUF_CLEANUP out = BUF_INIT;

	(void)state;
	record_encode(&r, &out);
	assert_int_equal(out.len, RECORD_MAX_LEN);
	assert_true(record_parse(buf_span(&out), &back));
	assert_int_equal(record_len((const uint8_t *)"\0\0\0\0"), 0);
	assert_int_equal(record_len((const uint8_t *)"\0\0\0\x3c"), 0);
	assert_int_equal(
	    record_len((const uint8_t *)"\0\0\0\x3d"), RECORD_MIN_LEN);
	assert_int_equal(
	    record_len((const uint8_t *)"\0\1\0\x3d"), RECORD_MAX_LEN);
	assert_int_equal(record_len((const uint8_t *)"\0\1\0\x3e"), 0);
	assert_int_equal(record_len((const uint8_t *)"\xff\xff\xff\xff"), 0);
}

static void
a_header_says_what_the_file_is(void **state)
{
	BUF_CLEANUP a = BUF_INIT, b = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(record_header_encode(&a, &d), 0);
	assert_int_equal(record_header_encode(&b, &d), 0);
	assert_int_equal(a.len, RECORD_HEADER_LEN);
	assert_memory_equal(a.data, "privyseal.log.1\n", RECORD_MAGIC_LEN);
	/* No two logs are the same. */
	assert_false(span_eq(buf_span(&a), buf_span(&b)));
	assert_int_equal(record_header_check(buf_span(&a), &d), 0);
	a.data[14] = '2';
	assert_int_equal(
	    record_header_check(buf_span(&a), &d), ERR_LOG_CORRUPT);
	assert_non_null(strstr(d.text, "format"));
	a.data[0] = 'P';
	assert_int_equal(
	    record_header_check(buf_span(&a), &d), ERR_LOG_CORRUPT);
	assert_non_null(strstr(d.text, "no log"));
	assert_int_equal(
	    record_header_check(span_of(b.data, 31), &d), ERR_LOG_CORRUPT);
	assert_int_equal(record_header_check(SPAN_NONE, &d), ERR_LOG_CORRUPT);
}

static bool
has_serial(const char *tbs, size_t len, const char *serial)
{
	struct span s;

	return der_tbs_serial(span_of(tbs, len), &s) && span_is(s, serial);
}

static void
a_serial_is_found_in_a_tbs(void **state)
{
	(void)state;
	assert_true(has_serial("\x30\x08\xa0\3\2\1\2\2\1\x41", 10, "A"));
	assert_true(has_serial("\x30\x09\xa0\3\2\1\2\2\2\0\xc1", 11, "\xc1"));
	/* Not a sequence, no version, no serial, empty, short, long. */
	assert_false(has_serial("\x31\x08\xa0\3\2\1\2\2\1\x41", 10, "A"));
	assert_false(has_serial("\x30\x03\2\1\x41", 5, "A"));
	assert_false(has_serial("\x30\x08\xa0\3\2\1\2\4\1\x41", 10, "A"));
	assert_false(has_serial("\x30\x07\xa0\3\2\1\2\2\0", 9, ""));
	assert_false(has_serial("\x30\x08\xa0\3\2\1\2\2\1", 9, "A"));
	assert_false(has_serial("\x30\x08\xa0\3\2\1\2\2\2\x41", 10, "A"));
	assert_false(has_serial("\x30\x08\xa0\3\2\1\2\2\1\x41\0", 11, "A"));
	assert_false(has_serial("", 0, ""));
}

static void
lengths_are_der(void **state)
{
	static const char *const bad[] = {"\x30\x80", "\x30\x81\x08",
	    "\x30\x82\x00\x88", "\x30\x84\x00\x00\x00\x08",
	    "\x30\x83\xff\xff\xff"};
	static const size_t bad_len[] = {2, 3, 4, 6, 5};
	BUF_CLEANUP in = BUF_INIT;
	struct span s;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		buf_reset(&in);
		buf_add(&in, bad[i], bad_len[i]);
		buf_add(&in, "\xa0\3\2\1\2\2\1\x41", 8);
		assert_false(der_tbs_serial(buf_span(&in), &s));
	}
	/* 0x82 0x01 0x00: 256 octets. */
	buf_reset(&in);
	buf_add(&in, "\x30\x82\1\0\xa0\3\2\1\2\2\1\x41", 12);
	for (i = 0; i < 248; i++)
		buf_add_u8(&in, 0);
	assert_true(der_tbs_serial(buf_span(&in), &s));
	assert_true(span_is(s, "A"));
}

static void
a_certificate_is_made_of_its_tbs(void **state)
{
	BUF_CLEANUP tbs = BUF_INIT, other = BUF_INIT, cert = BUF_INIT;

	(void)state;
	sample_tbs(5, &tbs);
	sample_tbs(6, &other);
	sample_certificate(5, &cert);
	assert_true(der_certificate_has_tbs(buf_span(&cert), buf_span(&tbs)));
	assert_false(
	    der_certificate_has_tbs(buf_span(&cert), buf_span(&other)));
	assert_false(der_certificate_has_tbs(buf_span(&cert), SPAN_NONE));
	assert_false(der_certificate_has_tbs(SPAN_NONE, buf_span(&tbs)));
	assert_false(der_certificate_has_tbs(
	    span_of(cert.data, cert.len - 1), buf_span(&tbs)));
	buf_add_u8(&cert, 0);
	assert_false(der_certificate_has_tbs(buf_span(&cert), buf_span(&tbs)));
	/* The TBS alone is not signed. */
	buf_reset(&cert);
	buf_add_u8(&cert, 0x30);
	buf_add_u8(&cert, (uint8_t)tbs.len);
	buf_add_span(&cert, buf_span(&tbs));
	assert_false(der_certificate_has_tbs(buf_span(&cert), buf_span(&tbs)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(checksums_are_those_of_rfc_3720),
	    cmocka_unit_test(a_record_is_where_the_manual_says),
	    cmocka_unit_test(a_record_comes_back),
	    cmocka_unit_test(every_changed_bit_is_noticed),
	    cmocka_unit_test(lengths_have_limits),
	    cmocka_unit_test(a_header_says_what_the_file_is),
	    cmocka_unit_test(a_serial_is_found_in_a_tbs),
	    cmocka_unit_test(lengths_are_der),
	    cmocka_unit_test(a_certificate_is_made_of_its_tbs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
