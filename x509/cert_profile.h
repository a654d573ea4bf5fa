/* SPDX-License-Identifier: Apache-2.0 */
/* What cert_build() copies: encoded once, when policy is loaded. */
#ifndef X509_CERT_PROFILE_H
#define X509_CERT_PROFILE_H

#include "x509/cert.h"

struct cert_profile {
	enum sig_alg alg;
	unsigned key_usage;
	bool self_signed;
	struct buf version;   /* [0] v3 */
	struct buf algorithm; /* AlgorithmIdentifier */
	struct buf issuer;    /* Name; empty when self-signed */
	/*
	 * basicConstraints, keyUsage, extKeyUsage, authorityKeyIdentifier,
	 * by family of the subject's key: not every key can have every usage.
	 */
	struct buf exts[FAMILY_ED + 1];
};

/* keyUsage as a key of this family can have it (RFC 8813 3). */
unsigned profile_key_usage(unsigned key_usage, enum key_family family);

#endif
