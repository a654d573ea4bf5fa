/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests: keys in memory, what OpenSSL makes of them, and a CA that signs
 * with its key in this process. Everything that fails ends the test program.
 */
#ifndef TESTS_FAKE_X509_H
#define TESTS_FAKE_X509_H

#include <openssl/evp.h>

#include "x509/cert.h"

#define FAKE_NOW INT64_C(1795000000) /* 2026-11-18 */

/* One of a kind, made once and kept; which: 0 or 1. */
EVP_PKEY *fake_key(enum key_kind kind, int which);
void fake_spki(EVP_PKEY *key, struct buf *der);
void fake_sign(
    EVP_PKEY *key, enum sig_alg alg, struct span bytes, struct buf *signature);

/*
 * A CSR by OpenSSL's own X509_REQ. subject: "CN=a/O=b" parts, may be empty.
 * san: OpenSSL's notation ("DNS:a.example,IP:10.0.0.1"), NULL for none.
 */
void fake_csr(EVP_PKEY *key, enum sig_alg alg, const char *subject,
    const char *san, struct buf *der);

struct fake_ca {
	EVP_PKEY *key; /* borrowed from fake_key() */
	enum sig_alg alg;
	struct buf der;
	struct cert cert; /* of der */
};

/* Self-signed, from FAKE_NOW for ten years, by the code under test. */
void fake_ca_new(
    struct fake_ca *ca, enum key_kind kind, enum sig_alg alg, int path_len);
void fake_ca_free(struct fake_ca *ca);
/* Signs a TBSCertificate and assembles. */
void fake_ca_sign(const struct fake_ca *ca, struct span tbs, struct buf *der);

#endif
