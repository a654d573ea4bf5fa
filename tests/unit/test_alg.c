/* SPDX-License-Identifier: Apache-2.0 */
/* lib/alg: the tables hold together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/alg.h"

static void
names_lead_back(void **state)
{
	int i;

	(void)state;
	for (i = KEY_NONE + 1; i < KEY_KINDS; i++)
		assert_int_equal(
		    key_kind_find(key_kind_name((enum key_kind)i)), i);
	for (i = SIG_NONE + 1; i < SIG_ALGS; i++)
		assert_int_equal(
		    sig_alg_find(sig_alg_name((enum sig_alg)i)), i);
}

static void
unknown_names_are_none(void **state)
{
	static const char *const bad[] = {
	    "", "ecdsa", "ECDSA-P256", "ecdsa-p256 ", "unknown", "rsa-sha1"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(key_kind_find(bad[i]), KEY_NONE);
		assert_int_equal(sig_alg_find(bad[i]), SIG_NONE);
	}
}

/* Values off the wire may be anything. */
static void
values_out_of_range_are_harmless(void **state)
{
	static const int bad[] = {-1, 0, KEY_KINDS, SIG_ALGS, 9999};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		enum sig_alg alg = (enum sig_alg)bad[i];

		if (bad[i] > SIG_NONE && bad[i] < SIG_ALGS)
			continue;
		assert_string_equal(sig_alg_name(alg), "unknown");
		assert_int_equal(sig_alg_family(alg), FAMILY_NONE);
		assert_null(sig_alg_digest(alg));
		assert_false(sig_alg_is_pss(alg));
	}
	assert_string_equal(key_kind_name((enum key_kind)77), "unknown");
	assert_int_equal(key_kind_bits((enum key_kind)77), 0);
	assert_int_equal(key_kind_family((enum key_kind) - 1), FAMILY_NONE);
	assert_int_equal(sig_alg_default(KEY_NONE), SIG_NONE);
}

/* RFC 5480 4: the hash is as strong as the curve. */
static void
defaults_fit_the_key(void **state)
{
	enum sig_alg alg;
	int i;

	(void)state;
	for (i = KEY_NONE + 1; i < KEY_KINDS; i++) {
		alg = sig_alg_default((enum key_kind)i);
		assert_int_not_equal(alg, SIG_NONE);
		assert_int_equal(
		    sig_alg_family(alg), key_kind_family((enum key_kind)i));
		assert_false(sig_alg_is_pss(alg));
	}
	assert_string_equal(
	    sig_alg_digest(sig_alg_default(KEY_EC_P256)), "SHA256");
	assert_string_equal(
	    sig_alg_digest(sig_alg_default(KEY_EC_P384)), "SHA384");
	assert_string_equal(
	    sig_alg_digest(sig_alg_default(KEY_EC_P521)), "SHA512");
	assert_null(sig_alg_digest(sig_alg_default(KEY_ED25519)));
}

static void
facts_of_kinds(void **state)
{
	(void)state;
	assert_int_equal(key_kind_bits(KEY_EC_P521), 521);
	assert_int_equal(key_kind_bits(KEY_RSA), 0);
	assert_true(sig_alg_is_pss(SIG_RSA_PSS_SHA384));
	assert_false(sig_alg_is_pss(SIG_RSA_SHA384));
	assert_int_equal(sig_alg_family(SIG_RSA_PSS_SHA256), FAMILY_RSA);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_lead_back),
	    cmocka_unit_test(unknown_names_are_none),
	    cmocka_unit_test(values_out_of_range_are_harmless),
	    cmocka_unit_test(defaults_fit_the_key),
	    cmocka_unit_test(facts_of_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
