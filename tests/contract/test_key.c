/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11: finding, listing and destroying keys on a real token, and the keys
 * that are refused for what the token says of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tests/fake/raw.h"
#include "tests/fake/shim.h"

static const uint8_t p256[] = {
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t secp256k1[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a};
static const uint8_t ed25519_oid[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

static struct softhsm hsm;
static struct module *module;
static struct token *token;
static struct session *session;
static struct raw raw;

static unsigned long
slot_of(const struct token *of)
{
	struct token_info info;

	token_describe(of, &info);
	return info.slot;
}

static void
pair_p256(const char *label, const char *id, struct raw_pair *pair)
{
	*pair = (struct raw_pair){.mechanism = CKM_EC_KEY_PAIR_GEN,
	    .params = p256,
	    .params_len = sizeof(p256),
	    .label = label,
	    .id = id};
	raw_pair_make(&raw, pair);
}

static void
pair_drop(const struct raw_pair *pair)
{
	raw_destroy(&raw, pair->private_key);
	raw_destroy(&raw, pair->public_key);
}

static void
is_said(const struct diag *d, const char *words)
{
	if (strstr(d->text, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, d->text);
}

static void
find_is_refused(const char *uri, int error, const char *words)
{
	struct key key = {.handle = 4711};
	struct diag d = DIAG_INIT;
	int rc = key_find(session, uri, &key, &d);

	if (rc != error)
		fail_msg("%s: %d %s", uri, rc, d.text);
	is_said(&d, words);
	assert_int_equal(key.handle, 4711);
}

static void
a_key_that_is_not_named_exactly_is_refused(void **state)
{
	struct raw_pair one, two;

	(void)state;
	pair_p256("twin", "1", &one);
	pair_p256("twin", "2", &two);
	find_is_refused("pkcs11:object=nobody", ERR_KEY_MISSING,
	    "no private key pkcs11:object=nobody; there is \"good\", ");
	find_is_refused("pkcs11:object=good;id=%00", ERR_KEY_MISSING, "good");
	find_is_refused("pkcs11:object=twin", ERR_URI,
	    "2 private keys match pkcs11:object=twin, add id=");
	find_is_refused("pkcs11:token=test", ERR_URI, "names no key");
	find_is_refused(
	    "pkcs11:object=good;type=public", ERR_URI, "type=private");
	find_is_refused(
	    "pkcs11:token=prod;object=good", ERR_URI, "on another token");
	find_is_refused(
	    "pkcs11:object=good?pin-value=1234", ERR_URI, "shows the PIN");
	find_is_refused("good", ERR_URI, "not a PKCS#11 URI");
	pair_drop(&one);
	pair_drop(&two);
}

static void
an_id_tells_twins_apart(void **state)
{
	struct raw_pair one, two;
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	pair_p256("twin", "1", &one);
	pair_p256("twin", "2", &two);
	assert_int_equal(
	    key_find(session, "pkcs11:object=twin;id=2", &key, &d), 0);
	assert_int_equal(key.handle, two.private_key);
	assert_int_equal(key.public_handle, two.public_key);
	pair_drop(&one);
	pair_drop(&two);
}

static void
without_an_id_the_label_joins_the_halves(void **state)
{
	BUF_CLEANUP spki = BUF_INIT;
	struct raw_pair pair;
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	pair_p256("no-id", NULL, &pair);
	assert_int_equal(key_find(session, "pkcs11:object=no-id", &key, &d), 0);
	assert_int_equal(key.id_len, 0);
	assert_int_equal(key.public_handle, pair.public_key);
	assert_int_equal(key_public(session, &key, &spki, &d), 0);
	pair_drop(&pair);
}

static void
a_kind_we_do_not_know_is_refused(void **state)
{
	struct raw_pair pair = {.mechanism = CKM_EC_KEY_PAIR_GEN,
	    .params = secp256k1,
	    .params_len = sizeof(secp256k1),
	    .label = "koblitz",
	    .id = "k"};

	(void)state;
	raw_pair_make(&raw, &pair);
	find_is_refused(
	    "pkcs11:object=koblitz", ERR_KEY_UNUSABLE, "not supported");
	pair_drop(&pair);
}

static void
a_key_that_wants_its_pin_each_time_is_refused(void **state)
{
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE always[] = {{CKA_ALWAYS_AUTHENTICATE, &yes, sizeof(yes)},
	    {CKA_PRIVATE, &yes, sizeof(yes)}};
	struct raw_pair pair = {.mechanism = CKM_EC_KEY_PAIR_GEN,
	    .params = p256,
	    .params_len = sizeof(p256),
	    .label = "always",
	    .id = "a",
	    .extra = always,
	    .n_extra = 2};

	(void)state;
	raw_pair_make(&raw, &pair);
	find_is_refused("pkcs11:object=always", ERR_KEY_UNUSABLE,
	    "wants the PIN for every signature");
	pair_drop(&pair);
}

/* SoftHSM2 takes both spellings; the room asks for the name first. */
static void
ed25519_is_known_by_its_oid_too(void **state)
{
	struct raw_pair pair = {.mechanism = CKM_EC_EDWARDS_KEY_PAIR_GEN,
	    .params = ed25519_oid,
	    .params_len = sizeof(ed25519_oid),
	    .label = "ed-oid",
	    .id = "e"};
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	raw_pair_make(&raw, &pair);
	assert_int_equal(
	    key_find(session, "pkcs11:object=ed-oid", &key, &d), 0);
	assert_int_equal(key.kind, KEY_ED25519);
	assert_int_equal(
	    key_sign(session, &key, SIG_ED25519, span_str("x"), &sig, &d), 0);
	assert_int_equal(sig.len, 64);
	pair_drop(&pair);
}

static void
nobody_logged_in_is_said(void **state)
{
	struct diag d = DIAG_INIT;
	struct session *other;
	struct module *again;
	struct token *locked;
	struct key key;

	(void)state;
	/* The login is of the process: this needs one of its own. */
	session_close(session);
	raw_close(&raw);
	softhsm_close(module, token);
	assert_int_equal(module_open(hsm.module, &again, &d), 0);
	assert_int_equal(token_open(again, hsm.uri, &locked, &d), 0);
	assert_int_equal(session_open(locked, false, &other, &d), 0);
	assert_int_equal(
	    key_find(other, "pkcs11:object=good", &key, &d), ERR_KEY_MISSING);
	is_said(&d, "no private key at all (nobody is logged in)");
	session_close(other);
	token_close(locked);
	module_close(again);
	assert_int_equal(softhsm_open(&hsm, &module, &token), 0);
	assert_int_equal(session_open(token, true, &session, &d), 0);
	raw_open(&raw, hsm.module, slot_of(token));
}

struct seen {
	int whole, half_private, half_public;
};

static void
seen_note(void *arg, const struct key_listing *listing)
{
	struct seen *seen = arg;

	if (!listing->half)
		seen->whole++;
	else if (listing->key.handle != 0)
		seen->half_private++;
	else
		seen->half_public++;
}

static struct seen
look(void)
{
	struct seen seen = {0, 0, 0};
	struct diag d = DIAG_INIT;

	if (key_list(session, seen_note, &seen, &d) != 0)
		fail_msg("%s", d.text);
	return seen;
}

static void
half_pairs_are_listed(void **state)
{
	struct raw_pair one, two;
	struct seen before = look(), seen;
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	pair_p256("half-1", "h1", &one);
	pair_p256("half-2", "h2", &two);
	raw_destroy(&raw, one.public_key);
	raw_destroy(&raw, two.private_key);
	seen = look();
	assert_int_equal(seen.whole, before.whole);
	assert_int_equal(seen.half_private, 1);
	assert_int_equal(seen.half_public, 1);
	/* A private half is found, and says that the other is missing. */
	assert_int_equal(
	    key_find(session, "pkcs11:object=half-1", &key, &d), 0);
	assert_int_equal(key.public_handle, 0);
	raw_destroy(&raw, one.private_key);
	raw_destroy(&raw, two.public_key);
}

static void
a_public_key_comes_from_where_it_is(void **state)
{
	struct raw_pair ec, rsa = {.mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN,
				.label = "rsa",
				.id = "r"};
	BUF_CLEANUP whole = BUF_INIT;
	BUF_CLEANUP half = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	raw_pair_make(&raw, &rsa);
	assert_int_equal(key_find(session, "pkcs11:object=rsa", &key, &d), 0);
	assert_int_equal(key_public(session, &key, &whole, &d), 0);
	raw_destroy(&raw, rsa.public_key);
	assert_int_equal(key_find(session, "pkcs11:object=rsa", &key, &d), 0);
	assert_int_equal(key_public(session, &key, &half, &d), 0);
	assert_true(span_eq(buf_span(&whole), buf_span(&half)));
	raw_destroy(&raw, rsa.private_key);
	/* An EC key cannot tell its point without the public object. */
	pair_p256("alone", "al", &ec);
	raw_destroy(&raw, ec.public_key);
	assert_int_equal(key_find(session, "pkcs11:object=alone", &key, &d), 0);
	assert_int_equal(key_public(session, &key, &half, &d), ERR_KEY_MISSING);
	is_said(&d, "the public half of key \"alone\" is missing");
	raw_destroy(&raw, ec.private_key);
}

/* The generator of P-256, SEC 2. */
#define GENERATOR                                                          \
	"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" \
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"

static void
a_public_key_that_is_none_is_refused(void **state)
{
	static const struct {
		const char *point;
		int rc;
	} rows[] = {
	    {"hex:044104" GENERATOR, 0}, /* in an OCTET STRING */
	    {"hex:04" GENERATOR, 0},     /* bare */
	    {"hex:0440" GENERATOR, ERR_KEY_UNUSABLE},
	    {"hex:044102" GENERATOR, ERR_KEY_UNUSABLE},
	    {"hex:044204" GENERATOR, ERR_KEY_UNUSABLE},
	    {"hex:034104" GENERATOR, ERR_KEY_UNUSABLE},
	    {"hex:04", ERR_KEY_UNUSABLE},
	    {"hex:", ERR_KEY_UNUSABLE},
	    {"unknown", ERR_TOKEN},
	    /* not on the curve: the last bit is another */
	    {"hex:"
	     "04"
	     "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
	     "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51"
	     "f4",
		ERR_KEY_UNUSABLE},
	};
	BUF_CLEANUP spki = BUF_INIT;
	struct diag d = DIAG_INIT;
	char rule[256];
	struct key key;
	size_t i;
	int rc;

	(void)state;
	assert_int_equal(key_find(session, "pkcs11:object=good", &key, &d), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(rule, sizeof(rule),
		    "C_GetAttributeValue lie=CKA_EC_POINT:%s", rows[i].point);
		shim_rules(&hsm, rule);
		rc = key_public(session, &key, &spki, &d);
		if (rc != rows[i].rc)
			fail_msg("%s: %d %s", rows[i].point, rc, d.text);
	}
	shim_rules(&hsm, "");
}

static void
a_destroyed_key_is_gone(void **state)
{
	struct raw_pair pair;
	struct diag d = DIAG_INIT;
	struct seen before = look(), after;
	struct key key;

	(void)state;
	pair_p256("doomed", "d", &pair);
	assert_int_equal(
	    key_find(session, "pkcs11:object=doomed", &key, &d), 0);
	assert_int_equal(key_destroy(session, &key, &d), 0);
	after = look();
	assert_memory_equal(&before, &after, sizeof(after));
	find_is_refused("pkcs11:object=doomed", ERR_KEY_MISSING, "doomed");
	assert_int_equal(key_destroy(session, &key, &d), ERR_TOKEN_DOWN);
	is_said(&d, "C_DestroyObject said CKR_OBJECT_HANDLE_INVALID (0x82)");
}

static int
check_good(char *const *accepted, size_t n, struct buf *text, struct diag *d)
{
	struct key key;

	assert_int_equal(key_find(session, "pkcs11:object=good", &key, d), 0);
	buf_reset(text);
	return key_check(session, &key, accepted, n, text, d);
}

static void
a_key_of_ours_is_safe(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	if (check_good(NULL, 0, &text, &d) != 0)
		fail_msg("%s", d.text);
	assert_non_null(strstr(buf_cstr(&text), "CKA_EXTRACTABLE=false\n"));
	assert_non_null(strstr(buf_cstr(&text), "CKA_SENSITIVE=true\n"));
	assert_non_null(strstr(buf_cstr(&text), "CKA_LOCAL=true\n"));
	assert_non_null(strstr(buf_cstr(&text), "CKA_COPYABLE=false\n"));
	assert_non_null(
	    strstr(buf_cstr(&text), "CKA_WRAP_WITH_TRUSTED=true\n"));
}

static void
each_wrong_answer_is_refused_by_name(void **state)
{
	static const struct {
		const char *name, *lie;
	} rows[] = {
	    {"CKA_TOKEN", "false"},
	    {"CKA_PRIVATE", "false"},
	    {"CKA_SENSITIVE", "false"},
	    {"CKA_SENSITIVE", "unknown"},
	    {"CKA_ALWAYS_SENSITIVE", "false"},
	    {"CKA_ALWAYS_SENSITIVE", "unknown"},
	    {"CKA_EXTRACTABLE", "true"},
	    {"CKA_EXTRACTABLE", "unknown"},
	    {"CKA_NEVER_EXTRACTABLE", "false"},
	    {"CKA_NEVER_EXTRACTABLE", "unknown"},
	    {"CKA_SIGN", "false"},
	    {"CKA_WRAP", "true"},
	    {"CKA_DECRYPT", "true"},
	    {"CKA_DECRYPT", "unknown"},
	    {"CKA_DERIVE", "true"},
	    {"CKA_MODIFIABLE", "true"},
	    {"CKA_MODIFIABLE", "unknown"},
	    /* a CK_ULONG where one byte is the rule */
	    {"CKA_EXTRACTABLE", "hex:"},
	};
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	char rule[128], line[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *accepted[] = {(char *)rows[i].name};

		snprintf(rule, sizeof(rule), "C_GetAttributeValue lie=%s:%s",
		    rows[i].name, rows[i].lie);
		shim_rules(&hsm, rule);
		assert_int_equal(
		    check_good(NULL, 0, &text, &d), ERR_KEY_UNSAFE);
		snprintf(line, sizeof(line), "%s=%s", rows[i].name,
		    strcmp(rows[i].lie, "hex:") == 0 ? "unknown" : rows[i].lie);
		is_said(&d, line);
		assert_non_null(strstr(buf_cstr(&text), line));
		/* Accepted by its name, and by no other. */
		assert_int_equal(check_good(accepted, 1, &text, &d), 0);
		accepted[0] = strcmp(rows[i].name, "CKA_WRAP") == 0
				  ? "CKA_DERIVE"
				  : "CKA_WRAP";
		assert_int_equal(
		    check_good(accepted, 1, &text, &d), ERR_KEY_UNSAFE);
	}
	shim_rules(&hsm, "");
}

static void
all_that_is_wrong_is_named_at_once(void **state)
{
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ATTRIBUTE loose[] = {{CKA_EXTRACTABLE, &yes, sizeof(yes)},
	    {CKA_SENSITIVE, &no, sizeof(no)}, {CKA_PRIVATE, &no, sizeof(no)},
	    {CKA_DERIVE, &yes, sizeof(yes)}};
	struct raw_pair pair = {.mechanism = CKM_EC_KEY_PAIR_GEN,
	    .params = p256,
	    .params_len = sizeof(p256),
	    .label = "loose",
	    .id = "l",
	    .extra = loose,
	    .n_extra = 4};
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	raw_pair_make(&raw, &pair);
	assert_int_equal(key_find(session, "pkcs11:object=loose", &key, &d), 0);
	assert_int_equal(
	    key_check(session, &key, NULL, 0, &text, &d), ERR_KEY_UNSAFE);
	is_said(&d, "key \"loose\": CKA_PRIVATE=false (usable without");
	is_said(&d, "CKA_SENSITIVE=false (its value can be read)");
	is_said(&d, "CKA_ALWAYS_SENSITIVE=false");
	is_said(&d, "CKA_EXTRACTABLE=true (it can be wrapped out)");
	is_said(&d, "CKA_NEVER_EXTRACTABLE=false");
	is_said(&d, "CKA_DERIVE=true (it can derive)");
	is_said(&d, "CKA_MODIFIABLE=true (its attributes can be changed)");
	pair_drop(&pair);
}

static void
a_risk_that_is_misspelt_is_not_accepted(void **state)
{
	static char *const wrong[] = {
	    "CKA_EXTRACTABEL", "extractable", "CKA_LOCAL", ""};
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(
		    check_good(&wrong[i], 1, &text, &d), ERR_CONFIG);
		is_said(&d, "is not an attribute whose risk can be accepted");
	}
}

/* A token that breaks while it is asked is not a key that is unsafe. */
static void
a_fault_while_asking_is_a_fault(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	assert_int_equal(key_find(session, "pkcs11:object=good", &key, &d), 0);
	shim_rules(&hsm, "C_GetAttributeValue rv=0x30");
	assert_int_equal(
	    key_check(session, &key, NULL, 0, &text, &d), ERR_TOKEN_DOWN);
	find_is_refused(
	    "pkcs11:object=good", ERR_TOKEN_DOWN, "CKR_DEVICE_ERROR");
	shim_rules(&hsm, "C_FindObjects rv=0x30 count=1");
	find_is_refused(
	    "pkcs11:object=good", ERR_TOKEN_DOWN, "C_FindObjects said");
	/* The search was ended all the same: the session is usable. */
	assert_int_equal(key_find(session, "pkcs11:object=good", &key, &d), 0);
	shim_rules(&hsm, "");
}

static int
setup(void **state)
{
	struct key_spec spec = {.kind = KEY_EC_P256, .label = "good"};
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	if (softhsm_setup(&hsm, "test", "12345678", "1234") != 0 ||
	    shim_setup(&hsm) != 0 || softhsm_open(&hsm, &module, &token) != 0 ||
	    session_open(token, true, &session, &d) != 0)
		return -1;
	raw_open(&raw, hsm.module, slot_of(token));
	return key_generate(session, &spec, &key, &text, &d);
}

static int
teardown(void **state)
{
	(void)state;
	raw_close(&raw);
	session_close(session);
	softhsm_close(module, token);
	softhsm_teardown(&hsm);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_key_that_is_not_named_exactly_is_refused),
	    cmocka_unit_test(an_id_tells_twins_apart),
	    cmocka_unit_test(without_an_id_the_label_joins_the_halves),
	    cmocka_unit_test(a_kind_we_do_not_know_is_refused),
	    cmocka_unit_test(a_key_that_wants_its_pin_each_time_is_refused),
	    cmocka_unit_test(ed25519_is_known_by_its_oid_too),
	    cmocka_unit_test(nobody_logged_in_is_said),
	    cmocka_unit_test(half_pairs_are_listed),
	    cmocka_unit_test(a_public_key_comes_from_where_it_is),
	    cmocka_unit_test(a_public_key_that_is_none_is_refused),
	    cmocka_unit_test(a_destroyed_key_is_gone),
	    cmocka_unit_test(a_key_of_ours_is_safe),
	    cmocka_unit_test(each_wrong_answer_is_refused_by_name),
	    cmocka_unit_test(all_that_is_wrong_is_named_at_once),
	    cmocka_unit_test(a_risk_that_is_misspelt_is_not_accepted),
	    cmocka_unit_test(a_fault_while_asking_is_a_fault),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
