/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 (RFC 9112), read strictly: what two programs could understand in
 * two ways is refused. HTTP/1.0 is understood and closes after its answer.
 *
 * The caller shows the bytes it has and drops those that were taken:
 *
 *	rc = http1_parse(&p, bytes, &used, &request, d);
 *	HTTP1_MORE     nothing whole yet
 *	HTTP1_REQUEST  a request; its body may point into bytes, so that the
 *	               caller uses it before it drops them
 *	ERR_           answer and close; the parser is of no more use
 *
 * How the bytes were cut into pieces makes no difference to the outcome.
 */
#ifndef NET_HTTP1_H
#define NET_HTTP1_H

#include "net/http.h"
#include "net/request.h"

#define HTTP1_MAX_FIELDS 64
#define HTTP1_LINE_MAX 1024 /* bytes of a chunk-size or trailer line */

enum { HTTP1_MORE = 0, HTTP1_REQUEST = 1 };

enum http1_state {
	HTTP1_HEAD,
	HTTP1_BODY,
	HTTP1_CHUNK_SIZE,
	HTTP1_CHUNK_DATA,
	HTTP1_CHUNK_END,
	HTTP1_TRAILER
};

struct http1 {
	const struct http_limits *limits; /* borrowed */
	enum http1_state state;
	size_t scanned;  /* bytes of the head known to hold no end */
	size_t fields;   /* header and trailer fields so far */
	size_t trailer;  /* bytes of trailer so far */
	uint64_t length; /* of the body, or what is left of the chunk */
	struct buf body; /* of chunks, joined */
	struct request request;
	bool keep_alive;
	bool is_old; /* HTTP/1.0 */
	bool has_host, has_length, is_chunked;
	bool wants_continue; /* the client waits for 100 before its body */
};

void http1_init(struct http1 *p, const struct http_limits *limits);
void http1_free(struct http1 *p);

int http1_parse(struct http1 *p, struct span bytes, size_t *used,
    struct http_request *out, struct diag *d);

/* In the middle of a request, of which bytes have been taken already. */
bool http1_is_midway(const struct http1 *p);

struct http1_answer {
	bool keep_alive;
	bool is_head; /* the request was HEAD: lengths, but no body */
};
void http1_encode(struct buf *out, const struct http_response *response,
    const struct http1_answer *how);

#define HTTP1_CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

#endif
