/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/conn: one connection over a socketpair, the test being the client. Time
 * limits are some ten milliseconds; what is asserted is what happens, and that
 * it does not happen before its time.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "net/http.h"
#include "net/http2.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"
#define MAX_ASKED 64
#define PATIENCE_MS 5000

static const struct http_limits patient = {
    .header_max = 16384,
    .body_max = 65536,
    .header_ms = 10000,
    .request_ms = 10000,
    .idle_ms = 10000,
    .write_ms = 10000,
    .streams = 8,
};

struct world {
	struct loop *loop;
	struct conn *conn; /* NULL when it is closed */
	int fd;            /* the client's end */
	struct buf got;    /* what the client has read */
	bool has_eof, reads;
	uint32_t asked[MAX_ASKED];
	struct buf paths; /* of all requests, one after the other */
	size_t n_asked, body_len, answer_len;
	bool answers_at_once, closes_in_request, closes_in_refuse;
	unsigned n_refused;
	struct timer tick;
	bool (*is_met)(const struct world *w);
	int64_t until_ms;
	const char *wanted;
	size_t n_wanted;
};

static void
answer(struct world *w, size_t i, const char *body)
{
	const struct http_response response = {
	    .status = 200,
	    .content_type = "text/plain",
	    .body = span_str(body),
	};

	conn_answer(w->conn, w->asked[i], &response);
}

static void
on_request(
    struct conn *conn, uint32_t stream, const struct http_request *request)
{
	struct world *w = conn_arg(conn);
	MEM_CLEANUP char *large = NULL;

	assert_true(w->n_asked < MAX_ASKED);
	w->asked[w->n_asked++] = stream;
	buf_add_str(&w->paths, request->path);
	w->body_len = request->body.len;
	if (w->closes_in_request) {
		conn_close(conn);
	} else if (w->answers_at_once) {
		large = xcalloc(w->answer_len + 1, 1);
		memset(large, 'x', w->answer_len);
		answer(w, w->n_asked - 1, large);
	}
}

static void
on_refuse(struct conn *conn, const struct diag *d, struct buf *body,
    const char **content_type)
{
	struct world *w = conn_arg(conn);

	w->n_refused++;
	buf_printf(body, "refused: %s", err_code(d->code));
	*content_type = "application/problem+json";
	if (w->closes_in_refuse)
		conn_close(conn);
}

static void
on_closed(struct conn *conn)
{
	struct world *w = conn_arg(conn);

	assert_ptr_equal(w->conn, conn);
	w->conn = NULL;
}

static const struct conn_ops ops = {on_request, on_refuse, on_closed};
static const struct conn_ops plain_ops = {on_request, NULL, on_closed};

static void
client_read(struct world *w)
{
	ssize_t n;

	while (w->reads && !w->has_eof) {
		buf_reserve(&w->got, 65536);
		n = recv(w->fd, w->got.data + w->got.len, 65536, MSG_DONTWAIT);
		if (n < 0)
			return;
		w->got.len += (size_t)n;
		w->has_eof = n == 0;
	}
}

static void
on_tick(struct timer *t)
{
	struct world *w = t->arg;

	client_read(w);
	if (clock_mono_ms() >= w->until_ms ||
	    (w->is_met != NULL && w->is_met(w)))
		loop_stop(w->loop);
	else
		loop_timer_set(w->loop, t, 1);
}

/* Runs the loop until that is so, or for ms; tells which. */
static bool
run(struct world *w, bool (*is_met)(const struct world *w), int64_t ms)
{
	struct diag d = DIAG_INIT;

	w->is_met = is_met;
	w->until_ms = clock_mono_ms() + ms;
	loop_timer_set(w->loop, &w->tick, 0);
	assert_int_equal(loop_run(w->loop, &d), 0);
	client_read(w);
	return is_met == NULL || is_met(w);
}

static bool
is_eof(const struct world *w)
{
	return w->has_eof;
}

static bool
is_closed(const struct world *w)
{
	return w->conn == NULL;
}

static bool
has_wanted(const struct world *w)
{
	return w->got.len > 0 && memmem(w->got.data, w->got.len, w->wanted,
				     strlen(w->wanted)) != NULL;
}

static bool
has_asked(const struct world *w)
{
	return w->n_asked >= w->n_wanted;
}

static void
wait_for(struct world *w, const char *text)
{
	w->wanted = text;
	if (!run(w, has_wanted, PATIENCE_MS))
		fail_msg("waited for '%s', got '%s'", text, buf_cstr(&w->got));
}

static void
wait_asked(struct world *w, size_t n)
{
	w->n_wanted = n;
	assert_true(run(w, has_asked, PATIENCE_MS));
}

static void
wait_end(struct world *w)
{
	assert_true(run(w, is_eof, PATIENCE_MS));
}

static void
say_bytes(const struct world *w, const void *data, size_t len)
{
	assert_int_equal(send(w->fd, data, len, MSG_NOSIGNAL), len);
}

static void
say(const struct world *w, const char *text)
{
	say_bytes(w, text, strlen(text));
}

static struct world *
world_with(const struct http_limits *limits, const struct conn_ops *with)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct diag d = DIAG_INIT;
	int fds[2];

	assert_int_equal(loop_new(&w->loop, &d), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	w->fd = fds[0];
	w->reads = true;
	w->answer_len = 2;
	w->tick = (struct timer){0, 0, on_tick, w};
	assert_int_equal(
	    conn_open(w->loop, fds[1], limits, with, w, &w->conn, &d), 0);
	return w;
}

static struct world *
world_new(const struct http_limits *limits)
{
	return world_with(limits, &ops);
}

static void
world_free(struct world *w)
{
	if (w->conn != NULL)
		conn_close(w->conn);
	assert_null(w->conn);
	loop_free(w->loop);
	(void)close(w->fd);
	buf_free(&w->got);
	buf_free(&w->paths);
	free(w);
}

/* Counts answers that have come whole or not. */
static size_t
answers_got(const struct world *w)
{
	static const char start[] = "HTTP/1.1 ";
	const uint8_t *p = w->got.data, *end = p + w->got.len;
	size_t n = 0;

	while (p != NULL && p < end &&
	       (p = memmem(p, (size_t)(end - p), start, 9)) != NULL) {
		p++;
		n++;
	}
	return n;
}

static bool
has_20_answers(const struct world *w)
{
	return answers_got(w) == 20;
}

static void
one_connection_serves_many(void **state)
{
	struct world *w = world_new(&patient);
	int i;

	(void)state;
	w->answers_at_once = true;
	for (i = 0; i < 3; i++) {
		say(w, GET("/a"));
		wait_for(w, "\r\n\r\nxx");
		buf_reset(&w->got);
	}
	assert_int_equal(w->n_asked, 3);
	assert_int_equal(conn_waiting(w->conn), 0);
	assert_false(w->has_eof);
	world_free(w);
}

static void
answers_may_come_later(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	say(w, GET("/a"));
	wait_asked(w, 1);
	assert_int_equal(conn_waiting(w->conn), 1);
	(void)run(w, NULL, 20);
	assert_int_equal(w->got.len, 0);
	answer(w, 0, "late");
	/* It has left already: no turn of the loop is needed. */
	client_read(w);
	assert_non_null(strstr(buf_cstr(&w->got), "\r\n\r\nlate"));
	world_free(w);
}

static void
pipelined_answers_keep_their_order(void **state)
{
	struct world *w = world_new(&patient);
	const char *text;

	(void)state;
	say(w, GET("/1") GET("/2") GET("/3"));
	wait_asked(w, 3);
	answer(w, 2, "three");
	answer(w, 0, "one");
	wait_for(w, "one");
	assert_int_equal(answers_got(w), 1);
	answer(w, 1, "two");
	wait_for(w, "three");
	text = buf_cstr(&w->got);
	assert_true(strstr(text, "one") < strstr(text, "two"));
	assert_true(strstr(text, "two") < strstr(text, "three"));
	assert_string_equal(buf_cstr(&w->paths), "/1/2/3");
	world_free(w);
}

static void
pipelines_are_bounded(void **state)
{
	struct world *w = world_new(&patient);
	size_t i;

	(void)state;
	for (i = 0; i < 20; i++)
		say(w, GET("/a"));
	(void)run(w, NULL, 30);
	assert_int_equal(w->n_asked, 8);
	for (i = 0; i < 20; i++) {
		wait_asked(w, i + 1);
		answer(w, i, "ok");
	}
	(void)run(w, NULL, 10);
	assert_int_equal(answers_got(w), 20);
	world_free(w);
}

static void
requests_may_come_in_pieces(void **state)
{
	static const char text[] =
	    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
	struct world *w = world_new(&patient);
	size_t i;

	(void)state;
	w->answers_at_once = true;
	for (i = 0; i < sizeof(text) - 1; i++) {
		say_bytes(w, text + i, 1);
		(void)run(w, NULL, 0);
	}
	wait_for(w, "\r\n\r\nxx");
	assert_int_equal(w->body_len, 3);
	world_free(w);
}

static void
bad_framing_is_answered_and_closed(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	say(w, "GET / HTTP/1.1\nHost: x\n\n");
	wait_end(w);
	assert_memory_equal(w->got.data, "HTTP/1.1 400 Bad Request\r\n", 26);
	assert_non_null(strstr(
	    buf_cstr(&w->got), "Content-Type: application/problem+json\r\n"));
	assert_non_null(strstr(buf_cstr(&w->got), "Connection: close\r\n"));
	assert_non_null(
	    strstr(buf_cstr(&w->got), "\r\n\r\nrefused: http.invalid"));
	assert_int_equal(w->n_refused, 1);
	assert_int_equal(w->n_asked, 0);
	/* It goes for good when the client goes. */
	(void)shutdown(w->fd, SHUT_RDWR);
	assert_true(run(w, is_closed, PATIENCE_MS));
	world_free(w);
}

static void
without_refuse_the_sentence_is_sent(void **state)
{
	struct world *w = world_with(&patient, &plain_ops);

	(void)state;
	say(w, "\x16\x03\x01");
	wait_end(w);
	assert_non_null(
	    strstr(buf_cstr(&w->got), "Content-Type: text/plain\r\n"));
	assert_non_null(strstr(
	    buf_cstr(&w->got), "the first byte is 0x16, this is no HTTP"));
	world_free(w);
}

/* What was asked before the fault is answered first. */
static void
a_refusal_waits_for_its_turn(void **state)
{
	struct world *w = world_new(&patient);
	const char *text;

	(void)state;
	say(w, GET("/1") "nonsense\r\n\r\n" GET("/2"));
	wait_asked(w, 1);
	(void)run(w, NULL, 10);
	assert_int_equal(w->got.len, 0);
	answer(w, 0, "one");
	wait_end(w);
	text = buf_cstr(&w->got);
	assert_true(strstr(text, "one") < strstr(text, "refused"));
	assert_int_equal(w->n_asked, 1);
	world_free(w);
}

static void
post_of(struct buf *text, size_t len)
{
	buf_printf(text,
	    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n", len);
	buf_reserve(text, len);
	memset(text->data + text->len, 'a', len);
	text->len += len;
}

static void
bodies_end_at_64_kib(void **state)
{
	struct world *w = world_new(&http_default_limits);
	BUF_CLEANUP fits = BUF_INIT;
	BUF_CLEANUP too_long = BUF_INIT;

	(void)state;
	w->answers_at_once = true;
	post_of(&fits, 65536);
	say_bytes(w, fits.data, fits.len);
	wait_for(w, "\r\n\r\nxx");
	assert_int_equal(w->body_len, 65536);
	post_of(&too_long, 65537);
	say_bytes(w, too_long.data, too_long.len);
	wait_for(w, "HTTP/1.1 413 ");
	wait_for(w, "refused: request.too-large");
	wait_end(w);
	assert_int_equal(w->n_asked, 1);
	world_free(w);
}

/* A client that goes on sending is listened to for as long as it takes. */
static void
who_sends_too_much_still_gets_the_answer(void **state)
{
	struct world *w = world_new(&patient);
	BUF_CLEANUP text = BUF_INIT;
	size_t at = 0;
	ssize_t n;

	(void)state;
	w->reads = false;
	post_of(&text, 600000);
	while (at < text.len) {
		n = send(w->fd, text.data + at, text.len - at,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		assert_true(n > 0 || errno == EAGAIN);
		at += n > 0 ? (size_t)n : 0;
		(void)run(w, NULL, 1);
	}
	w->reads = true;
	wait_for(w, "refused: request.too-large");
	world_free(w);
}

static void
slow_headers_are_refused(void **state)
{
	struct http_limits limits = patient;
	int64_t begun = clock_mono_ms();
	struct world *w;

	(void)state;
	limits.header_ms = 60;
	w = world_new(&limits);
	say(w, "GET / HT");
	/* More bytes do not buy more time. */
	while (!w->has_eof && clock_mono_ms() < begun + PATIENCE_MS) {
		(void)run(w, NULL, 10);
		(void)send(w->fd, "x", 1, MSG_NOSIGNAL);
	}
	assert_true(clock_mono_ms() >= begun + limits.header_ms);
	assert_memory_equal(w->got.data, "HTTP/1.1 408 ", 13);
	assert_non_null(strstr(buf_cstr(&w->got), "refused: request.timeout"));
	world_free(w);
}

static void
slow_bodies_are_refused(void **state)
{
	struct http_limits limits = patient;
	int64_t begun = clock_mono_ms();
	struct world *w;

	(void)state;
	limits.header_ms = 20;
	limits.request_ms = 80;
	w = world_new(&limits);
	say(w, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab");
	wait_end(w);
	assert_true(clock_mono_ms() >= begun + limits.request_ms);
	assert_memory_equal(w->got.data, "HTTP/1.1 408 ", 13);
	world_free(w);
}

/* Half a preface is not a version yet, and its time runs. */
static void
slow_prefaces_are_refused(void **state)
{
	struct http_limits limits = patient;
	struct world *w;

	(void)state;
	limits.header_ms = 30;
	w = world_new(&limits);
	say(w, "PRI * HTTP/2.0\r\n");
	wait_end(w);
	assert_memory_equal(w->got.data, "HTTP/1.1 408 ", 13);
	world_free(w);
}

static void
idle_connections_end_silently(void **state)
{
	struct http_limits limits = patient;
	int64_t begun;
	struct world *w;

	(void)state;
	limits.idle_ms = 60;
	w = world_new(&limits);
	w->answers_at_once = true;
	(void)run(w, NULL, 30);
	say(w, GET("/"));
	begun = clock_mono_ms();
	wait_for(w, "\r\n\r\nxx");
	buf_reset(&w->got);
	wait_end(w);
	assert_true(clock_mono_ms() >= begun + limits.idle_ms);
	assert_int_equal(w->got.len, 0);
	assert_null(w->conn);
	world_free(w);
}

/* Time in which we are asked to wait is not the client's. */
static void
waiting_for_an_answer_is_not_idle(void **state)
{
	struct http_limits limits = patient;
	struct world *w;

	(void)state;
	limits.idle_ms = limits.header_ms = limits.request_ms = 20;
	w = world_new(&limits);
	say(w, GET("/"));
	wait_asked(w, 1);
	(void)run(w, NULL, 80);
	assert_non_null(w->conn);
	answer(w, 0, "late");
	wait_for(w, "late");
	wait_end(w);
	world_free(w);
}

static void
who_does_not_read_is_cut_off(void **state)
{
	struct http_limits limits = patient;
	struct world *w;

	(void)state;
	limits.write_ms = 50;
	w = world_new(&limits);
	w->reads = false;
	w->answers_at_once = true;
	w->answer_len = 1 << 20;
	say(w, GET("/"));
	assert_true(run(w, is_closed, PATIENCE_MS));
	world_free(w);
}

/* Unread answers stop the reading, so that memory stays bounded. */
static void
unread_answers_hold_up_requests(void **state)
{
	struct world *w = world_new(&patient);
	size_t i;

	(void)state;
	w->reads = false;
	w->answers_at_once = true;
	w->answer_len = 300000;
	for (i = 0; i < 20; i++) {
		say(w, GET("/a"));
		(void)run(w, NULL, 2);
	}
	assert_true(w->n_asked < 8);
	w->reads = true;
	assert_true(run(w, has_20_answers, PATIENCE_MS));
	assert_int_equal(w->n_asked, 20);
	world_free(w);
}

static void
half_closed_clients_get_their_answer(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	say(w, GET("/1") GET("/2"));
	(void)shutdown(w->fd, SHUT_WR);
	wait_asked(w, 2);
	(void)run(w, NULL, 20);
	answer(w, 1, "two");
	(void)run(w, NULL, 5);
	answer(w, 0, "one");
	wait_end(w);
	assert_non_null(strstr(buf_cstr(&w->got), "two"));
	assert_null(w->conn);
	world_free(w);
}

static void
half_a_request_is_refused_at_the_end(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	say(w, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab");
	(void)shutdown(w->fd, SHUT_WR);
	wait_end(w);
	assert_memory_equal(w->got.data, "HTTP/1.1 400 ", 13);
	assert_int_equal(w->n_asked, 0);
	assert_null(w->conn);
	world_free(w);
}

static void
silent_ends_are_just_ends(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	(void)shutdown(w->fd, SHUT_WR);
	wait_end(w);
	assert_int_equal(w->got.len, 0);
	assert_int_equal(w->n_refused, 0);
	world_free(w);
}

static void
a_vanished_client_ends_the_connection(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	say(w, GET("/"));
	wait_asked(w, 1);
	(void)shutdown(w->fd, SHUT_RDWR);
	assert_true(run(w, is_closed, PATIENCE_MS));
	world_free(w);
}

/* Writing to nobody is no signal, and closed() does not come from within. */
static void
answering_nobody_closes_later(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	say(w, GET("/"));
	wait_asked(w, 1);
	(void)shutdown(w->fd, SHUT_RDWR);
	answer(w, 0, "nobody");
	assert_non_null(w->conn);
	assert_true(run(w, is_closed, PATIENCE_MS));
	world_free(w);
}

static void
callbacks_may_close(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	w->closes_in_request = true;
	say(w, GET("/1") GET("/2"));
	wait_end(w);
	assert_int_equal(w->n_asked, 1);
	world_free(w);

	w = world_new(&patient);
	w->closes_in_refuse = true;
	say(w, "nonsense\r\n\r\n");
	wait_end(w);
	assert_int_equal(w->got.len, 0);
	world_free(w);
}

static void
drain_closes_what_is_idle(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	conn_drain(w->conn);
	assert_non_null(w->conn);
	wait_end(w);
	assert_int_equal(w->got.len, 0);
	world_free(w);
}

static void
drain_answers_first(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	say(w, GET("/1"));
	wait_asked(w, 1);
	conn_drain(w->conn);
	say(w, GET("/2"));
	(void)run(w, NULL, 20);
	assert_int_equal(w->n_asked, 1);
	answer(w, 0, "one");
	wait_end(w);
	assert_non_null(strstr(buf_cstr(&w->got), "Connection: close\r\n"));
	assert_non_null(strstr(buf_cstr(&w->got), "one"));
	world_free(w);
}

static void
expect_is_answered_in_its_turn(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	say(w, GET("/1") "POST /2 HTTP/1.1\r\nHost: x\r\n"
			 "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	wait_asked(w, 1);
	(void)run(w, NULL, 10);
	assert_int_equal(w->got.len, 0);
	answer(w, 0, "one");
	wait_for(w, "one"
		    "HTTP/1.1 100 Continue\r\n\r\n");
	say(w, "abc");
	wait_asked(w, 2);
	answer(w, 1, "two");
	wait_for(w, "two");
	world_free(w);
}

static void
bodies_sent_at_once_need_no_100(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	say(w, "POST /2 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
	       "Content-Length: 3\r\n\r\nab");
	(void)run(w, NULL, 10);
	say(w, "c");
	wait_asked(w, 1);
	answer(w, 0, "one");
	wait_for(w, "one");
	assert_int_equal(answers_got(w), 1);
	world_free(w);
}

static void
old_clients_and_close_end_after_one(void **state)
{
	static const char *const texts[] = {
	    "GET / HTTP/1.0\r\n\r\n" GET("/2"),
	    "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" GET("/2"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct world *w = world_new(&patient);

		w->answers_at_once = true;
		say(w, texts[i]);
		wait_end(w);
		assert_int_equal(w->n_asked, 1);
		assert_int_equal(answers_got(w), 1);
		assert_non_null(
		    strstr(buf_cstr(&w->got), "Connection: close\r\n"));
		world_free(w);
	}
}

static void
head_gets_lengths_only(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	w->answers_at_once = true;
	say(w, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" GET("/2"));
	wait_asked(w, 2);
	wait_for(w, "Content-Length: 2\r\n\r\nHTTP/1.1 200 OK\r\n");
	world_free(w);
}

/* An empty SETTINGS frame, then HEADERS: GET / by the static table. */
static const uint8_t h2_get[] = {0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 6, 1, 5, 0, 0,
    0, 1, 0x82, 0x84, 0x86, 0x41, 0x01, 'x'};

static bool
has_frame(const struct world *w, uint8_t type)
{
	size_t at = 0, len;

	while (at + 9 <= w->got.len) {
		len = (size_t)w->got.data[at] << 16 |
		      (size_t)w->got.data[at + 1] << 8 | w->got.data[at + 2];
		if (w->got.data[at + 3] == type)
			return true;
		at += 9 + len;
	}
	return false;
}

static bool
has_h2_answer(const struct world *w)
{
	return has_frame(w, 0) && has_frame(w, 1);
}

static bool
has_goaway(const struct world *w)
{
	return has_frame(w, 7);
}

static void
h2_say(struct world *w)
{
	say_bytes(w, HTTP2_PREFACE, 10);
	(void)run(w, NULL, 2);
	say_bytes(w, &HTTP2_PREFACE[10], HTTP2_PREFACE_LEN - 10);
	(void)run(w, NULL, 2);
	say_bytes(w, h2_get, sizeof(h2_get));
}

static void
the_preface_chooses_http2(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	h2_say(w);
	wait_asked(w, 1);
	answer(w, 0, "hello");
	assert_true(run(w, has_h2_answer, PATIENCE_MS));
	assert_int_equal(conn_waiting(w->conn), 0);
	conn_drain(w->conn);
	assert_true(run(w, has_goaway, PATIENCE_MS));
	wait_end(w);
	world_free(w);
}

static void
not_quite_the_preface_is_http1(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	say(w, "PRI * HTTP/2.0\r\n\r\nSM\r\n\rX");
	wait_end(w);
	assert_memory_equal(w->got.data, "HTTP/1.1 400 ", 13);
	world_free(w);
}

static void
idle_http2_ends_with_goaway(void **state)
{
	struct http_limits limits = patient;
	struct world *w;

	(void)state;
	limits.idle_ms = 40;
	w = world_new(&limits);
	w->answers_at_once = true;
	h2_say(w);
	wait_end(w);
	assert_true(has_h2_answer(w));
	assert_true(has_goaway(w));
	assert_null(w->conn);
	world_free(w);
}

static void
broken_http2_ends_with_goaway(void **state)
{
	static const uint8_t huge[] = {0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1};
	struct world *w = world_new(&patient);

	(void)state;
	h2_say(w);
	wait_asked(w, 1);
	say_bytes(w, huge, sizeof(huge));
	wait_end(w);
	assert_true(has_goaway(w));
	world_free(w);
}

/* HEADERS that never end cannot be answered, only cut off. */
static void
slow_http2_headers_end_the_connection(void **state)
{
	static const uint8_t open_headers[] = {
	    0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0x82};
	struct http_limits limits = patient;
	struct world *w;

	(void)state;
	limits.header_ms = 40;
	w = world_new(&limits);
	say(w, HTTP2_PREFACE);
	say_bytes(w, open_headers, sizeof(open_headers));
	assert_true(run(w, is_closed, PATIENCE_MS));
	assert_int_equal(w->n_asked, 0);
	world_free(w);
}

static void
closing_inside_http2_is_safe(void **state)
{
	struct world *w = world_new(&patient);

	(void)state;
	w->closes_in_request = true;
	h2_say(w);
	wait_end(w);
	assert_int_equal(w->n_asked, 1);
	world_free(w);
}

static void
what_is_no_descriptor_is_refused(void **state)
{
	struct diag d = DIAG_INIT;
	struct conn *conn = NULL;
	struct loop *loop;

	(void)state;
	assert_int_equal(loop_new(&loop, &d), 0);
	assert_int_equal(
	    conn_open(loop, -1, &patient, &ops, NULL, &conn, &d), ERR_INTERNAL);
	assert_null(conn);
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_connection_serves_many),
	    cmocka_unit_test(answers_may_come_later),
	    cmocka_unit_test(pipelined_answers_keep_their_order),
	    cmocka_unit_test(pipelines_are_bounded),
	    cmocka_unit_test(requests_may_come_in_pieces),
	    cmocka_unit_test(bad_framing_is_answered_and_closed),
	    cmocka_unit_test(without_refuse_the_sentence_is_sent),
	    cmocka_unit_test(a_refusal_waits_for_its_turn),
	    cmocka_unit_test(bodies_end_at_64_kib),
	    cmocka_unit_test(who_sends_too_much_still_gets_the_answer),
	    cmocka_unit_test(slow_headers_are_refused),
	    cmocka_unit_test(slow_bodies_are_refused),
	    cmocka_unit_test(slow_prefaces_are_refused),
	    cmocka_unit_test(idle_connections_end_silently),
	    cmocka_unit_test(waiting_for_an_answer_is_not_idle),
	    cmocka_unit_test(who_does_not_read_is_cut_off),
	    cmocka_unit_test(unread_answers_hold_up_requests),
	    cmocka_unit_test(half_closed_clients_get_their_answer),
	    cmocka_unit_test(half_a_request_is_refused_at_the_end),
	    cmocka_unit_test(silent_ends_are_just_ends),
	    cmocka_unit_test(a_vanished_client_ends_the_connection),
	    cmocka_unit_test(answering_nobody_closes_later),
	    cmocka_unit_test(callbacks_may_close),
	    cmocka_unit_test(drain_closes_what_is_idle),
	    cmocka_unit_test(drain_answers_first),
	    cmocka_unit_test(expect_is_answered_in_its_turn),
	    cmocka_unit_test(bodies_sent_at_once_need_no_100),
	    cmocka_unit_test(old_clients_and_close_end_after_one),
	    cmocka_unit_test(head_gets_lengths_only),
	    cmocka_unit_test(the_preface_chooses_http2),
	    cmocka_unit_test(not_quite_the_preface_is_http1),
	    cmocka_unit_test(idle_http2_ends_with_goaway),
	    cmocka_unit_test(broken_http2_ends_with_goaway),
	    cmocka_unit_test(slow_http2_headers_end_the_connection),
	    cmocka_unit_test(closing_inside_http2_is_safe),
	    cmocka_unit_test(what_is_no_descriptor_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
