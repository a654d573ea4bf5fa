/* SPDX-License-Identifier: Apache-2.0 */
/* A Name inside of something larger. */
#ifndef X509_NAME_READ_H
#define X509_NAME_READ_H

#include "x509/der.h"
#include "x509/name.h"

/*
 * The whole element; its frames must be those of a Name, its values may be
 * of any type (name_parse() is for names that are to be used).
 */
struct span name_read(struct der *r);

#endif
