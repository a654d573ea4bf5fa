/* SPDX-License-Identifier: Apache-2.0 */
/* DER, read strictly; see der.h. The other half is der_put.c. */
#include "x509/der.h"

#include "lib/clock.h"
#include "x509/refuse.h"

#define LENGTH_MAX_OCTETS 3 /* 16 MiB: nothing that is read here is larger */

struct der
der_open(struct span in, struct der_fault *fault)
{
	*fault = (struct der_fault){NULL, in.data, 0, 0, 0};
	return (struct der){
	    in.data, in.len != 0 ? in.data + in.len : in.data, fault};
}

struct der
der_open_part(const struct der *r, struct span part)
{
	return (struct der){part.data,
	    part.len != 0 ? part.data + part.len : part.data, r->fault};
}

bool
der_failed(const struct der *r)
{
	return r->fault->why != NULL;
}

bool
der_more(const struct der *r)
{
	return r->fault->why == NULL && r->p != r->end;
}

uint8_t
der_peek(const struct der *r)
{
	return der_more(r) ? *r->p : 0;
}

bool
der_next_is(const struct der *r, uint8_t tag)
{
	return der_more(r) && *r->p == tag;
}

static void
fail_at(struct der *r, const uint8_t *at, const char *why)
{
	struct der_fault *fault = r->fault;

	if (fault->why != NULL)
		return;
	fault->why = why;
	fault->at = at != NULL ? (size_t)(at - fault->base) : 0;
}

void
der_fail(struct der *r, const char *why)
{
	fail_at(r, r->p, why);
}

/* X.690 8.1.3 and 10.1: definite, in the fewest octets. */
static bool
take_long_length(struct der *r, size_t octets, size_t *len)
{
	size_t left = (size_t)(r->end - r->p);
	size_t v = 0, i;

	if (octets == 0) {
		der_fail(r, "an indefinite length");
		return false;
	}
	if (octets > LENGTH_MAX_OCTETS || octets > left) {
		der_fail(r, "a length that does not fit its frame");
		return false;
	}
	for (i = 0; i < octets; i++)
		v = v << 8 | r->p[i];
	if (v < 0x80 || r->p[0] == 0) {
		der_fail(r, "a length in more octets than it needs");
		return false;
	}
	r->p += octets;
	*len = v;
	return true;
}

/* Past tag and length; the content is then known to be there. */
static bool
take_header(struct der *r, size_t *len)
{
	uint8_t first;

	if (der_failed(r))
		return false;
	if (r->end - r->p < 2) {
		der_fail(r, "the end where an element was wanted");
		return false;
	}
	/* X.690 8.1.2.4: nothing here has a tag number above 30. */
	if ((r->p[0] & 0x1f) == 0x1f) {
		der_fail(r, "a tag number above 30");
		return false;
	}
	first = r->p[1];
	r->p += 2;
	*len = first;
	if (first >= 0x80 && !take_long_length(r, first & 0x7f, len))
		return false;
	if (*len > (size_t)(r->end - r->p)) {
		der_fail(r, "a length that does not fit its frame");
		return false;
	}
	return true;
}

static bool
want_tag(struct der *r, uint8_t tag)
{
	if (der_failed(r))
		return false;
	if (r->p == r->end || *r->p != tag) {
		r->fault->want = tag;
		r->fault->have = der_peek(r);
		der_fail(r, r->p == r->end ? "the end of the frame"
					   : "another element");
		return false;
	}
	return true;
}

struct span
der_take(struct der *r, uint8_t tag)
{
	struct span content;
	size_t len;

	if (!want_tag(r, tag) || !take_header(r, &len))
		return SPAN_NONE;
	content = span_of(r->p, len);
	r->p += len;
	return content;
}

struct span
der_any(struct der *r)
{
	const uint8_t *start = r->p;
	size_t len;

	if (!take_header(r, &len))
		return SPAN_NONE;
	r->p += len;
	return span_of(start, (size_t)(r->p - start));
}

struct span
der_rest(struct der *r)
{
	struct span rest = SPAN_NONE;

	if (der_more(r))
		rest = span_of(r->p, (size_t)(r->end - r->p));
	r->p = r->end;
	return rest;
}

struct span
der_element(struct der *r, uint8_t tag)
{
	return want_tag(r, tag) ? der_any(r) : SPAN_NONE;
}

struct der
der_enter(struct der *r, uint8_t tag)
{
	return der_open_part(r, der_take(r, tag));
}

void
der_leave(struct der *r)
{
	if (der_more(r))
		der_fail(r, "bytes after the last element of the frame");
}

/* X.690 8.2 and 11.1. */
bool
der_bool(struct der *r)
{
	struct span v = der_take(r, DER_BOOLEAN);

	if (der_failed(r))
		return false;
	if (v.len != 1 || (v.data[0] != 0x00 && v.data[0] != 0xff)) {
		fail_at(r, v.data, "a BOOLEAN that is neither 0x00 nor 0xff");
		return false;
	}
	return v.data[0] == 0xff;
}

/* X.690 8.3.2: the first nine bits are not all the same. */
struct span
der_integer(struct der *r)
{
	struct span v = der_take(r, DER_INTEGER);

	if (der_failed(r))
		return SPAN_NONE;
	if (v.len == 0) {
		der_fail(r, "an INTEGER without octets");
		return SPAN_NONE;
	}
	if (v.len > 1 && ((v.data[0] == 0x00 && v.data[1] < 0x80) ||
			     (v.data[0] == 0xff && v.data[1] >= 0x80))) {
		fail_at(r, v.data, "an INTEGER in more octets than it needs");
		return SPAN_NONE;
	}
	return v;
}

struct span
der_unsigned(struct der *r)
{
	struct span v = der_integer(r);

	if (der_failed(r))
		return SPAN_NONE;
	if (v.data[0] >= 0x80 || (v.len == 1 && v.data[0] == 0)) {
		fail_at(r, v.data, "an INTEGER that is not positive");
		return SPAN_NONE;
	}
	return v.data[0] == 0 ? span_of(v.data + 1, v.len - 1) : v;
}

unsigned
der_small(struct der *r)
{
	struct span v = der_integer(r);

	if (der_failed(r))
		return 0;
	if (v.len > 2 || v.data[0] >= 0x80) {
		fail_at(r, v.data, "an INTEGER outside 0 to 32767");
		return 0;
	}
	return v.len == 2 ? (unsigned)v.data[0] << 8 | v.data[1] : v.data[0];
}

/* X.690 8.6 and 11.2.1: unused bits are counted, below 8, and zero. */
struct span
der_bits(struct der *r, unsigned *unused)
{
	struct span v = der_take(r, DER_BIT_STRING);

	*unused = 0;
	if (der_failed(r))
		return SPAN_NONE;
	if (v.len == 0 || v.data[0] > 7 || (v.len == 1 && v.data[0] != 0)) {
		fail_at(r, v.data, "a BIT STRING with a wrong bit count");
		return SPAN_NONE;
	}
	*unused = v.data[0];
	if ((v.data[v.len - 1] & ((1u << *unused) - 1)) != 0 && v.len > 1) {
		fail_at(r, v.data, "a BIT STRING whose unused bits are set");
		return SPAN_NONE;
	}
	return span_of(v.data + 1, v.len - 1);
}

struct span
der_whole_bits(struct der *r)
{
	unsigned unused;
	struct span v = der_bits(r, &unused);

	if (!der_failed(r) && (unused != 0 || v.len == 0)) {
		der_fail(r, "a BIT STRING that is not whole octets");
		return SPAN_NONE;
	}
	return v;
}

/* X.690 11.2.2: a named bit list ends with a bit that is set. */
unsigned
der_named_bits(struct der *r)
{
	unsigned unused, bits = 0, i;
	struct span v = der_bits(r, &unused);

	if (der_failed(r) || v.len == 0)
		return 0;
	if ((v.data[v.len - 1] >> unused & 1) == 0 || v.len > 2) {
		der_fail(r, "a list of named bits with zeros at its end");
		return 0;
	}
	for (i = 0; i < v.len * 8; i++) {
		if ((v.data[i / 8] >> (7 - i % 8) & 1) != 0)
			bits |= 1u << i;
	}
	return bits;
}

/* X.690 8.19.2: no subidentifier starts with 0x80, the last one ends. */
struct span
der_oid(struct der *r)
{
	struct span v = der_take(r, DER_OID);
	bool starts = true;
	size_t i;

	if (der_failed(r))
		return SPAN_NONE;
	for (i = 0; i < v.len; i++) {
		if (starts && v.data[i] == 0x80)
			break;
		starts = v.data[i] < 0x80;
	}
	if (v.len == 0 || i < v.len || !starts) {
		fail_at(r, v.data, "an OBJECT IDENTIFIER that is not minimal");
		return SPAN_NONE;
	}
	return v;
}

void
der_null(struct der *r)
{
	if (der_take(r, DER_NULL).len != 0)
		der_fail(r, "a NULL with content");
}

/* Two digits, or -1. */
static int
two_digits(const uint8_t *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + (p[1] - '0');
}

/* Month to second and the Z; the date must exist in the calendar. */
static bool
read_date(const uint8_t *p, int year, int64_t *utc_s)
{
	struct clock_date date = {.year = year,
	    .month = two_digits(p),
	    .day = two_digits(p + 2),
	    .hour = two_digits(p + 4),
	    .minute = two_digits(p + 6),
	    .second = two_digits(p + 8)};
	struct clock_date back;

	if (year < 0 || p[10] != 'Z' || date.month < 1 || date.month > 12 ||
	    date.day < 1 || date.hour < 0 || date.hour > 23 ||
	    date.minute < 0 || date.minute > 59 || date.second < 0 ||
	    date.second > 59)
		return false;
	*utc_s = clock_from_date(&date);
	clock_date_of(*utc_s, &back);
	return back.day == date.day && back.month == date.month;
}

/* RFC 5280 4.1.2.5.1: YY of 50 and above are 19YY. */
static int64_t
utc_time(struct der *r)
{
	struct span v = der_take(r, DER_UTC_TIME);
	int64_t utc_s = 0;
	int year;

	if (der_failed(r))
		return 0;
	year = v.len == 13 ? two_digits(v.data) : -1;
	if (year >= 0)
		year += year >= 50 ? 1900 : 2000;
	if (year < 0 || !read_date(v.data + 2, year, &utc_s))
		fail_at(r, v.data, "a UTCTime that is not YYMMDDHHMMSSZ");
	return utc_s;
}

static int64_t
generalized_time(struct der *r)
{
	struct span v = der_take(r, DER_GENERALIZED_TIME);
	int64_t utc_s = 0;
	int century, year = -1;

	if (der_failed(r))
		return 0;
	if (v.len == 15) {
		century = two_digits(v.data);
		year = two_digits(v.data + 2);
		year = century < 0 || year < 0 ? -1 : century * 100 + year;
	}
	if (year < 0 || !read_date(v.data + 4, year, &utc_s))
		fail_at(
		    r, v.data, "a GeneralizedTime that is not YYYYMMDDHHMMSSZ");
	return utc_s;
}

int64_t
der_time(struct der *r)
{
	return der_next_is(r, DER_GENERALIZED_TIME) ? generalized_time(r)
						    : utc_time(r);
}

int
der_verdict(const struct der *r, const char *what, int rc, struct diag *d)
{
	const struct der_fault *fault = r->fault;

	if (fault->why == NULL)
		return rc;
	if (fault->want != 0)
		return refuse(d, ERR_DER, "X.690 8",
		    "%s is not DER at byte %zu: tag 0x%02x was wanted, %s came"
		    " (0x%02x)",
		    what, fault->at, fault->want, fault->why, fault->have);
	return refuse(d, ERR_DER, "X.690 8", "%s is not DER at byte %zu: %s",
	    what, fault->at, fault->why);
}
