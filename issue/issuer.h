/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An issuer: a CA certificate, its chain, and the public key that every
 * signature of its token is checked with. No private key comes near here.
 *
 * Threads: constant after issuer_open().
 */
#ifndef ISSUE_ISSUER_H
#define ISSUE_ISSUER_H

#include "config/config.h"
#include "x509/cert.h"

struct issuer {
	const char *name; /* of the configuration */
	size_t place;     /* in the configuration, from 0 */
	size_t token_place;
	struct buf der; /* what cert points into */
	struct cert cert;
	EVP_PKEY *key;
	enum sig_alg alg;
	struct buf
	    chain_pem;       /* this certificate, then up to but without root */
	struct buf root_pem; /* empty when the root is not known */
};

struct issuers {
	struct issuer *at;
	size_t n;
};

/*
 * Reads certificate and chain files of every issuer in the configuration.
 * Refused: not a CA, no keyCertSign (RFC 5280 4.2.1.9), a chain that does not
 * link, an algorithm that does not fit the key. ERR_CONFIG, ERR_FILE.
 */
int issuers_open(
    const struct config *config, struct issuers *out, struct diag *d);
void issuers_free(struct issuers *issuers);
const struct issuer *issuer_find(
    const struct issuers *issuers, const char *name);

#endif
