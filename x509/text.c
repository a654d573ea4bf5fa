/* SPDX-License-Identifier: Apache-2.0 */
/* Alphabets of names; see text.h. */
#include "x509/text.h"

#include <string.h>

#define LABEL_MAX_LEN 63
#define HOST_MAX_LEN 253

bool
text_is_ascii(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.data[i] < 0x20 || s.data[i] > 0x7e)
			return false;
	}
	return true;
}

/*
 * The length of the character at p, 0 if it is not one. RFC 3629 4: no
 * overlong forms, no surrogates, nothing above U+10FFFF.
 */
static size_t
utf8_char(const uint8_t *p, size_t left)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t len, i;

	if (p[0] < 0x80)
		return 1;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] < 0xc2 || p[0] > 0xf4 || left < len)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return len;
}

bool
text_is_utf8(struct span s)
{
	size_t i = 0, len;

	while (i < s.len) {
		len = utf8_char(s.data + i, s.len - i);
		if (len == 0)
			return false;
		if (len == 1 && (s.data[i] < 0x20 || s.data[i] == 0x7f))
			return false;
		if (s.data[i] == 0xc2 && s.data[i + 1] < 0xa0)
			return false;
		i += len;
	}
	return true;
}

bool
text_is_printable(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		uint8_t c = s.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') &&
		    (c == 0 || strchr(" '()+,-./:=?", c) == NULL))
			return false;
	}
	return true;
}

size_t
text_chars(struct span s)
{
	size_t n = 0, i;

	for (i = 0; i < s.len; i++)
		n += (s.data[i] & 0xc0) != 0x80;
	return n;
}

/* Host names have no underscore, names in the DNS may: policy's choice. */
static bool
is_label_end(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool
is_label(struct span s)
{
	size_t i;

	if (s.len == 0 || s.len > LABEL_MAX_LEN || !is_label_end(s.data[0]) ||
	    !is_label_end(s.data[s.len - 1]))
		return false;
	for (i = 0; i < s.len; i++) {
		if (!is_label_end(s.data[i]) && s.data[i] != '-')
			return false;
	}
	return true;
}

static bool
is_digits(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
	}
	return true;
}

bool
text_is_dns(struct span s)
{
	struct span label = SPAN_NONE;
	size_t start = 0, i;

	if (s.len == 0 || s.len > HOST_MAX_LEN)
		return false;
	if (s.len > 2 && s.data[0] == '*' && s.data[1] == '.')
		start = 2;
	for (i = start; i <= s.len; i++) {
		if (i < s.len && s.data[i] != '.')
			continue;
		label = span_of(s.data + start, i - start);
		if (!is_label(label))
			return false;
		start = i + 1;
	}
	return !is_digits(label);
}

static bool
is_alpha(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
text_is_uri(struct span s)
{
	size_t i = 0;

	if (s.len == 0 || !is_alpha(s.data[0]))
		return false;
	while (i < s.len &&
	       (is_alpha(s.data[i]) || (s.data[i] >= '0' && s.data[i] <= '9') ||
		   s.data[i] == '+' || s.data[i] == '-' || s.data[i] == '.'))
		i++;
	if (i + 1 >= s.len || s.data[i] != ':')
		return false;
	if (memchr(s.data, ' ', s.len) != NULL || !text_is_ascii(s))
		return false;
	/* With an authority there must be a host or a path to name. */
	return !(
	    s.len == i + 3 && s.data[i + 1] == '/' && s.data[i + 2] == '/');
}

bool
text_is_email(struct span s)
{
	const uint8_t *at;
	size_t local;
	uint8_t host[HOST_MAX_LEN];
	size_t len, i;

	at = s.len != 0 ? memchr(s.data, '@', s.len) : NULL;
	if (at == NULL || memchr(s.data, ' ', s.len) != NULL ||
	    !text_is_ascii(s))
		return false;
	local = (size_t)(at - s.data);
	len = s.len - local - 1;
	if (local == 0 || local > 64 || len == 0 || len > sizeof(host))
		return false;
	/* RFC 5280 7.5: hosts compare without case, so either may be here. */
	for (i = 0; i < len; i++)
		host[i] = (uint8_t)(at[1 + i] >= 'A' && at[1 + i] <= 'Z'
					? at[1 + i] + 32
					: at[1 + i]);
	return host[0] != '*' && memchr(host, '_', len) == NULL &&
	       text_is_dns(span_of(host, len));
}

void
text_quote(struct span s, struct buf *out)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.data[i] >= 0x20 && s.data[i] <= 0x7e)
			buf_add_u8(out, s.data[i]);
		else
			buf_printf(out, "\\x%02x", s.data[i]);
	}
}
