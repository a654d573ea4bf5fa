/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP/2 session; see http2.h. nghttp2 checks framing, header compression
 * and message rules (RFC 9113 8); sizes, times and counts are ours.
 */
#include "net/http2.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "net/date.h"
#include "net/request.h"

/* CVE-2023-44487: streams opened and reset at once are work for nothing. */
#define RESET_BURST 200
#define RESET_PER_S 33
/* CVE-2024-28182: header blocks that never end. */
#define MAX_CONTINUATIONS 4
/* Unfinished bodies of one connection, in bodies of the largest size. */
#define MAX_BUFFERED_BODIES 16

struct stream {
	struct stream *next;
	struct stream **link; /* what points here */
	struct http2 *h;
	int32_t id;
	struct request request;
	struct buf body;
	struct buf answer;
	size_t answer_at;    /* bytes of the answer handed to nghttp2 */
	size_t header_bytes; /* RFC 9113 6.5.2: names, values, 32 a field */
	int64_t since_ms;    /* first byte; later: progress of the answer */
	bool has_header;     /* all of it */
	bool has_ended;      /* the client said END_STREAM */
	bool wants_continue;
	bool is_answered;
	struct diag refusal; /* found before it could be answered */
};

struct http2 {
	nghttp2_session *session;
	const struct http_limits *limits;
	const struct http2_ops *ops;
	void *arg;
	struct stream *streams;
	size_t waiting;  /* handed out, not answered; the stream may be gone */
	size_t buffered; /* bytes of unfinished bodies */
	bool draining;
};

static struct stream *
stream_find(const struct http2 *h, int32_t id)
{
	return nghttp2_session_get_stream_user_data(h->session, id);
}

static void
stream_reset(struct http2 *h, int32_t id, uint32_t error)
{
	(void)nghttp2_submit_rst_stream(
	    h->session, NGHTTP2_FLAG_NONE, id, error);
}

static void
body_drop(struct stream *s)
{
	s->h->buffered -= s->body.len;
	buf_free(&s->body);
}

static void
stream_free(struct stream *s)
{
	if (s->next != NULL)
		s->next->link = s->link;
	*s->link = s->next;
	body_drop(s);
	request_free(&s->request);
	buf_free(&s->answer);
	free(s);
}

static int
on_begin_headers(
    nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct http2 *h = arg;
	struct stream *s;

	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	s = xcalloc(1, sizeof(*s));
	s->h = h;
	s->id = frame->hd.stream_id;
	s->since_ms = clock_mono_ms();
	request_reset(&s->request);
	s->next = h->streams;
	s->link = &h->streams;
	if (s->next != NULL)
		s->next->link = &s->next;
	h->streams = s;
	return nghttp2_session_set_stream_user_data(session, s->id, s);
}

static int
field_take(struct stream *s, struct span name, struct span value)
{
	if (!is_field_value(value))
		return diag_set(
		    &s->refusal, ERR_HTTP, "a header field has a control byte");
	if (span_is(name, ":method"))
		return request_take_method(&s->request, value, &s->refusal);
	if (span_is(name, ":path"))
		return request_take_target(&s->request, value, &s->refusal);
	if (span_is(name, "content-type"))
		return request_take_content_type(
		    &s->request, value, &s->refusal);
	if (span_is(name, "accept"))
		request_take_accept(&s->request, value);
	if (span_is(name, "expect"))
		s->wants_continue = span_is_nocase(value, "100-continue");
	return 0;
}

/* Trailers count, and are otherwise not looked at. */
static int
on_header(nghttp2_session *session, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_len, const uint8_t *value,
    size_t value_len, uint8_t flags, void *arg)
{
	const struct http2 *h = arg;
	struct stream *s = stream_find(h, frame->hd.stream_id);

	(void)session;
	(void)flags;
	if (s == NULL || s->refusal.code != 0)
		return 0;
	s->header_bytes += name_len + value_len + 32;
	if (s->header_bytes > h->limits->header_max) {
		(void)diag_set(&s->refusal, ERR_HEADER_TOO_LARGE,
		    "the header fields have more than %zu bytes",
		    h->limits->header_max);
		return 0;
	}
	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		(void)field_take(
		    s, span_of(name, name_len), span_of(value, value_len));
	return 0;
}

static void
stream_refuse(struct http2 *h, struct stream *s)
{
	struct diag d = s->refusal;

	if (!s->is_answered)
		h->ops->refuse(h->arg, (uint32_t)s->id, &d);
}

static int
on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t id,
    const uint8_t *data, size_t len, void *arg)
{
	struct http2 *h = arg;
	struct stream *s = stream_find(h, id);

	(void)session;
	(void)flags;
	if (s == NULL || s->is_answered)
		return 0;
	if (s->body.len + len > h->limits->body_max) {
		(void)diag_set(&s->refusal, ERR_TOO_LARGE,
		    "the body has more than the %zu bytes allowed",
		    h->limits->body_max);
		stream_refuse(h, s);
	} else if (h->buffered + len >
		   MAX_BUFFERED_BODIES * h->limits->body_max) {
		stream_reset(h, id, NGHTTP2_ENHANCE_YOUR_CALM);
	} else {
		buf_add(&s->body, data, len);
		h->buffered += len;
	}
	return 0;
}

/* A whole request: hand it out, unless there is no room or no time for it. */
static void
stream_finish(struct http2 *h, struct stream *s)
{
	struct http_request request;

	s->has_ended = true;
	if (s->is_answered)
		return;
	if (h->draining || h->waiting >= h->limits->streams) {
		stream_reset(h, s->id, NGHTTP2_REFUSED_STREAM);
		return;
	}
	h->waiting++;
	request_view(&s->request, buf_span(&s->body), &request);
	h->ops->request(h->arg, (uint32_t)s->id, &request);
	body_drop(s);
}

/* RFC 9113 8.1.1: an interim answer is a HEADERS frame of its own. */
static void
stream_continue(struct http2 *h, const struct stream *s)
{
	nghttp2_nv status = {
	    (uint8_t *)":status", (uint8_t *)"100", 7, 3, NGHTTP2_NV_FLAG_NONE};

	(void)nghttp2_submit_headers(
	    h->session, NGHTTP2_FLAG_NONE, s->id, NULL, &status, 1, NULL);
}

static int
on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct http2 *h = arg;
	struct stream *s;
	bool is_end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;

	(void)session;
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	s = stream_find(h, frame->hd.stream_id);
	if (s == NULL)
		return 0;
	s->has_header = true;
	if (s->refusal.code != 0)
		stream_refuse(h, s);
	if (is_end)
		stream_finish(h, s);
	else if (s->wants_continue && frame->hd.type == NGHTTP2_HEADERS)
		stream_continue(h, s);
	return 0;
}

/* RFC 9113 8.1: an answer before the end of the request asks to stop it. */
static int
on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct http2 *h = arg;
	const struct stream *s;

	(void)session;
	if ((frame->hd.type != NGHTTP2_HEADERS &&
		frame->hd.type != NGHTTP2_DATA) ||
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
		return 0;
	s = stream_find(h, frame->hd.stream_id);
	if (s != NULL && !s->has_ended)
		stream_reset(h, s->id, NGHTTP2_NO_ERROR);
	return 0;
}

static int
on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
	const struct http2 *h = arg;
	struct stream *s = stream_find(h, id);

	(void)error;
	if (s == NULL)
		return 0;
	(void)nghttp2_session_set_stream_user_data(session, id, NULL);
	stream_free(s);
	return 0;
}

static int
session_new(struct http2 *h)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;
	int rc;

	if (nghttp2_session_callbacks_new(&callbacks) != 0 ||
	    nghttp2_option_new(&option) != 0)
		mem_exhausted();
	nghttp2_session_callbacks_set_on_begin_headers_callback(
	    callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
	    callbacks, on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(
	    callbacks, on_frame_recv);
	nghttp2_session_callbacks_set_on_frame_send_callback(
	    callbacks, on_frame_send);
	nghttp2_session_callbacks_set_on_stream_close_callback(
	    callbacks, on_stream_close);
	nghttp2_option_set_no_closed_streams(option, 1);
	nghttp2_option_set_stream_reset_rate_limit(
	    option, RESET_BURST, RESET_PER_S);
	nghttp2_option_set_max_continuations(option, MAX_CONTINUATIONS);
	rc = nghttp2_session_server_new2(&h->session, callbacks, h, option);
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	return rc;
}

int
http2_new(const struct http_limits *limits, const struct http2_ops *ops,
    void *arg, struct http2 **out, struct diag *d)
{
	struct http2 *h = xcalloc(1, sizeof(*h));
	const nghttp2_settings_entry settings[] = {
	    {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits->streams},
	    {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
		(uint32_t)limits->header_max},
	};

	h->limits = limits;
	h->ops = ops;
	h->arg = arg;
	if (session_new(h) != 0 || nghttp2_submit_settings(h->session,
				       NGHTTP2_FLAG_NONE, settings, 2) != 0) {
		http2_free(h);
		return diag_set(
		    d, ERR_INTERNAL, "an HTTP/2 session cannot be started");
	}
	*out = h;
	return 0;
}

void
http2_free(struct http2 *h)
{
	struct stream *s, *next;

	if (h == NULL)
		return;
	for (s = h->streams; s != NULL; s = next) {
		next = s->next;
		stream_free(s);
	}
	nghttp2_session_del(h->session);
	free(h);
}

int
http2_take(struct http2 *h, struct span bytes, struct diag *d)
{
	ssize_t n = nghttp2_session_mem_recv(h->session, bytes.data, bytes.len);

	if (n < 0)
		return diag_set(
		    d, ERR_HTTP, "HTTP/2: %s", nghttp2_strerror((int)n));
	return 0;
}

int
http2_write(struct http2 *h, struct buf *out, size_t max, struct diag *d)
{
	const uint8_t *data;
	ssize_t n;

	while (out->len < max) {
		n = nghttp2_session_mem_send(h->session, &data);
		if (n < 0)
			return diag_set(d, ERR_HTTP, "HTTP/2: %s",
			    nghttp2_strerror((int)n));
		if (n == 0)
			break;
		buf_add(out, data, (size_t)n);
	}
	return 0;
}

static ssize_t
answer_read(nghttp2_session *session, int32_t id, uint8_t *out, size_t max,
    uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct stream *s = source->ptr;
	size_t len = s->answer.len - s->answer_at;

	(void)session;
	(void)id;
	(void)arg;
	if (len > max)
		len = max;
	if (len > 0)
		memcpy(out, s->answer.data + s->answer_at, len);
	s->answer_at += len;
	s->since_ms = clock_mono_ms();
	if (s->answer_at == s->answer.len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)len;
}

struct fields {
	nghttp2_nv at[6];
	size_t n;
	char status[16], length[24], retry[16];
};

static void
field_add(struct fields *f, const char *name, const char *value)
{
	f->at[f->n++] = (nghttp2_nv){(uint8_t *)name, (uint8_t *)value,
	    strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static void
fields_of(struct fields *f, const struct http_response *r)
{
	f->n = 0;
	(void)snprintf(f->status, sizeof(f->status), "%d", r->status);
	field_add(f, ":status", f->status);
	field_add(f, "date", date_now());
	if (r->content_type != NULL) {
		field_add(f, "content-type", r->content_type);
		(void)snprintf(
		    f->length, sizeof(f->length), "%zu", r->body.len);
		field_add(f, "content-length", f->length);
	}
	if (r->allow != NULL)
		field_add(f, "allow", r->allow);
	if (r->retry_after_s != 0) {
		(void)snprintf(
		    f->retry, sizeof(f->retry), "%u", r->retry_after_s);
		field_add(f, "retry-after", f->retry);
	}
}

void
http2_refuse(
    struct http2 *h, uint32_t stream, const struct http_response *response)
{
	struct stream *s = stream_find(h, (int32_t)stream);
	nghttp2_data_provider body;
	struct fields fields;
	bool has_body = response->content_type != NULL;

	if (s == NULL || s->is_answered)
		return;
	s->is_answered = true;
	s->since_ms = clock_mono_ms();
	/* The body of a request that was handed out is dropped there. */
	if (!s->has_ended)
		body_drop(s);
	if (has_body)
		buf_add_span(&s->answer, response->body);
	fields_of(&fields, response);
	body.source.ptr = s;
	body.read_callback = answer_read;
	if (nghttp2_submit_response(h->session, s->id, fields.at, fields.n,
		has_body && !s->request.is_head ? &body : NULL) != 0)
		stream_reset(h, s->id, NGHTTP2_INTERNAL_ERROR);
}

void
http2_answer(
    struct http2 *h, uint32_t stream, const struct http_response *response)
{
	h->waiting--;
	http2_refuse(h, stream, response);
}

void
http2_drain(struct http2 *h)
{
	const struct stream *s;

	if (h->draining)
		return;
	h->draining = true;
	(void)nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
	    nghttp2_session_get_last_proc_stream_id(h->session),
	    NGHTTP2_NO_ERROR, NULL, 0);
	/* RFC 9113 8.7: refused streams may be sent again elsewhere. */
	for (s = h->streams; s != NULL; s = s->next) {
		if (!s->has_ended && !s->is_answered)
			stream_reset(h, s->id, NGHTTP2_REFUSED_STREAM);
	}
}

bool
http2_is_quiet(const struct http2 *h)
{
	return h->streams == NULL && h->waiting == 0;
}

bool
http2_is_over(const struct http2 *h)
{
	return nghttp2_session_want_read(h->session) == 0 &&
	       nghttp2_session_want_write(h->session) == 0;
}

static int64_t
stream_due_ms(const struct http2 *h, const struct stream *s)
{
	if (s->is_answered)
		return s->since_ms + h->limits->write_ms;
	if (s->has_ended)
		return INT64_MAX;
	return s->since_ms +
	       (s->has_header ? h->limits->request_ms : h->limits->header_ms);
}

int64_t
http2_due_ms(const struct http2 *h)
{
	const struct stream *s;
	int64_t due = INT64_MAX, one;

	for (s = h->streams; s != NULL; s = s->next) {
		one = stream_due_ms(h, s);
		if (one < due)
			due = one;
	}
	return due;
}

int
http2_expire(struct http2 *h, int64_t now_ms, struct diag *d)
{
	struct stream *s;

	for (s = h->streams; s != NULL; s = s->next) {
		if (stream_due_ms(h, s) > now_ms)
			continue;
		if (s->is_answered) {
			stream_reset(h, s->id, NGHTTP2_CANCEL);
			s->since_ms = now_ms;
			continue;
		}
		(void)diag_set(&s->refusal, ERR_TIMEOUT,
		    "the request did not arrive within %jd ms",
		    (intmax_t)(s->has_header ? h->limits->request_ms
					     : h->limits->header_ms));
		/* Until its header ends no other frame can be sent or read. */
		if (!s->has_header) {
			*d = s->refusal;
			return ERR_TIMEOUT;
		}
		stream_refuse(h, s);
	}
	return 0;
}
