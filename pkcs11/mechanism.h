/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Cryptoki wants for each signature algorithm and each kind of key: one
 * row each, no switch elsewhere.
 */
#ifndef PKCS11_MECHANISM_H
#define PKCS11_MECHANISM_H

#include "pkcs11/private.h"

/* The hashes, by their place in session->digests[]. */
enum digest { DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, DIGEST_NONE };
const char *digest_name(int digest);

struct sign_mechanism {
	CK_MECHANISM_TYPE type;
	enum digest digest;
	size_t digest_len;  /* bytes, also the salt of PSS */
	struct span prefix; /* DigestInfo of PKCS#1 v1.5, before the digest */
	CK_RSA_PKCS_PSS_PARAMS pss; /* hash_alg 0: no parameters */
};
/* Never NULL for a known algorithm. */
const struct sign_mechanism *sign_mechanism(enum sig_alg alg);

struct key_mechanism {
	CK_MECHANISM_TYPE generate;
	CK_KEY_TYPE type;
	size_t coordinate_len; /* bytes of r and of s; 0 for RSA */
	size_t n_allowed;
	/* CKA_ALLOWED_MECHANISMS; the one after n_allowed is raw RSA. */
	CK_MECHANISM_TYPE allowed[3];
};
const struct key_mechanism *key_mechanism(enum key_kind kind);

/* Bytes of a signature as the token makes it. */
size_t key_signature_len(const struct key *key);

#endif
