/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP as the rest of the house sees it: a request, a response, a connection.
 * Whether HTTP/1.1 or HTTP/2 carries them is this room's business.
 *
 * A connection is driven by the loop: it reads, finds out which version is
 * spoken (the HTTP/2 preface, or anything else), enforces sizes and time
 * limits, and calls ops->request() for each whole request. The answer is given
 * later with conn_answer(), from the loop's thread, in any order (HTTP/1.1
 * answers are held until their turn). Bad framing is answered and closed here.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/loop.h"

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_OTHER };

/* Borrowed for the duration of the call, except what is said otherwise. */
struct http_request {
	enum http_method method;
	const char *path;         /* decoded, starts with '/', no query */
	const char *query;        /* raw, without '?'; "" when there is none */
	const char *content_type; /* lower case, without parameters; or "" */
	const char *accept;       /* as sent, or "" */
	struct span body;
};

struct http_response {
	int status;
	const char *content_type; /* NULL: no body */
	const char *allow;        /* for 405, or NULL */
	unsigned retry_after_s;   /* 0: no header */
	struct span body;         /* copied */
};

struct http_limits {
	size_t header_max;  /* bytes of request line and headers: 16384 */
	size_t body_max;    /* 65536 */
	int64_t header_ms;  /* from the first byte of a request: 2000 */
	int64_t request_ms; /* the same, to its last byte: 5000 */
	int64_t idle_ms;    /* between requests: 30000 */
	int64_t write_ms;   /* without progress while writing: 5000 */
	unsigned streams;   /* concurrent HTTP/2 streams: 64 */
};

extern const struct http_limits http_default_limits;

struct conn;

struct conn_ops {
	/* A whole request. Answer now or later, exactly once. */
	void (*request)(struct conn *conn, uint32_t stream,
	    const struct http_request *request);
	/*
	 * A request that this room refused by itself (framing, size, time):
	 * build the body of the answer for err and its sentence. The
	 * connection answers and closes. May be NULL: then a plain text is
	 * sent.
	 */
	void (*refuse)(struct conn *conn, const struct diag *d,
	    struct buf *body, const char **content_type);
	/* The connection is gone; conn is freed after this returns. */
	void (*closed)(struct conn *conn);
};

/* Takes ownership of fd (non-blocking is set here). */
int conn_open(struct loop *loop, int fd, const struct http_limits *limits,
    const struct conn_ops *ops, void *arg, struct conn **out, struct diag *d);
void *conn_arg(const struct conn *conn);

/*
 * An answer for a stream that is gone is dropped. This never calls back: when
 * the connection turns out to be gone, closed() is called by the loop, later.
 */
void conn_answer(
    struct conn *conn, uint32_t stream, const struct http_response *response);

/* Closes when what is queued has been written; takes no new request. */
void conn_drain(struct conn *conn);

/* Requests handed out and not yet answered. */
size_t conn_waiting(const struct conn *conn);

/* Closes at once; closed() is called. */
void conn_close(struct conn *conn);

#endif
