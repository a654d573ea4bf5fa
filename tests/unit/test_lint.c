/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/lint: a good certificate has no findings; for every rule there is a
 * change that makes it, and the rule is found to fire.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/x509.h"
#include "x509/der.h"
#include "x509/lint.h"
#include "x509/sigalg.h"

#define DAY INT64_C(86400)
#define MAX_EXTS 40

/* A TBSCertificate in parts; the test writes it with its own hands. */
struct draft {
	struct buf version, serial, algorithm, issuer, validity, subject, spki;
	struct {
		struct buf whole;
		enum oid oid;
	} exts[MAX_EXTS];
	size_t n_exts;
	struct buf after; /* bytes behind the last part */
	struct buf outer; /* the certificate's algorithm */
	const struct cert *ca;
};

static void
put(struct buf *out, uint8_t tag, const void *data, size_t len)
{
	buf_reset(out);
	der_put(out, tag, span_of(data, len));
}

/* critical: 1 TRUE, 0 left out, -1 an explicit FALSE. */
static void
write_ext(struct buf *out, struct span oid, int critical, struct span value)
{
	size_t mark;

	buf_reset(out);
	mark = der_begin(out, DER_SEQUENCE);
	der_put(out, DER_OID, oid);
	if (critical != 0)
		der_put_bool(out, critical > 0);
	der_put(out, DER_OCTET_STRING, value);
	der_end(out, mark);
}

static void
add_ext(struct draft *t, enum oid oid, int critical, struct span value)
{
	t->exts[t->n_exts].oid = oid;
	write_ext(&t->exts[t->n_exts].whole, oid_content(oid), critical, value);
	t->n_exts++;
}

/* Exchanges the value of the extension of that kind. */
static void
set_ext(struct draft *t, enum oid oid, int critical, struct span value)
{
	size_t i;

	for (i = 0; i < t->n_exts; i++) {
		if (t->exts[i].oid == oid) {
			write_ext(&t->exts[i].whole, oid_content(oid), critical,
			    value);
			return;
		}
	}
	fail_msg("there is no %s", oid_name(oid));
}

static void
drop_ext(struct draft *t, enum oid oid)
{
	size_t i;

	for (i = 0; i < t->n_exts; i++) {
		if (t->exts[i].oid == oid)
			buf_reset(&t->exts[i].whole);
	}
}

static void
set_name(struct buf *out, enum oid oid, uint8_t tag, struct span value)
{
	size_t name, rdn, pair;

	buf_reset(out);
	name = der_begin(out, DER_SEQUENCE);
	rdn = der_begin(out, DER_SET);
	pair = der_begin(out, DER_SEQUENCE);
	der_put_oid(out, oid);
	der_put(out, tag, value);
	der_end(out, pair);
	der_end(out, rdn);
	der_end(out, name);
}

static void
set_validity(struct draft *t, uint8_t tag1, const char *from, uint8_t tag2,
    const char *to)
{
	size_t mark;

	buf_reset(&t->validity);
	mark = der_begin(&t->validity, DER_SEQUENCE);
	der_put(&t->validity, tag1, span_str(from));
	der_put(&t->validity, tag2, span_str(to));
	der_end(&t->validity, mark);
}

#define UTC DER_UTC_TIME
#define GEN DER_GENERALIZED_TIME

/* One name, in a subjectAltName that is not critical. */
static void
set_san(struct draft *t, uint8_t tag, struct span value)
{
	BUF_CLEANUP names = BUF_INIT;
	size_t mark = der_begin(&names, DER_SEQUENCE);

	der_put(&names, tag, value);
	der_end(&names, mark);
	set_ext(t, OID_SAN, 0, buf_span(&names));
	/* Without a CN nothing is to be compared with it. */
	set_name(&t->subject, OID_O, DER_UTF8_STRING, span_str("O"));
}

static void
add_key_ids(struct draft *t, enum key_kind kind, int which)
{
	BUF_CLEANUP ski = BUF_INIT;
	BUF_CLEANUP aki = BUF_INIT;
	struct spki spki;
	uint8_t id[20];
	size_t mark;

	fake_spki(fake_key(kind, which), &t->spki);
	assert_int_equal(spki_parse(buf_span(&t->spki), &spki, NULL), 0);
	spki_key_id(&spki, id);
	der_put(&ski, DER_OCTET_STRING, span_of(id, sizeof(id)));
	add_ext(t, OID_SUBJECT_KEY_ID, 0, buf_span(&ski));
	mark = der_begin(&aki, DER_SEQUENCE);
	der_put(&aki, DER_CONTEXT(0), t->ca->subject_key_id);
	der_end(&aki, mark);
	add_ext(t, OID_AUTHORITY_KEY_ID, 0, buf_span(&aki));
}

static const uint8_t bc_leaf[] = {0x30, 0x00};
static const uint8_t bc_ca[] = {0x30, 0x03, 0x01, 0x01, 0xff};
static const uint8_t ku_sign[] = {0x03, 0x02, 0x07, 0x80};
static const uint8_t ku_ca[] = {0x03, 0x02, 0x01, 0x06};
static const uint8_t eku_server[] = {
    0x30, 10, 0x06, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1};
static const uint8_t san_a[] = {
    0x30, 11, 0x82, 9, 'a', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e'};

#define S(array) span_of(array, sizeof(array))

static void
draft_open(struct draft *t, const struct cert *ca)
{
	memset(t, 0, sizeof(*t));
	t->ca = ca;
	put(&t->version, DER_CONTEXT_IN(0), "\x02\x01\x02", 3);
	put(&t->serial, DER_INTEGER, "\x11\x22", 2);
	sig_alg_put(&t->algorithm, ca->alg);
	sig_alg_put(&t->outer, ca->alg);
	buf_add_span(&t->issuer, ca->subject);
	set_validity(t, UTC, "261201000000Z", UTC, "261230000000Z");
	set_name(&t->subject, OID_CN, DER_UTF8_STRING, span_str("a.example"));
	add_ext(t, OID_BASIC_CONSTRAINTS, 1, S(bc_leaf));
	add_ext(t, OID_KEY_USAGE, 1, S(ku_sign));
	add_ext(t, OID_EXT_KEY_USAGE, 0, S(eku_server));
	add_ext(t, OID_SAN, 0, S(san_a));
	add_key_ids(t, KEY_EC_P256, 1);
}

static void
draft_write(const struct draft *t, struct buf *out)
{
	size_t tbs, outer, list, i;

	tbs = der_begin(out, DER_SEQUENCE);
	buf_add_span(out, buf_span(&t->version));
	buf_add_span(out, buf_span(&t->serial));
	buf_add_span(out, buf_span(&t->algorithm));
	buf_add_span(out, buf_span(&t->issuer));
	buf_add_span(out, buf_span(&t->validity));
	buf_add_span(out, buf_span(&t->subject));
	buf_add_span(out, buf_span(&t->spki));
	outer = der_begin(out, DER_CONTEXT_IN(3));
	list = der_begin(out, DER_SEQUENCE);
	for (i = 0; i < t->n_exts; i++)
		buf_add_span(out, buf_span(&t->exts[i].whole));
	der_end(out, list);
	der_end(out, outer);
	buf_add_span(out, buf_span(&t->after));
	der_end(out, tbs);
}

static void
draft_close(struct draft *t)
{
	size_t i;

	buf_free(&t->version);
	buf_free(&t->serial);
	buf_free(&t->algorithm);
	buf_free(&t->issuer);
	buf_free(&t->validity);
	buf_free(&t->subject);
	buf_free(&t->spki);
	for (i = 0; i < MAX_EXTS; i++)
		buf_free(&t->exts[i].whole);
	buf_free(&t->after);
	buf_free(&t->outer);
}

/* The mutations, each named after what it does. */

static void
m_version_1(struct draft *t)
{
	buf_reset(&t->version);
}

static void
m_version_4(struct draft *t)
{
	put(&t->version, DER_CONTEXT_IN(0), "\x02\x01\x03", 3);
}

static void
m_serial_zero(struct draft *t)
{
	put(&t->serial, DER_INTEGER, "\x00", 1);
}

static void
m_serial_negative(struct draft *t)
{
	put(&t->serial, DER_INTEGER, "\x80\x01", 2);
}

static void
m_serial_padded(struct draft *t)
{
	put(&t->serial, DER_INTEGER, "\x00\x01", 2);
}

static void
m_serial_no_octets(struct draft *t)
{
	put(&t->serial, DER_INTEGER, "", 0);
}

static void
m_serial_21_octets(struct draft *t)
{
	put(&t->serial, DER_INTEGER, "111111111111111111111", 21);
}

static void
m_sha1(struct draft *t)
{
	size_t mark;

	buf_reset(&t->algorithm);
	mark = der_begin(&t->algorithm, DER_SEQUENCE);
	der_put_oid(&t->algorithm, OID_ECDSA_SHA1);
	der_end(&t->algorithm, mark);
}

static void
m_rsa_without_null(struct draft *t)
{
	size_t mark;

	buf_reset(&t->algorithm);
	mark = der_begin(&t->algorithm, DER_SEQUENCE);
	der_put_oid(&t->algorithm, OID_RSA_SHA256);
	der_end(&t->algorithm, mark);
}

static void
m_rsa_algorithm(struct draft *t)
{
	buf_reset(&t->algorithm);
	sig_alg_put(&t->algorithm, SIG_RSA_SHA256);
}

static void
m_p256_with_sha384(struct draft *t)
{
	buf_reset(&t->algorithm);
	sig_alg_put(&t->algorithm, SIG_ECDSA_SHA384);
}

static void
m_outer_differs(struct draft *t)
{
	buf_reset(&t->outer);
	sig_alg_put(&t->outer, SIG_ECDSA_SHA384);
}

static void
m_issuer_other(struct draft *t)
{
	set_name(&t->issuer, OID_CN, DER_UTF8_STRING, span_str("test root"));
}

static void
m_issuer_empty(struct draft *t)
{
	put(&t->issuer, DER_SEQUENCE, "", 0);
}

static void
m_time_no_seconds(struct draft *t)
{
	set_validity(t, UTC, "2612010000Z", UTC, "261230000000Z");
}

static void
m_time_offset(struct draft *t)
{
	set_validity(t, UTC, "261201000000Z", UTC, "261230000000+0000");
}

static void
m_time_no_such_day(struct draft *t)
{
	set_validity(t, UTC, "261201000000Z", UTC, "261231250000Z");
}

static void
m_generalized_before_2050(struct draft *t)
{
	set_validity(t, UTC, "261201000000Z", GEN, "20261230000000Z");
}

static void
m_ends_before_it_begins(struct draft *t)
{
	set_validity(t, UTC, "261201000000Z", UTC, "261130235959Z");
}

static void
m_outlives_the_issuer(struct draft *t)
{
	set_validity(t, UTC, "261201000000Z", UTC, "491230000000Z");
}

static void
m_older_than_the_issuer(struct draft *t)
{
	set_validity(t, UTC, "200101000000Z", UTC, "261230000000Z");
}

static void
m_two_attributes_in_a_part(struct draft *t)
{
	size_t name, rdn, pair;
	int i;

	buf_reset(&t->subject);
	name = der_begin(&t->subject, DER_SEQUENCE);
	rdn = der_begin(&t->subject, DER_SET);
	for (i = 0; i < 2; i++) {
		pair = der_begin(&t->subject, DER_SEQUENCE);
		der_put_oid(&t->subject, OID_O);
		der_put(
		    &t->subject, DER_UTF8_STRING, span_str(i == 0 ? "a" : "b"));
		der_end(&t->subject, pair);
	}
	der_end(&t->subject, rdn);
	der_end(&t->subject, name);
}

static void
m_subject_email(struct draft *t)
{
	set_name(&t->subject, OID_EMAIL, DER_UTF8_STRING, span_str("a@b"));
}

static void
m_subject_printable(struct draft *t)
{
	set_name(&t->subject, OID_O, DER_PRINTABLE_STRING, span_str("a"));
}

static void
m_country_utf8(struct draft *t)
{
	set_name(&t->subject, OID_C, DER_UTF8_STRING, span_str("DE"));
}

static void
m_subject_bmp(struct draft *t)
{
	set_name(&t->subject, OID_O, DER_BMP_STRING, span_of("\0a", 2));
}

static void
m_subject_nul(struct draft *t)
{
	set_name(&t->subject, OID_O, DER_UTF8_STRING, span_of("a\0b", 3));
}

static void
m_country_at(struct draft *t)
{
	set_name(&t->subject, OID_C, DER_PRINTABLE_STRING, span_str("@@"));
}

static void
m_cn_79(struct draft *t)
{
	static const char long_name[] =
	    "0123456789012345678901234567890123456789"
	    "012345678901234567890123456789.example0";

	set_name(&t->subject, OID_CN, DER_UTF8_STRING,
	    span_of(long_name, sizeof(long_name) - 1));
}

static void
m_subject_empty_value(struct draft *t)
{
	set_name(&t->subject, OID_O, DER_UTF8_STRING, SPAN_NONE);
}

static void
m_country_digits(struct draft *t)
{
	set_name(&t->subject, OID_C, DER_PRINTABLE_STRING, span_str("12"));
}

static void
m_ca_without_subject(struct draft *t)
{
	set_ext(t, OID_BASIC_CONSTRAINTS, 1, S(bc_ca));
	set_ext(t, OID_KEY_USAGE, 1, S(ku_ca));
	put(&t->subject, DER_SEQUENCE, "", 0);
}

static void
m_cn_twice(struct draft *t)
{
	BUF_CLEANUP one = BUF_INIT;
	struct span rdn;

	buf_add_span(&one, buf_span(&t->subject));
	rdn = span_of(one.data + 2, one.len - 2);
	buf_reset(&t->subject);
	t->subject.len = 0;
	buf_add_u8(&t->subject, DER_SEQUENCE);
	buf_add_u8(&t->subject, (uint8_t)(2 * rdn.len));
	buf_add_span(&t->subject, rdn);
	buf_add_span(&t->subject, rdn);
}

static void
m_cn_elsewhere(struct draft *t)
{
	set_name(&t->subject, OID_CN, DER_UTF8_STRING, span_str("b.example"));
}

static void
m_key_secp256k1(struct draft *t)
{
	size_t whole, id;

	buf_reset(&t->spki);
	whole = der_begin(&t->spki, DER_SEQUENCE);
	id = der_begin(&t->spki, DER_SEQUENCE);
	der_put_oid(&t->spki, OID_EC);
	der_put_oid(&t->spki, OID_SECP256K1);
	der_end(&t->spki, id);
	der_put_bits(&t->spki, span_str("x"));
	der_end(&t->spki, whole);
}

static void
m_key_off_curve(struct draft *t)
{
	t->spki.data[t->spki.len - 1] ^= 1;
}

static void
m_key_of_the_issuer(struct draft *t)
{
	buf_reset(&t->spki);
	buf_add_span(&t->spki, t->ca->spki.der);
}

static void
m_no_extensions(struct draft *t)
{
	t->n_exts = 0;
}

static void
m_san_twice(struct draft *t)
{
	add_ext(t, OID_SAN, 0, S(san_a));
}

static void
m_critical_false(struct draft *t)
{
	set_ext(t, OID_SAN, -1, S(san_a));
}

static void
m_poison(struct draft *t)
{
	write_ext(&t->exts[t->n_exts++].whole,
	    span_str("\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x03"), 1,
	    span_of("\x05\x00", 2));
}

static void
m_value_trailing(struct draft *t)
{
	set_ext(t, OID_KEY_USAGE, 1, span_of("\x03\x02\x07\x80\x00", 5));
}

static void
m_ku_trailing_zeros(struct draft *t)
{
	set_ext(t, OID_KEY_USAGE, 1, span_of("\x03\x02\x00\x80", 4));
}

static void
m_no_bc(struct draft *t)
{
	drop_ext(t, OID_BASIC_CONSTRAINTS);
}

static void
m_bc_not_critical(struct draft *t)
{
	set_ext(t, OID_BASIC_CONSTRAINTS, 0, S(bc_leaf));
}

static void
m_bc_false(struct draft *t)
{
	set_ext(t, OID_BASIC_CONSTRAINTS, 1, span_of("0\x03\x01\x01\x00", 5));
}

static void
m_leaf_path_len(struct draft *t)
{
	set_ext(t, OID_BASIC_CONSTRAINTS, 1, span_of("0\x03\x02\x01\x00", 5));
}

static void
m_ca_below_path_0(struct draft *t)
{
	set_ext(t, OID_BASIC_CONSTRAINTS, 1, S(bc_ca));
	set_ext(t, OID_KEY_USAGE, 1, S(ku_ca));
}

static void
m_no_ku(struct draft *t)
{
	drop_ext(t, OID_KEY_USAGE);
}

static void
m_ku_not_critical(struct draft *t)
{
	set_ext(t, OID_KEY_USAGE, 0, S(ku_sign));
}

static void
m_ku_empty(struct draft *t)
{
	set_ext(t, OID_KEY_USAGE, 1, span_of("\x03\x01\x00", 3));
}

static void
m_leaf_cert_sign(struct draft *t)
{
	set_ext(t, OID_KEY_USAGE, 1, span_of("\x03\x02\x02\x84", 4));
}

static void
m_ca_cannot_sign(struct draft *t)
{
	set_ext(t, OID_BASIC_CONSTRAINTS, 1, S(bc_ca));
}

static void
m_key_encipherment_on_ec(struct draft *t)
{
	set_ext(t, OID_KEY_USAGE, 1, span_of("\x03\x02\x05\xa0", 4));
}

static void
m_no_eku(struct draft *t)
{
	drop_ext(t, OID_EXT_KEY_USAGE);
}

static void
m_eku_empty(struct draft *t)
{
	set_ext(t, OID_EXT_KEY_USAGE, 0, span_of("0\x00", 2));
}

static void
m_eku_twice(struct draft *t)
{
	BUF_CLEANUP list = BUF_INIT;
	size_t mark = der_begin(&list, DER_SEQUENCE);

	der_put_oid(&list, OID_EKU_SERVER_AUTH);
	der_put_oid(&list, OID_EKU_SERVER_AUTH);
	der_end(&list, mark);
	set_ext(t, OID_EXT_KEY_USAGE, 0, buf_span(&list));
}

static void
m_eku_any(struct draft *t)
{
	set_ext(t, OID_EXT_KEY_USAGE, 0,
	    span_of("0\x06\x06\x04\x55\x1d\x25\x00", 8));
}

static void
m_no_ski(struct draft *t)
{
	drop_ext(t, OID_SUBJECT_KEY_ID);
}

static void
m_ski_critical(struct draft *t)
{
	set_ext(t, OID_SUBJECT_KEY_ID, 1, span_of("\x04\x01x", 3));
}

static void
m_ski_other(struct draft *t)
{
	set_ext(t, OID_SUBJECT_KEY_ID, 0, span_of("\x04\x01x", 3));
}

static void
m_no_aki(struct draft *t)
{
	drop_ext(t, OID_AUTHORITY_KEY_ID);
}

static void
m_aki_critical(struct draft *t)
{
	set_ext(t, OID_AUTHORITY_KEY_ID, 1, span_of("0\x03\x80\x01x", 5));
}

static void
m_aki_other(struct draft *t)
{
	set_ext(t, OID_AUTHORITY_KEY_ID, 0, span_of("0\x03\x80\x01x", 5));
}

static void
m_aki_without_key_id(struct draft *t)
{
	set_ext(t, OID_AUTHORITY_KEY_ID, 0, span_of("0\x00", 2));
}

static void
m_no_san(struct draft *t)
{
	drop_ext(t, OID_SAN);
}

static void
m_san_empty(struct draft *t)
{
	set_ext(t, OID_SAN, 0, span_of("0\x00", 2));
}

static void
m_san_critical(struct draft *t)
{
	set_ext(t, OID_SAN, 1, S(san_a));
}

static void
m_empty_subject(struct draft *t)
{
	put(&t->subject, DER_SEQUENCE, "", 0);
}

static void
m_san_registered_id(struct draft *t)
{
	set_san(t, DER_CONTEXT(8), span_str("\x2a\x03"));
}

static void
m_dns_upper(struct draft *t)
{
	set_san(t, DER_CONTEXT(2), span_str("A.example"));
}

static void
m_dns_nul(struct draft *t)
{
	set_san(t, DER_CONTEXT(2), span_of("a.example\0.b", 12));
}

static void
m_dns_space(struct draft *t)
{
	set_san(t, DER_CONTEXT(2), span_str("a b.example"));
}

static void
m_dns_trailing_dot(struct draft *t)
{
	set_san(t, DER_CONTEXT(2), span_str("a.example."));
}

static void
m_dns_wildcard_inside(struct draft *t)
{
	set_san(t, DER_CONTEXT(2), span_str("*.*.example"));
}

static void
m_ip_5(struct draft *t)
{
	set_san(t, DER_CONTEXT(7), span_str("12345"));
}

static void
m_uri_relative(struct draft *t)
{
	set_san(t, DER_CONTEXT(6), span_str("/x"));
}

static void
m_email_two_at(struct draft *t)
{
	set_san(t, DER_CONTEXT(1), span_str("a@b@c"));
}

static void
m_name_twice(struct draft *t)
{
	BUF_CLEANUP names = BUF_INIT;
	size_t mark = der_begin(&names, DER_SEQUENCE);

	der_put(&names, DER_CONTEXT(2), span_str("a.example"));
	der_put(&names, DER_CONTEXT(2), span_str("b.example"));
	der_put(&names, DER_CONTEXT(2), span_str("a.example"));
	der_end(&names, mark);
	set_ext(t, OID_SAN, 0, buf_span(&names));
}

static void
m_bytes_after(struct draft *t)
{
	buf_add_str(&t->after, "\x05");
	buf_add_u8(&t->after, 0);
}

static void
m_33_extensions(struct draft *t)
{
	while (t->n_exts < 33)
		add_ext(t, OID_CRL_POINTS, 0, SPAN_NONE);
}

static const struct {
	const char *code;
	void (*change)(struct draft *t);
} mutations[] = {
    {"version.not-3", m_version_1},
    {"version.not-3", m_version_4},
    {"serial.not-positive", m_serial_zero},
    {"serial.not-positive", m_serial_negative},
    {"serial.not-minimal", m_serial_padded},
    {"serial.not-minimal", m_serial_no_octets},
    {"serial.too-long", m_serial_21_octets},
    {"algorithm.unknown", m_sha1},
    {"algorithm.form", m_rsa_without_null},
    {"algorithm.not-for-key", m_rsa_algorithm},
    {"algorithm.curve-hash", m_p256_with_sha384},
    {"algorithm.inner-outer", m_outer_differs},
    {"issuer.name", m_issuer_other},
    {"issuer.name", m_issuer_empty},
    {"issuer.path-length", m_ca_below_path_0},
    {"validity.form", m_time_no_seconds},
    {"validity.form", m_time_offset},
    {"validity.form", m_time_no_such_day},
    {"validity.choice", m_generalized_before_2050},
    {"validity.order", m_ends_before_it_begins},
    {"validity.outside-issuer", m_outlives_the_issuer},
    {"validity.outside-issuer", m_older_than_the_issuer},
    {"subject.rdn", m_two_attributes_in_a_part},
    {"subject.attribute", m_subject_email},
    {"subject.string-type", m_subject_printable},
    {"subject.string-type", m_country_utf8},
    {"subject.string-type", m_subject_bmp},
    {"subject.characters", m_subject_nul},
    {"subject.characters", m_country_at},
    {"subject.length", m_cn_79},
    {"subject.length", m_subject_empty_value},
    {"subject.country", m_country_digits},
    {"subject.empty", m_ca_without_subject},
    {"subject.cn-twice", m_cn_twice},
    {"subject.cn-not-in-san", m_cn_elsewhere},
    {"key.unknown", m_key_secp256k1},
    {"key.weak", m_key_off_curve},
    {"key.is-issuers", m_key_of_the_issuer},
    {"ext.missing", m_no_extensions},
    {"ext.duplicate", m_san_twice},
    {"ext.explicit-false", m_critical_false},
    {"ext.unknown-critical", m_poison},
    {"ext.value", m_value_trailing},
    {"ext.value", m_ku_trailing_zeros},
    {"bc.missing", m_no_bc},
    {"bc.not-critical", m_bc_not_critical},
    {"bc.explicit-false", m_bc_false},
    {"bc.path-length-on-leaf", m_leaf_path_len},
    {"ku.missing", m_no_ku},
    {"ku.not-critical", m_ku_not_critical},
    {"ku.empty", m_ku_empty},
    {"ku.leaf-signs-certificates", m_leaf_cert_sign},
    {"ku.ca-cannot-sign", m_ca_cannot_sign},
    {"ku.not-for-key", m_key_encipherment_on_ec},
    {"eku.missing", m_no_eku},
    {"eku.empty", m_eku_empty},
    {"eku.duplicate", m_eku_twice},
    {"eku.any", m_eku_any},
    {"ski.missing", m_no_ski},
    {"ski.critical", m_ski_critical},
    {"ski.not-of-key", m_ski_other},
    {"aki.missing", m_no_aki},
    {"aki.critical", m_aki_critical},
    {"aki.not-issuers", m_aki_other},
    {"aki.not-issuers", m_aki_without_key_id},
    {"san.missing", m_no_san},
    {"san.empty", m_san_empty},
    {"san.critical", m_san_critical},
    {"san.critical", m_empty_subject},
    {"san.kind", m_san_registered_id},
    {"san.dns", m_dns_upper},
    {"san.dns", m_dns_nul},
    {"san.dns", m_dns_space},
    {"san.dns", m_dns_trailing_dot},
    {"san.dns", m_dns_wildcard_inside},
    {"san.ip", m_ip_5},
    {"san.uri", m_uri_relative},
    {"san.email", m_email_two_at},
    {"san.duplicate", m_name_twice},
    {"der.invalid", m_bytes_after},
    {"der.invalid", m_33_extensions},
};

#define N_MUTATIONS (sizeof(mutations) / sizeof(mutations[0]))

static bool
has_code(const struct lint_report *report, const char *code)
{
	size_t i;

	for (i = 0; i < report->n && i < LINT_MAX_FINDINGS; i++) {
		if (strcmp(report->findings[i].code, code) == 0)
			return true;
	}
	return false;
}

static int
lint_draft(const struct draft *t, struct lint_report *report, struct diag *d)
{
	BUF_CLEANUP der = BUF_INIT;
	size_t whole = der_begin(&der, DER_SEQUENCE);

	draft_write(t, &der);
	buf_add_span(&der, buf_span(&t->outer));
	der_put_bits(&der, span_str("x"));
	der_end(&der, whole);
	return lint_cert(buf_span(&der), t->ca, report, d);
}

static void
the_draft_is_clean(void **state)
{
	struct lint_report report;
	struct diag d = DIAG_INIT;
	struct fake_ca ca;
	struct draft t;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	draft_open(&t, &ca.cert);
	if (lint_draft(&t, &report, &d) != 0)
		fail_msg("%s", d.text);
	assert_int_equal(report.n, 0);
	draft_close(&t);
	fake_ca_free(&ca);
}

static void
each_mutation_makes_its_rule_fire(void **state)
{
	struct lint_report report;
	struct fake_ca ca;
	size_t i;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	for (i = 0; i < N_MUTATIONS; i++) {
		struct diag d = DIAG_INIT;
		struct draft t;

		draft_open(&t, &ca.cert);
		mutations[i].change(&t);
		assert_int_equal(lint_draft(&t, &report, &d), ERR_LINT);
		if (!has_code(&report, mutations[i].code))
			fail_msg("mutation %zu: no %s, but %s", i,
			    mutations[i].code, d.text);
		assert_non_null(strstr(d.text, report.findings[0].code));
		assert_true(report.findings[0].text[0] != '\0');
		assert_string_equal(d.ref, report.findings[0].ref);
		draft_close(&t);
	}
	fake_ca_free(&ca);
}

/* Rules that look at the issuer are reached by another issuer. */
static void
an_issuer_must_be_a_ca(void **state)
{
	struct lint_report report;
	struct fake_ca ca;
	struct draft t;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	ca.cert.key_usage = KU_CRL_SIGN;
	draft_open(&t, &ca.cert);
	assert_int_equal(lint_draft(&t, &report, NULL), ERR_LINT);
	assert_true(has_code(&report, "issuer.not-ca"));
	ca.cert.key_usage = KU_KEY_CERT_SIGN;
	ca.cert.is_ca = false;
	assert_int_equal(lint_draft(&t, &report, NULL), ERR_LINT);
	assert_true(has_code(&report, "issuer.not-ca"));
	draft_close(&t);
	fake_ca_free(&ca);
}

static void
path_lengths_go_down(void **state)
{
	static const uint8_t path_0[] = {0x30, 6, 1, 1, 0xff, 0x02, 0x01, 0x00};
	static const uint8_t path_1[] = {0x30, 6, 1, 1, 0xff, 0x02, 0x01, 0x01};
	struct lint_report report;
	struct fake_ca ca;
	struct draft t;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 1);
	draft_open(&t, &ca.cert);
	set_ext(&t, OID_KEY_USAGE, 1, S(ku_ca));
	set_ext(&t, OID_BASIC_CONSTRAINTS, 1, S(path_0));
	assert_int_equal(lint_draft(&t, &report, NULL), 0);
	set_ext(&t, OID_BASIC_CONSTRAINTS, 1, S(path_1));
	assert_int_equal(lint_draft(&t, &report, NULL), ERR_LINT);
	assert_true(has_code(&report, "issuer.path-length"));
	set_ext(&t, OID_BASIC_CONSTRAINTS, 1, S(bc_ca));
	assert_int_equal(lint_draft(&t, &report, NULL), ERR_LINT);
	assert_true(has_code(&report, "issuer.path-length"));
	draft_close(&t);
	fake_ca_free(&ca);
}

/* Every row of lint.def is made to fire by some test of this file. */
static void
no_rule_is_without_a_mutation(void **state)
{
	static const char *const codes[] = {
#define LINT(function, code, ref) code,
#include "x509/lint.def"
#undef LINT
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		for (k = 0; k < N_MUTATIONS; k++) {
			if (strcmp(codes[i], mutations[k].code) == 0)
				break;
		}
		if (k == N_MUTATIONS && strcmp(codes[i], "issuer.not-ca") != 0)
			fail_msg("no mutation for %s", codes[i]);
	}
}

static void
a_leaf_is_not_self_signed(void **state)
{
	struct lint_report report;
	struct fake_ca ca;
	struct draft t;
	BUF_CLEANUP tbs = BUF_INIT;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	draft_open(&t, &ca.cert);
	draft_write(&t, &tbs);
	assert_int_equal(lint_tbs(buf_span(&tbs), &ca.cert, &report, NULL), 0);
	assert_int_equal(
	    lint_tbs(buf_span(&tbs), NULL, &report, NULL), ERR_LINT);
	assert_true(has_code(&report, "issuer.not-ca"));
	assert_true(has_code(&report, "issuer.name"));
	assert_true(has_code(&report, "aki.not-issuers"));
	draft_close(&t);
	fake_ca_free(&ca);
}

/* It is policy that says no to one, or not. */
static void
an_underscore_passes(void **state)
{
	struct lint_report report;
	struct fake_ca ca;
	struct draft t;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	draft_open(&t, &ca.cert);
	set_san(&t, DER_CONTEXT(2), span_str("_a.b_c.example"));
	assert_int_equal(lint_draft(&t, &report, NULL), 0);
	draft_close(&t);
	fake_ca_free(&ca);
}

static void
a_cn_may_be_an_address(void **state)
{
	struct lint_report report;
	struct fake_ca ca;
	struct draft t;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	draft_open(&t, &ca.cert);
	set_san(&t, DER_CONTEXT(7), span_of("\x0a\x00\x00\x01", 4));
	set_name(&t.subject, OID_CN, DER_UTF8_STRING, span_str("10.0.0.1"));
	assert_int_equal(lint_draft(&t, &report, NULL), 0);
	set_name(&t.subject, OID_CN, DER_UTF8_STRING, span_str("10.0.0.2"));
	assert_int_equal(lint_draft(&t, &report, NULL), ERR_LINT);
	assert_true(has_code(&report, "subject.cn-not-in-san"));
	draft_close(&t);
	fake_ca_free(&ca);
}

/* Only so many are kept, all are counted. */
static void
many_findings_are_counted(void **state)
{
	static struct lint_report report;
	struct fake_ca ca;
	struct draft t;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	draft_open(&t, &ca.cert);
	m_version_1(&t);
	m_serial_negative(&t);
	m_sha1(&t);
	m_issuer_empty(&t);
	m_generalized_before_2050(&t);
	m_cn_79(&t);
	m_key_off_curve(&t);
	m_no_extensions(&t);
	assert_int_equal(lint_draft(&t, &report, NULL), ERR_LINT);
	assert_true(report.n >= 14);
	set_name(&t.subject, OID_EMAIL, DER_BMP_STRING, span_of("\0", 1));
	assert_int_equal(lint_draft(&t, &report, NULL), ERR_LINT);
	draft_close(&t);
	fake_ca_free(&ca);
}

static void
what_is_not_der_has_one_finding(void **state)
{
	struct lint_report report;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(
	    lint_tbs(span_str("nonsense"), NULL, &report, &d), ERR_LINT);
	assert_int_equal(report.n, 1);
	assert_string_equal(report.findings[0].code, "der.invalid");
	assert_int_equal(lint_cert(SPAN_NONE, NULL, &report, &d), ERR_LINT);
	assert_int_equal(report.n, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_draft_is_clean),
	    cmocka_unit_test(each_mutation_makes_its_rule_fire),
	    cmocka_unit_test(an_issuer_must_be_a_ca),
	    cmocka_unit_test(path_lengths_go_down),
	    cmocka_unit_test(no_rule_is_without_a_mutation),
	    cmocka_unit_test(a_leaf_is_not_self_signed),
	    cmocka_unit_test(an_underscore_passes),
	    cmocka_unit_test(a_cn_may_be_an_address),
	    cmocka_unit_test(many_findings_are_counted),
	    cmocka_unit_test(what_is_not_der_has_one_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
