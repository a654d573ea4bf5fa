/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11: four threads, each with a session of its own, on one token. Keys are
 * looked up in each session; every signature verifies.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tests/fake/softhsm.h"

#define THREADS 4
#define ROUNDS 100

static struct softhsm hsm;
static struct module *module;
static struct token *token;

static const struct {
	const char *uri, *label;
	enum key_kind kind;
	enum sig_alg alg;
} keys[] = {
    {"pkcs11:object=p256", "p256", KEY_EC_P256, SIG_ECDSA_SHA256},
    {"pkcs11:object=rsa", "rsa", KEY_RSA, SIG_RSA_SHA256},
    {"pkcs11:object=ed", "ed", KEY_ED25519, SIG_ED25519},
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

struct worker {
	pthread_t thread;
	unsigned number;
	unsigned good;
	struct diag d; /* asserting is for the main thread */
};

static bool
is_good(
    EVP_PKEY *pkey, enum sig_alg alg, struct span bytes, const struct buf *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = EVP_DigestVerifyInit_ex(ctx, NULL, sig_alg_digest(alg),
			NULL, NULL, pkey, NULL) == 1 &&
		    EVP_DigestVerify(
			ctx, sig->data, sig->len, bytes.data, bytes.len) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

static int
rounds_sign(struct worker *worker, struct session *session, size_t which)
{
	BUF_CLEANUP spki = BUF_INIT;
	BUF_CLEANUP sig = BUF_INIT;
	const unsigned char *p;
	EVP_PKEY *pkey;
	struct key key;
	unsigned bytes[2] = {worker->number, 0};
	int rc;

	rc = key_find(session, keys[which].uri, &key, &worker->d);
	if (rc == 0)
		rc = key_public(session, &key, &spki, &worker->d);
	if (rc != 0)
		return rc;
	p = spki.data;
	pkey = d2i_PUBKEY(NULL, &p, (long)spki.len);
	for (; rc == 0 && bytes[1] < ROUNDS; bytes[1]++) {
		struct span message = span_of(bytes, sizeof(bytes));

		rc = key_sign(
		    session, &key, keys[which].alg, message, &sig, &worker->d);
		if (rc == 0 && is_good(pkey, keys[which].alg, message, &sig))
			worker->good++;
	}
	EVP_PKEY_free(pkey);
	return rc;
}

static void *
worker_main(void *arg)
{
	struct worker *worker = arg;
	struct token_info info;
	struct session *session;
	size_t i;

	token_describe(token, &info);
	if (session_open(token, false, &session, &worker->d) != 0)
		return NULL;
	for (i = 0; i < KEYS; i++) {
		if (rounds_sign(worker, session, i) != 0)
			break;
	}
	session_close(session);
	return NULL;
}

static void
four_threads_sign_side_by_side(void **state)
{
	static struct worker workers[THREADS];
	unsigned long before = module_calls(module, "C_Sign");
	unsigned i;

	(void)state;
	for (i = 0; i < THREADS; i++) {
		workers[i].number = i;
		assert_int_equal(pthread_create(&workers[i].thread, NULL,
				     worker_main, &workers[i]),
		    0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].good != KEYS * ROUNDS)
			fail_msg("thread %u: %u good, %s", i, workers[i].good,
			    workers[i].d.text);
	}
	assert_int_equal(
	    module_calls(module, "C_Sign") - before, THREADS * KEYS * ROUNDS);
}

/* The keeper: closing the last session of others must not end the login. */
static void
the_login_outlives_every_session(void **state)
{
	struct session *session;
	struct diag d = DIAG_INIT;
	struct key key;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(session_open(token, false, &session, &d), 0);
		assert_int_equal(key_find(session, keys[0].uri, &key, &d), 0);
		session_close(session);
	}
}

static void
trace_note(void *arg, const char *call, unsigned long rv)
{
	char *text = arg;

	snprintf(text + strlen(text), 256 - strlen(text), "%s:%lx ", call, rv);
}

static void
a_trace_tells_each_call(void **state)
{
	BUF_CLEANUP sig = BUF_INIT;
	struct session *session;
	char text[256] = "";
	struct diag d = DIAG_INIT;
	struct key key;

	(void)state;
	assert_int_equal(session_open(token, false, &session, &d), 0);
	assert_int_equal(key_find(session, keys[0].uri, &key, &d), 0);
	module_trace(module, trace_note, text);
	assert_int_equal(
	    key_sign(session, &key, SIG_ECDSA_SHA256, span_str("x"), &sig, &d),
	    0);
	session_close(session);
	module_trace(module, NULL, NULL);
	assert_string_equal(text, "C_SignInit:0 C_Sign:0 C_CloseSession:0 ");
}

static int
setup(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct session *session;
	struct key key;
	size_t i;

	(void)state;
	if (softhsm_setup(&hsm, "test", "12345678", "1234") != 0 ||
	    softhsm_open(&hsm, &module, &token) != 0 ||
	    session_open(token, true, &session, &d) != 0)
		return -1;
	for (i = 0; i < KEYS; i++) {
		struct key_spec spec = {
		    .kind = keys[i].kind, .bits = 2048, .label = keys[i].label};

		if (key_generate(session, &spec, &key, &text, &d) != 0)
			return -1;
	}
	session_close(session);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	softhsm_close(module, token);
	softhsm_teardown(&hsm);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(four_threads_sign_side_by_side),
	    cmocka_unit_test(the_login_outlives_every_session),
	    cmocka_unit_test(a_trace_tells_each_call),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
