/* SPDX-License-Identifier: Apache-2.0 */
/* Checks and decodes the parts of a request; see request.h. */
#include "net/request.h"

#include <string.h>
#include <strings.h>

#include "lib/mem.h"

static bool
is_alnum(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static bool
is_one_of(uint8_t c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

bool
is_token(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (!is_alnum(s.data[i]) &&
		    !is_one_of(s.data[i], "-!#$%&'*+.^_`|~"))
			return false;
	}
	return s.len > 0;
}

bool
is_field_value(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if ((s.data[i] < 0x20 && s.data[i] != '\t') ||
		    s.data[i] == 0x7f)
			return false;
	}
	return true;
}

bool
span_is_nocase(struct span s, const char *lower)
{
	return s.len == strlen(lower) &&
	       strncasecmp((const char *)s.data, lower, s.len) == 0;
}

struct span
span_trim(struct span s)
{
	while (s.len > 0 && is_one_of(s.data[0], " \t")) {
		s.data++;
		s.len--;
	}
	while (s.len > 0 && is_one_of(s.data[s.len - 1], " \t"))
		s.len--;
	return s;
}

void
request_reset(struct request *r)
{
	buf_reset(&r->text);
	buf_add_u8(&r->text, '\0');
	r->method = HTTP_OTHER;
	r->is_head = false;
	r->path = r->query = r->content_type = r->accept = 0;
}

void
request_free(struct request *r)
{
	buf_free(&r->text);
}

int
request_take_method(struct request *r, struct span s, struct diag *d)
{
	static const struct {
		const char *name;
		enum http_method method;
	} known[] = {
	    {"GET", HTTP_GET},
	    {"HEAD", HTTP_GET},
	    {"POST", HTTP_POST},
	    {"PUT", HTTP_PUT},
	    {"DELETE", HTTP_DELETE},
	};
	size_t i;

	if (!is_token(s))
		return diag_set(
		    d, ERR_HTTP, "the request has no valid method name");
	r->method = HTTP_OTHER;
	r->is_head = span_is(s, "HEAD");
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (span_is(s, known[i].name))
			r->method = known[i].method;
	}
	return 0;
}

/* RFC 3986 3.3, without the '%' of an escape. */
static bool
is_path_char(uint8_t c)
{
	return is_alnum(c) || is_one_of(c, "/-._~!$&'()*+,;=:@");
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * One decoded byte, or -1. Escapes that would change how the path is taken
 * apart (%2F), end it early (%00) or hide it in a log are not accepted.
 */
static int
path_escape(const uint8_t *p, size_t left)
{
	int high, low, c;

	if (left < 3)
		return -1;
	high = hex_value(p[1]);
	low = hex_value(p[2]);
	if (high < 0 || low < 0)
		return -1;
	c = high << 4 | low;
	return c < 0x20 || c >= 0x7f || c == '/' ? -1 : c;
}

static int
path_decode(struct buf *out, struct span s, struct diag *d)
{
	size_t i;
	int c;

	for (i = 0; i < s.len; i++) {
		c = s.data[i];
		if (c == '%') {
			c = path_escape(s.data + i, s.len - i);
			i += 2;
		} else if (!is_path_char((uint8_t)c)) {
			c = -1;
		}
		if (c < 0)
			return diag_set(d, ERR_HTTP,
			    "the path has a byte or an escape that is not "
			    "allowed");
		buf_add_u8(out, (uint8_t)c);
	}
	buf_add_u8(out, '\0');
	return 0;
}

/* "/a/../b" and "/a/./b": nothing here resolves them, so nobody may mean it. */
static bool
has_dot_segment(const char *path)
{
	size_t len;

	for (; *path == '/'; path += len) {
		path++;
		len = strcspn(path, "/");
		if ((len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return true;
	}
	return false;
}

static bool
is_query(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (!is_path_char(s.data[i]) && !is_one_of(s.data[i], "?%"))
			return false;
	}
	return true;
}

/* RFC 9112 3.2.2: a server must accept the absolute form; the host is moot. */
static struct span
drop_authority(struct span s)
{
	static const char scheme[] = "http://";
	size_t skip = sizeof(scheme) - 1;

	if (s.len <= skip ||
	    strncasecmp((const char *)s.data, scheme, skip) != 0)
		return s;
	s = span_of(s.data + skip, s.len - skip);
	for (skip = 0; skip < s.len && is_path_char(s.data[skip]); skip++) {
		if (s.data[skip] == '/')
			break;
	}
	return span_of(s.data + skip, s.len - skip);
}

int
request_take_target(struct request *r, struct span s, struct diag *d)
{
	struct span path = drop_authority(s), query = SPAN_NONE;
	const uint8_t *mark;
	int rc;

	if (path.len == 0 || path.data[0] != '/')
		return diag_set(
		    d, ERR_HTTP, "the request target must start with '/'");
	mark = memchr(path.data, '?', path.len);
	if (mark != NULL) {
		query = span_of(
		    mark + 1, (size_t)(path.data + path.len - (mark + 1)));
		path.len = (size_t)(mark - path.data);
	}
	r->path = r->text.len;
	rc = path_decode(&r->text, path, d);
	if (rc != 0)
		return rc;
	if (has_dot_segment((const char *)r->text.data + r->path))
		return diag_set(
		    d, ERR_HTTP, "the path has a segment of only dots");
	if (!is_query(query))
		return diag_set(
		    d, ERR_HTTP, "the query has a byte that must be escaped");
	r->query = r->text.len;
	buf_add_span(&r->text, query);
	buf_add_u8(&r->text, '\0');
	return 0;
}

int
request_take_content_type(struct request *r, struct span s, struct diag *d)
{
	const uint8_t *parameters =
	    s.len > 0 ? memchr(s.data, ';', s.len) : NULL;
	size_t i;

	if (r->content_type != 0)
		return diag_set(
		    d, ERR_HTTP, "the request has two Content-Type fields");
	if (parameters != NULL)
		s = span_trim(span_of(s.data, (size_t)(parameters - s.data)));
	r->content_type = r->text.len;
	for (i = 0; i < s.len; i++)
		buf_add_u8(&r->text, s.data[i] >= 'A' && s.data[i] <= 'Z'
					 ? (uint8_t)(s.data[i] | 0x20)
					 : s.data[i]);
	buf_add_u8(&r->text, '\0');
	return 0;
}

void
request_take_accept(struct request *r, struct span s)
{
	MEM_CLEANUP char *before = NULL;

	if (r->accept != 0)
		before = xstrdup((const char *)r->text.data + r->accept);
	r->accept = r->text.len;
	if (before != NULL) {
		buf_add_str(&r->text, before);
		buf_add_str(&r->text, ", ");
	}
	buf_add_span(&r->text, s);
	buf_add_u8(&r->text, '\0');
}

void
request_view(
    const struct request *r, struct span body, struct http_request *out)
{
	const char *text = (const char *)r->text.data;

	out->method = r->method;
	out->path = text + r->path;
	out->query = text + r->query;
	out->content_type = text + r->content_type;
	out->accept = text + r->accept;
	out->body = body;
}
