/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signer's signatures held against libp11's for the same key on the same
 * token: each verifies what the other signed, and where signing is not
 * random (RSA PKCS#1 v1.5) they are the same bytes. This process has the
 * module twice, as privyseal csr does: ours is logged in, libp11 rides along.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "cli/request.h"
#include "tests/fake/softhsm.h"
#include "x509/csr.h"

static struct softhsm hsm;
static struct module *module;
static struct token *token;
static struct session *session;

static const struct {
	enum key_kind kind;
	unsigned bits;
	const char *label;
} kinds[] = {
    {KEY_RSA, 2048, "rsa"},
    {KEY_EC_P256, 0, "p256"},
    {KEY_EC_P384, 0, "p384"},
    {KEY_EC_P521, 0, "p521"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct key keys[KINDS];

static void
key_make(enum key_kind kind, unsigned bits, const char *label, struct key *out)
{
	struct key_spec spec = {.kind = kind, .bits = bits, .label = label};
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;

	if (key_generate(session, &spec, out, &text, &d) != 0)
		fail_msg("%s: %s", label, d.text);
}

static int
setup(void **state)
{
	struct diag d = DIAG_INIT;
	size_t i;

	(void)state;
	if (softhsm_setup(&hsm, "cross-check", "87654321", "12345678") != 0 ||
	    softhsm_open(&hsm, &module, &token) != 0 ||
	    session_open(token, true, &session, &d) != 0)
		return -1;
	for (i = 0; i < KINDS; i++)
		key_make(
		    kinds[i].kind, kinds[i].bits, kinds[i].label, &keys[i]);
	return 0;
}

static EVP_PKEY *
libp11_key(const struct key *key)
{
	struct diag d = DIAG_INIT;
	struct token_info info;
	EVP_PKEY *out = NULL;

	token_describe(token, &info);
	if (request_libp11_key(hsm.module, &info, key, &out, &d) != 0)
		fail_msg("%s: %s", key->label, d.text);
	return out;
}

static EVP_PKEY *
public_key(const struct key *key)
{
	BUF_CLEANUP spki = BUF_INIT;
	struct diag d = DIAG_INIT;
	const unsigned char *p;

	assert_int_equal(key_public(session, key, &spki, &d), 0);
	p = spki.data;
	return d2i_PUBKEY(NULL, &p, (long)spki.len);
}

static void
sign_by_libp11(
    EVP_PKEY *key, const char *digest, struct span bytes, struct buf *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = 1024;

	buf_reserve(out, len);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL,
			     EVP_get_digestbyname(digest), NULL, key),
	    1);
	assert_int_equal(
	    EVP_DigestSign(ctx, out->data, &len, bytes.data, bytes.len), 1);
	out->len = len;
	EVP_MD_CTX_free(ctx);
}

static bool
is_good(EVP_PKEY *key, const char *digest, struct span bytes,
    const struct buf *signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = EVP_DigestVerifyInit(ctx, NULL,
			EVP_get_digestbyname(digest), NULL, key) == 1 &&
		    EVP_DigestVerify(ctx, signature->data, signature->len,
			bytes.data, bytes.len) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

static void
each_verifies_the_other(void **state)
{
	struct span bytes = span_str("the bytes of a certificate");
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		enum sig_alg alg = sig_alg_default(kinds[i].kind);
		const char *digest = sig_alg_digest(alg);
		EVP_PKEY *theirs = libp11_key(&keys[i]);
		EVP_PKEY *ours = public_key(&keys[i]);
		BUF_CLEANUP their_signature = BUF_INIT;
		BUF_CLEANUP our_signature = BUF_INIT;
		struct diag d = DIAG_INIT;

		assert_int_equal(
		    key_sign(session, &keys[i], alg, bytes, &our_signature, &d),
		    0);
		sign_by_libp11(theirs, digest, bytes, &their_signature);
		assert_int_equal(EVP_PKEY_eq(ours, theirs), 1);
		assert_true(is_good(ours, digest, bytes, &their_signature));
		assert_true(is_good(theirs, digest, bytes, &our_signature));
		EVP_PKEY_free(theirs);
		EVP_PKEY_free(ours);
	}
}

static void
rsa_signatures_are_the_same_bytes(void **state)
{
	static const enum sig_alg algs[] = {
	    SIG_RSA_SHA256, SIG_RSA_SHA384, SIG_RSA_SHA512};
	struct span bytes = span_str("no randomness in PKCS#1 v1.5");
	EVP_PKEY *theirs = libp11_key(&keys[0]);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		BUF_CLEANUP their_signature = BUF_INIT;
		BUF_CLEANUP our_signature = BUF_INIT;
		struct diag d = DIAG_INIT;

		assert_int_equal(key_sign(session, &keys[0], algs[i], bytes,
				     &our_signature, &d),
		    0);
		sign_by_libp11(
		    theirs, sig_alg_digest(algs[i]), bytes, &their_signature);
		assert_true(span_eq(
		    buf_span(&our_signature), buf_span(&their_signature)));
	}
	EVP_PKEY_free(theirs);
}

static void
requests_of_both_are_accepted(void **state)
{
	struct request_names names = {.cn = "x"};
	size_t i;

	(void)state;
	names.dns.at[names.dns.n++] = "a.demo.test";
	for (i = 0; i < KINDS; i++) {
		EVP_PKEY *theirs = libp11_key(&keys[i]);
		EVP_PKEY *ours = public_key(&keys[i]);
		X509_REQ *request;
		struct diag d = DIAG_INIT;
		BUF_CLEANUP by_libp11 = BUF_INIT;
		BUF_CLEANUP direct = BUF_INIT;

		assert_int_equal(request_build(&names, ours, &request, &d), 0);
		assert_int_equal(
		    request_sign(request, theirs, kinds[i].kind, &d), 0);
		assert_int_equal(request_finish(request, &by_libp11, &d), 0);
		X509_REQ_free(request);
		assert_int_equal(request_build(&names, ours, &request, &d), 0);
		assert_int_equal(
		    request_sign_direct(request, session, &keys[i], &d), 0);
		assert_int_equal(request_finish(request, &direct, &d), 0);
		assert_int_equal(X509_REQ_verify(request, ours), 1);
		X509_REQ_free(request);
		EVP_PKEY_free(theirs);
		EVP_PKEY_free(ours);
	}
}

/* Last, because no libp11 key is found ever after. */
static void
one_ed25519_key_hides_all_from_libp11(void **state)
{
	struct diag d = DIAG_INIT;
	struct token_info info;
	EVP_PKEY *out;
	struct key key;

	(void)state;
	key_make(KEY_ED25519, 0, "ed", &key);
	token_describe(token, &info);
	assert_int_equal(
	    request_libp11_key(hsm.module, &info, &keys[0], &out, &d),
	    ERR_TOKEN);
	assert_non_null(strstr(d.text, "cannot list the keys"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_verifies_the_other),
	    cmocka_unit_test(rsa_signatures_are_the_same_bytes),
	    cmocka_unit_test(requests_of_both_are_accepted),
	    cmocka_unit_test(one_ed25519_key_hides_all_from_libp11),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, setup, NULL);
	/* libp11 is never unloaded: that would end Cryptoki under our feet. */
	if (session != NULL) {
		session_close(session);
		softhsm_close(module, token);
	}
	softhsm_teardown(&hsm);
	(void)fflush(NULL);
	_exit(failed == 0 ? 0 : 1);
}
