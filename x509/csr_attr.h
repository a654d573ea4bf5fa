/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes of a CSR and the extensions it wishes for. */
#ifndef X509_CSR_ATTR_H
#define X509_CSR_ATTR_H

#include "x509/csr.h"
#include "x509/der.h"

/* Reads [0] attributes, if they are there, into sans and wishes. */
int csr_attr_read(struct der *info, struct csr *out, struct diag *d);

#endif
