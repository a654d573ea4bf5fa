/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request as it is being put together, whichever version carries it: the
 * strings of struct http_request live here, checked and decoded.
 */
#ifndef NET_REQUEST_H
#define NET_REQUEST_H

#include "net/http.h"

struct request {
	enum http_method method;
	bool is_head; /* its answer has no body */
	struct buf text;
	/* Where each string starts in text; 0 is the empty string. */
	size_t path, query, content_type, accept;
};

void request_reset(struct request *r); /* also makes a new one */
void request_free(struct request *r);

/*
 * ERR_HTTP when it is not a method name at all. HEAD is GET whose answer loses
 * its body on the way out (RFC 9110 9.3.2): nobody else need know of it.
 */
int request_take_method(struct request *r, struct span s, struct diag *d);

/*
 * Origin form ("/path?query") or absolute form ("http://host/path"). The path
 * is decoded; what could be read in two ways is refused: bad escapes, control
 * bytes, an escaped '/', segments of dots.
 */
int request_take_target(struct request *r, struct span s, struct diag *d);

/* Once; lower-cased, parameters dropped. */
int request_take_content_type(struct request *r, struct span s, struct diag *d);

/* Any number of times: the values are joined with commas. */
void request_take_accept(struct request *r, struct span s);

/* Borrows from r; valid until r changes. */
void request_view(
    const struct request *r, struct span body, struct http_request *out);

/* RFC 9110 5.6.2: what names, methods and codings are made of. */
bool is_token(struct span s);
/* RFC 9110 5.5: no control byte but the tab. */
bool is_field_value(struct span s);
/* Compares without case, for field names and codings. */
bool span_is_nocase(struct span s, const char *lower);
/* Drops spaces and tabs at both ends. */
struct span span_trim(struct span s);

#endif
