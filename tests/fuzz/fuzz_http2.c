/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP/2 session on any bytes after the preface. The first byte says how
 * requests are answered: at once, late, or never; and when the session drains.
 */
#include <assert.h>
#include <stdlib.h>

#include "net/http2.h"

#define MAX_LATE 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct session {
	struct http2 *http2;
	uint8_t how;
	uint32_t late[MAX_LATE];
	size_t n_late;
};

static const struct http_limits limits = {
    .header_max = 512,
    .body_max = 64,
    .header_ms = 1000,
    .request_ms = 1000,
    .write_ms = 1000,
    .streams = 8,
};

static struct http_response
response_of(int status)
{
	return (struct http_response){
	    .status = status,
	    .content_type = "text/plain",
	    .body = span_str("answer"),
	};
}

static void
on_request(void *arg, uint32_t stream, const struct http_request *request)
{
	struct session *s = arg;
	struct http_response response = response_of(200);

	assert(request->path[0] == '/');
	assert(request->body.len <= limits.body_max);
	if ((s->how & 1) != 0)
		http2_answer(s->http2, stream, &response);
	else if (s->n_late < MAX_LATE)
		s->late[s->n_late++] = stream;
}

static void
on_refuse(void *arg, uint32_t stream, const struct diag *d)
{
	struct session *s = arg;
	struct http_response response = response_of(err_http(d->code));

	assert(d->code < 0 && response.status >= 400);
	http2_refuse(s->http2, stream, &response);
}

static const struct http2_ops ops = {on_request, on_refuse};

static void
answer_late_ones(struct session *s)
{
	struct http_response response = response_of(503);

	while (s->n_late > 0)
		http2_answer(s->http2, s->late[--s->n_late], &response);
}

static void
drive(struct session *s, const uint8_t *data, size_t size)
{
	BUF_CLEANUP out = BUF_INIT;
	struct diag d = DIAG_INIT;
	size_t step = (size_t)(s->how >> 4) * 8 + 1, at, len;

	for (at = 0; at < size; at += len) {
		len = size - at < step ? size - at : step;
		if (http2_take(s->http2, span_of(data + at, len), &d) != 0)
			break;
		buf_reset(&out);
		if (http2_write(s->http2, &out, 4096, &d) != 0)
			break;
		if ((s->how & 2) != 0)
			answer_late_ones(s);
		if ((s->how & 4) != 0 && at > size / 2)
			http2_drain(s->http2);
	}
	(void)http2_expire(s->http2, INT64_MAX - 1, &d);
	(void)http2_write(s->http2, &out, 1 << 20, &d);
	answer_late_ones(s);
	(void)http2_write(s->http2, &out, 1 << 20, &d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session s = {.how = size > 0 ? data[0] : 0};
	struct diag d = DIAG_INIT;

	if (http2_new(&limits, &ops, &s, &s.http2, &d) != 0)
		abort();
	(void)http2_take(
	    s.http2, span_of(HTTP2_PREFACE, HTTP2_PREFACE_LEN), &d);
	if (size > 1)
		drive(&s, data + 1, size - 1);
	http2_free(s.http2);
	return 0;
}
