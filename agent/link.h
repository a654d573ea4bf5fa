/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link: the socketpair between two roles, carrying the messages of
 * message.def and now and then a descriptor.
 *
 * Sending only queues; link_flush() writes everything that was queued in one
 * go. A role calls it once a round of its loop, so the busier it is the more
 * messages share a system call and a wake-up of the other side.
 *
 * Threads: the loop's thread only.
 */
#ifndef AGENT_LINK_H
#define AGENT_LINK_H

#include "agent/message.h"
#include "lib/loop.h"

struct link;

struct link_ops {
	/*
	 * One message. body is borrowed; fd is the receiver's to close, -1
	 * when the message carries none. A negative return ends the link:
	 * the message made no sense.
	 */
	int (*message)(struct link *link, const struct msg_row *row,
	    uint64_t id, struct span body, int fd, struct diag *d);
	/* The peer is gone or was ended; the link is freed afterwards. */
	void (*lost)(struct link *link, const struct diag *d);
};

/* Takes ownership of fd. */
int link_open(struct loop *loop, int fd, enum role self, enum role peer,
    const struct link_ops *ops, void *arg, struct link **out, struct diag *d);

void *link_arg(const struct link *link);

/*
 * Queues a message: link_begin() gives the buffer to append the body to,
 * link_end() closes it. fd is taken over (closed once sent); -1 for none.
 */
struct buf *link_begin(struct link *link, enum msg msg, uint64_t id);
void link_end(struct link *link, int fd);
/* Both at once, for messages without a body. */
void link_send(struct link *link, enum msg msg, uint64_t id);

void link_flush(struct link *link);

/*
 * Hands out what the peer said before it went: for a peer that is known to be
 * gone, since its last words may not have been read yet. Never calls lost().
 */
void link_drain(struct link *link);

/*
 * Where the ids of a new process start: beyond all of its former lives, so
 * that a late answer to one of those finds nobody.
 */
uint64_t link_first_id(void);

/* Without calling lost(). NULL is fine. */
void link_close(struct link *link);

#endif
