/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SoftHSM2 token of one's own, in a directory of its own, for as long as a
 * test or a measurement runs. Never shared with another process: each C_Login
 * rewrites the token's files (tests that share one see no token now and then).
 *
 *	struct softhsm hsm;
 *
 *	if (softhsm_setup(&hsm, "test", "12345678", "1234") != 0)
 *		return 1;	(the reason is on standard error)
 *	... softhsm_open(&hsm, &module, &token) ...
 *	softhsm_teardown(&hsm);
 *
 * SOFTHSM2_CONF is set in this process; children inherit it.
 */
#ifndef TESTS_FAKE_SOFTHSM_H
#define TESTS_FAKE_SOFTHSM_H

#include "pkcs11/token.h"

struct softhsm {
	char dir[128];    /* everything is in here, mode 0700 */
	char conf[160];   /* what SOFTHSM2_CONF says */
	char module[160]; /* absolute path of the module */
	char label[33];
	char uri[128]; /* pkcs11:token=LABEL */
	char pin[64], so_pin[64];
};

/* The module's path, or NULL when SoftHSM2 is not installed. */
const char *softhsm_module(void);

/* Directory, configuration, environment and one token. 0, or -1 with a line
 * on standard error. */
int softhsm_setup(struct softhsm *hsm, const char *label, const char *so_pin,
    const char *pin);

/* Loads hsm->module (put the shim's path there to go through it), opens the
 * token and logs in. -1 with a line on standard error. */
int softhsm_open(
    const struct softhsm *hsm, struct module **module, struct token **token);
void softhsm_close(struct module *module, struct token *token);

/* Removes the directory; the modules must be closed. */
void softhsm_teardown(struct softhsm *hsm);

/* A secret out of a C string. */
void softhsm_secret(struct secret *out, const char *text);

#endif
