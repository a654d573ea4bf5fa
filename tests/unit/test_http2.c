/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/http2, driven by a client session of nghttp2 in the same process: bytes
 * go from one to the other until neither has any. Frames that no proper client
 * sends are written by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <nghttp2/nghttp2.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "net/http2.h"

#define MAX_STREAMS 512

static const struct http_limits limits = {
    .header_max = 1000,
    .body_max = 100,
    .header_ms = 2000,
    .request_ms = 5000,
    .write_ms = 5000,
    .streams = 4,
};

/* What one stream brought the client. */
struct result {
	int status, interim;
	char allow[16], retry[16], type[32];
	struct buf body;
	bool is_closed;
	uint32_t error;
};

struct world {
	struct http2 *server;
	nghttp2_session *client;
	struct result results[MAX_STREAMS]; /* by stream id */
	struct buf log;                     /* what the server was asked */
	uint32_t asked[MAX_STREAMS];
	size_t n_asked;
	bool answers_at_once;
	uint32_t goaway; /* its error code + 1 */
};

static void
answer(struct world *w, uint32_t stream)
{
	const struct http_response response = {
	    .status = 200,
	    .content_type = "text/plain",
	    .body = span_str("hello"),
	};

	http2_answer(w->server, stream, &response);
}

static void
on_request(void *arg, uint32_t stream, const struct http_request *r)
{
	struct world *w = arg;

	buf_printf(&w->log, "%u: %d %s ?%s type=%s accept=%s [%.*s]; ", stream,
	    (int)r->method, r->path, r->query, r->content_type, r->accept,
	    (int)r->body.len,
	    r->body.len > 0 ? (const char *)r->body.data : "");
	w->asked[w->n_asked++] = stream;
	if (w->answers_at_once)
		answer(w, stream);
}

static void
on_refuse(void *arg, uint32_t stream, const struct diag *d)
{
	struct world *w = arg;
	const struct http_response response = {
	    .status = err_http(d->code),
	    .content_type = "text/plain",
	    .body = span_str(d->text),
	};

	http2_refuse(w->server, stream, &response);
}

static const struct http2_ops ops = {on_request, on_refuse};

static struct result *
result_of(struct world *w, int32_t stream)
{
	assert_in_range(stream, 0, MAX_STREAMS - 1);
	return &w->results[stream];
}

static void
copy_field(char *out, size_t max, const uint8_t *value, size_t len)
{
	assert_true(len < max);
	memcpy(out, value, len);
	out[len] = '\0';
}

static int
client_header(nghttp2_session *session, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_len, const uint8_t *value, size_t len,
    uint8_t flags, void *arg)
{
	struct result *r = result_of(arg, frame->hd.stream_id);
	struct span key = span_of(name, name_len);

	(void)session;
	(void)flags;
	if (span_is(key, ":status")) {
		r->interim = r->status;
		r->status = (int)strtol((const char *)value, NULL, 10);
	}
	if (span_is(key, "allow"))
		copy_field(r->allow, sizeof(r->allow), value, len);
	if (span_is(key, "retry-after"))
		copy_field(r->retry, sizeof(r->retry), value, len);
	if (span_is(key, "content-type"))
		copy_field(r->type, sizeof(r->type), value, len);
	return 0;
}

static int
client_data(nghttp2_session *session, uint8_t flags, int32_t stream,
    const uint8_t *data, size_t len, void *arg)
{
	(void)session;
	(void)flags;
	buf_add(&result_of(arg, stream)->body, data, len);
	return 0;
}

static int
client_closed(
    nghttp2_session *session, int32_t stream, uint32_t error, void *arg)
{
	struct result *r = result_of(arg, stream);

	(void)session;
	r->is_closed = true;
	r->error = error;
	return 0;
}

static int
client_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct world *w = arg;

	(void)session;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		w->goaway = frame->goaway.error_code + 1;
	return 0;
}

/* Moves what the server has to say; false when that was nothing. */
static bool
server_to_client(struct world *w)
{
	BUF_CLEANUP out = BUF_INIT;
	struct diag d = DIAG_INIT;

	assert_int_equal(http2_write(w->server, &out, 1 << 20, &d), 0);
	if (out.len == 0)
		return false;
	assert_int_equal(
	    nghttp2_session_mem_recv(w->client, out.data, out.len), out.len);
	return true;
}

static bool
client_to_server(struct world *w)
{
	const uint8_t *data;
	struct diag d = DIAG_INIT;
	ssize_t n = nghttp2_session_mem_send(w->client, &data);

	assert_true(n >= 0);
	if (n == 0)
		return false;
	assert_int_equal(
	    http2_take(w->server, span_of(data, (size_t)n), &d), 0);
	return true;
}

static void
pump(struct world *w)
{
	while (client_to_server(w) || server_to_client(w))
		continue;
}

static void
client_new(struct world *w, uint32_t window)
{
	const nghttp2_settings_entry settings[] = {
	    {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}};
	nghttp2_session_callbacks *callbacks;

	assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
	nghttp2_session_callbacks_set_on_header_callback(
	    callbacks, client_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
	    callbacks, client_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(
	    callbacks, client_closed);
	nghttp2_session_callbacks_set_on_frame_recv_callback(
	    callbacks, client_frame);
	assert_int_equal(
	    nghttp2_session_client_new(&w->client, callbacks, w), 0);
	nghttp2_session_callbacks_del(callbacks);
	(void)nghttp2_submit_settings(
	    w->client, NGHTTP2_FLAG_NONE, settings, 1);
}

static struct world *
world_new(void)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct diag d = DIAG_INIT;

	assert_int_equal(http2_new(&limits, &ops, w, &w->server, &d), 0);
	client_new(w, 65535);
	return w;
}

static void
world_free(struct world *w)
{
	size_t i;

	http2_free(w->server);
	nghttp2_session_del(w->client);
	for (i = 0; i < MAX_STREAMS; i++)
		buf_free(&w->results[i].body);
	buf_free(&w->log);
	free(w);
}

struct body {
	struct span left;
	bool never_ends;
};

static ssize_t
body_read(nghttp2_session *session, int32_t stream, uint8_t *out, size_t max,
    uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct body *body = source->ptr;
	size_t len = body->left.len < max ? body->left.len : max;

	(void)session;
	(void)stream;
	(void)arg;
	if (len == 0 && body->never_ends)
		return NGHTTP2_ERR_DEFERRED;
	if (len > 0)
		memcpy(out, body->left.data, len);
	body->left = span_of(body->left.data + len, body->left.len - len);
	if (body->left.len == 0 && !body->never_ends)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)len;
}

#define MAX_EXTRA 64

struct ask {
	const char *method, *path;
	const char *extra[MAX_EXTRA][2]; /* fields */
	struct body *body;
};

static nghttp2_nv
nv_of(const char *name, const char *value)
{
	return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name),
	    strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static int32_t
ask(struct world *w, const struct ask *a)
{
	nghttp2_nv fields[4 + MAX_EXTRA] = {
	    nv_of(":method", a->method),
	    nv_of(":path", a->path),
	    nv_of(":scheme", "http"),
	    nv_of(":authority", "localhost"),
	};
	nghttp2_data_provider provider = {{.ptr = a->body}, body_read};
	size_t n = 4, i;
	int32_t id;

	for (i = 0; i < MAX_EXTRA && a->extra[i][0] != NULL; i++)
		fields[n++] = nv_of(a->extra[i][0], a->extra[i][1]);
	id = nghttp2_submit_request(w->client, NULL, fields, n,
	    a->body != NULL ? &provider : NULL, NULL);
	assert_true(id > 0);
	return id;
}

static int32_t
get(struct world *w, const char *path)
{
	const struct ask a = {.method = "GET", .path = path};

	return ask(w, &a);
}

static void
requests_look_the_same_as_ever(void **state)
{
	struct world *w = world_new();
	struct body body = {span_str("abc"), false};
	const struct ask post = {.method = "POST",
	    .path = "/a%20b?c=d",
	    .extra = {{"content-type", "Application/JSON; charset=utf-8"},
		{"accept", "a/b"}, {"accept", "c/d"}},
	    .body = &body};

	(void)state;
	w->answers_at_once = true;
	assert_int_equal(get(w, "/"), 1);
	assert_int_equal(ask(w, &post), 3);
	pump(w);
	assert_string_equal(buf_cstr(&w->log),
	    "1: 0 / ? type= accept= []; "
	    "3: 1 /a b ?c=d type=application/json accept=a/b, c/d [abc]; ");
	assert_int_equal(w->results[3].status, 200);
	assert_string_equal(w->results[3].type, "text/plain");
	assert_true(span_is(buf_span(&w->results[3].body), "hello"));
	assert_true(w->results[1].is_closed);
	assert_true(http2_is_quiet(w->server));
	world_free(w);
}

static void
answers_come_in_any_order(void **state)
{
	struct world *w = world_new();
	const struct http_response busy = {.status = 429, .retry_after_s = 3};
	const struct http_response method = {.status = 405, .allow = "GET"};

	(void)state;
	(void)get(w, "/1");
	(void)get(w, "/2");
	pump(w);
	assert_false(http2_is_quiet(w->server));
	http2_answer(w->server, w->asked[1], &method);
	pump(w);
	assert_int_equal(w->results[3].status, 405);
	assert_string_equal(w->results[3].allow, "GET");
	assert_false(w->results[1].is_closed);
	http2_answer(w->server, w->asked[0], &busy);
	pump(w);
	assert_int_equal(w->results[1].status, 429);
	assert_string_equal(w->results[1].retry, "3");
	assert_true(http2_is_quiet(w->server));
	world_free(w);
}

static void
bodies_end_at_their_limit(void **state)
{
	struct world *w = world_new();
	uint8_t content[101];
	struct body fits = {span_of(content, 100), false};
	struct body too_long = {span_of(content, 101), true};
	struct ask a = {.method = "POST", .path = "/", .body = &fits};

	(void)state;
	memset(content, 'a', sizeof(content));
	w->answers_at_once = true;
	(void)ask(w, &a);
	a.body = &too_long;
	(void)ask(w, &a);
	pump(w);
	assert_int_equal(w->n_asked, 1);
	assert_int_equal(w->results[1].status, 200);
	/* Answered and told to stop, though the client goes on sending. */
	assert_int_equal(w->results[3].status, 413);
	assert_true(w->results[3].is_closed);
	assert_int_equal(w->results[3].error, NGHTTP2_NO_ERROR);
	world_free(w);
}

static void
large_headers_are_refused(void **state)
{
	struct world *w = world_new();
	struct ask a = {.method = "GET", .path = "/"};
	char value[101];
	size_t i;

	(void)state;
	memset(value, 'a', 100);
	value[100] = '\0';
	for (i = 0; i < 8; i++)
		a.extra[i][0] = "x", a.extra[i][1] = value;
	(void)ask(w, &a);
	pump(w);
	assert_int_equal(w->n_asked, 0);
	assert_int_equal(w->results[1].status, 431);
	assert_true(w->results[1].is_closed);
	world_free(w);
}

static void
bad_requests_are_refused(void **state)
{
	static const struct ask bad[] = {
	    {.method = "GET", .path = "/a/../b"},
	    {.method = "GET", .path = "/%00"},
	    {.method = "GET", .path = "*"},
	    {.method = "GET", .path = "/a?\x01"},
	    {.method = "GET", .path = "/a\"b"},
	    {.method = "POST",
		.path = "/",
		.extra = {{"content-type", "a"}, {"content-type", "a"}}},
	};
	struct world *w = world_new();
	size_t i;
	int32_t id;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		id = ask(w, &bad[i]);
		pump(w);
		assert_true(w->results[id].is_closed);
		/* nghttp2 resets what breaks a rule of HTTP/2 itself. */
		if (w->results[id].error == NGHTTP2_NO_ERROR)
			assert_int_equal(w->results[id].status, 400);
		else
			assert_int_equal(
			    w->results[id].error, NGHTTP2_PROTOCOL_ERROR);
	}
	assert_int_equal(w->n_asked, 0);
	world_free(w);
}

static void
head_gets_no_body(void **state)
{
	struct world *w = world_new();
	const struct ask head = {.method = "HEAD", .path = "/"};

	(void)state;
	w->answers_at_once = true;
	(void)ask(w, &head);
	pump(w);
	assert_int_equal(w->results[1].status, 200);
	assert_int_equal(w->results[1].body.len, 0);
	assert_true(w->results[1].is_closed);
	world_free(w);
}

static void
expect_is_answered(void **state)
{
	struct world *w = world_new();
	struct body body = {span_str("abc"), false};
	const struct ask post = {.method = "POST",
	    .path = "/",
	    .extra = {{"expect", "100-continue"}},
	    .body = &body};

	(void)state;
	w->answers_at_once = true;
	(void)ask(w, &post);
	pump(w);
	assert_int_equal(w->results[1].interim, 100);
	assert_int_equal(w->results[1].status, 200);
	world_free(w);
}

static void
streams_are_bounded(void **state)
{
	struct world *w = world_new();
	size_t i;

	(void)state;
	pump(w); /* so that the client knows the limit */
	for (i = 0; i < 10; i++)
		(void)get(w, "/");
	pump(w);
	/* A proper client keeps the rest back until it may send it. */
	assert_int_equal(w->n_asked, limits.streams);
	answer(w, w->asked[0]);
	pump(w);
	assert_int_equal(w->n_asked, limits.streams + 1);
	world_free(w);
}

/* A stream that is reset is gone, but the work for it is still being done. */
static void
reset_streams_still_count(void **state)
{
	struct world *w = world_new();
	int32_t id;
	size_t i;

	(void)state;
	pump(w);
	for (i = 0; i < 6; i++) {
		id = get(w, "/");
		pump(w);
		(void)nghttp2_submit_rst_stream(
		    w->client, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
		pump(w);
	}
	assert_int_equal(w->n_asked, limits.streams);
	/* The answer finds nobody, and makes room for the next request. */
	answer(w, w->asked[0]);
	(void)get(w, "/");
	pump(w);
	assert_int_equal(w->n_asked, limits.streams + 1);
	assert_int_equal(w->results[1].status, 0);
	world_free(w);
}

/* CVE-2023-44487 */
static void
rapid_resets_end_the_connection(void **state)
{
	struct world *w = world_new();
	int32_t id;
	size_t i;

	(void)state;
	pump(w);
	for (i = 0; i < 250 && w->goaway == 0; i++) {
		id = get(w, "/");
		pump(w);
		(void)nghttp2_submit_rst_stream(
		    w->client, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
		pump(w);
	}
	assert_in_range(i, 190, 240);
	assert_true(w->goaway != 0);
	assert_true(http2_is_over(w->server));
	world_free(w);
}

static int
take_raw(struct http2 *server, const void *data, size_t len)
{
	struct diag d = DIAG_INIT;

	return http2_take(server, span_of(data, len), &d);
}

static void
wrong_preface_is_refused(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_int_equal(
	    take_raw(w->server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r", 24),
	    ERR_HTTP);
	world_free(w);
}

/* CVE-2024-28182: HEADERS and then CONTINUATION without end. */
static void
endless_continuations_end_the_connection(void **state)
{
	static const uint8_t start[] = {0, 0, 0, 4, 0, 0, 0, 0,
	    0, /* SETTINGS */
	    0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82};
	static const uint8_t more[] = {0, 0, 1, 9, 0, 0, 0, 0, 1, 0x86};
	struct world *w = world_new();
	BUF_CLEANUP out = BUF_INIT;
	struct diag d = DIAG_INIT;
	int rc, i;

	(void)state;
	assert_int_equal(
	    take_raw(w->server, HTTP2_PREFACE, HTTP2_PREFACE_LEN), 0);
	rc = take_raw(w->server, start, sizeof(start));
	assert_int_equal(rc, 0);
	for (i = 0; rc == 0 && i < 20 && !http2_is_over(w->server); i++) {
		rc = take_raw(w->server, more, sizeof(more));
		(void)http2_write(w->server, &out, 1 << 20, &d);
	}
	assert_in_range(i, 1, 8);
	assert_int_equal(w->n_asked, 0);
	world_free(w);
}

static void
garbage_after_the_preface_is_refused(void **state)
{
	static const uint8_t garbage[] = {0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0};
	struct world *w = world_new();
	BUF_CLEANUP out = BUF_INIT;
	struct diag d = DIAG_INIT;
	int rc;

	(void)state;
	(void)take_raw(w->server, HTTP2_PREFACE, HTTP2_PREFACE_LEN);
	rc = take_raw(w->server, garbage, sizeof(garbage));
	(void)http2_write(w->server, &out, 1 << 20, &d);
	assert_true(rc != 0 || http2_is_over(w->server));
	world_free(w);
}

static void
late_bodies_are_refused(void **state)
{
	struct world *w = world_new();
	struct body body = {span_str("abc"), true};
	const struct ask post = {.method = "POST", .path = "/", .body = &body};
	struct diag d = DIAG_INIT;
	int64_t now = clock_mono_ms(), due;

	(void)state;
	assert_true(http2_due_ms(w->server) == INT64_MAX);
	(void)ask(w, &post);
	pump(w);
	due = http2_due_ms(w->server);
	assert_in_range(
	    due, now + limits.request_ms, now + limits.request_ms + 1000);
	assert_int_equal(http2_expire(w->server, due - 1, &d), 0);
	pump(w);
	assert_int_equal(w->results[1].status, 0);
	assert_int_equal(http2_expire(w->server, due, &d), 0);
	pump(w);
	assert_int_equal(w->results[1].status, 408);
	assert_true(w->results[1].is_closed);
	assert_int_equal(w->n_asked, 0);
	assert_true(http2_due_ms(w->server) == INT64_MAX);
	world_free(w);
}

static void
late_headers_end_the_connection(void **state)
{
	static const uint8_t start[] = {
	    0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82};
	struct world *w = world_new();
	struct diag d = DIAG_INIT;
	int64_t due;

	(void)state;
	(void)take_raw(w->server, HTTP2_PREFACE, HTTP2_PREFACE_LEN);
	(void)take_raw(w->server, start, sizeof(start));
	due = http2_due_ms(w->server);
	assert_in_range(due, clock_mono_ms() + limits.header_ms - 1000,
	    clock_mono_ms() + limits.header_ms);
	assert_int_equal(http2_expire(w->server, due, &d), ERR_TIMEOUT);
	assert_int_equal(d.code, ERR_TIMEOUT);
	world_free(w);
}

/* A client that never opens its window cannot keep an answer for ever. */
static void
answers_that_nobody_takes_are_reset(void **state)
{
	struct world *w = world_new();
	struct diag d = DIAG_INIT;
	int64_t due;

	(void)state;
	nghttp2_session_del(w->client);
	client_new(w, 0);
	w->answers_at_once = true;
	(void)get(w, "/");
	pump(w);
	assert_int_equal(w->results[1].status, 200);
	assert_false(w->results[1].is_closed);
	due = http2_due_ms(w->server);
	assert_true(due != INT64_MAX);
	assert_int_equal(http2_expire(w->server, due, &d), 0);
	pump(w);
	assert_true(w->results[1].is_closed);
	assert_int_equal(w->results[1].error, NGHTTP2_CANCEL);
	assert_true(http2_is_quiet(w->server));
	world_free(w);
}

static void
drain_answers_and_takes_no_more(void **state)
{
	struct world *w = world_new();
	struct body body = {span_str("abc"), true};
	const struct ask post = {.method = "POST", .path = "/", .body = &body};

	(void)state;
	(void)get(w, "/");
	(void)ask(w, &post);
	pump(w);
	http2_drain(w->server);
	pump(w);
	assert_int_equal(w->goaway, NGHTTP2_NO_ERROR + 1);
	assert_int_equal(w->results[3].error, NGHTTP2_REFUSED_STREAM);
	assert_false(http2_is_quiet(w->server));
	answer(w, w->asked[0]);
	pump(w);
	assert_int_equal(w->results[1].status, 200);
	assert_int_equal(w->n_asked, 1);
	assert_true(http2_is_quiet(w->server));
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_look_the_same_as_ever),
	    cmocka_unit_test(answers_come_in_any_order),
	    cmocka_unit_test(bodies_end_at_their_limit),
	    cmocka_unit_test(large_headers_are_refused),
	    cmocka_unit_test(bad_requests_are_refused),
	    cmocka_unit_test(head_gets_no_body),
	    cmocka_unit_test(expect_is_answered),
	    cmocka_unit_test(streams_are_bounded),
	    cmocka_unit_test(reset_streams_still_count),
	    cmocka_unit_test(rapid_resets_end_the_connection),
	    cmocka_unit_test(wrong_preface_is_refused),
	    cmocka_unit_test(endless_continuations_end_the_connection),
	    cmocka_unit_test(garbage_after_the_preface_is_refused),
	    cmocka_unit_test(late_bodies_are_refused),
	    cmocka_unit_test(late_headers_end_the_connection),
	    cmocka_unit_test(answers_that_nobody_takes_are_reset),
	    cmocka_unit_test(drain_answers_and_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
