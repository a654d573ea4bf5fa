/* SPDX-License-Identifier: Apache-2.0 */
/* x509/key: public keys and signatures, with OpenSSL as the oracle. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/sha.h>
#include <openssl/x509.h>

#include "tests/fake/x509.h"
#include "x509/der.h"
#include "x509/key.h"

static const enum key_kind kinds[] = {
    KEY_RSA, KEY_EC_P256, KEY_EC_P384, KEY_EC_P521, KEY_ED25519};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void
keys_are_read_as_openssl_writes_them(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_KINDS; i++) {
		EVP_PKEY *key = fake_key(kinds[i], 0), *back = NULL;
		BUF_CLEANUP der = BUF_INIT;
		struct diag d = DIAG_INIT;
		struct spki spki;

		fake_spki(key, &der);
		assert_int_equal(spki_parse(buf_span(&der), &spki, &d), 0);
		assert_int_equal(spki.kind, kinds[i]);
		assert_int_equal(spki.bits,
		    kinds[i] == KEY_RSA ? 2048 : key_kind_bits(kinds[i]));
		assert_true(span_eq(spki.der, buf_span(&der)));
		assert_int_equal(spki_check(&spki, &d), 0);
		assert_int_equal(spki_open(&spki, &back, &d), 0);
		assert_int_equal(EVP_PKEY_eq(key, back), 1);
		EVP_PKEY_free(back);
	}
}

static void
the_key_id_is_sha1_of_the_bits(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_KINDS; i++) {
		EVP_PKEY *key = fake_key(kinds[i], 0);
		BUF_CLEANUP der = BUF_INIT;
		X509 *cert = X509_new();
		uint8_t want[20], have[20];
		unsigned len = 0;
		struct spki spki;

		fake_spki(key, &der);
		assert_int_equal(spki_parse(buf_span(&der), &spki, NULL), 0);
		spki_key_id(&spki, have);
		assert_int_equal(X509_set_pubkey(cert, key), 1);
		assert_int_equal(
		    X509_pubkey_digest(cert, EVP_sha1(), want, &len), 1);
		assert_int_equal(len, sizeof(want));
		assert_memory_equal(have, want, sizeof(want));
		X509_free(cert);
	}
}

/* Every prefix, and one octet more: refused, and never read past its end. */
static void
cut_and_trailing_keys_are_refused(void **state)
{
	size_t i, len;

	(void)state;
	for (i = 0; i < N_KINDS; i++) {
		BUF_CLEANUP der = BUF_INIT;
		struct spki spki = {.kind = KEY_NONE};
		struct diag d = DIAG_INIT;

		fake_spki(fake_key(kinds[i], 0), &der);
		for (len = 0; len < der.len; len++) {
			uint8_t *exact = test_malloc(len + 1);

			memcpy(exact, der.data, len);
			assert_int_equal(
			    spki_parse(span_of(exact, len), &spki, &d),
			    ERR_DER);
			test_free(exact);
		}
		buf_add_u8(&der, 0);
		assert_int_equal(
		    spki_parse(buf_span(&der), &spki, &d), ERR_DER);
		assert_int_equal(spki.kind, KEY_NONE); /* untouched */
	}
}

/* SEQUENCE { SEQUENCE { oid, parameters }, BIT STRING } by hand. */
static int
parse_made(
    enum oid oid, struct span parameters, struct span key, struct diag *d)
{
	BUF_CLEANUP der = BUF_INIT;
	size_t whole = der_begin(&der, DER_SEQUENCE);
	size_t id = der_begin(&der, DER_SEQUENCE);
	struct spki spki;

	der_put_oid(&der, oid);
	buf_add_span(&der, parameters);
	der_end(&der, id);
	der_put_bits(&der, key);
	der_end(&der, whole);
	return spki_parse(buf_span(&der), &spki, d);
}

static void
other_kinds_are_refused_by_name(void **state)
{
	static const uint8_t k1[] = {0x06, 5, 0x2b, 0x81, 4, 0, 0x0a};
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(
	    parse_made(OID_EC, span_of(k1, sizeof(k1)), span_str("x"), &d),
	    ERR_KEY_UNKNOWN);
	assert_non_null(strstr(d.text, "secp256k1"));
	assert_int_equal(parse_made(OID_X25519, SPAN_NONE, span_str("x"), &d),
	    ERR_KEY_UNKNOWN);
	assert_non_null(strstr(d.text, "X25519"));
	assert_int_equal(
	    parse_made(OID_DSA, SPAN_NONE, span_str("x"), &d), ERR_KEY_UNKNOWN);
	assert_int_equal(
	    parse_made(OID_EC, span_of("\x30\x00", 2), span_str("x"), &d),
	    ERR_KEY_UNKNOWN);
	assert_non_null(strstr(d.text, "named curve"));
}

static void
points_must_be_whole_and_uncompressed(void **state)
{
	static const uint8_t p256[] = {
	    0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
	const struct span curve = {p256, sizeof(p256)};
	uint8_t point[66] = {0x04};
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(
	    parse_made(OID_EC, curve, span_of(point, 64), &d), ERR_KEY_UNKNOWN);
	assert_int_equal(
	    parse_made(OID_EC, curve, span_of(point, 66), &d), ERR_KEY_UNKNOWN);
	assert_int_equal(parse_made(OID_EC, curve, span_of(point, 65), &d), 0);
	point[0] = 0x06; /* the hybrid form */
	assert_int_equal(
	    parse_made(OID_EC, curve, span_of(point, 65), &d), ERR_KEY_UNKNOWN);
	point[0] = 0x02;
	assert_int_equal(
	    parse_made(OID_EC, curve, span_of(point, 33), &d), ERR_KEY_UNKNOWN);
}

static void
points_off_the_curve_are_weak(void **state)
{
	size_t i;

	(void)state;
	for (i = 1; i < N_KINDS - 1; i++) {
		BUF_CLEANUP der = BUF_INIT;
		struct diag d = DIAG_INIT;
		EVP_PKEY *key = NULL;
		struct spki spki;

		fake_spki(fake_key(kinds[i], 0), &der);
		der.data[der.len - 1] ^= 1;
		assert_int_equal(spki_parse(buf_span(&der), &spki, &d), 0);
		assert_int_equal(spki_check(&spki, &d), ERR_KEY_WEAK);
		assert_int_equal(spki_open(&spki, &key, &d), ERR_KEY_WEAK);
		assert_null(key);
	}
}

static void
every_algorithm_verifies_its_signatures(void **state)
{
	int alg, k;

	(void)state;
	for (alg = SIG_NONE + 1; alg < SIG_ALGS; alg++) {
		for (k = KEY_RSA; k < KEY_KINDS; k++) {
			EVP_PKEY *key = fake_key((enum key_kind)k, 0);
			EVP_PKEY *other = fake_key((enum key_kind)k, 1);
			const struct span text = span_str("to be signed");
			BUF_CLEANUP sig = BUF_INIT;
			struct diag d = DIAG_INIT;

			if (key_kind_family((enum key_kind)k) !=
			    sig_alg_family((enum sig_alg)alg)) {
				assert_int_equal(
				    signature_verify(key, (enum sig_alg)alg,
					text, span_str("x"), &d),
				    ERR_SIGNATURE);
				continue;
			}
			fake_sign(key, (enum sig_alg)alg, text, &sig);
			assert_int_equal(
			    signature_verify(key, (enum sig_alg)alg, text,
				buf_span(&sig), &d),
			    0);
			assert_int_equal(
			    signature_verify(other, (enum sig_alg)alg, text,
				buf_span(&sig), &d),
			    ERR_SIGNATURE);
			assert_int_equal(
			    signature_verify(key, (enum sig_alg)alg,
				span_str("To be signed"), buf_span(&sig), &d),
			    ERR_SIGNATURE);
			sig.data[sig.len / 2] ^= 1;
			assert_int_equal(
			    signature_verify(key, (enum sig_alg)alg, text,
				buf_span(&sig), &d),
			    ERR_SIGNATURE);
		}
	}
}

/* The digest is part of the algorithm, and so is the padding. */
static void
a_signature_is_of_one_algorithm(void **state)
{
	EVP_PKEY *rsa = fake_key(KEY_RSA, 0), *ec = fake_key(KEY_EC_P256, 0);
	const struct span text = span_str("to be signed");
	BUF_CLEANUP pkcs1 = BUF_INIT;
	BUF_CLEANUP pss = BUF_INIT;
	BUF_CLEANUP ecdsa = BUF_INIT;

	(void)state;
	fake_sign(rsa, SIG_RSA_SHA256, text, &pkcs1);
	fake_sign(rsa, SIG_RSA_PSS_SHA256, text, &pss);
	fake_sign(ec, SIG_ECDSA_SHA256, text, &ecdsa);
	assert_int_equal(
	    signature_verify(rsa, SIG_RSA_SHA384, text, buf_span(&pkcs1), NULL),
	    ERR_SIGNATURE);
	assert_int_equal(signature_verify(rsa, SIG_RSA_PSS_SHA256, text,
			     buf_span(&pkcs1), NULL),
	    ERR_SIGNATURE);
	assert_int_equal(
	    signature_verify(rsa, SIG_RSA_SHA256, text, buf_span(&pss), NULL),
	    ERR_SIGNATURE);
	assert_int_equal(signature_verify(rsa, SIG_RSA_PSS_SHA512, text,
			     buf_span(&pss), NULL),
	    ERR_SIGNATURE);
	assert_int_equal(signature_verify(ec, SIG_ECDSA_SHA384, text,
			     buf_span(&ecdsa), NULL),
	    ERR_SIGNATURE);
	assert_int_equal(
	    signature_verify(ec, SIG_NONE, text, buf_span(&ecdsa), NULL),
	    ERR_SIGNATURE);
	assert_int_equal(
	    signature_verify(ec, SIG_ECDSA_SHA256, text, SPAN_NONE, NULL),
	    ERR_SIGNATURE);
}

struct shared {
	struct spki spki;
	EVP_PKEY *key;
	struct span signature;
	int failures;
};

static void *
verify_often(void *arg)
{
	struct shared *s = arg;
	int i;

	for (i = 0; i < 50; i++) {
		EVP_PKEY *own = NULL;
		const struct span text = span_str("to be signed");

		if (spki_check(&s->spki, NULL) != 0 ||
		    spki_open(&s->spki, &own, NULL) != 0 ||
		    signature_verify(
			own, SIG_ECDSA_SHA256, text, s->signature, NULL) != 0 ||
		    signature_verify(s->key, SIG_ECDSA_SHA256, text,
			s->signature, NULL) != 0)
			__atomic_add_fetch(&s->failures, 1, __ATOMIC_RELAXED);
		EVP_PKEY_free(own);
	}
	return NULL;
}

static void
threads_do_not_disturb_each_other(void **state)
{
	struct shared s[2];
	BUF_CLEANUP der0 = BUF_INIT;
	BUF_CLEANUP der1 = BUF_INIT;
	BUF_CLEANUP sig0 = BUF_INIT;
	BUF_CLEANUP sig1 = BUF_INIT;
	struct buf *der[] = {&der0, &der1}, *sig[] = {&sig0, &sig1};
	pthread_t threads[4];
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		s[i].failures = 0;
		s[i].key = fake_key(KEY_EC_P256, i);
		fake_spki(s[i].key, der[i]);
		fake_sign(s[i].key, SIG_ECDSA_SHA256, span_str("to be signed"),
		    sig[i]);
		s[i].signature = buf_span(sig[i]);
		assert_int_equal(
		    spki_parse(buf_span(der[i]), &s[i].spki, NULL), 0);
	}
	for (i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, verify_often, &s[i % 2]),
		    0);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(s[0].failures + s[1].failures, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_are_read_as_openssl_writes_them),
	    cmocka_unit_test(the_key_id_is_sha1_of_the_bits),
	    cmocka_unit_test(cut_and_trailing_keys_are_refused),
	    cmocka_unit_test(other_kinds_are_refused_by_name),
	    cmocka_unit_test(points_must_be_whole_and_uncompressed),
	    cmocka_unit_test(points_off_the_curve_are_weak),
	    cmocka_unit_test(every_algorithm_verifies_its_signatures),
	    cmocka_unit_test(a_signature_is_of_one_algorithm),
	    cmocka_unit_test(threads_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
