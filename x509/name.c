/* SPDX-License-Identifier: Apache-2.0 */
/* Distinguished names: built, taken apart, shown; see name.h. */
#include "x509/name_read.h"

#include <string.h>

#include "x509/refuse.h"
#include "x509/text.h"

/* Upper bounds in characters: RFC 5280 appendix A.1. */
static const struct {
	const char *name;
	enum oid oid;
	enum der_tag tag;
	size_t max_chars;
} types[ATTR_TYPES] = {
    [ATTR_CN] = {"CN", OID_CN, DER_UTF8_STRING, 64},
    [ATTR_C] = {"C", OID_C, DER_PRINTABLE_STRING, 2},
    [ATTR_ST] = {"ST", OID_ST, DER_UTF8_STRING, 128},
    [ATTR_L] = {"L", OID_L, DER_UTF8_STRING, 128},
    [ATTR_O] = {"O", OID_O, DER_UTF8_STRING, 64},
    [ATTR_OU] = {"OU", OID_OU, DER_UTF8_STRING, 64},
    [ATTR_SERIAL_NUMBER] = {"serialNumber", OID_SERIAL_NUMBER,
	DER_PRINTABLE_STRING, 64},
    [ATTR_OTHER] = {"other", OID_NONE, DER_UTF8_STRING, 0},
};

static const enum attr_type order[] = {
    ATTR_C, ATTR_ST, ATTR_L, ATTR_O, ATTR_OU, ATTR_CN, ATTR_SERIAL_NUMBER};

const char *
attr_type_name(enum attr_type type)
{
	return (unsigned)type < ATTR_TYPES ? types[type].name : "other";
}

enum attr_type
attr_type_find(const char *name)
{
	int type;

	for (type = 0; type < ATTR_OTHER; type++) {
		if (strcmp(types[type].name, name) == 0)
			return (enum attr_type)type;
	}
	return ATTR_OTHER;
}

static enum attr_type
attr_type_of(enum oid oid)
{
	int type;

	for (type = 0; type < ATTR_OTHER; type++) {
		if (types[type].oid == oid)
			return (enum attr_type)type;
	}
	return ATTR_OTHER;
}

static bool
is_country(struct span s)
{
	return s.len == 2 && text_is_printable(s) && s.data[0] >= 'A' &&
	       s.data[1] >= 'A';
}

static int
check_attr(const struct attr *attr, struct diag *d)
{
	const char *name = attr_type_name(attr->type);

	if (attr->type >= ATTR_OTHER)
		return refuse(d, ERR_CSR_NAME, "",
		    "a subject attribute of an unknown type cannot be used");
	if (attr->type == ATTR_C && !is_country(attr->value))
		return refuse(d, ERR_CSR_NAME, "RFC 5280 A.1",
		    "C must be a country code of two letters");
	if (types[attr->type].tag == DER_PRINTABLE_STRING &&
	    !text_is_printable(attr->value))
		return refuse(d, ERR_CSR_NAME, "RFC 5280 A.1",
		    "%s must be a PrintableString", name);
	if (!text_is_utf8(attr->value))
		return refuse(d, ERR_CSR_NAME, "RFC 5280 4.1.2.4",
		    "%s must be UTF-8 without control characters", name);
	if (attr->value.len == 0 ||
	    text_chars(attr->value) > types[attr->type].max_chars)
		return refuse(d, ERR_CSR_NAME, "RFC 5280 A.1",
		    "%s must have 1 to %zu characters, it has %zu", name,
		    types[attr->type].max_chars, text_chars(attr->value));
	return 0;
}

static void
put_attr(struct buf *out, const struct attr *attr)
{
	size_t rdn = der_begin(out, DER_SET);
	size_t pair = der_begin(out, DER_SEQUENCE);

	der_put_oid(out, types[attr->type].oid);
	der_put(out, (uint8_t)types[attr->type].tag, attr->value);
	der_end(out, pair);
	der_end(out, rdn);
}

int
name_encode(const struct attr *attrs, size_t n, struct buf *out, struct diag *d)
{
	size_t mark, i, k;
	int rc;

	for (i = 0; i < n; i++) {
		rc = check_attr(&attrs[i], d);
		if (rc != 0)
			return rc;
	}
	mark = der_begin(out, DER_SEQUENCE);
	for (k = 0; n > 0 && k < sizeof(order) / sizeof(order[0]); k++) {
		for (i = 0; i < n; i++) {
			if (attrs[i].type == order[k])
				put_attr(out, &attrs[i]);
		}
	}
	der_end(out, mark);
	return 0;
}

/* The three string types whose bytes are already UTF-8. */
static bool
is_clean(uint8_t tag, struct span value)
{
	switch (tag) {
	case DER_PRINTABLE_STRING:
		return text_is_printable(value);
	case DER_IA5_STRING:
		return text_is_ascii(value);
	default:
		return text_is_utf8(value);
	}
}

static int
read_pair(struct der *rdn, struct attr *attr, struct diag *d)
{
	struct der pair = der_enter(rdn, DER_SEQUENCE);
	enum oid oid = oid_find(der_oid(&pair));
	uint8_t tag = der_peek(&pair);
	const char *name = oid != OID_NONE ? oid_name(oid) : "an attribute";

	if (!der_more(&pair))
		(void)der_any(&pair); /* the fault: a value is missing */
	if (der_failed(&pair))
		return 0;
	if (tag != DER_UTF8_STRING && tag != DER_PRINTABLE_STRING &&
	    tag != DER_IA5_STRING)
		return refuse(d, ERR_CSR_NAME, "RFC 5280 4.1.2.4",
		    "%s of the name must be a UTF8String, PrintableString or "
		    "IA5String, it has tag 0x%02x",
		    name, tag);
	attr->type = attr_type_of(oid);
	attr->value = der_take(&pair, tag);
	der_leave(&pair);
	if (!der_failed(&pair) && !is_clean(tag, attr->value))
		return refuse(d, ERR_CSR_NAME, "RFC 5280 4.1.2.4",
		    "%s of the name has bytes that its string type does not "
		    "allow",
		    name);
	return 0;
}

/* Name ::= SEQUENCE OF SET SIZE (1..MAX) OF { type, value } */
static int
read_name(
    struct der *top, struct attr *attrs, size_t max, size_t *n, struct diag *d)
{
	struct der name = der_enter(top, DER_SEQUENCE);
	struct der rdn;
	int rc;

	*n = 0;
	while (der_more(&name)) {
		rdn = der_enter(&name, DER_SET);
		do {
			if (*n == max)
				return refuse(d, ERR_CSR_NAME, "",
				    "the name has more than %zu attributes",
				    max);
			rc = read_pair(&rdn, &attrs[*n], d);
			if (rc != 0)
				return rc;
			(*n)++;
		} while (der_more(&rdn));
	}
	return 0;
}

int
name_parse(
    struct span der, struct attr *attrs, size_t max, size_t *n, struct diag *d)
{
	struct der_fault fault;
	struct der top = der_open(der, &fault);
	int rc;

	rc = read_name(&top, attrs, max, n, d);
	if (rc == 0)
		der_leave(&top);
	return der_verdict(&top, "the name", rc, d);
}

struct span
name_read(struct der *r)
{
	struct span whole = der_element(r, DER_SEQUENCE);
	struct der name = der_open_part(r, whole), rdn, pair;

	name = der_enter(&name, DER_SEQUENCE);
	while (der_more(&name)) {
		rdn = der_enter(&name, DER_SET);
		do {
			pair = der_enter(&rdn, DER_SEQUENCE);
			(void)der_oid(&pair);
			(void)der_any(&pair);
			der_leave(&pair);
		} while (der_more(&rdn));
	}
	return whole;
}

/* RFC 4514 2.4. */
static void
print_text(struct span s, struct buf *out)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		uint8_t c = s.data[i];

		if (strchr(",+\"\\<>;", c) != NULL || (i == 0 && c == '#') ||
		    (c == ' ' && (i == 0 || i == s.len - 1)))
			buf_add_u8(out, '\\');
		buf_add_u8(out, c);
	}
}

/* What is not clean text is shown as its bytes: "#" and hexadecimal. */
static void
print_pair(struct der *rdn, struct buf *out)
{
	struct der pair = der_enter(rdn, DER_SEQUENCE), value;
	struct span oid = der_oid(&pair), whole = der_any(&pair), text;
	uint8_t tag;
	size_t i;

	if (der_failed(&pair))
		return;
	value = der_open_part(&pair, whole);
	tag = der_peek(&value);
	text = der_take(&value, tag);
	oid_print(oid, out);
	buf_add_u8(out, '=');
	if ((tag == DER_UTF8_STRING || tag == DER_PRINTABLE_STRING ||
		tag == DER_IA5_STRING) &&
	    text_is_utf8(text)) {
		print_text(text, out);
		return;
	}
	buf_add_u8(out, '#');
	for (i = 0; i < whole.len; i++)
		buf_printf(out, "%02x", whole.data[i]);
}

void
name_print(struct span der, struct buf *out)
{
	struct der_fault fault;
	struct der top = der_open(der, &fault);
	struct der name = der_enter(&top, DER_SEQUENCE), rdn;
	const char *between = "";

	while (der_more(&name)) {
		rdn = der_enter(&name, DER_SET);
		while (der_more(&rdn)) {
			buf_add_str(out, between);
			print_pair(&rdn, out);
			between = " + ";
		}
		between = ", ";
	}
	if (der_failed(&name))
		buf_add_str(out, "(not DER)");
}
