/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11: a token's r||s becomes the DER that OpenSSL would write, for numbers
 * with leading zeros, with a high top bit, and for every curve's length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/ec.h>

#include "pkcs11/private.h"

static void
expect_as_openssl(const uint8_t *raw, size_t n)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BUF_CLEANUP ours = BUF_INIT;
	unsigned char *der = NULL;
	int len;

	assert_int_equal(ECDSA_SIG_set0(sig, BN_bin2bn(raw, (int)n, NULL),
			     BN_bin2bn(raw + n, (int)n, NULL)),
	    1);
	len = i2d_ECDSA_SIG(sig, &der);
	assert_true(len > 0);
	ecdsa_encode(raw, n, &ours);
	assert_true(span_eq(buf_span(&ours), span_of(der, (size_t)len)));
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
}

static void
every_length_of_r_and_s(void **state)
{
	static const size_t lens[] = {32, 48, 66};
	static const uint8_t tops[] = {0x01, 0x7f, 0x80, 0xff};
	uint8_t raw[2 * 66];
	size_t i, zeros_r, zeros_s, top;

	(void)state;
	for (i = 0; i < 3; i++) {
		size_t n = lens[i];

		for (zeros_r = 0; zeros_r < n; zeros_r++) {
			for (top = 0; top < 4; top++) {
				zeros_s = (zeros_r * 7 + top) % n;
				memset(raw, 0x5a, sizeof(raw));
				memset(raw, 0, zeros_r);
				memset(raw + n, 0, zeros_s);
				raw[zeros_r] = tops[top];
				raw[n + zeros_s] = tops[3 - top];
				expect_as_openssl(raw, n);
			}
		}
	}
}

/* No token should make one; if one does, it is told as it is. */
static void
zero_is_a_number(void **state)
{
	static const uint8_t want[] = {0x30, 6, 2, 1, 0, 2, 1, 0};
	uint8_t raw[64] = {0};
	BUF_CLEANUP sig = BUF_INIT;

	(void)state;
	ecdsa_encode(raw, 32, &sig);
	assert_true(span_eq(buf_span(&sig), span_of(want, sizeof(want))));
}

static void
the_longest_needs_two_length_bytes(void **state)
{
	BUF_CLEANUP sig = BUF_INIT;
	uint8_t raw[2 * 66];

	(void)state;
	memset(raw, 0xff, sizeof(raw));
	ecdsa_encode(raw, 66, &sig);
	assert_int_equal(sig.len, 3 + 2 * (2 + 67));
	assert_int_equal(sig.data[1], 0x81);
	expect_as_openssl(raw, 66);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_length_of_r_and_s),
	    cmocka_unit_test(zero_is_a_number),
	    cmocka_unit_test(the_longest_needs_two_length_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
