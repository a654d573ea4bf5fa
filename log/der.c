/* SPDX-License-Identifier: Apache-2.0 */
/* A little DER (X.690); see der.h. */
#include "log/der.h"

#include <string.h>

#define TAG_INTEGER 0x02
#define TAG_SEQUENCE 0x30
#define TAG_VERSION 0xa0 /* [0], constructed */

/* X.690 section 10.1: definite lengths, in the fewest octets. */
static size_t
len_take(struct reader *r)
{
	uint8_t first = reader_u8(r);
	size_t len = 0, n = first & 0x7f, i;

	if (first < 0x80)
		return first;
	if (n == 0 || n > 3)
		r->bad = true;
	for (i = 0; i < n && !r->bad; i++)
		len = len << 8 | reader_u8(r);
	if (len < 0x80 || (n > 1 && len >> (8 * (n - 1)) == 0))
		r->bad = true;
	return len;
}

static struct span
content_take(struct reader *r, uint8_t tag)
{
	size_t len;

	if (reader_u8(r) != tag)
		r->bad = true;
	len = len_take(r);
	return reader_take(r, len);
}

/* RFC 5280 section 4.1: version, then serialNumber. */
bool
der_tbs_serial(struct span tbs, struct span *serial)
{
	struct reader r = reader_of(tbs);
	struct reader in = reader_of(content_take(&r, TAG_SEQUENCE));
	struct span s;

	(void)content_take(&in, TAG_VERSION);
	s = content_take(&in, TAG_INTEGER);
	if (!reader_done(&r) || in.bad || s.len == 0)
		return false;
	/* The zero that keeps a number with its highest bit set positive. */
	if (s.len > 1 && s.data[0] == 0)
		s = span_of(s.data + 1, s.len - 1);
	*serial = s;
	return true;
}

/* RFC 5280 section 4.1: tbsCertificate comes first. */
bool
der_certificate_has_tbs(struct span certificate, struct span tbs)
{
	struct reader r = reader_of(certificate);
	struct span content = content_take(&r, TAG_SEQUENCE);

	return reader_done(&r) && tbs.len > 0 && content.len > tbs.len &&
	       memcmp(content.data, tbs.data, tbs.len) == 0;
}
