/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11: a token that fails, lies or stumbles while it signs or makes a key.
 * What comes out is the signature as produced or an error that says what to do
 * next, and no half-made key stays behind.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/clock.h"
#include "tests/fake/shim.h"

static struct softhsm hsm;
static struct module *module;
static struct token *token;
static struct session *session;
static struct key ec, rsa;
static const struct span bytes = {(const uint8_t *)"to be signed", 12};

static bool
is_good(const struct key *key, enum sig_alg alg, const struct buf *sig)
{
	BUF_CLEANUP spki = BUF_INIT;
	struct diag d = DIAG_INIT;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const unsigned char *p;
	EVP_PKEY *pkey;
	bool good;

	assert_int_equal(key_public(session, key, &spki, &d), 0);
	p = spki.data;
	pkey = d2i_PUBKEY(NULL, &p, (long)spki.len);
	good = EVP_DigestVerifyInit_ex(ctx, NULL, sig_alg_digest(alg), NULL,
		   NULL, pkey, NULL) == 1 &&
	       EVP_DigestVerify(
		   ctx, sig->data, sig->len, bytes.data, bytes.len) == 1;
	EVP_PKEY_free(pkey);
	EVP_MD_CTX_free(ctx);
	return good;
}

static void
each_fault_of_a_signature_has_its_error(void **state)
{
	static const struct {
		const char *rule;
		int rc;
		unsigned long native;
		const char *words;
	} rows[] = {
	    {"C_Sign rv=0x30", ERR_TOKEN_DOWN, 0x30, "CKR_DEVICE_ERROR"},
	    {"C_Sign rv=0x32", ERR_TOKEN_DOWN, 0x32, "was taken away"},
	    {"C_Sign rv=0xe0", ERR_TOKEN_DOWN, 0xe0, "was taken away"},
	    {"C_Sign rv=0xb3", ERR_TOKEN_DOWN, 0xb3, "the session is gone"},
	    {"C_Sign rv=0xb0", ERR_TOKEN_DOWN, 0xb0, "the session is gone"},
	    {"C_Sign rv=0x101", ERR_TOKEN_DOWN, 0x101, "the login is gone"},
	    {"C_Sign rv=0x2", ERR_TOKEN_DOWN, 0x2, "CKR_HOST_MEMORY"},
	    {"C_Sign rv=0x150", ERR_TOKEN_DOWN, 0x150, "larger than any"},
	    {"C_Sign rv=0x5", ERR_TOKEN, 0x5, "CKR_GENERAL_ERROR"},
	    {"C_Sign rv=0x6", ERR_TOKEN, 0x6, "CKR_FUNCTION_FAILED"},
	    {"C_Sign rv=0x80000001", ERR_TOKEN, 0x80000001, "vendor"},
	    {"C_Sign lateok", ERR_TOKEN_DOWN, 0x30, "C_Sign said"},
	    {"C_Sign short", ERR_SIGNATURE, 0,
		"the signature should have 64 bytes, it has 63"},
	    {"C_SignInit rv=0x82", ERR_TOKEN_DOWN, 0x82, "the key is gone"},
	    {"C_SignInit rv=0x60", ERR_TOKEN_DOWN, 0x60, "the key is gone"},
	    {"C_SignInit rv=0x190", ERR_TOKEN_DOWN, 0x190, "not initialised"},
	    {"C_SignInit rv=0x70", ERR_TOKEN, 0x70, "does not do this kind"},
	    {"C_SignInit rv=0x68", ERR_TOKEN, 0x68, "do not allow it to sign"},
	};
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;
	size_t i;
	int rc;

	(void)state;
	buf_add_str(&sig, "as it was");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		shim_rules(&hsm, rows[i].rule);
		rc = key_sign(session, &ec, SIG_ECDSA_SHA256, bytes, &sig, &d);
		if (rc != rows[i].rc || d.native != rows[i].native ||
		    strstr(d.text, rows[i].words) == NULL)
			fail_msg("%s: %d %lx %s", rows[i].rule, rc, d.native,
			    d.text);
		assert_true(span_is(buf_span(&sig), "as it was"));
		/* Key and token are named, for whoever has to go and look. */
		assert_non_null(strstr(d.text, "\"ec\""));
		assert_non_null(strstr(d.text, "\"test\""));
		shim_rules(&hsm, "");
		if (strncmp(rows[i].rule, "C_Sign ", 7) != 0)
			continue;
		/* The session is as good as before where the token is. */
		sig.len = 0;
		assert_int_equal(
		    key_sign(session, &ec, SIG_ECDSA_SHA256, bytes, &sig, &d),
		    0);
		assert_true(is_good(&ec, SIG_ECDSA_SHA256, &sig));
		buf_reset(&sig);
		buf_add_str(&sig, "as it was");
	}
}

/* It is for others to verify; here it must only not be made worse. */
static void
a_wrong_signature_comes_out_as_it_was_made(void **state)
{
	static const char *const rules[] = {
	    "C_Sign flip", "C_Sign garbage", "C_SignInit otherkey"};
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		shim_rules(&hsm, rules[i]);
		assert_int_equal(
		    key_sign(session, &ec, SIG_ECDSA_SHA256, bytes, &sig, &d),
		    0);
		assert_int_equal(sig.data[0], 0x30);
		assert_false(is_good(&ec, SIG_ECDSA_SHA256, &sig));
		shim_rules(&hsm,
		    strncmp(rules[i], "C_SignInit", 10) == 0 ? "" : rules[i]);
		assert_int_equal(
		    key_sign(session, &rsa, SIG_RSA_SHA256, bytes, &sig, &d),
		    0);
		assert_int_equal(sig.len, 256);
		shim_rules(&hsm, "");
		assert_int_equal(
		    key_sign(session, &ec, SIG_ECDSA_SHA256, bytes, &sig, &d),
		    0);
		assert_true(is_good(&ec, SIG_ECDSA_SHA256, &sig));
	}
}

static void
a_short_rsa_signature_is_refused(void **state)
{
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	shim_rules(&hsm, "C_Sign short");
	assert_int_equal(
	    key_sign(session, &rsa, SIG_RSA_PSS_SHA256, bytes, &sig, &d),
	    ERR_SIGNATURE);
	assert_non_null(strstr(d.text, "should have 256 bytes, it has 255"));
	shim_rules(&hsm, "");
}

/* An operation left open blocks its session, and only that. */
static void
a_stuck_session_is_down_and_a_new_one_signs(void **state)
{
	BUF_CLEANUP sig = BUF_INIT;
	struct session *stuck, *fresh;
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	assert_int_equal(session_open(token, false, &stuck, &d), 0);
	assert_int_equal(key_find(stuck, "pkcs11:object=ec", &key, &d), 0);
	shim_rules(&hsm, "C_Sign rv=0x6 before count=1");
	assert_int_equal(
	    key_sign(stuck, &key, SIG_ECDSA_SHA256, bytes, &sig, &d),
	    ERR_TOKEN);
	assert_int_equal(
	    key_sign(stuck, &key, SIG_ECDSA_SHA256, bytes, &sig, &d),
	    ERR_TOKEN_DOWN);
	assert_int_equal(d.native, 0x90);
	session_close(stuck);
	assert_int_equal(session_open(token, false, &fresh, &d), 0);
	assert_int_equal(
	    key_sign(fresh, &key, SIG_ECDSA_SHA256, bytes, &sig, &d), 0);
	session_close(fresh);
	shim_rules(&hsm, "");
}

static void
nothing_is_tried_twice_while_signing(void **state)
{
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	shim_rules(&hsm, "C_Sign rv=0x5 count=1");
	shim_forget(&hsm);
	assert_int_equal(
	    key_sign(session, &ec, SIG_ECDSA_SHA256, bytes, &sig, &d),
	    ERR_TOKEN);
	assert_int_equal(shim_count(&hsm, "C_SignInit"), 1);
	assert_int_equal(shim_count(&hsm, "C_Sign"), 1);
	assert_int_equal(shim_count(&hsm, NULL), 2);
	shim_rules(&hsm, "");
}

static void
one_signature_is_two_calls_seen_from_outside(void **state)
{
	static const enum sig_alg algs[] = {SIG_ECDSA_SHA256, SIG_RSA_SHA256,
	    SIG_RSA_PSS_SHA512, SIG_ECDSA_SHA512};
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		const struct key *key =
		    sig_alg_family(algs[i]) == FAMILY_EC ? &ec : &rsa;

		shim_forget(&hsm);
		assert_int_equal(
		    key_sign(session, key, algs[i], bytes, &sig, &d), 0);
		assert_int_equal(shim_count(&hsm, "C_SignInit"), 1);
		assert_int_equal(shim_count(&hsm, "C_Sign"), 1);
		assert_int_equal(shim_count(&hsm, NULL), 2);
	}
}

static void
count_key(void *arg, const struct key_listing *listing)
{
	(void)listing;
	(*(int *)arg)++;
}

static int
keys_there(void)
{
	struct diag d = DIAG_INIT;
	int n = 0;

	shim_rules(&hsm, "");
	assert_int_equal(key_list(session, count_key, &n, &d), 0);
	return n;
}

static int
generate(
    const char *rules, enum key_kind kind, struct buf *text, struct diag *d)
{
	struct key_spec spec = {.kind = kind, .bits = 2048, .label = "new"};
	struct key key = {0};
	int rc;

	buf_reset(text);
	shim_rules(&hsm, rules);
	rc = key_generate(session, &spec, &key, text, d);
	shim_rules(&hsm, "");
	if (rc == 0) {
		struct diag undo = DIAG_INIT;

		assert_int_not_equal(key.public_handle, 0);
		assert_int_equal(key_destroy(session, &key, &undo), 0);
	} else {
		assert_int_equal(key.handle, 0);
	}
	return rc;
}

static void
a_pair_that_is_not_right_does_not_stay(void **state)
{
	static const struct {
		const char *rules;
		int rc;
		const char *words;
	} rows[] = {
	    {"C_Sign flip", ERR_SIGNATURE, "does not verify"},
	    {"C_Sign short", ERR_SIGNATURE, "should have 64 bytes"},
	    {"C_Sign rv=0x30", ERR_TOKEN_DOWN, "CKR_DEVICE_ERROR"},
	    {"C_SignInit otherkey", ERR_SIGNATURE, "does not verify"},
	    {"C_GetAttributeValue lie=CKA_EXTRACTABLE:true", ERR_KEY_UNSAFE,
		"CKA_EXTRACTABLE=true"},
	    {"C_GetAttributeValue lie=CKA_SENSITIVE:false", ERR_KEY_UNSAFE,
		"CKA_SENSITIVE=false"},
	    {"C_GetAttributeValue lie=CKA_MODIFIABLE:true", ERR_KEY_UNSAFE,
		"CKA_MODIFIABLE=true"},
	    {"C_GetAttributeValue lie=CKA_EC_POINT:hex:0400", ERR_KEY_UNUSABLE,
		"is not an ecdsa-p256 key"},
	    /* The work is done, the answer is an error. */
	    {"C_GenerateKeyPair lateok", ERR_TOKEN_DOWN, "CKR_DEVICE_ERROR"},
	    {"C_GenerateKeyPair rv=0x70", ERR_TOKEN, "CKR_MECHANISM_INVALID"},
	    {"C_GenerateKeyPair rv=0x12", ERR_TOKEN,
		"CKR_ATTRIBUTE_TYPE_INVALID"},
	};
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	int rc, before = keys_there();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rc = generate(rows[i].rules, KEY_EC_P256, &text, &d);
		if (rc != rows[i].rc || strstr(d.text, rows[i].words) == NULL)
			fail_msg("%s: %d %s", rows[i].rules, rc, d.text);
		assert_int_equal(keys_there(), before);
	}
}

static void
a_pair_that_cannot_be_destroyed_is_told(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct key key;
	int before = keys_there();

	(void)state;
	assert_int_equal(generate("C_Sign flip\nC_DestroyObject rv=0x1b",
			     KEY_EC_P256, &text, &d),
	    ERR_SIGNATURE);
	assert_non_null(strstr(d.text,
	    "what was made could not be destroyed (CKR_ACTION_PROHIBITED)"));
	assert_int_equal(keys_there(), before + 1);
	assert_int_equal(key_find(session, "pkcs11:object=new", &key, &d), 0);
	assert_int_equal(key_destroy(session, &key, &d), 0);
}

/* The first refusal is of all the optional attributes together. */
static void
attributes_that_are_refused_are_told(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	int before = keys_there();

	(void)state;
	if (generate("C_GenerateKeyPair rv=0x12 count=1", KEY_EC_P256, &text,
		&d) != 0)
		fail_msg("%s", d.text);
	assert_null(strstr(buf_cstr(&text), "refused"));
	assert_int_equal(keys_there(), before);
	/* Then the first of them alone: the key can decrypt now, which is
	 * told here and refused where the key is to be used. */
	if (generate("C_GenerateKeyPair rv=0x12 count=2", KEY_RSA, &text, &d) !=
	    0)
		fail_msg("%s", d.text);
	assert_non_null(
	    strstr(buf_cstr(&text), "CKA_DECRYPT refused by the token\n"));
	assert_non_null(strstr(buf_cstr(&text), "CKA_DECRYPT=true\n"));
	assert_null(strstr(buf_cstr(&text), "CKA_MODIFIABLE refused"));
	assert_int_equal(keys_there(), before);
}

static void
the_other_spelling_of_ed25519_is_tried(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	shim_forget(&hsm);
	if (generate("C_GenerateKeyPair rv=0x130 count=1", KEY_ED25519, &text,
		&d) != 0)
		fail_msg("%s", d.text);
	assert_int_equal(shim_count(&hsm, "C_GenerateKeyPair"), 2);
	assert_null(strstr(buf_cstr(&text), "refused"));
}

static void
a_name_that_is_taken_is_refused(void **state)
{
	struct key_spec spec = {.kind = KEY_EC_P256, .label = "ec"};
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	shim_forget(&hsm);
	assert_int_equal(
	    key_generate(session, &spec, &key, &text, &d), ERR_KEY_EXISTS);
	assert_non_null(strstr(d.text, "private key with that label"));
	spec.label = "other";
	memcpy(spec.id, ec.id, sizeof(spec.id));
	assert_int_equal(
	    key_generate(session, &spec, &key, &text, &d), ERR_KEY_EXISTS);
	assert_non_null(strstr(d.text, "private key with that id"));
	assert_int_equal(shim_count(&hsm, "C_GenerateKeyPair"), 0);
}

static void
a_spec_that_makes_no_sense_is_refused(void **state)
{
	char long_label[200];
	struct key_spec rows[] = {
	    {.kind = KEY_NONE, .label = "x"},
	    {.kind = KEY_KINDS, .label = "x"},
	    {.kind = KEY_EC_P256, .label = ""},
	    {.kind = KEY_EC_P256, .label = NULL},
	    {.kind = KEY_EC_P256, .label = long_label},
	    {.kind = KEY_RSA, .bits = 1024, .label = "x"},
	    {.kind = KEY_RSA, .bits = 8192, .label = "x"},
	    {.kind = KEY_RSA, .bits = 2049, .label = "x"},
	    {.kind = KEY_RSA, .label = "x"},
	};
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct key key;
	size_t i;

	(void)state;
	memset(long_label, 'a', sizeof(long_label) - 1);
	long_label[sizeof(long_label) - 1] = '\0';
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    key_generate(session, &rows[i], &key, &text, &d),
		    ERR_USAGE);
}

static void
a_session_that_may_only_read_makes_no_key(void **state)
{
	struct key_spec spec = {.kind = KEY_EC_P256, .label = "new"};
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct session *reader;
	struct key key;

	(void)state;
	assert_int_equal(session_open(token, false, &reader, &d), 0);
	assert_int_equal(
	    key_generate(reader, &spec, &key, &text, &d), ERR_TOKEN);
	assert_non_null(strstr(d.text, "CKR_SESSION_READ_ONLY"));
	session_close(reader);
}

/*
 * How a child that signs once comes to its end. Always exec: a fork alone
 * would go on with the parent's module and its login.
 */
static int
child_signs(void)
{
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		execl("/proc/self/exe", "test_fault", "--sign", hsm.module,
		    hsm.pin, (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int
child_main(const char *path, const char *pin_text)
{
	SECRET_CLEANUP pin = SECRET_INIT;
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct module *m;
	struct session *s;
	struct token *t;
	struct key key;
	int rc;

	softhsm_secret(&pin, pin_text);
	rc = module_open(path, &m, &d);
	if (rc == 0)
		rc = token_open(m, "pkcs11:token=test", &t, &d);
	if (rc == 0)
		rc = token_login(t, &pin, &d);
	if (rc == 0)
		rc = session_open(t, false, &s, &d);
	if (rc == 0)
		rc = key_find(s, "pkcs11:object=ec", &key, &d);
	if (rc == 0)
		rc = key_sign(s, &key, SIG_ECDSA_SHA256, bytes, &sig, &d);
	_exit(-rc);
}

static void
a_process_ends_as_the_rule_says(void **state)
{
	int status;

	(void)state;
	shim_rules(&hsm, "");
	status = child_signs();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	shim_rules(&hsm, "C_Sign segv");
	status = child_signs();
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	shim_rules(&hsm, "C_Sign abort");
	status = child_signs();
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	shim_rules(&hsm, "C_Sign exit=7");
	status = child_signs();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	shim_rules(&hsm, "");
}

/* A signer that dies of a fault and is started again does not meet it again. */
static void
a_fault_is_counted_for_all_processes(void **state)
{
	int status;

	(void)state;
	shim_rules(&hsm, "C_Sign rv=0x30 after=1 count=1");
	status = child_signs();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	status = child_signs();
	assert_true(
	    WIFEXITED(status) && WEXITSTATUS(status) == -ERR_TOKEN_DOWN);
	status = child_signs();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	shim_rules(&hsm, "");
}

static void
a_slow_token_is_waited_for(void **state)
{
	BUF_CLEANUP sig = BUF_INIT;
	struct diag d = DIAG_INIT;
	int64_t start = clock_mono_ms();

	(void)state;
	shim_rules(&hsm, "C_Sign delay=50");
	assert_int_equal(
	    key_sign(session, &ec, SIG_ECDSA_SHA256, bytes, &sig, &d), 0);
	assert_true(clock_mono_ms() - start >= 50);
	shim_rules(&hsm, "");
}

static int
key_make(const char *label, enum key_kind kind, struct key *out)
{
	struct key_spec spec = {.kind = kind, .bits = 2048, .label = label};
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;

	return key_generate(session, &spec, out, &text, &d);
}

static int
setup(void **state)
{
	struct diag d = DIAG_INIT;
	struct key second;

	(void)state;
	if (softhsm_setup(&hsm, "test", "12345678", "1234") != 0 ||
	    shim_setup(&hsm) != 0 || softhsm_open(&hsm, &module, &token) != 0 ||
	    session_open(token, true, &session, &d) != 0)
		return -1;
	return key_make("ec", KEY_EC_P256, &ec) != 0 ||
	       key_make("ec-2", KEY_EC_P256, &second) != 0 ||
	       key_make("rsa", KEY_RSA, &rsa) != 0;
}

static int
teardown(void **state)
{
	(void)state;
	session_close(session);
	softhsm_close(module, token);
	softhsm_teardown(&hsm);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_fault_of_a_signature_has_its_error),
	    cmocka_unit_test(a_wrong_signature_comes_out_as_it_was_made),
	    cmocka_unit_test(a_short_rsa_signature_is_refused),
	    cmocka_unit_test(a_stuck_session_is_down_and_a_new_one_signs),
	    cmocka_unit_test(nothing_is_tried_twice_while_signing),
	    cmocka_unit_test(one_signature_is_two_calls_seen_from_outside),
	    cmocka_unit_test(a_slow_token_is_waited_for),
	    cmocka_unit_test(a_pair_that_is_not_right_does_not_stay),
	    cmocka_unit_test(a_pair_that_cannot_be_destroyed_is_told),
	    cmocka_unit_test(attributes_that_are_refused_are_told),
	    cmocka_unit_test(the_other_spelling_of_ed25519_is_tried),
	    cmocka_unit_test(a_name_that_is_taken_is_refused),
	    cmocka_unit_test(a_spec_that_makes_no_sense_is_refused),
	    cmocka_unit_test(a_session_that_may_only_read_makes_no_key),
	    cmocka_unit_test(a_process_ends_as_the_rule_says),
	    cmocka_unit_test(a_fault_is_counted_for_all_processes),
	};

	if (argc == 4 && strcmp(argv[1], "--sign") == 0)
		return child_main(argv[2], argv[3]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
