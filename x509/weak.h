/* SPDX-License-Identifier: Apache-2.0 */
/* The single tests of key health, for spki_check() and for tests. */
#ifndef X509_WEAK_H
#define X509_WEAK_H

#include "x509/key.h"

/* The numbers are big-endian, without leading zeros. */
uint32_t weak_small_factor(struct span n); /* 0: none below 752 */
bool weak_is_roca(struct span n);
bool weak_has_close_primes(struct span n);

/* All of spki_check() but whether an EC point is on its curve. */
int weak_check(const struct spki *spki, struct diag *d);
int weak_refuse_point(const struct spki *spki, struct diag *d);

#endif
