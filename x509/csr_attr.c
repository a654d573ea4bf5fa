/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attributes of a CSR; see csr_attr.h.
 *
 *	Attribute ::= SEQUENCE { type OID, values SET OF ANY }
 *	extensionRequest: Extensions, a single value (RFC 2985 5.4.2)
 *
 * Extensions are wishes. Names are kept as candidates; of basicConstraints
 * and usages it is only noted that they were asked for; the rest is passed
 * over. All of it must be DER, and nothing may come twice.
 */
#include "x509/csr_attr.h"

#include "x509/refuse.h"
#include "x509/san.h"

#define MAX_ATTRIBUTES 16
#define MAX_EXTENSIONS 32

/* Object identifiers that were seen in one list. */
struct seen {
	struct span oids[MAX_EXTENSIONS];
	size_t n, max;
	const char *what;
};

static int
seen_add(struct seen *seen, struct span oid, struct diag *d)
{
	BUF_CLEANUP name = BUF_INIT;
	size_t i;

	for (i = 0; i < seen->n; i++) {
		if (!span_eq(seen->oids[i], oid))
			continue;
		oid_print(oid, &name);
		return refuse(d, ERR_CSR_DUPLICATE, "RFC 5280 4.2",
		    "the CSR has the %s %s twice", seen->what, buf_cstr(&name));
	}
	if (seen->n == seen->max)
		return refuse(d, ERR_CSR, "", "the CSR has more than %zu %ss",
		    seen->max, seen->what);
	seen->oids[seen->n++] = oid;
	return 0;
}

static void
read_basic_constraints(struct der *value, struct csr *out)
{
	struct der bc = der_enter(value, DER_SEQUENCE);

	if (der_next_is(&bc, DER_BOOLEAN))
		out->asks_ca = der_bool(&bc);
	if (der_next_is(&bc, DER_INTEGER))
		(void)der_integer(&bc);
	der_leave(&bc);
}

static void
read_ext_key_usage(struct der *value, struct csr *out)
{
	struct der purposes = der_enter(value, DER_SEQUENCE);

	while (der_more(&purposes))
		(void)der_oid(&purposes);
	out->asks_ext_key_usage = true;
}

static int
read_wish(enum oid oid, struct der *value, struct csr *out, struct diag *d)
{
	switch (oid) {
	case OID_SAN:
		return san_read(
		    value, out->sans, CSR_MAX_SANS, &out->n_sans, d);
	case OID_BASIC_CONSTRAINTS:
		read_basic_constraints(value, out);
		return 0;
	case OID_KEY_USAGE:
		out->asks_key_usage = true;
		out->key_usage = (uint16_t)der_named_bits(value);
		return 0;
	case OID_EXT_KEY_USAGE:
		read_ext_key_usage(value, out);
		return 0;
	default:
		/* Nobody says that the octets of an unknown one are DER. */
		(void)der_rest(value);
		return 0;
	}
}

/* Extension ::= SEQUENCE { OID, critical BOOLEAN DEFAULT FALSE, OCTETS } */
static int
read_extension(
    struct der *list, struct seen *seen, struct csr *out, struct diag *d)
{
	struct der ext = der_enter(list, DER_SEQUENCE), value;
	struct span oid = der_oid(&ext);
	int rc;

	/* An explicit FALSE is not DER, but clients send it in requests. */
	if (der_next_is(&ext, DER_BOOLEAN))
		(void)der_bool(&ext);
	value = der_enter(&ext, DER_OCTET_STRING);
	der_leave(&ext);
	if (der_failed(&ext))
		return 0;
	rc = seen_add(seen, oid, d);
	if (rc == 0)
		rc = read_wish(oid_find(oid), &value, out, d);
	if (rc == 0)
		der_leave(&value);
	return rc;
}

static int
read_extensions(struct der *values, struct csr *out, struct diag *d)
{
	struct der list = der_enter(values, DER_SEQUENCE);
	struct seen seen = {.n = 0, .max = MAX_EXTENSIONS, .what = "extension"};
	int rc = 0;

	while (rc == 0 && der_more(&list))
		rc = read_extension(&list, &seen, out, d);
	return rc;
}

/* Every attribute has one value, as RFC 2985 5.4 says of those it defines. */
static int
read_attribute(
    struct der *set, struct seen *seen, struct csr *out, struct diag *d)
{
	struct der attr = der_enter(set, DER_SEQUENCE), values;
	struct span oid = der_oid(&attr);
	int rc;

	values = der_enter(&attr, DER_SET);
	der_leave(&attr);
	if (der_failed(&attr))
		return 0;
	rc = seen_add(seen, oid, d);
	if (rc == 0 && oid_find(oid) == OID_EXTENSION_REQUEST)
		rc = read_extensions(&values, out, d);
	else if (rc == 0)
		(void)der_any(&values);
	if (rc == 0 && der_more(&values))
		return refuse(d, ERR_CSR_DUPLICATE, "RFC 2985 5.4.2",
		    "an attribute of the CSR has more than one value");
	return rc;
}

int
csr_attr_read(struct der *info, struct csr *out, struct diag *d)
{
	struct der set;
	struct seen seen = {.n = 0, .max = MAX_ATTRIBUTES, .what = "attribute"};
	int rc = 0;

	/* RFC 2986 demands the field; some clients leave out an empty one. */
	if (!der_more(info))
		return 0;
	set = der_enter(info, DER_CONTEXT_IN(0));
	while (rc == 0 && der_more(&set))
		rc = read_attribute(&set, &seen, out, d);
	return rc;
}
