/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lint: the last look at the exact bytes that a CA key is about to sign.
 *
 * Rules are rows of a table (x509/lint.def): a stable code, the section it
 * comes from, and a small function. They look at the encoded TBSCertificate,
 * not at what somebody meant to encode.
 */
#ifndef X509_LINT_H
#define X509_LINT_H

#include "x509/cert.h"

#define LINT_MAX_FINDINGS 16

struct lint_finding {
	const char *code; /* "serial.not-positive" */
	const char *ref;  /* "RFC 5280 4.1.2.2" */
	char text[160];   /* want and have */
};

struct lint_report {
	struct lint_finding findings[LINT_MAX_FINDINGS];
	size_t n; /* found in all; only the first 16 are kept */
};

/*
 * issuer  the parsed issuer certificate, NULL for a self-signed one.
 * Returns 0 when nothing is wrong; ERR_LINT with the first finding in *d.
 */
int lint_tbs(struct span tbs, const struct cert *issuer,
    struct lint_report *report, struct diag *d);

/* A whole certificate: the above, and inner and outer algorithm agree. */
int lint_cert(struct span der, const struct cert *issuer,
    struct lint_report *report, struct diag *d);

#endif
