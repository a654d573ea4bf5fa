/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 answers go out in the order of the requests (RFC 9112 9.3.2),
 * whatever the order they are found in: those that are early wait here.
 */
#ifndef NET_PIPELINE_H
#define NET_PIPELINE_H

#include "net/http.h"
#include "net/http1.h"

#define PIPELINE_MAX 8 /* requests of one connection in work */

struct pipeline_slot {
	struct http1_answer how;
	bool is_answered;
	struct buf answer;
};

struct pipeline {
	struct pipeline_slot slots[PIPELINE_MAX];
	uint32_t first; /* the oldest that was not sent */
	uint32_t next;  /* the number of the next request */
};

void pipeline_free(struct pipeline *p);
bool pipeline_is_full(const struct pipeline *p);
bool pipeline_is_empty(const struct pipeline *p);

/* The number of a new request; the pipeline must not be full. */
uint32_t pipeline_push(struct pipeline *p, const struct http1_answer *how);

/* Appends to out what may be sent now. */
void pipeline_answer(struct pipeline *p, uint32_t number,
    const struct http_response *response, struct buf *out);

/* The youngest one's answer is told to be the last of the connection. */
void pipeline_end(struct pipeline *p);

#endif
