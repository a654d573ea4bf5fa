/* SPDX-License-Identifier: Apache-2.0 */
/* Object identifiers by name; see oid.def. All constant. */
#ifndef X509_OID_H
#define X509_OID_H

#include "lib/buf.h"

enum oid {
	OID_NONE = 0,
#define OID(symbol, name, octets) symbol,
#include "x509/oid.def"
#undef OID
	OIDS
};

/* content: the octets after tag and length. OID_NONE if unknown. */
enum oid oid_find(struct span content);
struct span oid_content(enum oid oid);
const char *oid_name(enum oid oid); /* "unknown" for OID_NONE */

/* The name if there is one, else "1.2.840.10045.1". */
void oid_print(struct span content, struct buf *out);

#endif
