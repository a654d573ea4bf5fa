/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DER, written; see der.h.
 *
 * Lengths come after their content is known. One octet is left for them,
 * which is right for most elements of a certificate; the four or five larger
 * ones are moved up by a memmove() of a few hundred bytes.
 */
#include <assert.h>
#include <string.h>

#include "lib/clock.h"
#include "x509/der.h"

size_t
der_begin(struct buf *out, uint8_t tag)
{
	buf_reserve(out, 2);
	out->data[out->len++] = tag;
	out->data[out->len++] = 0;
	return out->len;
}

static size_t
length_octets(size_t len)
{
	size_t n = 0;

	if (len < 0x80)
		return 0;
	for (; len != 0; len >>= 8)
		n++;
	return n;
}

void
der_end(struct buf *out, size_t mark)
{
	size_t len = out->len - mark;
	size_t octets = length_octets(len);
	size_t i;

	if (octets == 0) {
		out->data[mark - 1] = (uint8_t)len;
		return;
	}
	buf_reserve(out, octets);
	memmove(out->data + mark + octets, out->data + mark, len);
	out->data[mark - 1] = (uint8_t)(0x80 | octets);
	for (i = 0; i < octets; i++)
		out->data[mark + i] = (uint8_t)(len >> (8 * (octets - 1 - i)));
	out->len += octets;
}

void
der_put(struct buf *out, uint8_t tag, struct span content)
{
	size_t mark = der_begin(out, tag);

	buf_add_span(out, content);
	der_end(out, mark);
}

void
der_put_bool(struct buf *out, bool v)
{
	uint8_t octet = v ? 0xff : 0x00;

	der_put(out, DER_BOOLEAN, span_of(&octet, 1));
}

void
der_put_small(struct buf *out, unsigned v)
{
	const uint8_t octets[2] = {(uint8_t)(v >> 8), (uint8_t)v};

	assert(v <= 32767);
	der_put(out, DER_INTEGER,
	    v < 0x80 ? span_of(octets + 1, 1) : span_of(octets, 2));
}

void
der_put_unsigned(struct buf *out, struct span number)
{
	size_t mark = der_begin(out, DER_INTEGER);

	if (number.len == 0 || number.data[0] >= 0x80)
		buf_add_u8(out, 0);
	buf_add_span(out, number);
	der_end(out, mark);
}

void
der_put_bits(struct buf *out, struct span octets)
{
	size_t mark = der_begin(out, DER_BIT_STRING);

	buf_add_u8(out, 0);
	buf_add_span(out, octets);
	der_end(out, mark);
}

void
der_put_named_bits(struct buf *out, unsigned bits)
{
	uint8_t v[3] = {0, 0, 0};
	size_t len = bits == 0 ? 1 : bits < 0x100 ? 2 : 3;
	unsigned i, last = 0;

	assert(bits <= 0xffff);
	for (i = 0; i < 16; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		v[1 + i / 8] |= (uint8_t)(0x80 >> i % 8);
		last = i;
	}
	v[0] = bits != 0 ? (uint8_t)(7 - last % 8) : 0;
	der_put(out, DER_BIT_STRING, span_of(v, len));
}

void
der_put_oid(struct buf *out, enum oid oid)
{
	der_put(out, DER_OID, oid_content(oid));
}

void
der_put_null(struct buf *out)
{
	der_put(out, DER_NULL, SPAN_NONE);
}

static char *
put_two(char *p, int v)
{
	*p++ = (char)('0' + v / 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

/* RFC 5280 4.1.2.5: "through the year 2049 as UTCTime". */
void
der_put_time(struct buf *out, int64_t utc_s)
{
	struct clock_date t;
	char text[15], *p = text;

	clock_date_of(utc_s, &t);
	assert(t.year >= 1950 && t.year <= 9999);
	if (t.year >= 2050)
		p = put_two(p, t.year / 100);
	p = put_two(p, t.year % 100);
	p = put_two(p, t.month);
	p = put_two(p, t.day);
	p = put_two(p, t.hour);
	p = put_two(p, t.minute);
	p = put_two(p, t.second);
	*p++ = 'Z';
	der_put(out, t.year >= 2050 ? DER_GENERALIZED_TIME : DER_UTC_TIME,
	    span_of(text, (size_t)(p - text)));
}
