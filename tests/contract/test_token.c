/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11: modules and tokens that are not what was asked for, and the PIN that
 * is tried exactly once. Everything goes through the fault-injecting module.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/fake/shim.h"

static struct softhsm hsm;

static void
module_is_refused(const char *path, const char *sentence)
{
	struct diag d = DIAG_INIT;
	struct module *module = NULL;

	assert_int_equal(module_open(path, &module, &d), ERR_TOKEN_MODULE);
	assert_null(module);
	if (strstr(d.text, sentence) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", sentence, d.text);
}

static void
file_put(const char *name, const char *text, char *path, size_t max)
{
	FILE *f;

	snprintf(path, max, "%s/%s", hsm.dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
what_is_not_a_module_is_refused(void **state)
{
	char path[256];

	(void)state;
	module_is_refused("libsofthsm2.so", "must be absolute");
	module_is_refused("", "must be absolute");
	module_is_refused("/nowhere/m.so", "No such file");
	module_is_refused(hsm.dir, "not a regular file");
	file_put("text.so", "I am not a module\n", path, sizeof(path));
	module_is_refused(path, "cannot be loaded");
	file_put("empty.so", "", path, sizeof(path));
	module_is_refused(path, "cannot be loaded");
	assert_int_equal(chmod(path, 0666), 0);
	module_is_refused(path, "may be written by everybody");
}

/* The C library itself: a fine shared object, and no module. */
static void
a_library_that_is_no_module_is_refused(void **state)
{
	static const char *const places[] = {
	    "/lib/x86_64-linux-gnu/libc.so.6",
	    "/lib/aarch64-linux-gnu/libc.so.6",
	    "/usr/lib64/libc.so.6",
	};
	struct stat st;
	size_t i = 0;

	(void)state;
	while (stat(places[i], &st) != 0) {
		i++;
		assert_true(i < sizeof(places) / sizeof(places[0]));
	}
	module_is_refused(places[i], "it has no C_GetFunctionList");
}

static void
a_module_that_refuses_to_start_is_refused(void **state)
{
	(void)state;
	shim_rules(&hsm, "C_Initialize rv=0x30");
	shim_forget(&hsm);
	module_is_refused(hsm.module, "C_Initialize said CKR_DEVICE_ERROR");
	/* Bounded: a module that is broken for good is not waited for. */
	assert_int_equal(shim_count(&hsm, "C_Initialize"), 5);
	shim_rules(&hsm, "C_Initialize rv=0x7");
	shim_forget(&hsm);
	module_is_refused(hsm.module, "CKR_ARGUMENTS_BAD (0x7)");
	assert_int_equal(shim_count(&hsm, "C_Initialize"), 1);
}

/* SoftHSM2 read its files while another process rewrote them. */
static void
a_stumble_at_start_is_tried_again(void **state)
{
	struct diag d = DIAG_INIT;
	struct module *module;
	struct token *token;

	(void)state;
	shim_rules(&hsm, "C_Initialize rv=0x5 count=2");
	assert_int_equal(module_open(hsm.module, &module, &d), 0);
	shim_rules(&hsm, "C_GetSlotList vanish count=4");
	assert_int_equal(token_open(module, hsm.uri, &token, &d), 0);
	token_close(token);
	module_close(module);
}

static void
an_initialised_module_is_not_finalised_by_the_second(void **state)
{
	struct diag d = DIAG_INIT;
	struct module *first, *second;
	struct token *token;

	(void)state;
	shim_rules(&hsm, "");
	assert_int_equal(module_open(hsm.module, &first, &d), 0);
	assert_int_equal(module_open(hsm.module, &second, &d), 0);
	module_close(second);
	assert_int_equal(token_open(first, hsm.uri, &token, &d), 0);
	token_close(token);
	module_close(first);
}

static void
count_tokens(void *arg, const struct token_info *info)
{
	int *n = arg;

	if (info->initialized) {
		assert_string_equal(info->label, "test");
		assert_string_equal(info->model, "SoftHSM v2");
		assert_int_equal(strlen(info->serial), 16);
		assert_true(info->login_required);
		assert_true(info->pin_set);
		assert_false(info->pin_count_low);
		(*n)++;
	}
}

static void
tokens_are_told(void **state)
{
	struct diag d = DIAG_INIT;
	struct module *module;
	int n = 0;

	(void)state;
	shim_rules(&hsm, "");
	assert_int_equal(module_open(hsm.module, &module, &d), 0);
	assert_int_equal(module_tokens(module, count_tokens, &n, &d), 0);
	assert_int_equal(n, 1);
	module_close(module);
}

static void
a_token_that_is_not_there_is_named(void **state)
{
	struct diag d = DIAG_INIT;
	struct module *module;
	struct token *token = NULL;

	(void)state;
	shim_rules(&hsm, "");
	assert_int_equal(module_open(hsm.module, &module, &d), 0);
	assert_int_equal(
	    token_open(module, "pkcs11:token=prod;serial=12", &token, &d),
	    ERR_TOKEN_MISSING);
	assert_non_null(strstr(d.text, "no token is \"prod\" with serial 12"));
	assert_non_null(strstr(d.text, "there is \"test\" (serial "));
	assert_int_equal(token_open(module, "token=test", &token, &d), ERR_URI);
	assert_int_equal(
	    token_open(module, "pkcs11:token=test?pin-value=1234", &token, &d),
	    ERR_URI);
	shim_rules(&hsm, "C_GetSlotList vanish");
	assert_int_equal(
	    token_open(module, hsm.uri, &token, &d), ERR_TOKEN_MISSING);
	assert_non_null(strstr(d.text, "there is none at all"));
	assert_null(token);
	module_close(module);
}

static void
a_second_token_is_made_and_none_is_wiped(void **state)
{
	SECRET_CLEANUP so_pin = SECRET_INIT;
	SECRET_CLEANUP pin = SECRET_INIT;
	SECRET_CLEANUP tiny = SECRET_INIT;
	struct diag d = DIAG_INIT;
	struct module *module;
	struct token *token;

	(void)state;
	shim_rules(&hsm, "");
	softhsm_secret(&so_pin, "87654321");
	softhsm_secret(&pin, "4321");
	softhsm_secret(&tiny, "1");
	assert_int_equal(module_open(hsm.module, &module, &d), 0);
	shim_forget(&hsm);
	assert_int_equal(
	    token_init(module, "test", &so_pin, &pin, &d), ERR_KEY_EXISTS);
	assert_int_equal(token_init(module, "", &so_pin, &pin, &d), ERR_USAGE);
	assert_int_equal(
	    token_init(module, "a label of more than thirty-two bytes", &so_pin,
		&pin, &d),
	    ERR_USAGE);
	assert_int_equal(shim_count(&hsm, "C_InitToken"), 0);
	assert_int_equal(
	    token_init(module, "second", &so_pin, &tiny, &d), ERR_TOKEN_PIN);
	assert_non_null(strstr(d.text, "has no user PIN"));
	assert_int_equal(
	    token_open(module, "pkcs11:token=second", &token, &d), 0);
	assert_int_equal(token_login(token, &pin, &d), ERR_TOKEN);
	assert_non_null(strstr(d.text, "no user PIN"));
	token_close(token);
	assert_int_equal(token_init(module, "third", &so_pin, &pin, &d), 0);
	assert_int_equal(token_open(module, "pkcs11:", &token, &d), ERR_URI);
	assert_non_null(strstr(d.text, "3 tokens match"));
	assert_int_equal(
	    token_open(module, "pkcs11:token=third", &token, &d), 0);
	assert_int_equal(token_login(token, &pin, &d), 0);
	token_close(token);
	module_close(module);
}

static void
no_empty_slot_is_said(void **state)
{
	SECRET_CLEANUP pin = SECRET_INIT;
	struct diag d = DIAG_INIT;
	struct module *module;

	(void)state;
	softhsm_secret(&pin, "87654321");
	shim_rules(&hsm, "");
	assert_int_equal(module_open(hsm.module, &module, &d), 0);
	shim_rules(&hsm, "C_GetSlotList vanish");
	assert_int_equal(
	    token_init(module, "fourth", &pin, &pin, &d), ERR_TOKEN_MISSING);
	assert_non_null(strstr(d.text, "no empty slot"));
	module_close(module);
}

/* Runs one login of a fresh module and says how often C_Login was called. */
static unsigned
login_once(const char *rules, const char *pin_text, int *rc, struct diag *d)
{
	SECRET_CLEANUP pin = SECRET_INIT;
	struct module *module;
	struct token *token;
	unsigned n;

	softhsm_secret(&pin, pin_text);
	shim_rules(&hsm, "");
	assert_int_equal(module_open(hsm.module, &module, d), 0);
	assert_int_equal(token_open(module, "pkcs11:token=test", &token, d), 0);
	shim_rules(&hsm, rules);
	shim_forget(&hsm);
	*rc = token_login(token, &pin, d);
	n = shim_count(&hsm, "C_Login");
	token_close(token);
	module_close(module);
	return n;
}

static void
a_wrong_pin_is_tried_once(void **state)
{
	struct diag d = DIAG_INIT;
	int rc;

	(void)state;
	assert_int_equal(login_once("", "9999", &rc, &d), 1);
	assert_int_equal(rc, ERR_TOKEN_PIN);
	assert_int_equal(d.native, 0xa0);
	assert_string_equal(d.text, "token \"test\": C_Login said "
				    "CKR_PIN_INCORRECT (0xa0): the PIN is "
				    "wrong");
	/* The flag that it left does not keep the right one out. */
	assert_int_equal(login_once("", hsm.pin, &rc, &d), 1);
	assert_int_equal(rc, 0);
}

static void
every_refusal_of_a_pin_is_final(void **state)
{
	static const struct {
		const char *rule;
		int rc;
	} rows[] = {
	    {"C_Login rv=0xa0", ERR_TOKEN_PIN}, /* incorrect */
	    {"C_Login rv=0xa1", ERR_TOKEN_PIN}, /* invalid */
	    {"C_Login rv=0xa2", ERR_TOKEN_PIN}, /* length */
	    {"C_Login rv=0xa3", ERR_TOKEN_PIN}, /* expired */
	    {"C_Login rv=0xa4", ERR_TOKEN_PIN}, /* locked */
	    {"C_Login rv=0x100", ERR_TOKEN},    /* somebody is logged in */
	    {"C_Login rv=0x102", ERR_TOKEN},    /* no PIN yet */
	};
	struct diag d = DIAG_INIT;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(login_once(rows[i].rule, hsm.pin, &rc, &d), 1);
		assert_int_equal(rc, rows[i].rc);
	}
}

static void
a_last_try_is_left_to_people(void **state)
{
	struct diag d = DIAG_INIT;
	int rc;

	(void)state;
	assert_int_equal(
	    login_once("C_GetTokenInfo pinflags=0x40000", hsm.pin, &rc, &d), 0);
	assert_int_equal(rc, ERR_TOKEN_LATCHED);
	assert_non_null(strstr(d.text, "is locked"));
	assert_int_equal(
	    login_once("C_GetTokenInfo pinflags=0x20000", hsm.pin, &rc, &d), 0);
	assert_int_equal(rc, ERR_TOKEN_LATCHED);
	assert_non_null(strstr(d.text, "one more wrong PIN locks it"));
}

static void
a_broken_login_is_tried_again_unless_it_counted(void **state)
{
	struct diag d = DIAG_INIT;
	int rc;

	(void)state;
	assert_int_equal(
	    login_once("C_Login rv=0x5 count=2", hsm.pin, &rc, &d), 3);
	assert_int_equal(rc, 0);
	assert_int_equal(login_once("C_Login rv=0x5", hsm.pin, &rc, &d), 5);
	assert_int_equal(rc, ERR_TOKEN);
	assert_int_equal(d.native, 0x5);
	/* COUNT_LOW after the first: it was counted as a wrong PIN. */
	assert_int_equal(
	    login_once("C_Login rv=0x5\nC_GetTokenInfo pinflags=0x10000 "
		       "after=1",
		hsm.pin, &rc, &d),
	    1);
	assert_int_equal(rc, ERR_TOKEN);
}

static void
a_second_login_does_not_look_like_a_good_pin(void **state)
{
	SECRET_CLEANUP pin = SECRET_INIT;
	struct diag d = DIAG_INIT;
	struct module *module;
	struct token *token, *again;

	(void)state;
	softhsm_secret(&pin, "wrong");
	shim_rules(&hsm, "");
	assert_int_equal(softhsm_open(&hsm, &module, &token), 0);
	assert_int_equal(token_login(token, &pin, &d), ERR_TOKEN);
	assert_int_equal(token_open(module, hsm.uri, &again, &d), 0);
	assert_int_equal(token_login(again, &pin, &d), ERR_TOKEN);
	assert_non_null(strstr(d.text, "logged in already"));
	assert_int_equal(token_login(again, NULL, &d), ERR_TOKEN_LOCKED);
	token_close(again);
	softhsm_close(module, token);
}

static void
no_session_left_is_said(void **state)
{
	struct session *session = NULL;
	struct diag d = DIAG_INIT;
	struct module *module;
	struct token *token;

	(void)state;
	shim_rules(&hsm, "");
	assert_int_equal(softhsm_open(&hsm, &module, &token), 0);
	shim_rules(&hsm, "C_OpenSession rv=0xb1");
	assert_int_equal(session_open(token, false, &session, &d), ERR_TOKEN);
	assert_int_equal(d.native, 0xb1);
	shim_rules(&hsm, "C_OpenSession rv=0xe0");
	assert_int_equal(
	    session_open(token, false, &session, &d), ERR_TOKEN_DOWN);
	assert_null(session);
	softhsm_close(module, token);
}

static int
setup(void **state)
{
	(void)state;
	if (softhsm_setup(&hsm, "test", "12345678", "1234") != 0)
		return -1;
	return shim_setup(&hsm);
}

static int
teardown(void **state)
{
	(void)state;
	softhsm_teardown(&hsm);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_not_a_module_is_refused),
	    cmocka_unit_test(a_library_that_is_no_module_is_refused),
	    cmocka_unit_test(a_module_that_refuses_to_start_is_refused),
	    cmocka_unit_test(a_stumble_at_start_is_tried_again),
	    cmocka_unit_test(
		an_initialised_module_is_not_finalised_by_the_second),
	    cmocka_unit_test(tokens_are_told),
	    cmocka_unit_test(a_token_that_is_not_there_is_named),
	    cmocka_unit_test(a_wrong_pin_is_tried_once),
	    cmocka_unit_test(every_refusal_of_a_pin_is_final),
	    cmocka_unit_test(a_last_try_is_left_to_people),
	    cmocka_unit_test(a_broken_login_is_tried_again_unless_it_counted),
	    cmocka_unit_test(a_second_login_does_not_look_like_a_good_pin),
	    cmocka_unit_test(no_session_left_is_said),
	    cmocka_unit_test(a_second_token_is_made_and_none_is_wiped),
	    cmocka_unit_test(no_empty_slot_is_said),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
