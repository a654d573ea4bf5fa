/* SPDX-License-Identifier: Apache-2.0 */
/* Key kinds and signature algorithms by name; see alg.def. All constant. */
#ifndef LIB_ALG_H
#define LIB_ALG_H

#include <stdbool.h>

enum key_kind {
	KEY_NONE = 0,
#define KEY(symbol, name, bits) symbol,
#include "lib/alg.def"
#undef KEY
	KEY_KINDS
};

enum key_family { FAMILY_NONE, FAMILY_RSA, FAMILY_EC, FAMILY_ED };

enum sig_alg {
	SIG_NONE = 0,
#define SIG(symbol, name, family, digest, pss) symbol,
#include "lib/alg.def"
#undef SIG
	SIG_ALGS
};

const char *key_kind_name(enum key_kind kind); /* "ecdsa-p256" */
enum key_kind key_kind_find(const char *name); /* KEY_NONE if unknown */
unsigned key_kind_bits(enum key_kind kind);    /* 0 for RSA */
enum key_family key_kind_family(enum key_kind kind);

const char *sig_alg_name(enum sig_alg alg);
enum sig_alg sig_alg_find(const char *name); /* SIG_NONE if unknown */
enum key_family sig_alg_family(enum sig_alg alg);
const char *sig_alg_digest(enum sig_alg alg); /* "SHA256"; NULL for EdDSA */
bool sig_alg_is_pss(enum sig_alg alg);

/*
 * What a CA key signs with when nobody says otherwise: the hash follows the
 * curve (P-256/SHA-256, P-384/SHA-384, P-521/SHA-512), RSA is PKCS#1 SHA-256.
 */
enum sig_alg sig_alg_default(enum key_kind kind);

#endif
