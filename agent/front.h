/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front: the process that reads what strangers send. It has connections lent
 * by core, and nothing else: no key, no PIN, no file, no database.
 *
 * This is what front's files share; all of it belongs to the loop's thread.
 */
#ifndef AGENT_FRONT_H
#define AGENT_FRONT_H

#include "agent/link.h"
#include "lib/idmap.h"
#include "lib/pool.h"
#include "net/http.h"

struct question;

struct front {
	struct loop *loop;
	struct pool *pool;
	struct link *parent, *core;
	unsigned generation; /* of core: which one our connections are from */
	struct idmap questions;
	uint64_t next_question;
	struct client *clients;
	size_t n_clients;
	bool ending;
	struct timer end;
};

/* One connection. */
struct client {
	struct front *front;
	struct client *next, **prev;
	uint64_t number; /* core's */
	unsigned generation;
	struct conn *conn;
	struct question *questions; /* not yet answered */
};

/* question.c: a whole request has come. */
void question_ask(
    struct client *client, uint32_t stream, const struct http_request *request);
/* The body of a refusal that net makes by itself. */
void question_refuse(struct conn *conn, const struct diag *d, struct buf *body,
    const char **content_type);
/* An answer from core. */
int question_answer(struct front *front, const struct msg_row *row, uint64_t id,
    struct span body, struct diag *d);
/* The client is gone: what it asked is forgotten when it comes back. */
void questions_forget(struct client *client);
/* Core is gone: everybody who waits is told to try again. */
void questions_fail(struct front *front);

#endif
