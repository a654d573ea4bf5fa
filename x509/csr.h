/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PKCS#10 certificate requests (RFC 2986), read strictly.
 *
 * What a CSR asks for is a wish: this yields the key, candidate names and
 * flags. Nothing here is copied into a certificate except by policy.
 *
 *	rc = csr_parse(der, &csr, d);
 *	if (rc == 0)
 *		rc = csr_check(&csr, d);	possession and key health
 */
#ifndef X509_CSR_H
#define X509_CSR_H

#include "x509/key.h"
#include "x509/name.h"

#define CSR_MAX_LEN 16384 /* bytes of DER */
#define CSR_MAX_SANS 100
#define CSR_MAX_ATTRS 16

/* Everything points into the DER that was given; nothing is owned. */
struct csr {
	struct span der;
	struct span signed_part; /* certificationRequestInfo */
	struct span signature;
	enum sig_alg alg;
	struct spki spki;
	struct span subject; /* the Name as it came */
	struct attr attrs[CSR_MAX_ATTRS];
	size_t n_attrs;
	struct san sans[CSR_MAX_SANS];
	size_t n_sans;
	bool asks_ca;            /* basicConstraints CA:TRUE */
	bool asks_key_usage;     /* any keyUsage extension */
	uint16_t key_usage;      /* KU_ bits as in cert.h */
	bool asks_ext_key_usage; /* any extendedKeyUsage extension */
};

/*
 * Errors: ERR_CSR_TOO_LARGE, ERR_DER, ERR_CSR, ERR_CSR_TRAILING,
 * ERR_CSR_ALGORITHM (MD5, SHA-1, unknown), ERR_CSR_DUPLICATE (attribute or
 * extension twice, RFC 5280 4.2), ERR_CSR_NAME, ERR_KEY_UNKNOWN.
 */
int csr_parse(struct span der, struct csr *out, struct diag *d);

/* spki_check(), then proof of possession. ERR_KEY_WEAK, ERR_CSR_SIGNATURE. */
int csr_check(const struct csr *csr, struct diag *d);

/* The request in words, for people: key, names, wishes. */
void csr_print(const struct csr *csr, struct buf *out);

#endif
