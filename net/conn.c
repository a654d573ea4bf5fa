/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection: the descriptor, its buffers, its time limits; see http.h.
 *
 * Every way in (an event, a timer, an answer) changes some state and then
 * either ends in conn_settle(), which looks at the whole state once, or asks
 * for it with a timer that is due at the end of the loop's round. So an answer
 * never calls back, and many answers of one round leave in one write.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "net/http.h"
#include "net/http1.h"
#include "net/http2.h"
#include "net/pipeline.h"

#define READ_LEN 16384
#define KEEP_LEN 16384       /* of buffers, by a connection that waits */
#define OUT_HIGH 131072      /* unwritten answers: no more is read */
#define LINGER_MS 1000       /* for a refused peer to take the answer */
#define LINGER_LEN (1 << 20) /* bytes it may still send meanwhile */

enum conn_phase {
	CONN_SNIFF, /* which version it is is not known yet */
	CONN_HTTP1,
	CONN_HTTP2,
	CONN_LINGER, /* all is written; what still comes is thrown away */
};

struct conn {
	struct loop *loop;
	const struct conn_ops *ops;
	void *arg;
	struct http_limits limits;
	enum conn_phase phase;
	struct watch watch;
	struct timer deadline; /* not later than the next limit */
	struct timer later;    /* at the end of the round: conn_settle() */
	struct buf in;
	size_t in_at; /* bytes of in that were used */
	struct buf out;
	size_t out_at; /* bytes of out that were written */
	struct http1 http1;
	struct pipeline pipeline;
	struct http2 *http2;
	size_t waiting;
	size_t lingered;
	int64_t begun_ms;    /* the first byte of the request on its way in */
	int64_t quiet_ms;    /* the end of the last request */
	int64_t progress_ms; /* the last byte written, when more are to be */
	bool is_paused;      /* by us: its time does not run */
	bool is_held;        /* input waits for answers to be written */
	bool is_ending;      /* takes no request, closes when all is written */
	bool was_refused;    /* bytes that nobody read may be left */
	bool has_eof;
	bool is_broken; /* by an error; closes in conn_settle() */
	bool is_closed; /* closed() has been called */
	unsigned depth; /* of our own calls: not freed above 0 */
};

static void
conn_free(struct conn *conn)
{
	http1_free(&conn->http1);
	pipeline_free(&conn->pipeline);
	http2_free(conn->http2);
	buf_free(&conn->in);
	buf_free(&conn->out);
	free(conn);
}

static void
conn_enter(struct conn *conn)
{
	conn->depth++;
}

static void
conn_leave(struct conn *conn)
{
	conn->depth--;
	if (conn->is_closed && conn->depth == 0)
		conn_free(conn);
}

/* Ends everything but the memory, which whoever is in a call still needs. */
static void
conn_shut(struct conn *conn)
{
	if (conn->is_closed)
		return;
	conn->is_closed = true;
	loop_timer_clear(conn->loop, &conn->deadline);
	loop_timer_clear(conn->loop, &conn->later);
	loop_unwatch(conn->loop, &conn->watch);
	(void)close(conn->watch.fd);
	if (conn->ops->closed != NULL)
		conn->ops->closed(conn);
}

void
conn_close(struct conn *conn)
{
	conn_enter(conn);
	conn_shut(conn);
	conn_leave(conn);
}

void *
conn_arg(const struct conn *conn)
{
	return conn->arg;
}

size_t
conn_waiting(const struct conn *conn)
{
	return conn->waiting;
}

static size_t
unread_len(const struct conn *conn)
{
	return conn->in.len - conn->in_at;
}

static size_t
unwritten_len(const struct conn *conn)
{
	return conn->out.len - conn->out_at;
}

/* Whether bytes of a request that is not whole yet have come. */
static bool
is_midway(const struct conn *conn)
{
	return conn->phase <= CONN_HTTP1 && !conn->is_ending &&
	       (unread_len(conn) > 0 || http1_is_midway(&conn->http1));
}

static bool
wants_more(const struct conn *conn)
{
	if (conn->has_eof || unwritten_len(conn) > OUT_HIGH)
		return false;
	if (conn->phase == CONN_HTTP2 || conn->phase == CONN_LINGER)
		return true;
	return !conn->is_ending && !pipeline_is_full(&conn->pipeline);
}

/* The answer to what this room refuses by itself; text is its memory. */
static struct http_response
refusal_of(struct conn *conn, const struct diag *d, struct buf *text)
{
	const char *content_type = "text/plain";

	if (conn->ops->refuse != NULL)
		conn->ops->refuse(conn, d, text, &content_type);
	else
		buf_printf(text, "%s\n", d->text);
	return (struct http_response){
	    .status = err_http(d->code),
	    .content_type = content_type,
	    .body = buf_span(text),
	};
}

static void
refuse_http1(struct conn *conn, const struct diag *d)
{
	static const struct http1_answer last = {false, false};
	BUF_CLEANUP text = BUF_INIT;
	struct http_response response = refusal_of(conn, d, &text);
	uint32_t number;

	if (conn->is_closed)
		return;
	conn->is_ending = true;
	conn->was_refused = true;
	number = pipeline_push(&conn->pipeline, &last);
	pipeline_answer(&conn->pipeline, number, &response, &conn->out);
}

static void
refuse_http2(void *arg, uint32_t stream, const struct diag *d)
{
	struct conn *conn = arg;
	BUF_CLEANUP text = BUF_INIT;
	struct http_response response;

	if (conn->is_closed)
		return;
	response = refusal_of(conn, d, &text);
	http2_refuse(conn->http2, stream, &response);
}

static void
request_http2(void *arg, uint32_t stream, const struct http_request *request)
{
	struct conn *conn = arg;

	conn->waiting++;
	if (!conn->is_closed)
		conn->ops->request(conn, stream, request);
}

static const struct http2_ops http2_ops = {request_http2, refuse_http2};

static void
request_http1(struct conn *conn, const struct http_request *request)
{
	const struct http1_answer how = {
	    conn->http1.keep_alive, conn->http1.request.is_head};
	uint32_t number = pipeline_push(&conn->pipeline, &how);

	conn->waiting++;
	if (!how.keep_alive)
		conn->is_ending = true;
	conn->ops->request(conn, number, request);
}

/*
 * A client that waits for "100 Continue" gets it when its turn has come; one
 * that has begun to send its body needs no telling.
 */
static void
continue_http1(struct conn *conn)
{
	if (!conn->http1.wants_continue || !http1_is_midway(&conn->http1) ||
	    !pipeline_is_empty(&conn->pipeline))
		return;
	conn->http1.wants_continue = false;
	if (unread_len(conn) == 0)
		buf_add_str(&conn->out, HTTP1_CONTINUE);
}

static void
take_http1(struct conn *conn)
{
	struct diag d = DIAG_INIT;
	struct http_request request;
	size_t used;
	int rc;

	conn->is_held = false;
	while (!conn->is_ending && !pipeline_is_full(&conn->pipeline)) {
		conn->is_held = unwritten_len(conn) > OUT_HIGH;
		if (conn->is_held)
			return;
		rc = http1_parse(&conn->http1,
		    span_of(conn->in.data + conn->in_at, unread_len(conn)),
		    &used, &request, &d);
		conn->in_at += used;
		if (rc < 0) {
			refuse_http1(conn, &d);
			return;
		}
		if (rc == HTTP1_MORE)
			break;
		request_http1(conn, &request);
		if (conn->is_closed)
			return;
		conn->begun_ms = clock_mono_ms();
	}
	continue_http1(conn);
}

static void
take_http2(struct conn *conn)
{
	struct diag d = DIAG_INIT;

	if (unread_len(conn) == 0)
		return;
	if (http2_take(conn->http2,
		span_of(conn->in.data + conn->in_at, unread_len(conn)),
		&d) != 0)
		conn->is_broken = true;
	conn->in_at = conn->in.len;
}

static void
sniff(struct conn *conn)
{
	size_t len = unread_len(conn);
	struct diag d = DIAG_INIT;

	if (len > HTTP2_PREFACE_LEN)
		len = HTTP2_PREFACE_LEN;
	if (len == 0)
		return;
	if (memcmp(conn->in.data, HTTP2_PREFACE, len) != 0) {
		conn->phase = CONN_HTTP1;
	} else if (len == HTTP2_PREFACE_LEN) {
		if (http2_new(
			&conn->limits, &http2_ops, conn, &conn->http2, &d) != 0)
			conn->is_broken = true;
		else
			conn->phase = CONN_HTTP2;
	}
}

static void
take_input(struct conn *conn)
{
	if (conn->phase == CONN_SNIFF)
		sniff(conn);
	if (conn->phase == CONN_HTTP1)
		take_http1(conn);
	else if (conn->phase == CONN_HTTP2)
		take_http2(conn);
	if (conn->is_ending)
		conn->in_at = conn->in.len;
	buf_consume(&conn->in, conn->in_at);
	conn->in_at = 0;
	if (conn->in.len == 0 && conn->in.cap > KEEP_LEN)
		buf_free(&conn->in);
}

static void
read_input(struct conn *conn)
{
	int64_t now = clock_mono_ms();
	bool was_midway = is_midway(conn);
	ssize_t n;

	buf_reserve(&conn->in, READ_LEN);
	n = recv(conn->watch.fd, conn->in.data + conn->in.len, READ_LEN,
	    MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			conn->is_broken = true;
		return;
	}
	if (n == 0) {
		conn->has_eof = true;
		return;
	}
	if (conn->phase == CONN_LINGER) {
		conn->lingered += (size_t)n;
		return;
	}
	conn->in.len += (size_t)n;
	if (!was_midway)
		conn->begun_ms = now;
}

/* The end of what the peer says; half a request is none. */
static void
take_eof(struct conn *conn)
{
	struct diag d = DIAG_INIT;

	if (conn->is_ending || pipeline_is_full(&conn->pipeline))
		return;
	if (conn->phase == CONN_HTTP2) {
		conn_drain(conn);
		return;
	}
	if (is_midway(conn)) {
		(void)diag_set(
		    &d, ERR_HTTP, "the request ends before it is whole");
		refuse_http1(conn, &d);
	}
	conn->is_ending = true;
}

/* Frames are made only as fast as they leave, so that streams share. */
static void
fill_output(struct conn *conn)
{
	struct diag d = DIAG_INIT;

	if (conn->phase == CONN_HTTP2 &&
	    http2_write(conn->http2, &conn->out, OUT_HIGH, &d) != 0)
		conn->is_broken = true;
}

static void
write_output(struct conn *conn)
{
	size_t len;
	ssize_t n;

	fill_output(conn);
	while (!conn->is_broken && (len = unwritten_len(conn)) > 0) {
		n = send(conn->watch.fd, conn->out.data + conn->out_at, len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			conn->is_broken = true;
			return;
		}
		conn->out_at += (size_t)n;
		conn->progress_ms = clock_mono_ms();
		if (unwritten_len(conn) > 0)
			continue;
		buf_reset(&conn->out);
		conn->out_at = 0;
		fill_output(conn);
	}
	if (conn->out.cap > KEEP_LEN)
		buf_free(&conn->out);
}

static bool
is_quiet(const struct conn *conn)
{
	if (conn->waiting > 0 || unwritten_len(conn) > 0)
		return false;
	if (conn->phase == CONN_HTTP2)
		return http2_is_quiet(conn->http2);
	return pipeline_is_empty(&conn->pipeline) && !is_midway(conn);
}

/* When the first of all time limits that apply now is over. */
static int64_t
due_ms(const struct conn *conn)
{
	int64_t due = INT64_MAX;

	if (conn->phase == CONN_LINGER)
		return conn->progress_ms + LINGER_MS;
	if (unwritten_len(conn) > 0)
		return conn->progress_ms + conn->limits.write_ms;
	if (conn->phase == CONN_HTTP2)
		due = http2_due_ms(conn->http2);
	else if (is_midway(conn) && !conn->is_paused)
		due = conn->begun_ms + (http1_is_midway(&conn->http1)
					       ? conn->limits.request_ms
					       : conn->limits.header_ms);
	if (due == INT64_MAX && is_quiet(conn))
		due = conn->quiet_ms + conn->limits.idle_ms;
	return due;
}

/*
 * The timer is only ever moved forward: a limit that went away costs one idle
 * wake-up later instead of a change of the heap at each request.
 */
static void
arm(struct conn *conn)
{
	int64_t due = due_ms(conn), now;

	if (due == INT64_MAX ||
	    (conn->deadline.place != 0 && conn->deadline.due_ms <= due))
		return;
	now = clock_mono_ms();
	loop_timer_set(conn->loop, &conn->deadline, due > now ? due - now : 0);
}

static void
linger(struct conn *conn)
{
	conn->phase = CONN_LINGER;
	conn->progress_ms = clock_mono_ms();
	(void)shutdown(conn->watch.fd, SHUT_WR);
}

/* A peer that is still sending would lose the answer with the connection. */
static void
end(struct conn *conn)
{
	bool is_late = conn->was_refused ||
		       (conn->phase == CONN_HTTP2 && !conn->is_ending);

	if (is_late && !conn->has_eof && conn->phase != CONN_LINGER)
		linger(conn);
	else if (conn->phase != CONN_LINGER || conn->has_eof ||
		 conn->lingered > LINGER_LEN)
		conn->is_broken = true;
}

static bool
is_finished(const struct conn *conn)
{
	if (conn->phase == CONN_LINGER)
		return true;
	if (unwritten_len(conn) > 0)
		return false;
	if (conn->phase == CONN_HTTP2 && http2_is_over(conn->http2))
		return true;
	return conn->is_ending && is_quiet(conn);
}

static uint32_t
wanted_events(const struct conn *conn)
{
	return (wants_more(conn) ? EPOLLIN : 0U) |
	       (unwritten_len(conn) > 0 ? EPOLLOUT : 0U);
}

static void
conn_settle(struct conn *conn)
{
	if (conn->is_paused && wants_more(conn)) {
		conn->is_paused = false;
		conn->begun_ms = clock_mono_ms();
	}
	do {
		if (!conn->is_broken)
			take_input(conn);
		if (conn->has_eof && !conn->is_closed && !conn->is_held)
			take_eof(conn);
		if (conn->is_closed)
			return;
		write_output(conn);
	} while (conn->is_held && unwritten_len(conn) <= OUT_HIGH &&
		 !conn->is_broken);
	if (!conn->is_broken && is_finished(conn))
		end(conn);
	if (conn->is_broken) {
		conn_shut(conn);
		return;
	}
	conn->is_paused = !wants_more(conn);
	loop_rewatch(conn->loop, &conn->watch, wanted_events(conn));
	arm(conn);
}

static void
on_ready(struct watch *w, uint32_t events)
{
	struct conn *conn = w->arg;

	conn_enter(conn);
	/* Nobody is there to read an answer, nor to be owed one. */
	if ((events & (EPOLLHUP | EPOLLERR)) != 0)
		conn->is_broken = true;
	else if ((events & EPOLLIN) != 0)
		read_input(conn);
	conn_settle(conn);
	conn_leave(conn);
}

static void
on_later(struct timer *t)
{
	struct conn *conn = t->arg;

	conn_enter(conn);
	conn_settle(conn);
	conn_leave(conn);
}

static void
expire_http2(struct conn *conn, int64_t now)
{
	struct diag d = DIAG_INIT;

	if (http2_due_ms(conn->http2) > now) {
		conn_drain(conn);
		return;
	}
	if (http2_expire(conn->http2, now, &d) != 0)
		conn->is_broken = true;
}

/* One limit is over; which one follows from what is going on. */
static void
expire(struct conn *conn, int64_t now)
{
	struct diag d = DIAG_INIT;
	bool has_head = http1_is_midway(&conn->http1);

	if (conn->phase == CONN_LINGER || unwritten_len(conn) > 0) {
		conn->is_broken = true;
	} else if (conn->phase == CONN_HTTP2) {
		expire_http2(conn, now);
	} else if (is_midway(conn)) {
		(void)diag_set(&d, ERR_TIMEOUT,
		    "the %s did not arrive within %jd ms",
		    has_head ? "request" : "header",
		    (intmax_t)(has_head ? conn->limits.request_ms
					: conn->limits.header_ms));
		refuse_http1(conn, &d);
	} else {
		conn->is_ending = true;
	}
}

static void
on_deadline(struct timer *t)
{
	struct conn *conn = t->arg;
	int64_t now = clock_mono_ms();

	conn_enter(conn);
	if (due_ms(conn) <= now)
		expire(conn, now);
	if (!conn->is_closed)
		conn_settle(conn);
	conn_leave(conn);
}

void
conn_answer(
    struct conn *conn, uint32_t stream, const struct http_response *response)
{
	conn->waiting--;
	/* HTTP/2 that was ended for what its peer did does not await answers */
	if (conn->is_closed || conn->phase == CONN_LINGER)
		return;
	conn->quiet_ms = clock_mono_ms();
	if (unwritten_len(conn) == 0)
		conn->progress_ms = conn->quiet_ms;
	if (conn->phase == CONN_HTTP2)
		http2_answer(conn->http2, stream, response);
	else
		pipeline_answer(&conn->pipeline, stream, response, &conn->out);
	/*
	 * The only answer there is goes out at once; what is left to do, if
	 * anything, waits for the end of the round.
	 */
	if (conn->depth == 0 && conn->waiting == 0)
		write_output(conn);
	if (conn->depth == 0 &&
	    (conn->waiting > 0 || conn->is_ending || conn->is_paused ||
		conn->is_broken || conn->http1.wants_continue ||
		unread_len(conn) > 0 || unwritten_len(conn) > 0))
		loop_timer_set(conn->loop, &conn->later, 0);
	else
		arm(conn);
}

void
conn_drain(struct conn *conn)
{
	if (conn->is_closed || conn->is_ending)
		return;
	conn->is_ending = true;
	pipeline_end(&conn->pipeline);
	if (conn->phase == CONN_HTTP2)
		http2_drain(conn->http2);
	if (conn->depth == 0)
		loop_timer_set(conn->loop, &conn->later, 0);
}

static int
make_nonblocking(int fd, struct diag *d)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return diag_errno(
		    d, ERR_INTERNAL, "a connection cannot be set up");
	return 0;
}

int
conn_open(struct loop *loop, int fd, const struct http_limits *limits,
    const struct conn_ops *ops, void *arg, struct conn **out, struct diag *d)
{
	struct conn *conn = xcalloc(1, sizeof(*conn));
	int rc;

	conn->loop = loop;
	conn->ops = ops;
	conn->arg = arg;
	conn->limits = *limits;
	http1_init(&conn->http1, &conn->limits);
	conn->watch = (struct watch){fd, 0, on_ready, conn};
	conn->deadline = (struct timer){0, 0, on_deadline, conn};
	conn->later = (struct timer){0, 0, on_later, conn};
	conn->quiet_ms = clock_mono_ms();
	rc = make_nonblocking(fd, d);
	if (rc == 0)
		rc = loop_watch(loop, &conn->watch, EPOLLIN, d);
	if (rc != 0) {
		(void)close(fd);
		conn_free(conn);
		return rc;
	}
	arm(conn);
	*out = conn;
	return 0;
}
