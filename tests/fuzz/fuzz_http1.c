/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP/1.1 parser on any bytes. Fed whole and in pieces it must understand
 * the same requests and refuse with the same words.
 */
#include <assert.h>
#include <string.h>

#include "net/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits limits = {
    .header_max = 512,
    .body_max = 256,
};

/* Everything a caller is told, in the order it is told. */
static void
tell(const struct http_request *r, bool keep_alive, struct buf *log)
{
	buf_add_u8(log, (uint8_t)r->method);
	buf_add_u8(log, keep_alive);
	buf_add_bytes(log, span_str(r->path));
	buf_add_bytes(log, span_str(r->query));
	buf_add_bytes(log, span_str(r->content_type));
	buf_add_bytes(log, span_str(r->accept));
	buf_add_bytes(log, r->body);
	assert(r->path[0] == '/' && strstr(r->path, "/../") == NULL);
	assert(r->body.len <= limits.body_max);
}

/* Parses what there is; false once it is refused. */
static bool
parse(struct http1 *p, struct buf *in, struct buf *log)
{
	struct http_request request;
	struct diag d = DIAG_INIT;
	size_t used;
	int rc;

	do {
		rc = http1_parse(p, buf_span(in), &used, &request, &d);
		assert(used <= in->len);
		if (rc == HTTP1_REQUEST)
			tell(&request, p->keep_alive, log);
		buf_consume(in, used);
	} while (rc == HTTP1_REQUEST);
	if (rc < 0)
		buf_add_bytes(log, span_str(d.text));
	return rc == HTTP1_MORE;
}

static void
feed(struct span text, size_t step, struct buf *log)
{
	BUF_CLEANUP in = BUF_INIT;
	struct http1 p;
	size_t at, len;

	http1_init(&p, &limits);
	for (at = 0; at < text.len; at += len) {
		len = text.len - at < step ? text.len - at : step;
		buf_add(&in, text.data + at, len);
		if (!parse(&p, &in, log))
			break;
	}
	http1_free(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t steps[] = {1, 2, 13};
	BUF_CLEANUP whole = BUF_INIT;
	size_t i;

	feed(span_of(data, size), size != 0 ? size : 1, &whole);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		BUF_CLEANUP pieces = BUF_INIT;

		feed(span_of(data, size), steps[i], &pieces);
		assert(span_eq(buf_span(&pieces), buf_span(&whole)));
	}
	return 0;
}
