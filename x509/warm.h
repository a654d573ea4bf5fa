/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of OpenSSL that are slow to make and cheap to use again: digests
 * fetched once for the process, and for each thread a digest context and one
 * key a curve, whose point is set for each signature.
 *
 * Measured on OpenSSL 3.0.22 (instructions): a P-256 verification is 858,000;
 * EVP_PKEY_fromdata() adds 193,000, EVP_PKEY_dup() and setting the point
 * 51,000, setting the point of a kept key 13,000.
 */
#ifndef X509_WARM_H
#define X509_WARM_H

#include "x509/key.h"

/* NULL for SIG_NONE and algorithms without a digest of their own. */
const EVP_MD *warm_digest(enum sig_alg alg);
/* The digest of an algorithm that has one; returns its length. */
size_t warm_hash(
    enum sig_alg alg, struct span in, uint8_t out[EVP_MAX_MD_SIZE]);
void warm_sha1(struct span in, uint8_t out[20]);

/*
 * The thread's own key of that curve with this point: NULL when the point is
 * not on the curve. It stays the thread's and changes with the next call.
 */
EVP_PKEY *warm_ec_key(const struct spki *spki);
#endif
