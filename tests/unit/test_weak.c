/* SPDX-License-Identifier: Apache-2.0 */
/* x509/weak: keys that others can break are found, healthy ones are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>

#include "lib/hex.h"
#include "tests/fake/x509.h"
#include "x509/weak.h"

static void
octets_of(const BIGNUM *n, struct buf *out)
{
	size_t len = (size_t)BN_num_bytes(n);

	buf_reset(out);
	buf_reserve(out, len);
	out->len = (size_t)BN_bn2bin(n, out->data);
}

static bool
is_prime(unsigned v)
{
	unsigned i;

	for (i = 2; i * i <= v; i++) {
		if (v % i == 0)
			return false;
	}
	return v > 1;
}

/* A healthy 2048-bit modulus. */
static void
good_modulus(struct buf *out)
{
	BUF_CLEANUP der = BUF_INIT;
	struct spki spki;

	fake_spki(fake_key(KEY_RSA, 0), &der);
	assert_int_equal(spki_parse(buf_span(&der), &spki, NULL), 0);
	buf_reset(out);
	buf_add_span(out, spki.n);
}

static int
check_rsa(struct span n, const char *e_hex, struct diag *d)
{
	uint8_t e[64];
	int len = hex_decode(e_hex, e, sizeof(e));
	struct spki spki = {.kind = KEY_RSA,
	    .n = n,
	    .bits = (unsigned)n.len * 8,
	    .e = span_of(e, (size_t)len)};

	return spki_check(&spki, d);
}

static void
small_factors_are_found(void **state)
{
	BIGNUM *n = BN_new(), *prime = BN_new();
	BUF_CLEANUP octets = BUF_INIT;
	unsigned p;

	(void)state;
	assert_int_equal(
	    BN_generate_prime_ex(prime, 256, 0, NULL, NULL, NULL), 1);
	octets_of(prime, &octets);
	assert_int_equal(weak_small_factor(buf_span(&octets)), 0);
	for (p = 2; p < 800; p++) {
		if (!is_prime(p))
			continue;
		assert_non_null(BN_copy(n, prime));
		assert_int_equal(BN_mul_word(n, p), 1);
		octets_of(n, &octets);
		assert_int_equal(
		    weak_small_factor(buf_span(&octets)), p < 752 ? p : 0);
	}
	BN_free(n);
	BN_free(prime);
}

/* Two primes with a given distance between them. */
static void
close_modulus(int bits, int distance_bits, struct buf *out)
{
	BIGNUM *p = BN_new(), *q = BN_new(), *n = BN_new();
	BN_CTX *ctx = BN_CTX_new();

	assert_int_equal(BN_generate_prime_ex(p, bits, 0, NULL, NULL, NULL), 1);
	assert_int_equal(BN_set_word(q, 1), 1);
	assert_int_equal(BN_lshift(q, q, distance_bits), 1);
	assert_int_equal(BN_add(q, q, p), 1);
	/* p and 2^k are of different parity: q is odd as p is. */
	while (BN_check_prime(q, ctx, NULL) != 1)
		assert_int_equal(BN_add_word(q, 2), 1);
	assert_int_equal(BN_mul(n, p, q, ctx), 1);
	octets_of(n, out);
	BN_free(p);
	BN_free(q);
	BN_free(n);
	BN_CTX_free(ctx);
}

/*
 * With p - q = 2^k, a starts (p - q)^2 / 8 sqrt(n) below its goal: for 512-bit
 * primes one round reaches k = 257, a hundred about k = 260.
 */
static void
close_primes_are_found(void **state)
{
	static const int near[] = {1, 8, 64, 200, 256, 258};
	static const int far[] = {270, 300, 400, 500};
	BUF_CLEANUP n = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		close_modulus(512, near[i], &n);
		assert_true(weak_has_close_primes(buf_span(&n)));
	}
	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		close_modulus(512, far[i], &n);
		assert_false(weak_has_close_primes(buf_span(&n)));
	}
	good_modulus(&n);
	assert_false(weak_has_close_primes(buf_span(&n)));
}

static void
squares_are_found(void **state)
{
	static const uint8_t nine[] = {9}, fifteen[] = {15},
			     square[] = {
				 0xff, 0xff, 0xe0, 0, 1}; /* 0xfffff^2 */

	(void)state;
	assert_true(weak_has_close_primes(span_of(nine, 1)));
	assert_true(weak_has_close_primes(span_of(fifteen, 1)));
	assert_true(weak_has_close_primes(span_of(square, 5)));
}

/* n = 65537^a modulo each of the first primes: what the library made. */
static void
roca_is_found(void **state)
{
	BIGNUM *m = BN_new(), *n = BN_new(), *a = BN_new(), *f4 = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	BUF_CLEANUP octets = BUF_INIT;
	unsigned p;

	(void)state;
	assert_int_equal(BN_set_word(m, 1), 1);
	for (p = 2; p <= 167; p++) {
		if (is_prime(p))
			assert_int_equal(BN_mul_word(m, p), 1);
	}
	assert_int_equal(BN_set_word(f4, 65537), 1);
	assert_int_equal(BN_set_word(a, 987654321), 1);
	assert_int_equal(BN_mod_exp(n, f4, a, m, ctx), 1);
	octets_of(n, &octets);
	assert_true(weak_is_roca(buf_span(&octets)));
	assert_int_equal(BN_lshift(m, m, 1700), 1);
	assert_int_equal(BN_add(n, n, m), 1);
	octets_of(n, &octets);
	assert_true(weak_is_roca(buf_span(&octets)));
	assert_int_equal(BN_add_word(n, 2), 1);
	octets_of(n, &octets);
	assert_false(weak_is_roca(buf_span(&octets)));
	good_modulus(&octets);
	assert_false(weak_is_roca(buf_span(&octets)));
	BN_free(m);
	BN_free(n);
	BN_free(a);
	BN_free(f4);
	BN_CTX_free(ctx);
}

static void
sizes_have_bounds(void **state)
{
	static uint8_t ones[600];
	struct diag d = DIAG_INIT;
	struct spki spki = {.kind = KEY_RSA};
	static const unsigned bad[] = {
	    0, 512, 1024, 2040, 2047, 2049, 4095, 4097, 4104};
	size_t i;

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	spki.n = span_of(ones, sizeof(ones));
	spki.e = span_str("\x01\x00\x01");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		spki.bits = bad[i];
		assert_int_equal(spki_check(&spki, &d), ERR_KEY_WEAK);
		assert_non_null(strstr(d.text, "2048 to 4096 bits"));
	}
}

static void
exponents_have_bounds(void **state)
{
	static const char *const bad[] = {"01", "03", "11", "ffff", "010000",
	    "010002", "0200000001", "010000000001", "ffffffffffffffffff"};
	static const char *const good[] = {"010001", "0100000001", "ffffffff"};
	BUF_CLEANUP n = BUF_INIT;
	struct diag d = DIAG_INIT;
	size_t i;

	(void)state;
	good_modulus(&n);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    check_rsa(buf_span(&n), bad[i], &d), ERR_KEY_WEAK);
		assert_non_null(strstr(d.text, "exponent"));
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(check_rsa(buf_span(&n), good[i], &d), 0);
}

static void
even_moduli_are_refused(void **state)
{
	BUF_CLEANUP n = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	good_modulus(&n);
	n.data[n.len - 1] ^= 1;
	assert_int_equal(check_rsa(buf_span(&n), "010001", &d), ERR_KEY_WEAK);
	assert_string_equal(d.text, "the RSA modulus is divisible by 2");
}

/* RFC 8032's base point times the orders 1, 2, 4 and 8, and not reduced. */
static void
ed25519_points_of_small_order_are_refused(void **state)
{
	static const char *const bad[] = {
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000080",
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0000000000000000000000000000000000000000000000000000000000000080",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct spki spki = {.kind = KEY_ED25519, .bits = 256};
	uint8_t key[32] = {0};
	size_t i;

	(void)state;
	spki.key = span_of(key, sizeof(key));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(hex_decode(bad[i], key, sizeof(key)), 32);
		assert_int_equal(spki_check(&spki, NULL), ERR_KEY_WEAK);
	}
	key[5] ^= 1;
	assert_int_equal(spki_check(&spki, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(small_factors_are_found),
	    cmocka_unit_test(close_primes_are_found),
	    cmocka_unit_test(squares_are_found),
	    cmocka_unit_test(roca_is_found),
	    cmocka_unit_test(sizes_have_bounds),
	    cmocka_unit_test(exponents_have_bounds),
	    cmocka_unit_test(even_moduli_are_refused),
	    cmocka_unit_test(ed25519_points_of_small_order_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
