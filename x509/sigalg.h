/* SPDX-License-Identifier: Apache-2.0 */
/* Signature algorithms as AlgorithmIdentifiers. */
#ifndef X509_SIGALG_H
#define X509_SIGALG_H

#include "lib/alg.h"
#include "x509/der.h"

/*
 * Reads one. *alg is SIG_NONE when it is well-formed DER but not on the list
 * (lib/alg.def); *oid is there so that a refusal can name it.
 */
void sig_alg_read(struct der *r, enum sig_alg *alg, struct span *oid);

/* Appends one as certificates must have it: RFC 5758, 4055, 8410. */
void sig_alg_put(struct buf *out, enum sig_alg alg);

#endif
