/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key health: public keys whose private half others can find.
 *
 * The tests are those that CAs learnt to make: sizes and exponents, factors
 * that a sieve finds, primes too close to each other (Fermat's method;
 * CVE-2022-26320), and the primes of a broken smart card library (ROCA,
 * CVE-2017-15361).
 */
#include <openssl/bn.h>
#include <openssl/crypto.h>

#include <string.h>

#include "lib/mem.h"
#include "x509/refuse.h"
#include "x509/warm.h"
#include "x509/weak.h"

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 4096
#define EXPONENT_MAX_BITS 33
#define SMALL_FACTOR_END 752
#define FERMAT_ROUNDS 100

/* n mod m, four octets at a time. */
static uint32_t
number_mod(struct span n, uint32_t m)
{
	uint64_t rest = 0;
	size_t i = 0;

	for (; i < n.len % 4; i++)
		rest = rest << 8 | n.data[i];
	rest %= m;
	for (; i < n.len; i += 4) {
		uint64_t word = (uint64_t)n.data[i] << 24 |
				(uint64_t)n.data[i + 1] << 16 |
				(uint64_t)n.data[i + 2] << 8 | n.data[i + 3];

		rest = (rest << 32 | word) % m;
	}
	return (uint32_t)rest;
}

static bool
is_small_prime(uint32_t v)
{
	uint32_t i;

	for (i = 2; i * i <= v; i++) {
		if (v % i == 0)
			return false;
	}
	return true;
}

/* The least prime in [from, end) that divides v; 0 if none does. */
static uint32_t
least_factor(uint32_t v, uint32_t from, uint32_t end)
{
	uint32_t p;

	for (p = from; p < end; p++) {
		if (is_small_prime(p) && v % p == 0)
			return p;
	}
	return 0;
}

/* Primes are taken together as long as their product fits 32 bits. */
uint32_t
weak_small_factor(struct span n)
{
	uint32_t p = 2, from, factor;
	uint64_t product;

	while (p < SMALL_FACTOR_END) {
		from = p;
		product = 1;
		for (; p < SMALL_FACTOR_END && product * p <= UINT32_MAX; p++)
			product *= is_small_prime(p) ? p : 1;
		factor =
		    least_factor(number_mod(n, (uint32_t)product), from, p);
		if (factor != 0)
			return factor;
	}
	return 0;
}

/* Whether some power of 65537 is r, modulo p. */
static bool
is_power_of_f4(uint32_t r, uint32_t p)
{
	uint32_t step = 65537 % p, v = 1;

	do {
		if (v == r)
			return true;
		v = v * step % p;
	} while (v != 1);
	return false;
}

/*
 * The library made primes k * M + (65537^a mod M), M the product of the first
 * primes. Modulo each of these, n is then a power of 65537; for a healthy n
 * one of the first few already says no.
 */
bool
weak_is_roca(struct span n)
{
	uint32_t p;

	for (p = 3; p <= 167; p += 2) {
		if (is_small_prime(p) && !is_power_of_f4(number_mod(n, p), p))
			return false;
	}
	return true;
}

struct fermat {
	BN_CTX *ctx;
	BIGNUM *a, *b2, *root, *t, *q;
};

/* At least sqrt(v), and near it: from the first 62 bits of v. */
static bool
guess_root(struct fermat *f, const BIGNUM *v)
{
	int shift = BN_num_bits(v) > 62 ? (BN_num_bits(v) - 61) & ~1 : 0;
	uint64_t top, root = UINT64_C(1) << 31, next;

	if (!BN_rshift(f->t, v, shift))
		return false;
	top = BN_get_word(f->t);
	while ((next = (root + top / root) / 2) < root)
		root = next;
	return BN_set_word(f->root, root + 1) &&
	       BN_lshift(f->root, f->root, shift / 2);
}

/* floor(sqrt(v)) by Newton's method, from above. */
static void
square_root(struct fermat *f, const BIGNUM *v)
{
	int ok = guess_root(f, v);

	for (;;) {
		ok = ok && BN_div(f->q, NULL, v, f->root, f->ctx) &&
		     BN_add(f->t, f->root, f->q) && BN_rshift1(f->t, f->t);
		if (!ok)
			mem_exhausted();
		if (BN_cmp(f->t, f->root) >= 0)
			return;
		if (BN_copy(f->root, f->t) == NULL)
			mem_exhausted();
	}
}

/* Squares modulo 63 * 65 * 11 are rare: the root is taken of few numbers. */
static bool
is_square(struct fermat *f, const BIGNUM *v)
{
	uint32_t rest, modulus[] = {63, 65, 11}, i, r;

	if (BN_is_zero(v))
		return true;
	rest = (uint32_t)BN_mod_word(v, 63 * 65 * 11);
	for (i = 0; i < 3; i++) {
		for (r = 0; r < modulus[i]; r++) {
			if (r * r % modulus[i] == rest % modulus[i])
				break;
		}
		if (r == modulus[i])
			return false;
	}
	square_root(f, v);
	if (!BN_sqr(f->t, f->root, f->ctx))
		mem_exhausted();
	return BN_cmp(f->t, v) == 0;
}

/* n = a^2 - b^2 with a just above the root of n: p and q are a - b, a + b. */
static bool
fermat_finds(struct fermat *f, const BIGNUM *n)
{
	int i, ok;

	square_root(f, n);
	ok = BN_copy(f->a, f->root) != NULL && BN_sqr(f->b2, f->a, f->ctx);
	if (ok && BN_cmp(f->b2, n) < 0)
		ok = BN_add_word(f->a, 1) && BN_sqr(f->b2, f->a, f->ctx);
	ok = ok && BN_sub(f->b2, f->b2, n);
	for (i = 0; ok && i < FERMAT_ROUNDS; i++) {
		if (is_square(f, f->b2))
			return true;
		/* (a + 1)^2 - n = a^2 - n + 2 a + 1 */
		ok = BN_lshift1(f->t, f->a) && BN_add_word(f->t, 1) &&
		     BN_add(f->b2, f->b2, f->t) && BN_add_word(f->a, 1);
	}
	if (!ok)
		mem_exhausted();
	return false;
}

bool
weak_has_close_primes(struct span modulus)
{
	struct fermat f = {.ctx = BN_CTX_new()};
	BIGNUM *n = BN_bin2bn(modulus.data, (int)modulus.len, NULL);
	bool found;

	if (f.ctx == NULL || n == NULL)
		mem_exhausted();
	BN_CTX_start(f.ctx);
	f.a = BN_CTX_get(f.ctx);
	f.b2 = BN_CTX_get(f.ctx);
	f.root = BN_CTX_get(f.ctx);
	f.t = BN_CTX_get(f.ctx);
	f.q = BN_CTX_get(f.ctx);
	if (f.q == NULL)
		mem_exhausted();
	found = fermat_finds(&f, n);
	BN_CTX_end(f.ctx);
	BN_CTX_free(f.ctx);
	BN_free(n);
	return found;
}

static int
check_exponent(struct span e, struct diag *d)
{
	uint64_t v = 0;
	size_t i;

	if (e.len > 5 || (e.len == 5 && e.data[0] > 1))
		return refuse(d, ERR_KEY_WEAK, "",
		    "the RSA exponent may have %d bits, it has %zu bytes",
		    EXPONENT_MAX_BITS, e.len);
	for (i = 0; i < e.len; i++)
		v = v << 8 | e.data[i];
	if (v < 65537 || (v & 1) == 0)
		return refuse(d, ERR_KEY_WEAK, "",
		    "the RSA exponent must be odd and at least 65537, it is "
		    "%llu",
		    (unsigned long long)v);
	return 0;
}

static int
check_rsa(const struct spki *spki, struct diag *d)
{
	uint32_t factor;
	int rc;

	if (spki->bits < RSA_MIN_BITS || spki->bits > RSA_MAX_BITS ||
	    spki->bits % 8 != 0)
		return refuse(d, ERR_KEY_WEAK, "",
		    "the RSA key must have %d to %d bits, a multiple of 8, it "
		    "has %u",
		    RSA_MIN_BITS, RSA_MAX_BITS, spki->bits);
	rc = check_exponent(spki->e, d);
	if (rc != 0)
		return rc;
	factor = weak_small_factor(spki->n);
	if (factor != 0)
		return refuse(d, ERR_KEY_WEAK, "",
		    "the RSA modulus is divisible by %u", factor);
	if (weak_is_roca(spki->n))
		return refuse(d, ERR_KEY_WEAK, "CVE-2017-15361",
		    "the RSA modulus has the fingerprint of ROCA: its factors "
		    "can be computed");
	if (weak_has_close_primes(spki->n))
		return refuse(d, ERR_KEY_WEAK, "CVE-2022-26320",
		    "the RSA modulus has two primes so close that Fermat's "
		    "method finds them");
	return 0;
}

/*
 * Points of order 1, 2, 4 and 8, by their y coordinate: with such a key any
 * message has a signature that verifies. The last two are not reduced.
 */
static const char *const small_order[] = {
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    "\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    "\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0"
    "\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    "\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f"
    "\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
    "\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    "\xee\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
};

static int
check_ed25519(const struct spki *spki, struct diag *d)
{
	uint8_t y[32];
	size_t i;

	memcpy(y, spki->key.data, sizeof(y));
	y[31] &= 0x7f; /* the top bit is the sign of x */
	for (i = 0; i < sizeof(small_order) / sizeof(small_order[0]); i++) {
		if (memcmp(y, small_order[i], sizeof(y)) == 0)
			return refuse(d, ERR_KEY_WEAK, "RFC 8032 8.9",
			    "the Ed25519 key is a point of small order");
	}
	return 0;
}

int
weak_check(const struct spki *spki, struct diag *d)
{
	switch (key_kind_family(spki->kind)) {
	case FAMILY_RSA:
		return check_rsa(spki, d);
	case FAMILY_ED:
		return check_ed25519(spki, d);
	default:
		return 0;
	}
}

int
weak_refuse_point(const struct spki *spki, struct diag *d)
{
	return refuse(d, ERR_KEY_WEAK, "RFC 5480 2.2",
	    "the %s key is not a point on its curve",
	    key_kind_name(spki->kind));
}

int
spki_check(const struct spki *spki, struct diag *d)
{
	int rc = weak_check(spki, d);

	if (rc == 0 && key_kind_family(spki->kind) == FAMILY_EC &&
	    warm_ec_key(spki) == NULL)
		return weak_refuse_point(spki, d);
	return rc;
}
