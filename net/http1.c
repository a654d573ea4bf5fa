/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP/1.1 request parser; see http1.h. RFC numbers stand at the checks. */
#include "net/http1.h"

#include <assert.h>
#include <string.h>

#define HTTP1_KEEP_MAX 16384 /* bytes */

void
http1_init(struct http1 *p, const struct http_limits *limits)
{
	memset(p, 0, sizeof(*p));
	p->limits = limits;
	request_reset(&p->request);
}

void
http1_free(struct http1 *p)
{
	request_free(&p->request);
	buf_free(&p->body);
}

static void
start_over(struct http1 *p)
{
	p->state = HTTP1_HEAD;
	p->scanned = 0;
	p->fields = 0;
	p->trailer = 0;
	p->length = 0;
	p->keep_alive = true;
	p->is_old = false;
	p->has_host = p->has_length = p->is_chunked = false;
	p->wants_continue = false;
	/* What a big body needed is not kept by an idle connection. */
	if (p->body.cap > HTTP1_KEEP_MAX)
		buf_free(&p->body);
	buf_reset(&p->body);
	request_reset(&p->request);
}

bool
http1_is_midway(const struct http1 *p)
{
	return p->state != HTTP1_HEAD;
}

/*
 * Takes one line off the front; false when there is no whole one. The line
 * ends in CR LF: RFC 9112 2.2 allows a bare LF, but programs in front of us
 * might see the end of a line elsewhere, so it is refused.
 */
static int
line_take(struct span *s, struct span *line, struct diag *d)
{
	const uint8_t *lf = s->len > 0 ? memchr(s->data, '\n', s->len) : NULL;
	size_t len;

	if (lf == NULL)
		return HTTP1_MORE;
	len = (size_t)(lf - s->data);
	if (len == 0 || s->data[len - 1] != '\r')
		return diag_set(d, ERR_HTTP,
		    "a line ends in LF alone, it must end in CR LF");
	*line = span_of(s->data, len - 1);
	*s = span_of(lf + 1, s->len - len - 1);
	return HTTP1_REQUEST;
}

/*
 * Looks for the empty line. *head_len is set, with that line, when it is
 * there. Every line is looked at once, however the bytes arrive.
 */
static int
head_scan(struct http1 *p, struct span bytes, size_t *head_len, struct diag *d)
{
	size_t max = p->limits->header_max;
	struct span rest, line;
	int rc;

	rest = span_of(bytes.data, bytes.len < max ? bytes.len : max);
	rest = span_of(rest.data + p->scanned, rest.len - p->scanned);
	while ((rc = line_take(&rest, &line, d)) == HTTP1_REQUEST) {
		p->scanned = (size_t)(rest.data - bytes.data);
		if (line.len == 0) {
			*head_len = p->scanned;
			return HTTP1_REQUEST;
		}
	}
	if (rc == HTTP1_MORE && bytes.len >= max)
		return diag_set(d, ERR_HEADER_TOO_LARGE,
		    "request line and header have more than %zu bytes", max);
	return rc;
}

/* RFC 9112 3: method SP target SP version, with exactly these two spaces. */
static int
request_line_parse(struct http1 *p, struct span line, struct diag *d)
{
	struct span method, target, version;
	const uint8_t *end = line.data + line.len;
	const uint8_t *first = memchr(line.data, ' ', line.len);
	const uint8_t *last = memrchr(line.data, ' ', line.len);
	int rc;

	if (first == NULL || first == last)
		return diag_set(d, ERR_HTTP,
		    "the first line must be 'METHOD TARGET HTTP/1.1'");
	method = span_of(line.data, (size_t)(first - line.data));
	target = span_of(first + 1, (size_t)(last - first - 1));
	version = span_of(last + 1, (size_t)(end - last - 1));
	p->is_old = span_is(version, "HTTP/1.0");
	if (!p->is_old && !span_is(version, "HTTP/1.1"))
		return diag_set(
		    d, ERR_HTTP, "the version must be HTTP/1.1 or HTTP/1.0");
	p->keep_alive = !p->is_old;
	rc = request_take_method(&p->request, method, d);
	return rc != 0 ? rc : request_take_target(&p->request, target, d);
}

/* RFC 9112 3.2: exactly one Host; which one makes no difference here. */
static int
field_host(struct http1 *p, struct span value, struct diag *d)
{
	(void)value;
	if (p->has_host)
		return diag_set(d, ERR_HTTP, "the request has two Host fields");
	p->has_host = true;
	return 0;
}

/* RFC 9110 8.6: digits only; "5, 5" may be refused, so it is. */
static int
field_content_length(struct http1 *p, struct span value, struct diag *d)
{
	size_t i;

	if (p->has_length)
		return diag_set(
		    d, ERR_HTTP, "the request has two Content-Length fields");
	p->has_length = true;
	if (value.len == 0 || value.len > 18)
		return diag_set(d, ERR_HTTP, "Content-Length must be a number");
	for (i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return diag_set(
			    d, ERR_HTTP, "Content-Length must be a number");
		p->length = p->length * 10 + (value.data[i] - '0');
	}
	return 0;
}

/* RFC 9112 6.1: the one coding that is understood, once. */
static int
field_transfer_encoding(struct http1 *p, struct span value, struct diag *d)
{
	if (p->is_chunked || !span_is_nocase(value, "chunked"))
		return diag_set(
		    d, ERR_HTTP, "Transfer-Encoding must be 'chunked', once");
	p->is_chunked = true;
	return 0;
}

/* RFC 9110 7.6.1: a list of options, of which "close" is the one that counts.
 */
static int
field_connection(struct http1 *p, struct span value, struct diag *d)
{
	const uint8_t *comma;
	struct span option;

	(void)d;
	while (value.len > 0) {
		comma = memchr(value.data, ',', value.len);
		option = value;
		if (comma != NULL)
			option.len = (size_t)(comma - value.data);
		if (span_is_nocase(span_trim(option), "close"))
			p->keep_alive = false;
		if (comma == NULL)
			break;
		value = span_of(comma + 1, value.len - option.len - 1);
	}
	return 0;
}

/* RFC 9110 10.1.1: there is one expectation. */
static int
field_expect(struct http1 *p, struct span value, struct diag *d)
{
	if (!span_is_nocase(value, "100-continue"))
		return diag_set(
		    d, ERR_HTTP, "Expect can only be '100-continue'");
	p->wants_continue = !p->is_old;
	return 0;
}

static int
field_content_type(struct http1 *p, struct span value, struct diag *d)
{
	return request_take_content_type(&p->request, value, d);
}

static int
field_accept(struct http1 *p, struct span value, struct diag *d)
{
	(void)d;
	request_take_accept(&p->request, value);
	return 0;
}

static const struct {
	const char *name;
	int (*take)(struct http1 *p, struct span value, struct diag *d);
} known_fields[] = {
    {"host", field_host},
    {"accept", field_accept},
    {"content-type", field_content_type},
    {"content-length", field_content_length},
    {"transfer-encoding", field_transfer_encoding},
    {"connection", field_connection},
    {"expect", field_expect},
};

/*
 * RFC 9112 5: name, colon, value. A space before the colon or at the start of
 * the line (a folded field, 5.2) has been used to smuggle requests.
 */
static int
field_split(struct http1 *p, struct span line, struct span *name,
    struct span *value, struct diag *d)
{
	const uint8_t *colon = memchr(line.data, ':', line.len);

	if (++p->fields > HTTP1_MAX_FIELDS)
		return diag_set(d, ERR_HEADER_TOO_LARGE,
		    "the header has more than %d fields", HTTP1_MAX_FIELDS);
	if (colon == NULL)
		return diag_set(d, ERR_HTTP, "a header field has no colon");
	*name = span_of(line.data, (size_t)(colon - line.data));
	*value = span_trim(span_of(colon + 1, line.len - name->len - 1));
	if (!is_token(*name))
		return diag_set(d, ERR_HTTP,
		    "a header field has no valid name before its colon");
	if (!is_field_value(*value))
		return diag_set(
		    d, ERR_HTTP, "a header field has a control byte");
	return 0;
}

static int
field_parse(struct http1 *p, struct span line, struct diag *d)
{
	struct span name, value;
	size_t i;
	int rc;

	rc = field_split(p, line, &name, &value, d);
	if (rc != 0)
		return rc;
	for (i = 0; i < sizeof(known_fields) / sizeof(known_fields[0]); i++) {
		if (span_is_nocase(name, known_fields[i].name))
			return known_fields[i].take(p, value, d);
	}
	return 0;
}

/* What only the whole header can tell. */
static int
head_check(const struct http1 *p, struct diag *d)
{
	if (!p->has_host && !p->is_old)
		return diag_set(d, ERR_HTTP, "the request has no Host field");
	/* RFC 9112 6.1 and 6.3: the classic of request smuggling. */
	if (p->is_chunked && p->has_length)
		return diag_set(d, ERR_HTTP,
		    "the request has Transfer-Encoding and Content-Length");
	if (p->is_chunked && p->is_old)
		return diag_set(
		    d, ERR_HTTP, "HTTP/1.0 has no Transfer-Encoding");
	if (p->length > p->limits->body_max)
		return diag_set(d, ERR_TOO_LARGE,
		    "the body has %ju bytes, at most %zu are allowed",
		    (uintmax_t)p->length, p->limits->body_max);
	return 0;
}

static int
head_parse(struct http1 *p, struct span head, struct diag *d)
{
	struct span line = span_str("");
	int rc;

	rc = line_take(&head, &line, d);
	assert(rc == HTTP1_REQUEST); /* head_scan() has seen every line */
	rc = request_line_parse(p, line, d);
	while (rc == 0 && line_take(&head, &line, d) == HTTP1_REQUEST) {
		if (line.len == 0)
			return head_check(p, d);
		rc = field_parse(p, line, d);
	}
	return rc;
}

static int
finish(struct http1 *p, struct span body, struct http_request *out)
{
	request_view(&p->request, body, out);
	p->state = HTTP1_HEAD;
	p->scanned = 0;
	return HTTP1_REQUEST;
}

/*
 * RFC 9112 2.2: one empty line before a request is let pass, for clients that
 * send one after a body.
 */
static size_t
empty_line_len(struct span bytes)
{
	return bytes.len >= 2 && bytes.data[0] == '\r' && bytes.data[1] == '\n'
		   ? 2
		   : 0;
}

static int
step_head(struct http1 *p, struct span bytes, size_t *used, struct diag *d)
{
	size_t skip = empty_line_len(bytes), head_len = 0;
	int rc;

	if (p->scanned == 0)
		start_over(p);
	if (bytes.len == 0 || (bytes.len == 1 && bytes.data[0] == '\r'))
		return HTTP1_MORE;
	bytes = span_of(bytes.data + skip, bytes.len - skip);
	/* Something else than HTTP (TLS, say) may never send a line end. */
	if (bytes.len > 0 && !is_token(span_of(bytes.data, 1)))
		return diag_set(d, ERR_HTTP,
		    "the first byte is 0x%02x, this is no HTTP request",
		    bytes.data[0]);
	rc = head_scan(p, bytes, &head_len, d);
	if (rc != HTTP1_REQUEST)
		return rc;
	rc = head_parse(p, span_of(bytes.data, head_len), d);
	if (rc != 0)
		return rc;
	*used += skip + head_len;
	p->state = p->is_chunked ? HTTP1_CHUNK_SIZE : HTTP1_BODY;
	return HTTP1_REQUEST;
}

/* RFC 9112 7.1: hexadecimal digits. Extensions are not accepted. */
static int
chunk_size_parse(struct http1 *p, struct span line, struct diag *d)
{
	size_t i;
	uint8_t c;

	p->length = 0;
	for (i = 0; i < line.len && i < 8; i++) {
		c = line.data[i];
		if (c >= '0' && c <= '9')
			c = (uint8_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			c = (uint8_t)((c | 0x20) - 'a' + 10);
		else
			break;
		p->length = p->length << 4 | c;
	}
	if (i == 0 || i < line.len)
		return diag_set(d, ERR_HTTP,
		    "a chunk size must be up to 8 hexadecimal digits, alone "
		    "in its line");
	if (p->length > p->limits->body_max - p->body.len)
		return diag_set(d, ERR_TOO_LARGE,
		    "the chunks have more than the %zu bytes allowed",
		    p->limits->body_max);
	return 0;
}

/* A line of the chunked coding; what has no end in sight is too long. */
static int
chunk_line_take(
    struct span bytes, struct span *line, size_t *used, struct diag *d)
{
	struct span rest = bytes;
	int rc;

	if (rest.len > HTTP1_LINE_MAX)
		rest.len = HTTP1_LINE_MAX;
	rc = line_take(&rest, line, d);
	if (rc == HTTP1_MORE && bytes.len >= HTTP1_LINE_MAX)
		return diag_set(d, ERR_HTTP,
		    "a line between chunks has more than %d bytes",
		    HTTP1_LINE_MAX);
	if (rc == HTTP1_REQUEST)
		*used += line->len + 2;
	return rc;
}

static int
step_chunk_size(
    struct http1 *p, struct span bytes, size_t *used, struct diag *d)
{
	struct span line;
	int rc = chunk_line_take(bytes, &line, used, d);

	if (rc != HTTP1_REQUEST)
		return rc;
	rc = chunk_size_parse(p, line, d);
	if (rc != 0)
		return rc;
	p->state = p->length > 0 ? HTTP1_CHUNK_DATA : HTTP1_TRAILER;
	return HTTP1_REQUEST;
}

static int
step_chunk_data(struct http1 *p, struct span bytes, size_t *used)
{
	size_t len = bytes.len < p->length ? bytes.len : (size_t)p->length;

	buf_add(&p->body, bytes.data, len);
	p->length -= len;
	*used += len;
	if (p->length > 0)
		return HTTP1_MORE;
	p->state = HTTP1_CHUNK_END;
	return HTTP1_REQUEST;
}

static int
step_chunk_end(struct http1 *p, struct span bytes, size_t *used, struct diag *d)
{
	if ((bytes.len >= 1 && bytes.data[0] != '\r') ||
	    (bytes.len >= 2 && bytes.data[1] != '\n'))
		return diag_set(
		    d, ERR_HTTP, "a chunk does not end where its size says");
	if (bytes.len < 2)
		return HTTP1_MORE;
	*used += 2;
	p->state = HTTP1_CHUNK_SIZE;
	return HTTP1_REQUEST;
}

/* RFC 9110 6.5.1: trailer fields are checked and dropped. */
static int
step_trailer(struct http1 *p, struct span bytes, size_t *used, bool *is_end,
    struct diag *d)
{
	struct span line, name, value;
	int rc = chunk_line_take(bytes, &line, used, d);

	if (rc != HTTP1_REQUEST)
		return rc;
	*is_end = line.len == 0;
	if (*is_end)
		return HTTP1_REQUEST;
	p->trailer += line.len;
	if (p->trailer > p->limits->header_max)
		return diag_set(d, ERR_HEADER_TOO_LARGE,
		    "the trailer has more than %zu bytes",
		    p->limits->header_max);
	rc = field_split(p, line, &name, &value, d);
	return rc != 0 ? rc : HTTP1_REQUEST;
}

int
http1_parse(struct http1 *p, struct span bytes, size_t *used,
    struct http_request *out, struct diag *d)
{
	struct span rest;
	bool is_end = false;
	int rc = HTTP1_REQUEST;

	*used = 0;
	while (rc == HTTP1_REQUEST) {
		rest = span_of(bytes.data + *used, bytes.len - *used);
		switch (p->state) {
		case HTTP1_HEAD:
			rc = step_head(p, rest, used, d);
			break;
		case HTTP1_BODY:
			if (rest.len < p->length)
				return HTTP1_MORE;
			*used += (size_t)p->length;
			rest.len = (size_t)p->length;
			return finish(p, rest, out);
		case HTTP1_CHUNK_SIZE:
			rc = step_chunk_size(p, rest, used, d);
			break;
		case HTTP1_CHUNK_DATA:
			rc = step_chunk_data(p, rest, used);
			break;
		case HTTP1_CHUNK_END:
			rc = step_chunk_end(p, rest, used, d);
			break;
		case HTTP1_TRAILER:
			rc = step_trailer(p, rest, used, &is_end, d);
			if (is_end)
				return finish(p, buf_span(&p->body), out);
			break;
		}
	}
	return rc;
}
