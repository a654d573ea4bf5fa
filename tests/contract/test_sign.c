/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11: every kind of key is made on a real token, signs with every
 * algorithm of its family, and OpenSSL verifies with what key_public gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/fake/softhsm.h"

static struct softhsm hsm;
static struct module *module;
static struct token *token;
static struct session *session;

static const struct {
	enum key_kind kind;
	unsigned bits;
	const char *label;
	const char *uri;
} kinds[] = {
    {KEY_RSA, 2048, "rsa-2048", "pkcs11:object=rsa-2048"},
    {KEY_RSA, 3072, "rsa-3072", "pkcs11:object=rsa-3072"},
    {KEY_EC_P256, 256, "p256", "pkcs11:object=p256;type=private"},
    {KEY_EC_P384, 384, "p384", "pkcs11:token=test;object=p384"},
    {KEY_EC_P521, 521, "p521", "pkcs11:object=p521"},
    {KEY_ED25519, 256, "ed", "pkcs11:object=ed"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static EVP_PKEY *
public_of(const struct key *key)
{
	BUF_CLEANUP spki = BUF_INIT;
	struct diag d = DIAG_INIT;
	const unsigned char *p;
	EVP_PKEY *pkey;

	if (key_public(session, key, &spki, &d) != 0)
		fail_msg("%s", d.text);
	p = spki.data;
	pkey = d2i_PUBKEY(NULL, &p, (long)spki.len);
	assert_non_null(pkey);
	assert_ptr_equal(p, spki.data + spki.len);
	return pkey;
}

static bool
is_good(
    EVP_PKEY *pkey, enum sig_alg alg, struct span bytes, const struct buf *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	bool good;

	assert_int_equal(EVP_DigestVerifyInit_ex(ctx, &pctx,
			     sig_alg_digest(alg), NULL, NULL, pkey, NULL),
	    1);
	if (sig_alg_is_pss(alg)) {
		EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST);
	}
	good = EVP_DigestVerify(
		   ctx, sig->data, sig->len, bytes.data, bytes.len) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

static void
every_kind_signs_with_every_algorithm(void **state)
{
	struct span bytes = span_str("the bytes of a certificate");
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;
	EVP_PKEY *pkey;
	struct key key;
	size_t i;
	int alg, n = 0;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		assert_int_equal(key_find(session, kinds[i].uri, &key, &d), 0);
		assert_int_equal(key.kind, kinds[i].kind);
		assert_int_equal(key.bits, kinds[i].bits);
		assert_string_equal(key.label, kinds[i].label);
		pkey = public_of(&key);
		for (alg = SIG_NONE + 1; alg < SIG_ALGS; alg++) {
			if (sig_alg_family(alg) != key_kind_family(key.kind))
				continue;
			if (key_sign(session, &key, alg, bytes, &sig, &d) != 0)
				fail_msg("%s %s: %s", kinds[i].label,
				    sig_alg_name(alg), d.text);
			assert_true(is_good(pkey, alg, bytes, &sig));
			/* The last byte of the input counts. */
			assert_false(is_good(pkey, alg,
			    span_of(bytes.data, bytes.len - 1), &sig));
			n++;
		}
		EVP_PKEY_free(pkey);
	}
	assert_int_equal(n, 2 * 6 + 3 * 3 + 1);
}

/* Short and long, high and low: whatever r and s the token draws. */
static void
a_thousand_ecdsa_signatures_are_good_der(void **state)
{
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct key key;
	EVP_PKEY *pkey;
	int i;

	(void)state;
	assert_int_equal(key_find(session, "pkcs11:object=p256", &key, &d), 0);
	pkey = public_of(&key);
	for (i = 0; i < 1000; i++) {
		struct span bytes = span_of(&i, sizeof(i));

		assert_int_equal(
		    key_sign(session, &key, SIG_ECDSA_SHA256, bytes, &sig, &d),
		    0);
		assert_true(is_good(pkey, SIG_ECDSA_SHA256, bytes, &sig));
	}
	EVP_PKEY_free(pkey);
}

static void
a_signature_is_one_init_and_one_sign(void **state)
{
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;
	unsigned long all, inits, signs;
	struct key key;
	int i;

	(void)state;
	assert_int_equal(key_find(session, "pkcs11:object=ed", &key, &d), 0);
	all = module_calls(module, NULL);
	inits = module_calls(module, "C_SignInit");
	signs = module_calls(module, "C_Sign");
	for (i = 0; i < 10; i++)
		assert_int_equal(key_sign(session, &key, SIG_ED25519,
				     span_str("x"), &sig, &d),
		    0);
	assert_int_equal(module_calls(module, "C_SignInit") - inits, 10);
	assert_int_equal(module_calls(module, "C_Sign") - signs, 10);
	assert_int_equal(module_calls(module, NULL) - all, 20);
}

static void
an_algorithm_of_another_family_is_refused(void **state)
{
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;
	unsigned long before;
	struct key key;

	(void)state;
	assert_int_equal(key_find(session, "pkcs11:object=p384", &key, &d), 0);
	before = module_calls(module, NULL);
	assert_int_equal(
	    key_sign(session, &key, SIG_RSA_SHA256, span_str("x"), &sig, &d),
	    ERR_CONFIG);
	assert_string_equal(d.text,
	    "key \"p384\" is ecdsa-p384, it cannot sign with "
	    "rsa-sha256");
	assert_int_equal(
	    key_sign(session, &key, SIG_NONE, span_str("x"), &sig, &d),
	    ERR_CONFIG);
	assert_int_equal(module_calls(module, NULL), before);
	assert_int_equal(sig.len, 0);
}

static int
keys_make(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct key key;
	size_t i;

	(void)state;
	if (softhsm_setup(&hsm, "test", "12345678", "1234") != 0 ||
	    softhsm_open(&hsm, &module, &token) != 0 ||
	    session_open(token, true, &session, &d) != 0)
		return -1;
	for (i = 0; i < KINDS; i++) {
		struct key_spec spec = {.kind = kinds[i].kind,
		    .bits = kinds[i].bits,
		    .label = kinds[i].label};

		if (key_generate(session, &spec, &key, &text, &d) != 0) {
			print_error("%s: %s\n", kinds[i].label, d.text);
			return -1;
		}
	}
	return 0;
}

static int
keys_drop(void **state)
{
	(void)state;
	session_close(session);
	softhsm_close(module, token);
	softhsm_teardown(&hsm);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_kind_signs_with_every_algorithm),
	    cmocka_unit_test(a_thousand_ecdsa_signatures_are_good_der),
	    cmocka_unit_test(a_signature_is_one_init_and_one_sign),
	    cmocka_unit_test(an_algorithm_of_another_family_is_refused),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_drop);
}
