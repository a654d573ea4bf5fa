/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys: SubjectPublicKeyInfo in, facts and an EVP_PKEY out.
 *
 * Parsing is our own DER walk; an EVP_PKEY is made only when a signature is
 * checked, from the encoded point or from n and e, never through OpenSSL's
 * decoders (they cost several signatures' worth of instructions).
 */
#ifndef X509_KEY_H
#define X509_KEY_H

#include <openssl/evp.h>

#include "lib/alg.h"
#include "lib/buf.h"
#include "lib/diag.h"

/* All spans are borrowed from the DER that was parsed. */
struct spki {
	struct span der; /* the whole SubjectPublicKeyInfo */
	enum key_kind kind;
	unsigned bits;    /* of the modulus or the curve */
	struct span key;  /* subjectPublicKey, without the unused bits */
	struct span n, e; /* RSA only: without leading zero octet */
};

/*
 * Has libcrypto look for its configuration and fetch its digests, once: for a
 * process that will not be able to open files later.
 */
void x509_prepare(void);

/* SHA-256, with the digest that is kept. */
void x509_sha256(struct span bytes, uint8_t out[32]);

/*
 * Strict: DER, nothing after it, a supported kind, EC by named curve and
 * uncompressed point of the right length (RFC 5480 2.1, RFC 8410 3,
 * RFC 3279 2.3.1). Errors: ERR_DER, ERR_KEY_UNKNOWN.
 */
int spki_parse(struct span der, struct spki *out, struct diag *d);

/*
 * Key health, before any bignum work on absurd sizes: RSA 2048..4096 bits and
 * a multiple of 8, n odd, e odd, >= 65537, <= 33 bits, no small factor, no
 * ROCA fingerprint, no close primes; EC on the curve and not infinity.
 * ERR_KEY_WEAK names what was wanted and what came.
 */
int spki_check(const struct spki *spki, struct diag *d);

/* An EVP_PKEY for verification; the caller frees it. Threads: safe. */
int spki_open(const struct spki *spki, EVP_PKEY **out, struct diag *d);

/* SHA-1 of subjectPublicKey: RFC 5280 4.2.1.2 method (1). 20 octets. */
void spki_key_id(const struct spki *spki, uint8_t out[20]);

/*
 * Verifies one signature. ERR_SIGNATURE when it does not hold, also when the
 * algorithm does not fit the key. Threads: safe for a shared key.
 */
int signature_verify(EVP_PKEY *key, enum sig_alg alg, struct span signed_bytes,
    struct span signature, struct diag *d);

#endif
