/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that the pkcs11 room would never make, on a real token: the module is
 * called directly, in the process where it is initialised and logged in.
 */
#ifndef TESTS_FAKE_RAW_H
#define TESTS_FAKE_RAW_H

#include <p11-kit/pkcs11.h>

struct raw {
	CK_FUNCTION_LIST *list;
	CK_SESSION_HANDLE session;
};

/* module: the same path as module_open() was given; slot: of the token. */
void raw_open(struct raw *raw, const char *module, unsigned long slot);
void raw_close(struct raw *raw);

/*
 * A key pair: SIGN and VERIFY, TOKEN, label and id (NULL: none) on both, what
 * else is in extra[] on the private one. params: CKA_EC_PARAMS.
 */
struct raw_pair {
	CK_MECHANISM_TYPE mechanism;
	const void *params;
	CK_ULONG params_len;
	const char *label;
	const char *id;
	const CK_ATTRIBUTE *extra;
	CK_ULONG n_extra;
	CK_OBJECT_HANDLE private_key, public_key; /* out */
};
void raw_pair_make(struct raw *raw, struct raw_pair *pair);
void raw_destroy(struct raw *raw, CK_OBJECT_HANDLE object);

#endif
