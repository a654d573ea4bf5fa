/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much DER as it takes to see that a certificate was made of the bytes that
 * were recorded. What else it says is judged elsewhere.
 */
#ifndef LOG_DER_H
#define LOG_DER_H

#include "lib/buf.h"

/* The serial's octets in a TBSCertificate, without a leading zero. */
bool der_tbs_serial(struct span tbs, struct span *serial);

/* Certificate ::= SEQUENCE { exactly tbs, ... } and nothing behind it. */
bool der_certificate_has_tbs(struct span certificate, struct span tbs);

#endif
