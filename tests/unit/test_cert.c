/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/cert: what is built verifies under OpenSSL's strict rules and has the
 * fields that were asked for; what cannot be is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/x509.h>

#include "lib/clock.h"
#include "tests/fake/x509.h"
#include "tests/fake/x509v3.h"
#include "x509/der.h"
#include "x509/lint.h"
#include "x509/sigalg.h"

#define DAY INT64_C(86400)

/* A leaf's ingredients, to be changed by each test. */
struct recipe {
	struct cert_profile_spec profile;
	struct cert_spec cert;
	struct buf key;
	struct spki spki;
	struct attr attrs[2];
	struct san sans[5];
	struct buf tbs, der;
};

static void
recipe_open(struct recipe *r, const struct fake_ca *ca, enum key_kind kind)
{
	static const uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

	memset(r, 0, sizeof(*r));
	r->profile = (struct cert_profile_spec){.issuer = &ca->cert,
	    .alg = ca->alg,
	    .key_usage = KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT,
	    .ext_usage = EKU_SERVER_AUTH | EKU_CLIENT_AUTH,
	    .path_len = -1};
	fake_spki(fake_key(kind, 1), &r->key);
	assert_int_equal(spki_parse(buf_span(&r->key), &r->spki, NULL), 0);
	r->attrs[0] = (struct attr){ATTR_CN, span_str("a.example")};
	r->attrs[1] = (struct attr){ATTR_O, span_str("Example Ltd")};
	r->sans[0] = (struct san){SAN_DNS, span_str("a.example")};
	r->sans[1] = (struct san){SAN_IP, span_of("\x0a\x00\x00\x01", 4)};
	r->sans[2] = (struct san){SAN_IP, span_of(six, 16)};
	r->sans[3] = (struct san){SAN_URI, span_str("spiffe://td/x")};
	r->sans[4] = (struct san){SAN_EMAIL, span_str("a@a.example")};
	r->cert = (struct cert_spec){.serial = span_str("\x7f\x01\x02"),
	    .not_before = FAKE_NOW + 1,
	    .not_after = FAKE_NOW + 30 * DAY,
	    .attrs = r->attrs,
	    .n_attrs = 2,
	    .sans = r->sans,
	    .n_sans = 5,
	    .spki = &r->spki};
}

static int
recipe_build(struct recipe *r, struct diag *d)
{
	struct cert_profile *profile = NULL;
	int rc = cert_profile_new(&r->profile, &profile, d);

	buf_reset(&r->tbs);
	if (rc != 0)
		return rc;
	r->cert.profile = profile;
	rc = cert_build(&r->cert, &r->tbs, d);
	cert_profile_free(profile);
	return rc;
}

static void
recipe_make(struct recipe *r, const struct fake_ca *ca)
{
	struct diag d = DIAG_INIT;

	if (recipe_build(r, &d) != 0)
		fail_msg("%s", d.text);
	buf_reset(&r->der);
	fake_ca_sign(ca, buf_span(&r->tbs), &r->der);
}

static void
recipe_close(struct recipe *r)
{
	buf_free(&r->key);
	buf_free(&r->tbs);
	buf_free(&r->der);
}

static X509 *
openssl_cert(struct span der)
{
	const unsigned char *p = der.data;
	X509 *cert = d2i_X509(NULL, &p, (long)der.len);

	assert_non_null(cert);
	assert_ptr_equal(p, der.data + der.len);
	return cert;
}

/* The whole of `openssl verify -x509_strict -purpose sslserver`. */
static void
openssl_verifies(struct span leaf_der, struct span root_der)
{
	X509 *leaf = openssl_cert(leaf_der), *root = openssl_cert(root_der);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;

	assert_int_equal(X509_verify(leaf, X509_get0_pubkey(root)), 1);
	assert_int_equal(X509_STORE_add_cert(store, root), 1);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf, NULL), 1);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, FAKE_NOW + DAY);
	X509_VERIFY_PARAM_set_flags(
	    param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
	X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
	if (X509_verify_cert(ctx) != 1)
		fail_msg("%s", X509_verify_cert_error_string(
				   X509_STORE_CTX_get_error(ctx)));
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(leaf);
	X509_free(root);
}

static void
lints_clean(struct span der, const struct cert *issuer)
{
	struct lint_report report;
	struct diag d = DIAG_INIT;

	if (lint_cert(der, issuer, &report, &d) != 0)
		fail_msg("%s", d.text);
	assert_int_equal(report.n, 0);
}

/* Every issuer algorithm with every kind of subject key. */
static void
all_kinds_verify_strictly(void **state)
{
	static const struct {
		enum key_kind kind;
		enum sig_alg alg;
	} issuers[] = {{KEY_EC_P256, SIG_ECDSA_SHA256},
	    {KEY_EC_P384, SIG_ECDSA_SHA384}, {KEY_EC_P521, SIG_ECDSA_SHA512},
	    {KEY_RSA, SIG_RSA_SHA256}, {KEY_RSA, SIG_RSA_SHA384},
	    {KEY_RSA, SIG_RSA_SHA512}, {KEY_RSA, SIG_RSA_PSS_SHA256},
	    {KEY_RSA, SIG_RSA_PSS_SHA384}, {KEY_RSA, SIG_RSA_PSS_SHA512},
	    {KEY_ED25519, SIG_ED25519}};
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
		struct fake_ca ca;

		fake_ca_new(&ca, issuers[i].kind, issuers[i].alg, 0);
		lints_clean(buf_span(&ca.der), NULL);
		for (k = KEY_RSA; k < KEY_KINDS; k++) {
			struct recipe r;

			recipe_open(&r, &ca, (enum key_kind)k);
			recipe_make(&r, &ca);
			lints_clean(buf_span(&r.der), &ca.cert);
			openssl_verifies(buf_span(&r.der), buf_span(&ca.der));
			recipe_close(&r);
		}
		fake_ca_free(&ca);
	}
}

static void
openssl_reads_the_fields(void **state)
{
	struct fake_ca ca;
	struct recipe r;
	struct cert cert;
	X509 *x;
	GENERAL_NAMES *names;
	int critical = -1;
	struct tm tm;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	recipe_open(&r, &ca, KEY_EC_P256);
	recipe_make(&r, &ca);
	assert_int_equal(cert_parse(buf_span(&r.der), &cert, NULL), 0);
	x = openssl_cert(buf_span(&r.der));
	assert_int_equal(X509_get_version(x), 2);
	assert_int_equal(ASN1_INTEGER_get(X509_get0_serialNumber(x)), 0x7f0102);
	assert_int_equal(X509_NAME_cmp(X509_get_issuer_name(x),
			     X509_get_subject_name(x)) != 0,
	    1);
	assert_int_equal(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE << 7);
	assert_int_equal(
	    X509_get_extended_key_usage(x), XKU_SSL_SERVER | XKU_SSL_CLIENT);
	assert_int_equal(X509_check_ca(x), 0);
	assert_int_equal(ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm), 1);
	assert_true(timegm(&tm) == FAKE_NOW + 30 * DAY);
	names = X509_get_ext_d2i(x, NID_subject_alt_name, &critical, NULL);
	assert_int_equal(sk_GENERAL_NAME_num(names), 5);
	assert_int_equal(critical, 0);
	GENERAL_NAMES_free(names);
	assert_int_equal(X509_check_host(x, "a.example", 0, 0, NULL), 1);
	assert_int_equal(X509_check_ip_asc(x, "2001:db8::1", 0), 1);
	assert_int_equal(X509_check_email(x, "a@a.example", 0, 0), 1);
	assert_true(span_eq(cert.authority_key_id, ca.cert.subject_key_id));
	X509_free(x);
	recipe_close(&r);
	fake_ca_free(&ca);
}

static void
what_was_asked_for_is_read_back(void **state)
{
	struct fake_ca ca;
	struct recipe r;
	struct cert cert;
	struct san sans[5];
	size_t n, i;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	recipe_open(&r, &ca, KEY_EC_P384);
	recipe_make(&r, &ca);
	assert_int_equal(cert_parse(buf_span(&r.der), &cert, NULL), 0);
	assert_true(span_is(cert.serial, "\x7f\x01\x02"));
	assert_int_equal(cert.alg, SIG_ECDSA_SHA256);
	assert_true(cert.not_before == FAKE_NOW + 1);
	assert_true(cert.not_after == FAKE_NOW + 30 * DAY);
	assert_int_equal(cert.spki.kind, KEY_EC_P384);
	assert_false(cert.is_ca);
	assert_int_equal(cert.path_len, -1);
	assert_int_equal(cert.key_usage, KU_DIGITAL_SIGNATURE);
	assert_int_equal(cert.ext_usage, EKU_SERVER_AUTH | EKU_CLIENT_AUTH);
	assert_true(span_eq(cert.tbs, buf_span(&r.tbs)));
	assert_int_equal(cert_sans(&cert, sans, 5, &n, NULL), 0);
	assert_int_equal(n, 5);
	for (i = 0; i < n; i++) {
		assert_int_equal(sans[i].kind, r.sans[i].kind);
		assert_true(span_eq(sans[i].value, r.sans[i].value));
	}
	assert_int_equal(cert_sans(&cert, sans, 4, &n, NULL), ERR_CSR);
	assert_int_equal(cert_parse_tbs(buf_span(&r.tbs), &cert, NULL), 0);
	assert_int_equal(cert.signature.len, 0);
	recipe_close(&r);
	fake_ca_free(&ca);
}

static void
the_same_spec_gives_the_same_bytes(void **state)
{
	struct fake_ca ca;
	struct recipe r;
	BUF_CLEANUP first = BUF_INIT;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	recipe_open(&r, &ca, KEY_EC_P256);
	assert_int_equal(recipe_build(&r, NULL), 0);
	buf_add_span(&first, buf_span(&r.tbs));
	assert_int_equal(recipe_build(&r, NULL), 0);
	assert_true(span_eq(buf_span(&first), buf_span(&r.tbs)));
	recipe_close(&r);
	fake_ca_free(&ca);
}

static int
san_is_critical(struct span der)
{
	X509 *x = openssl_cert(der);
	int critical = -1;
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(x, NID_subject_alt_name, &critical, NULL);

	GENERAL_NAMES_free(names);
	X509_free(x);
	return critical;
}

static void
an_empty_subject_makes_the_san_critical(void **state)
{
	struct fake_ca ca;
	struct recipe r;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	recipe_open(&r, &ca, KEY_EC_P256);
	r.cert.n_attrs = 0;
	recipe_make(&r, &ca);
	lints_clean(buf_span(&r.der), &ca.cert);
	assert_int_equal(san_is_critical(buf_span(&r.der)), 1);
	openssl_verifies(buf_span(&r.der), buf_span(&ca.der));
	recipe_close(&r);
	fake_ca_free(&ca);
}

/* RFC 8813 3, RFC 8410 5. */
static void
usages_follow_the_kind_of_key(void **state)
{
	static const struct {
		enum key_kind kind;
		unsigned want;
	} rows[] = {
	    {KEY_RSA,
		KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT},
	    {KEY_EC_P256, KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT},
	    {KEY_ED25519, KU_DIGITAL_SIGNATURE},
	};
	struct fake_ca ca;
	size_t i;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	for (i = 0; i < 3; i++) {
		struct recipe r;
		struct cert cert;

		recipe_open(&r, &ca, rows[i].kind);
		r.profile.key_usage |= KU_KEY_AGREEMENT;
		assert_int_equal(recipe_build(&r, NULL), 0);
		assert_int_equal(
		    cert_parse_tbs(buf_span(&r.tbs), &cert, NULL), 0);
		assert_int_equal(cert.key_usage, rows[i].want);
		r.profile.key_usage = KU_KEY_ENCIPHERMENT;
		assert_int_equal(recipe_build(&r, NULL),
		    rows[i].kind == KEY_RSA ? 0 : ERR_POLICY_INVALID);
		recipe_close(&r);
	}
	fake_ca_free(&ca);
}

static void
validity_crosses_2050(void **state)
{
	static const int64_t ends[] = {2524607999, 2524608000};
	struct fake_ca ca;
	struct recipe r;
	struct cert cert;
	size_t i;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	recipe_open(&r, &ca, KEY_EC_P256);
	for (i = 0; i < 2; i++) {
		X509 *x;

		r.cert.not_after = ends[i];
		recipe_make(&r, &ca);
		assert_int_equal(cert_parse(buf_span(&r.der), &cert, NULL), 0);
		assert_true(cert.not_after == ends[i]);
		x = openssl_cert(buf_span(&r.der));
		assert_int_equal(ASN1_STRING_type(X509_get0_notAfter(x)),
		    i == 0 ? V_ASN1_UTCTIME : V_ASN1_GENERALIZEDTIME);
		X509_free(x);
	}
	recipe_close(&r);
	fake_ca_free(&ca);
}

static void
a_ca_below_a_ca(void **state)
{
	struct fake_ca root;
	struct recipe r;
	struct cert cert;
	X509 *x;

	(void)state;
	fake_ca_new(&root, KEY_EC_P384, SIG_ECDSA_SHA384, 1);
	recipe_open(&r, &root, KEY_EC_P256);
	r.profile.is_ca = true;
	r.profile.path_len = 0;
	r.profile.key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN;
	r.profile.ext_usage = 0;
	r.cert.n_sans = 0;
	recipe_make(&r, &root);
	lints_clean(buf_span(&r.der), &root.cert);
	assert_int_equal(cert_parse(buf_span(&r.der), &cert, NULL), 0);
	assert_true(cert.is_ca);
	assert_int_equal(cert.path_len, 0);
	x = openssl_cert(buf_span(&r.der));
	assert_int_equal(X509_check_ca(x), 1);
	assert_int_equal(X509_get_pathlen(x), 0);
	X509_free(x);
	recipe_close(&r);
	fake_ca_free(&root);
}

static void
profiles_that_cannot_be_are_refused(void **state)
{
	struct fake_ca ca;
	struct recipe r;
	struct cert leaf;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	recipe_open(&r, &ca, KEY_EC_P256);
	r.profile.key_usage = 0;
	assert_int_equal(recipe_build(&r, NULL), ERR_POLICY_INVALID);
	r.profile.key_usage = 0x200;
	assert_int_equal(recipe_build(&r, NULL), ERR_POLICY_INVALID);
	r.profile.key_usage = KU_DIGITAL_SIGNATURE | KU_KEY_CERT_SIGN;
	assert_int_equal(recipe_build(&r, NULL), ERR_POLICY_INVALID);
	r.profile.key_usage = KU_CRL_SIGN;
	assert_int_equal(recipe_build(&r, NULL), ERR_POLICY_INVALID);
	r.profile.key_usage = KU_DIGITAL_SIGNATURE;
	r.profile.is_ca = true;
	assert_int_equal(recipe_build(&r, NULL), ERR_POLICY_INVALID);
	r.profile.is_ca = false;
	r.profile.path_len = 0;
	assert_int_equal(recipe_build(&r, NULL), ERR_POLICY_INVALID);
	r.profile.path_len = -1;
	r.profile.ext_usage = 0x40;
	assert_int_equal(recipe_build(&r, NULL), ERR_POLICY_INVALID);
	r.profile.ext_usage = EKU_CLIENT_AUTH;
	r.profile.alg = SIG_NONE;
	assert_int_equal(recipe_build(&r, NULL), ERR_POLICY_INVALID);
	r.profile.alg = SIG_RSA_SHA256; /* the issuer's key is EC */
	assert_int_equal(recipe_build(&r, NULL), ERR_CERT);
	r.profile.alg = SIG_ECDSA_SHA256;
	recipe_make(&r, &ca);
	assert_int_equal(cert_parse(buf_span(&r.der), &leaf, NULL), 0);
	r.profile.issuer = &leaf; /* not a CA */
	assert_int_equal(recipe_build(&r, NULL), ERR_CERT);
	recipe_close(&r);
	fake_ca_free(&ca);
}

static void
specs_that_cannot_be_are_refused(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
	} serials[] = {{"", 0}, {"\x00", 1}, {"\x80", 1}, {"\x00\x7f", 2},
	    {"\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11"
	     "\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11",
		21}};
	struct fake_ca ca;
	struct recipe r;
	size_t i;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	recipe_open(&r, &ca, KEY_EC_P256);
	for (i = 0; i < sizeof(serials) / sizeof(serials[0]); i++) {
		r.cert.serial = span_of(serials[i].octets, serials[i].len);
		assert_int_equal(recipe_build(&r, NULL), ERR_INTERNAL);
		assert_int_equal(r.tbs.len, 0);
	}
	r.cert.serial = span_of("\x00\x80", 2);
	assert_int_equal(recipe_build(&r, NULL), 0);
	r.cert.not_after = r.cert.not_before;
	assert_int_equal(recipe_build(&r, NULL), 0);
	r.cert.not_after = r.cert.not_before - 1;
	assert_int_equal(recipe_build(&r, NULL), ERR_INTERNAL);
	r.cert.not_after = INT64_C(253402300800);
	assert_int_equal(recipe_build(&r, NULL), ERR_INTERNAL);
	r.cert.not_after = FAKE_NOW;
	r.cert.not_before = INT64_C(-631152001);
	assert_int_equal(recipe_build(&r, NULL), ERR_INTERNAL);
	r.cert.not_before = FAKE_NOW;
	r.sans[1].value.len = 3;
	assert_int_equal(recipe_build(&r, NULL), ERR_CSR_NAME);
	r.sans[1].value.len = 4;
	r.sans[0].value = span_of("a\0b", 3);
	assert_int_equal(recipe_build(&r, NULL), ERR_CSR_NAME);
	r.cert.n_sans = 0;
	r.cert.n_attrs = 0;
	assert_int_equal(recipe_build(&r, NULL), ERR_CSR_NAME);
	r.cert.n_attrs = 2;
	r.attrs[0].value = SPAN_NONE;
	assert_int_equal(recipe_build(&r, NULL), ERR_CSR_NAME);
	recipe_close(&r);
	fake_ca_free(&ca);
}

static void
assembly_refuses_what_does_not_fit(void **state)
{
	struct fake_ca ca;
	struct recipe r;
	BUF_CLEANUP sig = BUF_INIT;
	BUF_CLEANUP der = BUF_INIT;
	struct span tbs;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	recipe_open(&r, &ca, KEY_EC_P256);
	assert_int_equal(recipe_build(&r, NULL), 0);
	tbs = buf_span(&r.tbs);
	fake_sign(ca.key, ca.alg, tbs, &sig);
	assert_int_equal(
	    cert_assemble(tbs, SIG_ECDSA_SHA384, buf_span(&sig), &der, NULL),
	    ERR_INTERNAL);
	assert_int_equal(
	    cert_assemble(tbs, SIG_NONE, buf_span(&sig), &der, NULL),
	    ERR_INTERNAL);
	assert_int_equal(cert_assemble(span_of(tbs.data, tbs.len - 1),
			     SIG_ECDSA_SHA256, buf_span(&sig), &der, NULL),
	    ERR_INTERNAL);
	assert_int_equal(
	    cert_assemble(tbs, SIG_ECDSA_SHA256, SPAN_NONE, &der, NULL),
	    ERR_SIGNATURE);
	assert_int_equal(cert_assemble(tbs, SIG_ECDSA_SHA256,
			     span_of(sig.data, sig.len - 1), &der, NULL),
	    ERR_SIGNATURE);
	/* r and s side by side, as PKCS#11 gives them: not yet DER. */
	assert_int_equal(
	    cert_assemble(tbs, SIG_ECDSA_SHA256,
		span_str("0123456789012345678901234567890123456789"), &der,
		NULL),
	    ERR_SIGNATURE);
	assert_int_equal(der.len, 0);
	recipe_close(&r);
	fake_ca_free(&ca);
}

static void
cut_and_trailing_certificates_are_refused(void **state)
{
	struct fake_ca ca;
	struct cert cert = {.path_len = 7};
	size_t len;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	for (len = 0; len < ca.der.len; len++) {
		uint8_t *exact = test_malloc(len + 1);

		memcpy(exact, ca.der.data, len);
		assert_int_equal(
		    cert_parse(span_of(exact, len), &cert, NULL), ERR_DER);
		test_free(exact);
	}
	buf_add_u8(&ca.der, 0);
	assert_int_equal(cert_parse(buf_span(&ca.der), &cert, NULL), ERR_DER);
	assert_int_equal(cert.path_len, 7); /* untouched */
	fake_ca_free(&ca);
}

/* One byte changed: refused, or read; never a crash (see also the fuzzer). */
static void
changed_bytes_do_no_harm(void **state)
{
	struct fake_ca ca;
	struct cert cert;
	BUF_CLEANUP text = BUF_INIT;
	size_t i, refused = 0;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	for (i = 0; i < ca.der.len; i++) {
		ca.der.data[i] ^= 0xff;
		if (cert_parse(buf_span(&ca.der), &cert, NULL) != 0)
			refused++;
		else
			cert_print(&cert, &text);
		ca.der.data[i] ^= 0xff;
	}
	assert_true(refused > 100);
	fake_ca_free(&ca);
}

/* What the parser is given, with one part of the frame exchanged. */
static int
parse_frame(unsigned version, enum sig_alg inner, enum sig_alg outer,
    const struct fake_ca *ca, bool ext_twice)
{
	BUF_CLEANUP b = BUF_INIT;
	BUF_CLEANUP key = BUF_INIT;
	size_t whole = der_begin(&b, DER_SEQUENCE);
	size_t tbs = der_begin(&b, DER_SEQUENCE), mark, list, ext;
	struct cert cert;
	int i;

	mark = der_begin(&b, DER_CONTEXT_IN(0));
	der_put_small(&b, version);
	der_end(&b, mark);
	der_put_small(&b, 1);
	sig_alg_put(&b, inner);
	buf_add_span(&b, ca->cert.subject);
	mark = der_begin(&b, DER_SEQUENCE);
	der_put_time(&b, FAKE_NOW);
	der_put_time(&b, FAKE_NOW);
	der_end(&b, mark);
	buf_add_span(&b, ca->cert.subject);
	fake_spki(ca->key, &key);
	buf_add_span(&b, buf_span(&key));
	mark = der_begin(&b, DER_CONTEXT_IN(3));
	list = der_begin(&b, DER_SEQUENCE);
	for (i = 0; i <= ext_twice; i++) {
		ext = der_begin(&b, DER_SEQUENCE);
		der_put_oid(&b, OID_CRL_POINTS);
		der_put(&b, DER_OCTET_STRING, SPAN_NONE);
		der_end(&b, ext);
	}
	der_end(&b, list);
	der_end(&b, mark);
	der_end(&b, tbs);
	sig_alg_put(&b, outer);
	der_put_bits(&b, span_str("x"));
	der_end(&b, whole);
	return cert_parse(buf_span(&b), &cert, NULL);
}

static void
certificates_that_contradict_themselves_are_refused(void **state)
{
	const enum sig_alg alg = SIG_ECDSA_SHA256;
	struct fake_ca ca;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, alg, 0);
	assert_int_equal(parse_frame(2, alg, alg, &ca, false), 0);
	assert_int_equal(parse_frame(1, alg, alg, &ca, false), ERR_CERT);
	assert_int_equal(
	    parse_frame(2, alg, SIG_ECDSA_SHA384, &ca, false), ERR_CERT);
	assert_int_equal(parse_frame(2, alg, alg, &ca, true), ERR_CERT);
	fake_ca_free(&ca);
}

/* A certificate that OpenSSL built, with extensions of other people. */
static void
others_certificates_are_read(void **state)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	unsigned char *der = NULL;
	X509_EXTENSION *ext;
	struct cert cert;
	struct diag d = DIAG_INIT;
	int len;

	(void)state;
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 77);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"Other", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_time_adj_ex(X509_getm_notBefore(x), 0, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(x), 365, 0, NULL);
	X509_set_pubkey(x, fake_key(KEY_RSA, 0));
	ext = X509V3_EXT_conf_nid(
	    NULL, NULL, NID_basic_constraints, "critical,CA:TRUE,pathlen:3");
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_crl_distribution_points,
	    "URI:http://crl.example/x");
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	assert_true(X509_sign(x, fake_key(KEY_RSA, 0), EVP_sha384()) > 0);
	len = i2d_X509(x, &der);
	assert_int_equal(cert_parse(span_of(der, (size_t)len), &cert, &d), 0);
	assert_int_equal(cert.alg, SIG_RSA_SHA384);
	assert_true(cert.is_ca);
	assert_int_equal(cert.path_len, 3);
	assert_true(span_is(cert.serial, "M"));
	assert_int_equal(signature_verify(fake_key(KEY_RSA, 0), cert.alg,
			     cert.tbs, cert.signature, &d),
	    0);
	OPENSSL_free(der);
	/* The same with SHA-1 is not for us. */
	der = NULL;
	assert_true(X509_sign(x, fake_key(KEY_RSA, 0), EVP_sha1()) > 0);
	len = i2d_X509(x, &der);
	assert_int_equal(
	    cert_parse(span_of(der, (size_t)len), &cert, &d), ERR_CERT);
	OPENSSL_free(der);
	X509_free(x);
}

static void
people_can_read_it(void **state)
{
	struct fake_ca ca;
	struct recipe r;
	struct cert cert;
	BUF_CLEANUP text = BUF_INIT;
	static const char *const want[] = {"serial        7f:01:02\n",
	    "subject       O=Example Ltd, CN=a.example\n",
	    "name          dns a.example\n", "name          ip 2001:db8::1\n",
	    "issuer        CN=Test Root\n", "key           ecdsa-p256\n",
	    "CA            no\n", "key usage     digital-signature\n",
	    "ext usage     server-auth, client-auth\n",
	    "signed with   ecdsa-sha256\n"};
	size_t i;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, 0);
	recipe_open(&r, &ca, KEY_EC_P256);
	recipe_make(&r, &ca);
	assert_int_equal(cert_parse(buf_span(&r.der), &cert, NULL), 0);
	cert_print(&cert, &text);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		if (strstr(buf_cstr(&text), want[i]) == NULL)
			fail_msg("no \"%s\" in:\n%s", want[i], buf_cstr(&text));
	}
	buf_reset(&text);
	cert_print(&ca.cert, &text);
	assert_non_null(
	    strstr(buf_cstr(&text), "CA            yes, path length 0\n"));
	recipe_close(&r);
	fake_ca_free(&ca);
}

/* Each random bit is set in about half of 20,000 (6 sigma: +-425). */
static void
serials_are_positive_ordered_and_random(void **state)
{
	uint8_t serial[SERIAL_MAX_LEN], last[SERIAL_MAX_LEN] = {0};
	unsigned set[SERIAL_MAX_LEN * 8] = {0};
	int64_t now_ms = 0;
	unsigned i, bit;

	(void)state;
	for (i = 0; i < 20000; i++) {
		now_ms += 1 + i * INT64_C(7919);
		assert_int_equal(serial_make(now_ms, serial, NULL), 0);
		assert_in_range(serial[0], 0x40, 0x7f);
		assert_true(memcmp(last, serial, sizeof(serial)) < 0);
		memcpy(last, serial, sizeof(serial));
		for (bit = 48; bit < SERIAL_MAX_LEN * 8; bit++)
			set[bit] += serial[bit / 8] >> bit % 8 & 1;
	}
	for (bit = 48; bit < SERIAL_MAX_LEN * 8; bit++)
		assert_in_range(set[bit], 10000 - 425, 10000 + 425);
}

static void
usages_have_names(void **state)
{
	unsigned bit;

	(void)state;
	for (bit = 1; bit <= KU_DECIPHER_ONLY; bit <<= 1)
		assert_int_equal(key_usage_find(key_usage_name(bit)), bit);
	for (bit = 1; bit <= EKU_OCSP_SIGNING; bit <<= 1)
		assert_int_equal(ext_usage_find(ext_usage_name(bit)), bit);
	assert_int_equal(key_usage_find("any"), 0);
	assert_int_equal(ext_usage_find("any"), 0);
	assert_string_equal(key_usage_name(0), "unknown");
	assert_string_equal(ext_usage_name(3), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_kinds_verify_strictly),
	    cmocka_unit_test(openssl_reads_the_fields),
	    cmocka_unit_test(what_was_asked_for_is_read_back),
	    cmocka_unit_test(the_same_spec_gives_the_same_bytes),
	    cmocka_unit_test(an_empty_subject_makes_the_san_critical),
	    cmocka_unit_test(usages_follow_the_kind_of_key),
	    cmocka_unit_test(validity_crosses_2050),
	    cmocka_unit_test(a_ca_below_a_ca),
	    cmocka_unit_test(profiles_that_cannot_be_are_refused),
	    cmocka_unit_test(specs_that_cannot_be_are_refused),
	    cmocka_unit_test(assembly_refuses_what_does_not_fit),
	    cmocka_unit_test(cut_and_trailing_certificates_are_refused),
	    cmocka_unit_test(changed_bytes_do_no_harm),
	    cmocka_unit_test(
		certificates_that_contradict_themselves_are_refused),
	    cmocka_unit_test(others_certificates_are_read),
	    cmocka_unit_test(people_can_read_it),
	    cmocka_unit_test(serials_are_positive_ordered_and_random),
	    cmocka_unit_test(usages_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
