/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 (RFC 9113) for a server, on nghttp2: bytes in, requests out; answers
 * in, bytes out. No descriptor, no timer: the connection has those.
 */
#ifndef NET_HTTP2_H
#define NET_HTTP2_H

#include "net/http.h"

/* What a client that knows we speak HTTP/2 sends first (RFC 9113 3.4). */
#define HTTP2_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define HTTP2_PREFACE_LEN 24

struct http2;

/* Called from inside http2_take() and http2_expire(). */
struct http2_ops {
	/* Answer it once with http2_answer(), now or later. */
	void (*request)(
	    void *arg, uint32_t stream, const struct http_request *request);
	/* A request that was refused: answer it with http2_refuse(), now. */
	void (*refuse)(void *arg, uint32_t stream, const struct diag *d);
};

int http2_new(const struct http_limits *limits, const struct http2_ops *ops,
    void *arg, struct http2 **out, struct diag *d);
void http2_free(struct http2 *h);

/* Takes all bytes, preface first. ERR_HTTP: write what there is and close. */
int http2_take(struct http2 *h, struct span bytes, struct diag *d);

/* Appends frames to out until it holds max bytes. */
int http2_write(struct http2 *h, struct buf *out, size_t max, struct diag *d);

/* Drops the answer when the stream is gone. */
void http2_answer(
    struct http2 *h, uint32_t stream, const struct http_response *response);
void http2_refuse(
    struct http2 *h, uint32_t stream, const struct http_response *response);

/* GOAWAY: what was handed out is still answered, new requests are not taken. */
void http2_drain(struct http2 *h);

/* Open streams, and requests that wait for an answer. */
bool http2_is_quiet(const struct http2 *h);
/* Neither side has anything to say any more. */
bool http2_is_over(const struct http2 *h);

/* When (monotonic ms) the next stream is late; INT64_MAX: none can be. */
int64_t http2_due_ms(const struct http2 *h);
/*
 * Refuses requests that are late, resets streams whose client takes no answer.
 * ERR_TIMEOUT when the whole connection has to go.
 */
int http2_expire(struct http2 *h, int64_t now_ms, struct diag *d);

#endif
