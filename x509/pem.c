/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PEM; see pem.h. A block is "-----BEGIN LABEL-----", lines of base64, and
 * "-----END LABEL-----". Lines may have any length and end in CR LF or in
 * white space (RFC 7468 2 lets parsers take that); headers, empty lines
 * inside, stray characters and padding bits that are set are refused.
 */
#include "x509/pem.h"

#include <string.h>

#include "x509/refuse.h"
#include "x509/text.h"

#define LABEL_MAX_LEN 64
#define LINE_LEN 64

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Lines of a text, one after the other, without what ends them. */
struct lines {
	struct span left;
	unsigned number;
};

static bool
next_line(struct lines *lines, struct span *line)
{
	const uint8_t *nl;
	size_t len, used;

	if (lines->left.len == 0)
		return false;
	nl = memchr(lines->left.data, '\n', lines->left.len);
	len = nl != NULL ? (size_t)(nl - lines->left.data) : lines->left.len;
	used = nl != NULL ? len + 1 : len;
	*line = span_of(lines->left.data, len);
	while (line->len > 0 && (line->data[line->len - 1] == '\r' ||
				    line->data[line->len - 1] == ' ' ||
				    line->data[line->len - 1] == '\t'))
		line->len--;
	lines->left = span_of(lines->left.data + used, lines->left.len - used);
	lines->number++;
	return true;
}

/* The label of "-----BEGIN LABEL-----"; false for any other line. */
static bool
boundary(struct span line, const char *start, struct span *label)
{
	size_t head = strlen(start), tail = strlen("-----");

	if (line.len < head + tail || memcmp(line.data, start, head) != 0 ||
	    memcmp(line.data + line.len - tail, "-----", tail) != 0)
		return false;
	*label = span_of(line.data + head, line.len - head - tail);
	return label->len > 0 && label->len <= LABEL_MAX_LEN &&
	       text_is_ascii(*label);
}

/* One more than the value of a digit; 0 for what is not one. */
static const uint8_t digits[256] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 63, 0, 0, 0, 64, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0, 0, 0,
    0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
    19, 20, 21, 22, 23, 24, 25, 26, 0, 0, 0, 0, 0, 0, 27, 28, 29, 30, 31, 32,
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
    52, 0, 0, 0, 0, 0};

/* What goes on from line to line: bits that do not make an octet yet. */
struct base64 {
	uint32_t bits;
	unsigned n_bits;
	unsigned n_digits; /* modulo 4, padding included */
	unsigned padding;
};

static bool
decode_digit(struct base64 *b, uint8_t c, struct buf *der)
{
	b->n_digits = (b->n_digits + 1) % 4;
	if (c == '=' && b->padding < 2) {
		b->padding++;
		return true;
	}
	if (digits[c] == 0 || b->padding != 0)
		return false;
	b->bits = b->bits << 6 | (digits[c] - 1u);
	b->n_bits += 6;
	if (b->n_bits >= 8) {
		b->n_bits -= 8;
		der->data[der->len++] = (uint8_t)(b->bits >> b->n_bits);
		b->bits &= (1u << b->n_bits) - 1;
	}
	return true;
}

/* Four digits, three octets; false leaves them for decode_digit(). */
static bool
decode_group(const uint8_t *p, struct buf *der)
{
	unsigned a = digits[p[0]], b = digits[p[1]], c = digits[p[2]],
		 d = digits[p[3]];
	uint8_t *out = der->data + der->len;

	if (a == 0 || b == 0 || c == 0 || d == 0)
		return false;
	a--, b--, c--, d--;
	out[0] = (uint8_t)(a << 2 | b >> 4);
	out[1] = (uint8_t)(b << 4 | c >> 2);
	out[2] = (uint8_t)(c << 6 | d);
	der->len += 3;
	return true;
}

static bool
decode_line(struct base64 *b, struct span line, struct buf *der)
{
	size_t i = 0;

	buf_reserve(der, line.len);
	if (b->n_digits == 0 && b->padding == 0) {
		while (line.len - i >= 4 && decode_group(line.data + i, der))
			i += 4;
	}
	for (; i < line.len; i++) {
		if (!decode_digit(b, line.data[i], der))
			return false;
	}
	return true;
}

/* RFC 4648 3.2, 3.5: whole groups of four, padding bits zero. */
static bool
decode_end(const struct base64 *b)
{
	return b->n_digits == 0 && b->bits == 0 && b->padding * 2 == b->n_bits;
}

/* The lines after BEGIN, up to and with END of the same label. */
static int
read_body(
    struct lines *lines, struct span label, struct buf *der, struct diag *d)
{
	struct base64 base64 = {0, 0, 0, 0};
	struct span line, end;

	while (next_line(lines, &line)) {
		if (boundary(line, "-----END ", &end)) {
			if (!span_eq(end, label) || !decode_end(&base64) ||
			    der->len == 0)
				break;
			return 0;
		}
		if (line.len == 0 || !decode_line(&base64, line, der))
			return refuse(d, ERR_PEM, "RFC 7468 3",
			    "line %u is not base64", lines->number);
	}
	return refuse(d, ERR_PEM, "RFC 7468 3",
	    "the PEM block is cut short or does not end with its label, at "
	    "line %u",
	    lines->number);
}

static bool
next_block(struct lines *lines, struct span *label)
{
	struct span line;

	while (next_line(lines, &line)) {
		if (boundary(line, "-----BEGIN ", label))
			return true;
	}
	return false;
}

static bool
label_fits(struct span label, const char *want)
{
	return span_is(label, want) ||
	       (strcmp(want, PEM_CSR) == 0 && span_is(label, "NEW " PEM_CSR));
}

static int
refuse_rest(struct lines *lines, const char *label, struct diag *d)
{
	struct span line, other;

	while (next_line(lines, &line)) {
		if (line.len == 0)
			continue;
		if (boundary(line, "-----BEGIN ", &other))
			return refuse(d,
			    strcmp(label, PEM_CSR) == 0 ? ERR_CSR_MANY
							: ERR_PEM,
			    "RFC 7468 2",
			    "one %s was wanted, a second PEM block begins at "
			    "line %u",
			    label, lines->number);
		return refuse(d, ERR_PEM, "RFC 7468 2",
		    "line %u after the PEM block is not empty", lines->number);
	}
	return 0;
}

int
pem_decode(struct span text, const char *label, struct buf *der, struct diag *d)
{
	struct lines lines = {text, 0};
	BUF_CLEANUP content = BUF_INIT;
	struct span have;
	int rc;

	if (!next_block(&lines, &have))
		return refuse(d, ERR_PEM, "RFC 7468 2",
		    "there is no line -----BEGIN %s-----", label);
	if (!label_fits(have, label))
		return refuse(d, ERR_PEM, "RFC 7468 4",
		    "a %s was wanted, a %.*s came", label, (int)have.len,
		    (const char *)have.data);
	rc = read_body(&lines, have, &content, d);
	if (rc == 0)
		rc = refuse_rest(&lines, label, d);
	if (rc == 0)
		buf_add_span(der, buf_span(&content));
	return rc;
}

int
pem_each(struct span text, const char *label,
    int (*found)(void *arg, struct span der, struct diag *d), void *arg,
    struct diag *d)
{
	struct lines lines = {text, 0};
	BUF_CLEANUP der = BUF_INIT;
	struct span have;
	int rc = 0;

	while (rc == 0 && next_block(&lines, &have)) {
		buf_reset(&der);
		rc = read_body(&lines, have, &der, d);
		if (rc == 0 && label_fits(have, label))
			rc = found(arg, buf_span(&der), d);
	}
	return rc;
}

static void
encode_group(const uint8_t *p, size_t left, char *out)
{
	uint32_t v = (uint32_t)p[0] << 16 |
		     (left > 1 ? (uint32_t)p[1] << 8 : 0) |
		     (left > 2 ? p[2] : 0u);

	out[0] = alphabet[v >> 18 & 63];
	out[1] = alphabet[v >> 12 & 63];
	out[2] = left > 1 ? alphabet[v >> 6 & 63] : '=';
	out[3] = left > 2 ? alphabet[v & 63] : '=';
}

void
pem_encode(struct span der, const char *label, struct buf *out)
{
	char line[LINE_LEN + 1];
	size_t i, n = 0;

	buf_reserve(out, der.len / 3 * 4 + der.len / 48 + 128);
	buf_add_str(out, "-----BEGIN ");
	buf_add_str(out, label);
	buf_add_str(out, "-----\n");
	for (i = 0; i < der.len; i += 3) {
		encode_group(der.data + i, der.len - i, line + n);
		n += 4;
		if (n == LINE_LEN || i + 3 >= der.len) {
			line[n] = '\n';
			buf_add(out, line, n + 1);
			n = 0;
		}
	}
	buf_add_str(out, "-----END ");
	buf_add_str(out, label);
	buf_add_str(out, "-----\n");
}
