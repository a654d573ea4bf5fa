/* SPDX-License-Identifier: Apache-2.0 */
/* Key usages and purposes, between bits, words and object identifiers. */
#ifndef X509_USAGE_H
#define X509_USAGE_H

#include "x509/cert.h"
#include "x509/oid.h"

#define EKU_END (EKU_OCSP_SIGNING << 1) /* one past the last bit */

unsigned ext_usage_of(enum oid oid); /* the bit, 0 if unknown */
enum oid ext_usage_oid(unsigned bit);
void key_usage_print(unsigned bits, struct buf *out); /* "a, b" */

#endif
