/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions, written; see ext.h. */
#include "x509/ext.h"

struct ext
ext_begin(struct buf *out, enum oid oid, bool critical)
{
	struct ext ext;

	ext.whole = der_begin(out, DER_SEQUENCE);
	der_put_oid(out, oid);
	/* X.690 11.5: FALSE is the default and is left out. */
	if (critical)
		der_put_bool(out, true);
	ext.value = der_begin(out, DER_OCTET_STRING);
	return ext;
}

void
ext_end(struct buf *out, const struct ext *ext)
{
	der_end(out, ext->value);
	der_end(out, ext->whole);
}

/* RFC 5280 4.2.1.2: never critical. */
void
ext_put_subject_key_id(struct buf *out, struct span key_id)
{
	struct ext ext = ext_begin(out, OID_SUBJECT_KEY_ID, false);

	der_put(out, DER_OCTET_STRING, key_id);
	ext_end(out, &ext);
}

/* RFC 5280 4.2.1.1: never critical; the key identifier alone. */
void
ext_put_authority_key_id(struct buf *out, struct span key_id)
{
	struct ext ext = ext_begin(out, OID_AUTHORITY_KEY_ID, false);
	size_t mark = der_begin(out, DER_SEQUENCE);

	der_put(out, DER_CONTEXT(0), key_id);
	der_end(out, mark);
	ext_end(out, &ext);
}
