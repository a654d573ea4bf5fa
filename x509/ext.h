/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions, written (RFC 5280 4.2). */
#ifndef X509_EXT_H
#define X509_EXT_H

#include "x509/der.h"

/* The open frames of one extension; whoever begins it ends it. */
struct ext {
	size_t whole, value;
};

struct ext ext_begin(struct buf *out, enum oid oid, bool critical);
void ext_end(struct buf *out, const struct ext *ext);

void ext_put_subject_key_id(struct buf *out, struct span key_id);
void ext_put_authority_key_id(struct buf *out, struct span key_id);

#endif
