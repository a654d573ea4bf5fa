/* SPDX-License-Identifier: Apache-2.0 */
/* GeneralNames; see san.h. */
#include "x509/san.h"

#include <arpa/inet.h>

#include "x509/refuse.h"
#include "x509/text.h"

/* GeneralName is a CHOICE by context tag (RFC 5280 4.2.1.6). */
static const struct {
	const char *name;
	uint8_t tag;
} kinds[SAN_KINDS] = {
    [SAN_DNS] = {"dns", DER_CONTEXT(2)},
    [SAN_IP] = {"ip", DER_CONTEXT(7)},
    [SAN_URI] = {"uri", DER_CONTEXT(6)},
    [SAN_EMAIL] = {"email", DER_CONTEXT(1)},
};

const char *
san_kind_name(enum san_kind kind)
{
	return (unsigned)kind < SAN_KINDS ? kinds[kind].name : "unknown";
}

int
san_check(const struct san *san, struct diag *d)
{
	if (san->kind == SAN_IP && san->value.len != 4 && san->value.len != 16)
		return refuse(d, ERR_CSR_NAME, "RFC 5280 4.2.1.6",
		    "an IP address has 4 or 16 bytes, %zu came",
		    san->value.len);
	if (san->kind == SAN_IP)
		return 0;
	if (san->value.len == 0)
		return refuse(d, ERR_CSR_NAME, "RFC 5280 4.2.1.6",
		    "a %s name is empty", san_kind_name(san->kind));
	if (!text_is_ascii(san->value))
		return refuse(d, ERR_CSR_NAME, "RFC 5280 4.2.1.6",
		    "a %s name has control or non-ASCII bytes",
		    san_kind_name(san->kind));
	return 0;
}

static const char *
foreign_kind(uint8_t tag)
{
	switch (tag) {
	case DER_CONTEXT_IN(0):
		return "otherName";
	case DER_CONTEXT_IN(3):
		return "x400Address";
	case DER_CONTEXT_IN(4):
		return "directoryName";
	case DER_CONTEXT_IN(5):
		return "ediPartyName";
	case DER_CONTEXT(8):
		return "registeredID";
	default:
		return "an unknown kind";
	}
}

static int
read_one(struct der *names, struct san *san, struct diag *d)
{
	uint8_t tag = der_peek(names);
	int kind;

	for (kind = 0; kind < SAN_KINDS; kind++) {
		if (kinds[kind].tag == tag)
			break;
	}
	if (kind == SAN_KINDS)
		return refuse(d, ERR_CSR_NAME, "RFC 5280 4.2.1.6",
		    "a subject alternative name is %s; dns, ip, uri and email "
		    "can be granted",
		    foreign_kind(tag));
	san->kind = (enum san_kind)kind;
	san->value = der_take(names, tag);
	return der_failed(names) ? 0 : san_check(san, d);
}

int
san_read(struct der *r, struct san *sans, size_t max, size_t *n, struct diag *d)
{
	struct der names = der_enter(r, DER_SEQUENCE);
	int rc;

	*n = 0;
	if (!der_failed(r) && !der_more(&names))
		return refuse(d, ERR_CSR, "RFC 5280 4.2.1.6",
		    "the list of subject alternative names is empty");
	while (der_more(&names)) {
		if (*n == max)
			return refuse(d, ERR_CSR, "",
			    "there are more than %zu subject alternative "
			    "names",
			    max);
		rc = read_one(&names, &sans[*n], d);
		if (rc != 0)
			return rc;
		(*n)++;
	}
	return 0;
}

static bool
came_before(const struct san *sans, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++) {
		if (sans[k].kind == sans[i].kind &&
		    span_eq(sans[k].value, sans[i].value))
			return true;
	}
	return false;
}

void
san_put(struct buf *out, const struct san *sans, size_t n)
{
	size_t mark = der_begin(out, DER_SEQUENCE), i;

	for (i = 0; i < n; i++) {
		if (!came_before(sans, i))
			der_put(out, kinds[sans[i].kind].tag, sans[i].value);
	}
	der_end(out, mark);
}

void
san_print(const struct san *san, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	if (san->kind != SAN_IP) {
		text_quote(san->value, out);
		return;
	}
	if ((san->value.len != 4 && san->value.len != 16) ||
	    inet_ntop(san->value.len == 4 ? AF_INET : AF_INET6, san->value.data,
		text, sizeof(text)) == NULL) {
		buf_add_str(out, "(not an address)");
		return;
	}
	buf_add_str(out, text);
}
