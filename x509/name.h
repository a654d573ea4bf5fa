/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names: subject attributes and subject alternative names.
 */
#ifndef X509_NAME_H
#define X509_NAME_H

#include "lib/buf.h"
#include "lib/diag.h"

/* One SAN; the value is text for DNS, URI and e-mail, 4 or 16 octets for IP. */
enum san_kind { SAN_DNS, SAN_IP, SAN_URI, SAN_EMAIL, SAN_KINDS };

struct san {
	enum san_kind kind;
	struct span value;
};

const char *san_kind_name(enum san_kind kind); /* "dns", "ip", ... */

/* One subject attribute; the value is UTF-8. */
enum attr_type {
	ATTR_CN,
	ATTR_C,
	ATTR_ST,
	ATTR_L,
	ATTR_O,
	ATTR_OU,
	ATTR_SERIAL_NUMBER,
	ATTR_OTHER, /* parsed from a CSR, never encoded */
	ATTR_TYPES
};

struct attr {
	enum attr_type type;
	struct span value;
};

const char *attr_type_name(enum attr_type type); /* "CN", "serialNumber" */
enum attr_type attr_type_find(const char *name); /* ATTR_OTHER if unknown */

/*
 * A Name from attributes, in the order C, ST, L, O, OU, CN, serialNumber (as
 * given within a type); one attribute an RDN; UTF8String, country is a
 * PrintableString of two. Appends DER. ERR_CSR_NAME for values that cannot be.
 */
int name_encode(
    const struct attr *attrs, size_t n, struct buf *out, struct diag *d);

/*
 * A Name taken apart. At most max attributes; control bytes and NUL are
 * refused, strings come out as UTF-8 (a BMPString or TeletexString is refused).
 */
int name_parse(
    struct span der, struct attr *attrs, size_t max, size_t *n, struct diag *d);

/* "C=DE, O=Example Ltd, CN=a.example" (RFC 4514 escapes). */
void name_print(struct span der, struct buf *out);

/* "10.0.0.1" or "2001:db8::1" from 4 or 16 octets. */
void san_print(const struct san *san, struct buf *out);

#endif
