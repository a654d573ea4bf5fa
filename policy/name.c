/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Candidate names out of a CSR: checked for form and brought into the one
 * spelling that patterns are compared with and certificates get.
 */
#include "policy/private.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <string.h>

#define LABEL_MAX 63 /* RFC 1035 2.3.4 */

static char
lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_ldh(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
}

/*
 * "xn--" promises that the rest is a name in Unicode, spelt in the one way
 * there is (RFC 5890 2.3.2.1). Both ways must lead to the same label, else
 * two spellings would be two names to a policy and one to a person.
 */
static const char *
a_label_check(struct span label)
{
	char ascii[LABEL_MAX + 1];
	char *unicode = NULL, *again = NULL;
	bool same;

	memcpy(ascii, label.data, label.len);
	ascii[label.len] = '\0';
	if (idn2_to_unicode_8z8z(ascii, &unicode, 0) != IDN2_OK)
		return "an xn-- label does not decode";
	same = idn2_to_ascii_8z(unicode, &again, IDN2_NONTRANSITIONAL) ==
		   IDN2_OK &&
	       strcmp(again, ascii) == 0;
	idn2_free(unicode);
	idn2_free(again);
	return same ? NULL : "an xn-- label is not spelt the one way it can be";
}

/* RFC 1123 2.1, RFC 5890 2.3.1: letters, digits, hyphens inside. */
static const char empty_label[] = "a label is empty";

static const char *
label_check(struct span label, struct dns_name *name)
{
	const char *p = (const char *)label.data;
	size_t i;

	if (label.len == 0)
		return empty_label;
	if (label.len > LABEL_MAX)
		return "a label has more than 63 bytes";
	for (i = 0; i < label.len; i++) {
		if (p[i] == '_')
			name->underscore = true;
		else if ((uint8_t)p[i] >= 0x80)
			return "a byte is not ASCII (names in other scripts "
			       "are written with xn--)";
		else if (!is_ldh(p[i]))
			return "a byte is none of a-z 0-9 -";
	}
	if (p[0] == '-' || p[label.len - 1] == '-')
		return "a label starts or ends with a hyphen";
	if (label.len < 4 || p[2] != '-' || p[3] != '-')
		return NULL;
	if (memcmp(p, "xn--", 4) != 0)
		return "a label has hyphens in places three and four, which "
		       "are reserved (RFC 5890 2.3.1)";
	return a_label_check(label);
}

struct span
dns_label(const struct dns_name *name, size_t i)
{
	return span_of(name->text + name->start[i],
	    (size_t)(name->start[i + 1] - name->start[i]) - 1);
}

/*
 * Where the labels start; DNS_MAX_LEN keeps all of it within a byte. False
 * when there are more than fit in 253 bytes: then some of them are empty.
 */
static bool
labels_find(struct dns_name *name)
{
	size_t i;

	name->n = 0;
	name->start[name->n++] = 0;
	for (i = 0; i < name->len; i++) {
		if (name->text[i] != '.')
			continue;
		if (name->n == DNS_MAX_LABELS)
			return false;
		name->start[name->n++] = (uint8_t)(i + 1);
	}
	name->start[name->n] = (uint8_t)(name->len + 1);
	return true;
}

/*
 * A star stands for one label, alone, leftmost, with a name of two labels or
 * more behind it: that is all verifiers agree on (RFC 6125 6.4.3).
 */
static bool
is_wildcard(const struct dns_name *name)
{
	return span_is(dns_label(name, 0), "*");
}

static const char *
last_label_check(struct span label)
{
	size_t i;

	for (i = 0; i < label.len; i++) {
		if (!is_digit((char)label.data[i]))
			return NULL;
	}
	return "the last label is a number; an address is not a DNS name";
}

const char *
dns_name_parse(struct span text, char *out, struct dns_name *name)
{
	const char *wrong = NULL;
	size_t i;

	if (text.len == 0)
		return "it is empty";
	if (text.len > DNS_MAX_LEN)
		return "it has more than 253 bytes";
	if (text.data[text.len - 1] == '.')
		return "it ends with a dot";
	for (i = 0; i < text.len; i++)
		out[i] = lower(text.data[i]);
	out[text.len] = '\0';
	*name = (struct dns_name){.text = out, .len = text.len};
	if (!labels_find(name))
		return empty_label;
	name->wildcard = is_wildcard(name);
	if (name->wildcard && name->n < 3)
		return "a wildcard needs two labels behind the star";
	for (i = name->wildcard; i < name->n && wrong == NULL; i++)
		wrong = label_check(dns_label(name, i), name);
	return wrong != NULL ? wrong
			     : last_label_check(dns_label(name, name->n - 1));
}

/*
 * IPv4 in IPv6 clothes (::ffff:10.0.0.1) is refused: some verifiers take it
 * for the IPv4 address, which an IPv6 network of a policy never meant.
 */
const char *
ip_parse(struct span text, uint8_t address[16], size_t *len)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char ascii[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(ascii) ||
	    memchr(text.data, '\0', text.len) != NULL)
		return "it is neither IPv4 nor IPv6";
	memcpy(ascii, text.data, text.len);
	ascii[text.len] = '\0';
	*len = 4;
	if (inet_pton(AF_INET, ascii, address) == 1)
		return NULL;
	*len = 16;
	if (inet_pton(AF_INET6, ascii, address) != 1)
		return "it is neither IPv4 nor IPv6";
	if (memcmp(address, mapped, sizeof(mapped)) == 0)
		return "it is an IPv4 address written as IPv6";
	return NULL;
}

/* RFC 3986 3.1 */
static size_t
scheme_len(struct span text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		char c = lower(text.data[i]);

		if (c >= 'a' && c <= 'z')
			continue;
		if (i > 0 && (is_digit(c) || c == '+' || c == '-' || c == '.'))
			continue;
		break;
	}
	return i;
}

/* Bytes of a path segment: RFC 3986 pchar without percent-encoding. */
bool
is_uri_byte(uint8_t c)
{
	static const char others[] = "-._~!$&'()*+,;=:@";

	return is_ldh(lower(c)) || (c != '\0' && strchr(others, c) != NULL);
}

static const char *
segment_check(struct span segment)
{
	size_t i;

	if (segment.len == 0)
		return "a path segment is empty";
	if (span_is(segment, ".") || span_is(segment, ".."))
		return "a path segment is . or ..";
	for (i = 0; i < segment.len; i++) {
		if (!is_uri_byte(segment.data[i]))
			return "the path has a byte that is not accepted "
			       "(no %-encoding, query or fragment)";
	}
	return NULL;
}

static const char *
segments_parse(struct span path, struct uri_name *name)
{
	const char *wrong = NULL;
	const uint8_t *slash;
	size_t len;

	name->n = 0;
	while (path.len > 0 && wrong == NULL) {
		/* path starts with the slash before the segment */
		path = span_of(path.data + 1, path.len - 1);
		slash = path.len > 0 ? memchr(path.data, '/', path.len) : NULL;
		len = slash != NULL ? (size_t)(slash - path.data) : path.len;
		if (name->n == URI_MAX_SEGMENTS)
			return "it has too many path segments";
		name->segments[name->n] = span_of(path.data, len);
		wrong = segment_check(name->segments[name->n++]);
		path = span_of(path.data + len, path.len - len);
	}
	return wrong;
}

/* A host, or a host and a port; no user, no brackets. */
static const char *
authority_check(struct span authority)
{
	size_t i;
	uint8_t c;

	if (authority.len == 0)
		return "there is no authority behind ://";
	for (i = 0; i < authority.len; i++) {
		c = authority.data[i];
		if (!is_ldh(lower(c)) && c != '.' && c != '_' && c != ':')
			return "the authority has a byte that is not accepted";
	}
	return NULL;
}

const char *
uri_parse(struct span text, char *out, struct uri_name *name)
{
	size_t scheme = scheme_len(text), end, i;
	const char *wrong;

	if (text.len > URI_MAX_LEN)
		return "it has more than 2048 bytes";
	if (scheme == 0 || text.len < scheme + 3 ||
	    memcmp(text.data + scheme, "://", 3) != 0)
		return "it is not scheme://authority/path";
	for (end = scheme + 3; end < text.len && text.data[end] != '/';)
		end++;
	wrong =
	    authority_check(span_of(text.data + scheme + 3, end - scheme - 3));
	if (wrong != NULL)
		return wrong;
	for (i = 0; i < text.len; i++)
		out[i] = i < end ? lower(text.data[i]) : (char)text.data[i];
	name->prefix = span_of(out, end);
	return segments_parse(span_of(out + end, text.len - end), name);
}

/* RFC 5321 4.1.2 atext. */
bool
is_email_byte(uint8_t c)
{
	static const char others[] = "!#$%&'*+-/=?^_`{|}~";

	return is_ldh(lower(c)) || (c != '\0' && strchr(others, c) != NULL);
}

/* RFC 5321 4.1.2 Dot-string: atoms with single dots between them. */
static const char *
local_check(struct span local)
{
	bool after_dot = true;
	size_t i;

	if (local.len == 0 || local.len > EMAIL_LOCAL_MAX)
		return "the part before the @ must have 1 to 64 bytes";
	for (i = 0; i < local.len; i++) {
		uint8_t c = local.data[i];

		if (c == '.' && after_dot)
			return "the part before the @ has a dot too many";
		if (c != '.' && !is_email_byte(c))
			return "the part before the @ has a byte that is not "
			       "accepted";
		after_dot = c == '.';
	}
	return after_dot ? "the part before the @ has a dot too many" : NULL;
}

const char *
email_parse(struct span text, char *out, struct email_name *name)
{
	const uint8_t *at =
	    text.len > 0 ? memchr(text.data, '@', text.len) : NULL;
	size_t local = at != NULL ? (size_t)(at - text.data) : 0;
	const char *wrong;

	if (at == NULL)
		return "it has no @";
	if (text.len > EMAIL_LOCAL_MAX + 1 + DNS_MAX_LEN)
		return "it is too long";
	memcpy(out, text.data, local + 1);
	name->local = span_of(out, local);
	wrong = local_check(name->local);
	if (wrong != NULL)
		return wrong;
	wrong = dns_name_parse(span_of(at + 1, text.len - local - 1),
	    out + local + 1, &name->domain);
	if (wrong != NULL)
		return wrong;
	if (name->domain.wildcard || name->domain.underscore)
		return "the part behind the @ is not a host name";
	return NULL;
}
