/* SPDX-License-Identifier: Apache-2.0 */
/* diag_set() and diag_ref() in one call: most refusals here cite a section. */
#ifndef X509_REFUSE_H
#define X509_REFUSE_H

#include "lib/diag.h"

/* Returns code, also when d is NULL. */
int refuse(struct diag *d, int code, const char *ref, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
