/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DER (X.690), read strictly and written in reading order.
 *
 * A reader walks the elements of one frame. The first thing that is not DER is
 * kept in the fault that all readers of one input share; after it every get
 * returns nothing, so that a decoder reads like the ASN.1:
 *
 *	struct der_fault fault;
 *	struct der top = der_open(in, &fault);
 *	struct der seq = der_enter(&top, DER_SEQUENCE);
 *
 *	version = der_small(&seq);
 *	name = der_element(&seq, DER_SEQUENCE);
 *	der_leave(&seq);		nothing may be left inside
 *	der_leave(&top);
 *	return der_verdict(&top, "the name", rc, d);
 *
 * Refused: indefinite and non-minimal lengths, tag numbers above 30, integers
 * and object identifiers that are not minimal, booleans other than 0x00 and
 * 0xff, unused bits that are set, times without seconds or Z.
 *
 * Everything that is returned points into the input.
 */
#ifndef X509_DER_H
#define X509_DER_H

#include "lib/buf.h"
#include "lib/diag.h"
#include "x509/oid.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_TELETEX_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_UNIVERSAL_STRING = 0x1c,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31
};

#define DER_CONTEXT(n) ((uint8_t)(0x80 | (n)))    /* IMPLICIT, primitive */
#define DER_CONTEXT_IN(n) ((uint8_t)(0xa0 | (n))) /* with elements inside */

struct der_fault {
	const char *why; /* NULL: none */
	const uint8_t *base;
	size_t at;          /* octets from the start of the input */
	uint8_t want, have; /* tags, when that was the matter */
};

struct der {
	const uint8_t *p;
	const uint8_t *end;
	struct der_fault *fault;
};

struct der der_open(struct span in, struct der_fault *fault);
/* A reader of a part of the same input. */
struct der der_open_part(const struct der *r, struct span part);

bool der_failed(const struct der *r);
bool der_more(const struct der *r); /* no fault, and something is left */
bool der_next_is(const struct der *r, uint8_t tag);
uint8_t der_peek(const struct der *r); /* the next tag, 0 if none */

struct span der_take(struct der *r, uint8_t tag);    /* content octets */
struct span der_element(struct der *r, uint8_t tag); /* header and content */
struct span der_any(struct der *r);                  /* whichever tag */
struct span der_rest(struct der *r); /* all that is left, unread */
struct der der_enter(struct der *r, uint8_t tag);
void der_leave(struct der *r);

bool der_bool(struct der *r);
unsigned der_small(struct der *r);      /* 0..32767 */
struct span der_integer(struct der *r); /* two's complement, minimal */
/* A positive INTEGER as a number, without the sign octet. */
struct span der_unsigned(struct der *r);
struct span der_bits(struct der *r, unsigned *unused);
struct span der_whole_bits(struct der *r); /* no unused bits, not empty */
/* Named bits, bit 0 first: as in KeyUsage. Trailing zero bits are refused. */
unsigned der_named_bits(struct der *r);
struct span der_oid(struct der *r);
void der_null(struct der *r);
/* UTCTime or GeneralizedTime, UTC seconds (RFC 5280 4.1.2.5). */
int64_t der_time(struct der *r);

/* Records a fault at the reader's place, unless there is one already. */
void der_fail(struct der *r, const char *why);

/*
 * The end of a decoder. A fault wins over rc: decoders return at once when
 * they refuse something, so the fault came first. ERR_DER then.
 */
int der_verdict(const struct der *r, const char *what, int rc, struct diag *d);

/*
 * Writing. der_begin() leaves one octet for a length; der_end() puts the
 * length there and moves the content when it needs more octets. Marks are
 * ended in the reverse order.
 */
size_t der_begin(struct buf *out, uint8_t tag);
void der_end(struct buf *out, size_t mark);
void der_put(struct buf *out, uint8_t tag, struct span content);
void der_put_bool(struct buf *out, bool v);
void der_put_small(struct buf *out, unsigned v); /* 0..32767 */
/* Big-endian octets without leading zeros, as a positive INTEGER. */
void der_put_unsigned(struct buf *out, struct span number);
void der_put_bits(struct buf *out, struct span octets);
void der_put_named_bits(struct buf *out, unsigned bits); /* 0..0x1ff */
void der_put_oid(struct buf *out, enum oid oid);
void der_put_null(struct buf *out);
/* UTCTime through 2049, GeneralizedTime from 2050. The years 1950 to 9999. */
void der_put_time(struct buf *out, int64_t utc_s);

#endif
