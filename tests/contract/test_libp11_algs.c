/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11 against libp11, every algorithm: one key, one process, each verifies
 * what the other signed. libp11 is a second opinion on key lookup, public
 * keys, DigestInfo, PSS parameters and the DER of ECDSA.
 *
 * The order matters: ours initialises and logs in, libp11 is loaded after, and
 * never opens a session of its own or unloads, either of which would close
 * ours (measured with libp11 0.4.12).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libp11.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/fake/softhsm.h"

static struct softhsm hsm;
static struct module *module;
static struct token *token;
static struct session *session;
static PKCS11_CTX *p11;
static PKCS11_SLOT *slots;
static unsigned n_slots;

static const struct {
	const char *uri, *label;
	enum key_kind kind;
	unsigned bits;
	bool raw_rsa;
} rows[] = {
    {"pkcs11:object=rsa-raw", "rsa-raw", KEY_RSA, 2048, true},
    {"pkcs11:object=p256", "p256", KEY_EC_P256, 0, false},
    {"pkcs11:object=p384", "p384", KEY_EC_P384, 0, false},
    {"pkcs11:object=p521", "p521", KEY_EC_P521, 0, false},
    {"pkcs11:object=rsa-ca", "rsa-ca", KEY_RSA, 2048, false},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct span bytes = {(const uint8_t *)"to be signed", 12};

struct keys {
	PKCS11_KEY *list;
	unsigned n;
};
static struct keys p11_private, p11_public;

/* Listed once: libp11 gives out places in a list that moves when it grows. */
static PKCS11_KEY *
p11_key(const struct keys *keys, const char *label)
{
	unsigned k;

	for (k = 0; k < keys->n; k++) {
		if (strcmp(keys->list[k].label, label) == 0)
			return &keys->list[k];
	}
	fail_msg("libp11 does not see %s", label);
	return NULL;
}

static void
padding_set(EVP_PKEY_CTX *ctx, enum sig_alg alg)
{
	if (!sig_alg_is_pss(alg))
		return;
	assert_true(
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0);
	assert_true(
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
}

static bool
is_good(EVP_PKEY *pkey, enum sig_alg alg, struct span sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	bool good;

	assert_int_equal(
	    EVP_DigestVerifyInit(ctx, &pctx,
		EVP_get_digestbyname(sig_alg_digest(alg)), NULL, pkey),
	    1);
	padding_set(pctx, alg);
	good = EVP_DigestVerify(
		   ctx, sig.data, sig.len, bytes.data, bytes.len) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

/* 0 when libp11 cannot. */
static size_t
p11_sign(EVP_PKEY *pkey, enum sig_alg alg, uint8_t *sig, size_t max)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	size_t len = max;

	assert_int_equal(
	    EVP_DigestSignInit(ctx, &pctx,
		EVP_get_digestbyname(sig_alg_digest(alg)), NULL, pkey),
	    1);
	padding_set(pctx, alg);
	if (EVP_DigestSign(ctx, sig, &len, bytes.data, bytes.len) != 1)
		len = 0;
	EVP_MD_CTX_free(ctx);
	return len;
}

static EVP_PKEY *
our_public(const struct key *key, struct buf *spki)
{
	struct diag d = DIAG_INIT;
	const unsigned char *p;
	EVP_PKEY *pkey;

	assert_int_equal(key_public(session, key, spki, &d), 0);
	p = spki->data;
	pkey = d2i_PUBKEY(NULL, &p, (long)spki->len);
	assert_non_null(pkey);
	return pkey;
}

static void
public_keys_are_the_same(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ROWS; i++) {
		BUF_CLEANUP spki = BUF_INIT;
		EVP_PKEY *theirs, *ours;
		unsigned char *der = NULL;
		struct diag d = DIAG_INIT;
		struct key key;
		int len;

		assert_int_equal(key_find(session, rows[i].uri, &key, &d), 0);
		ours = our_public(&key, &spki);
		theirs =
		    PKCS11_get_public_key(p11_key(&p11_public, rows[i].label));
		assert_non_null(theirs);
		len = i2d_PUBKEY(theirs, &der);
		assert_true(len > 0);
		assert_true(
		    span_eq(buf_span(&spki), span_of(der, (size_t)len)));
		OPENSSL_free(der);
		EVP_PKEY_free(theirs);
		EVP_PKEY_free(ours);
	}
}

static void
each_verifies_what_the_other_signed(void **state)
{
	size_t i;
	int alg, n = 0;

	(void)state;
	for (i = 0; i < ROWS; i++) {
		BUF_CLEANUP spki = BUF_INIT;
		BUF_CLEANUP sig = BUF_INIT;
		uint8_t theirs_sig[1024];
		EVP_PKEY *private, *theirs, *ours;
		struct diag d = DIAG_INIT;
		struct key key;
		size_t len;

		assert_int_equal(key_find(session, rows[i].uri, &key, &d), 0);
		ours = our_public(&key, &spki);
		private = PKCS11_get_private_key(
		    p11_key(&p11_private, rows[i].label));
		theirs =
		    PKCS11_get_public_key(p11_key(&p11_public, rows[i].label));
		assert_non_null(private);
		assert_non_null(theirs);
		for (alg = SIG_NONE + 1; alg < SIG_ALGS; alg++) {
			if (sig_alg_family(alg) != key_kind_family(key.kind))
				continue;
			if (key_sign(session, &key, alg, bytes, &sig, &d) != 0)
				fail_msg("%s", d.text);
			assert_true(is_good(theirs, alg, buf_span(&sig)));
			n++;
			len = p11_sign(
			    private, alg, theirs_sig, sizeof(theirs_sig));
			/* libp11 makes PSS of raw RSA, which a CA's key
			 * does not allow. */
			if (sig_alg_is_pss(alg) && !rows[i].raw_rsa) {
				assert_int_equal(len, 0);
				continue;
			}
			assert_true(
			    is_good(ours, alg, span_of(theirs_sig, len)));
			theirs_sig[len - 1] ^= 1;
			assert_false(
			    is_good(ours, alg, span_of(theirs_sig, len)));
		}
		EVP_PKEY_free(theirs);
		EVP_PKEY_free(private);
		EVP_PKEY_free(ours);
	}
	assert_int_equal(n, 2 * 6 + 3 * 3);
}

/* PKCS#1 v1.5 has no randomness: two roads, the same bytes. */
static void
pkcs1_signatures_are_the_same_bytes(void **state)
{
	BUF_CLEANUP sig = BUF_INIT;
	uint8_t theirs[1024];
	struct diag d = DIAG_INIT;
	EVP_PKEY *private;
	struct key key;
	size_t len;

	(void)state;
	assert_int_equal(key_find(session, rows[0].uri, &key, &d), 0);
	private = PKCS11_get_private_key(p11_key(&p11_private, rows[0].label));
	assert_int_equal(
	    key_sign(session, &key, SIG_RSA_SHA384, bytes, &sig, &d), 0);
	len = p11_sign(private, SIG_RSA_SHA384, theirs, sizeof(theirs));
	assert_true(span_eq(buf_span(&sig), span_of(theirs, len)));
	EVP_PKEY_free(private);
}

/* Ours goes on after libp11 has used the same token. */
static void
our_session_is_unharmed(void **state)
{
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	assert_int_equal(key_find(session, rows[1].uri, &key, &d), 0);
	assert_int_equal(
	    key_sign(session, &key, SIG_ECDSA_SHA256, bytes, &sig, &d), 0);
}

static int
p11_list(PKCS11_TOKEN *of)
{
	if (PKCS11_enumerate_keys(of, &p11_private.list, &p11_private.n) != 0)
		return -1;
	return PKCS11_enumerate_public_keys(
	    of, &p11_public.list, &p11_public.n);
}

static int
setup(void **state)
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
	for (i = 0; i < ROWS; i++) {
		struct key_spec spec = {.kind = rows[i].kind,
		    .bits = rows[i].bits,
		    .label = rows[i].label,
		    .raw_rsa = rows[i].raw_rsa};

		if (key_generate(session, &spec, &key, &text, &d) != 0) {
			print_error("%s\n", d.text);
			return -1;
		}
	}
	p11 = PKCS11_CTX_new();
	if (p11 == NULL || PKCS11_CTX_load(p11, hsm.module) != 0)
		return -1;
	if (PKCS11_enumerate_slots(p11, &slots, &n_slots) != 0)
		return -1;
	for (i = 0; i < n_slots; i++) {
		if (slots[i].token != NULL &&
		    strcmp(slots[i].token->label, hsm.label) == 0)
			return p11_list(slots[i].token);
	}
	return -1;
}

static int
teardown(void **state)
{
	(void)state;
	session_close(session);
	/* Only now: it closes every session of the slot. */
	PKCS11_release_all_slots(p11, slots, n_slots);
	softhsm_close(module, token);
	softhsm_teardown(&hsm);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(public_keys_are_the_same),
	    cmocka_unit_test(each_verifies_what_the_other_signed),
	    cmocka_unit_test(pkcs1_signatures_are_the_same_bytes),
	    cmocka_unit_test(our_session_is_unharmed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
