/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/csr: the corpus of tests/data/csr, where good/ is accepted and bad/ is
 * refused with the code beside each; and requests that OpenSSL's objects make
 * and read, field by field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/x509.h>

#include "lib/file.h"
#include "lib/mem.h"
#include "tests/fake/x509.h"
#include "tests/fake/x509v3.h"
#include "x509/csr.h"
#include "x509/pem.h"

#define FILE_MAX_LEN (1 << 20)

static char *
path_of(const char *dir, const char *file)
{
	const char *top = getenv("top_srcdir");

	return xasprintf(
	    "%s/tests/data/csr/%s/%s", top != NULL ? top : ".", dir, file);
}

static void
read_whole(const char *path, struct buf *out)
{
	struct diag d = DIAG_INIT;

	if (file_read(path, FILE_ANY, FILE_MAX_LEN, out, &d) != 0)
		fail_msg("%s", d.text);
}

/* As the agent takes one: PEM or DER, parsed, checked. */
static int
take(const char *path, struct buf *der, struct csr *csr, struct diag *d)
{
	const char *suffix = strrchr(path, '.');
	BUF_CLEANUP text = BUF_INIT;
	int rc = 0;

	read_whole(path, &text);
	if (strcmp(suffix, ".pem") == 0)
		rc = pem_decode(buf_span(&text), PEM_CSR, der, d);
	else
		buf_add_span(der, buf_span(&text));
	if (rc == 0)
		rc = csr_parse(buf_span(der), csr, d);
	if (rc == 0)
		rc = csr_check(csr, d);
	return rc;
}

static void
good_ones_are_taken(void **state)
{
	MEM_CLEANUP char *dir = path_of("good", "");
	struct diag d = DIAG_INIT;
	struct csr csr;
	char **names;
	size_t n, i;

	(void)state;
	assert_int_equal(file_list(dir, ".pem", &names, &n, &d), 0);
	assert_true(n > 30);
	for (i = 0; i < n; i++) {
		MEM_CLEANUP char *path = path_of("good", names[i]);
		BUF_CLEANUP der = BUF_INIT;

		if (take(path, &der, &csr, &d) != 0)
			fail_msg("%s: %s", names[i], d.text);
	}
	file_names_free(names, n);
}

static void
expect_refusal(const char *name)
{
	MEM_CLEANUP char *path = path_of("bad", name);
	MEM_CLEANUP char *want_path = NULL;
	BUF_CLEANUP der = BUF_INIT;
	BUF_CLEANUP want = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct csr csr;
	int rc;

	want_path =
	    xasprintf("%.*s.want", (int)(strrchr(path, '.') - path), path);
	read_whole(want_path, &want);
	if (want.len > 0)
		want.len--; /* the newline */
	rc = take(path, &der, &csr, &d);
	if (rc == 0 || strcmp(err_code(rc), buf_cstr(&want)) != 0)
		fail_msg("%s: %s was wanted, %s came: %s", name,
		    buf_cstr(&want), rc == 0 ? "nothing" : err_code(rc),
		    d.text);
	assert_int_equal(d.code, rc);
	assert_true(d.text[0] != '\0');
}

static void
bad_ones_are_refused_for_their_reason(void **state)
{
	static const char *const suffixes[] = {".pem", ".der"};
	MEM_CLEANUP char *dir = path_of("bad", "");
	struct diag d = DIAG_INIT;
	size_t n, i, k, all = 0;
	char **names;

	(void)state;
	for (k = 0; k < 2; k++) {
		assert_int_equal(
		    file_list(dir, suffixes[k], &names, &n, &d), 0);
		for (i = 0; i < n; i++)
			expect_refusal(names[i]);
		all += n;
		file_names_free(names, n);
	}
	assert_true(all > 100);
}

static X509_REQ *
openssl_csr(struct span der)
{
	const unsigned char *p = der.data;
	X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)der.len);

	assert_non_null(req);
	assert_ptr_equal(p, der.data + der.len);
	return req;
}

/* The value as OpenSSL would convert it to UTF-8. */
static void
same_subject(const struct csr *csr, X509_REQ *req)
{
	X509_NAME *name = X509_REQ_get_subject_name(req);
	size_t i;

	assert_int_equal(csr->n_attrs, X509_NAME_entry_count(name));
	for (i = 0; i < csr->n_attrs; i++) {
		unsigned char *utf8 = NULL;
		int len = ASN1_STRING_to_UTF8(
		    &utf8, X509_NAME_ENTRY_get_data(
			       X509_NAME_get_entry(name, (int)i)));

		assert_true(len >= 0);
		assert_true(
		    span_eq(csr->attrs[i].value, span_of(utf8, (size_t)len)));
		OPENSSL_free(utf8);
	}
}

static void
same_san(const struct san *san, GENERAL_NAME *name)
{
	static const int kinds[] = {GEN_DNS, GEN_IPADD, GEN_URI, GEN_EMAIL};
	int kind = -1;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);

	assert_int_equal(kinds[san->kind], kind);
	assert_true(
	    span_eq(san->value, span_of(ASN1_STRING_get0_data(value),
				    (size_t)ASN1_STRING_length(value))));
}

static void
same_sans(const struct csr *csr, X509_REQ *req)
{
	STACK_OF(X509_EXTENSION) *exts = X509_REQ_get_extensions(req);
	GENERAL_NAMES *names =
	    X509V3_get_d2i(exts, NID_subject_alt_name, NULL, NULL);
	int i, n = names != NULL ? sk_GENERAL_NAME_num(names) : 0;

	assert_int_equal(csr->n_sans, n);
	for (i = 0; i < n; i++)
		same_san(&csr->sans[i], sk_GENERAL_NAME_value(names, i));
	GENERAL_NAMES_free(names);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
}

/* Parser against parser, verifier against verifier. */
static void
same_as_openssl(struct span der)
{
	struct diag d = DIAG_INIT;
	EVP_PKEY *key = NULL;
	X509_REQ *req;
	struct csr csr;

	if (csr_parse(der, &csr, &d) != 0 || csr_check(&csr, &d) != 0)
		fail_msg("%s", d.text);
	req = openssl_csr(der);
	assert_int_equal(spki_open(&csr.spki, &key, &d), 0);
	assert_int_equal(EVP_PKEY_eq(key, X509_REQ_get0_pubkey(req)), 1);
	assert_int_equal(X509_REQ_verify(req, key), 1);
	same_subject(&csr, req);
	same_sans(&csr, req);
	EVP_PKEY_free(key);
	X509_REQ_free(req);
}

static void
openssl_s_requests_are_read_alike(void **state)
{
	int alg, k;

	(void)state;
	for (alg = SIG_NONE + 1; alg < SIG_ALGS; alg++) {
		for (k = KEY_RSA; k < KEY_KINDS; k++) {
			BUF_CLEANUP der = BUF_INIT;

			if (key_kind_family((enum key_kind)k) !=
			    sig_alg_family((enum sig_alg)alg))
				continue;
			fake_csr(fake_key((enum key_kind)k, 0),
			    (enum sig_alg)alg,
			    "C=DE/ST=S/L=L/O=B\xc3\xbc\x63her/OU=a/OU=b/"
			    "CN=a.example/serialNumber=4/emailAddress=a@b",
			    "DNS:a.example,IP:10.0.0.1,IP:2001:db8::1,"
			    "URI:spiffe://td/x,email:a@a.example",
			    &der);
			same_as_openssl(buf_span(&der));
		}
	}
}

static void
the_good_ones_are_read_alike(void **state)
{
	MEM_CLEANUP char *dir = path_of("good", "");
	char **names;
	size_t n, i;

	(void)state;
	assert_int_equal(file_list(dir, ".pem", &names, &n, NULL), 0);
	for (i = 0; i < n; i++) {
		MEM_CLEANUP char *path = path_of("good", names[i]);
		BUF_CLEANUP der = BUF_INIT;
		struct csr csr;

		assert_int_equal(take(path, &der, &csr, NULL), 0);
		same_as_openssl(buf_span(&der));
	}
	file_names_free(names, n);
}

static void
many_names_and_none(void **state)
{
	BUF_CLEANUP san = BUF_INIT;
	BUF_CLEANUP der = BUF_INIT;
	int i;

	(void)state;
	for (i = 0; i < CSR_MAX_SANS; i++)
		buf_printf(&san, "%sDNS:h%d.example", i > 0 ? "," : "", i);
	fake_csr(fake_key(KEY_EC_P256, 0), SIG_ECDSA_SHA256, "", buf_cstr(&san),
	    &der);
	same_as_openssl(buf_span(&der));
	buf_reset(&der);
	fake_csr(
	    fake_key(KEY_EC_P256, 0), SIG_ECDSA_SHA256, "CN=a", NULL, &der);
	same_as_openssl(buf_span(&der));
}

/* All of the CSR's bytes matter: each prefix and each trailing byte. */
static void
cut_requests_are_refused(void **state)
{
	BUF_CLEANUP der = BUF_INIT;
	struct csr csr;
	size_t len;

	(void)state;
	fake_csr(fake_key(KEY_EC_P256, 0), SIG_ECDSA_SHA256, "CN=a",
	    "DNS:a.example", &der);
	for (len = 0; len < der.len; len++) {
		uint8_t *exact = test_malloc(len + 1);

		memcpy(exact, der.data, len);
		assert_int_equal(
		    csr_parse(span_of(exact, len), &csr, NULL), ERR_DER);
		test_free(exact);
	}
	buf_add_u8(&der, 0);
	assert_int_equal(
	    csr_parse(buf_span(&der), &csr, NULL), ERR_CSR_TRAILING);
}

/* Every bit of the signed part is signed. */
static void
changed_requests_do_not_verify(void **state)
{
	BUF_CLEANUP der = BUF_INIT;
	struct csr csr;
	size_t i, parsed = 0;

	(void)state;
	fake_csr(fake_key(KEY_EC_P256, 0), SIG_ECDSA_SHA256, "CN=a.example",
	    "DNS:a.example", &der);
	for (i = 0; i < der.len; i++) {
		der.data[i] ^= 0x04;
		if (csr_parse(buf_span(&der), &csr, NULL) == 0) {
			parsed++;
			assert_int_not_equal(csr_check(&csr, NULL), 0);
		}
		der.data[i] ^= 0x04;
	}
	assert_true(parsed > 50);
}

static void
wishes_are_flags(void **state)
{
	static const struct {
		const char *file;
		bool ca, ku, eku;
		unsigned key_usage;
	} rows[] = {
	    {"wish-ca.pem", true, false, false, 0},
	    {"wish-key-cert-sign.pem", false, true, false,
		KU_KEY_CERT_SIGN | KU_CRL_SIGN},
	    {"wish-everything.pem", true, true, true,
		KU_KEY_CERT_SIGN | KU_CRL_SIGN},
	    {"spire-uri-san.pem", false, false, false, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		MEM_CLEANUP char *path = path_of("good", rows[i].file);
		BUF_CLEANUP der = BUF_INIT;
		struct csr csr = {.n_sans = 0};

		assert_int_equal(take(path, &der, &csr, NULL), 0);
		assert_int_equal(csr.asks_ca, rows[i].ca);
		assert_int_equal(csr.asks_key_usage, rows[i].ku);
		assert_int_equal(csr.asks_ext_key_usage, rows[i].eku);
		assert_int_equal(csr.key_usage, rows[i].key_usage);
	}
}

static void
people_can_read_it(void **state)
{
	MEM_CLEANUP char *path = path_of("good", "wish-everything.pem");
	BUF_CLEANUP der = BUF_INIT;
	BUF_CLEANUP text = BUF_INIT;
	static const char *const want[] = {"subject       CN=a.example\n",
	    "name          dns bank.example\n", "name          ip 8.8.8.8\n",
	    "key           ecdsa-p256\n", "signed with   ecdsa-sha256\n",
	    "asks for      CA:TRUE (a wish, never granted)\n",
	    "key usage     key-cert-sign, crl-sign\n"};
	struct csr csr;
	size_t i;

	(void)state;
	assert_int_equal(take(path, &der, &csr, NULL), 0);
	csr_print(&csr, &text);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		if (strstr(buf_cstr(&text), want[i]) == NULL)
			fail_msg("no \"%s\" in:\n%s", want[i], buf_cstr(&text));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_ones_are_taken),
	    cmocka_unit_test(bad_ones_are_refused_for_their_reason),
	    cmocka_unit_test(openssl_s_requests_are_read_alike),
	    cmocka_unit_test(the_good_ones_are_read_alike),
	    cmocka_unit_test(many_names_and_none),
	    cmocka_unit_test(cut_requests_are_refused),
	    cmocka_unit_test(changed_requests_do_not_verify),
	    cmocka_unit_test(wishes_are_flags),
	    cmocka_unit_test(people_can_read_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
