/* SPDX-License-Identifier: Apache-2.0 */
/* PEM (RFC 7468), strictly: base64 lines between matching labels. */
#ifndef X509_PEM_H
#define X509_PEM_H

#include "lib/buf.h"
#include "lib/diag.h"

#define PEM_CSR \
	"CERTIFICATE REQUEST" /* "NEW CERTIFICATE REQUEST" is taken too */
#define PEM_CERT "CERTIFICATE"

/*
 * Exactly one block with that label; text before or after it may only be white
 * space or (before) lines of explanation. A second block is ERR_CSR_MANY
 * (ERR_PEM for other labels than PEM_CSR), a wrong label or bad base64 ERR_PEM.
 */
int pem_decode(
    struct span text, const char *label, struct buf *der, struct diag *d);

/*
 * All blocks with that label, in order: calls found() for each. Blocks with
 * other labels are passed over. Stops at the first error.
 */
int pem_each(struct span text, const char *label,
    int (*found)(void *arg, struct span der, struct diag *d), void *arg,
    struct diag *d);

/* Appends one block, lines of 64 characters. */
void pem_encode(struct span der, const char *label, struct buf *out);

#endif
