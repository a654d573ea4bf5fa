/* SPDX-License-Identifier: Apache-2.0 */
/* GeneralNames: the four kinds of subject alternative name. */
#ifndef X509_SAN_H
#define X509_SAN_H

#include "x509/der.h"
#include "x509/name.h"

/*
 * Reads a GeneralNames element. ERR_CSR_NAME for kinds and bytes that cannot
 * be granted, ERR_CSR for none or more than max; DER faults stay in r.
 */
int san_read(
    struct der *r, struct san *sans, size_t max, size_t *n, struct diag *d);

/* Bytes, not syntax: ASCII without control bytes, 4 or 16 octets. */
int san_check(const struct san *san, struct diag *d);

/*
 * Appends GeneralNames, each name once. The names must have passed
 * san_check().
 */
void san_put(struct buf *out, const struct san *sans, size_t n);

#endif
