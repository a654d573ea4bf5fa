/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is connected, as the kernel said at accept: the only source of identity
 * for a decision. Counted in all and per uid.
 *
 * A caller stays as long as its connection or any request of it does.
 * Threads: the loop's; what a caller points to is constant.
 */
#ifndef AGENT_PEERS_H
#define AGENT_PEERS_H

#include "agent/message.h"
#include "lib/idmap.h"
#include "net/listener.h"

struct caller {
	uint64_t conn;
	enum door door;
	struct peer peer;
	char *user;                    /* NULL: the uid has no name */
	char *groups[PEER_MAX_GROUPS]; /* NULL where a gid has none */
	unsigned refs;
};

struct peers {
	struct idmap callers; /* by connection number */
	struct idmap counts;  /* connections by uid + 1, as integers */
	struct idmap names;   /* looked up lately: by uid, by gid */
	uint64_t next;
	unsigned max, max_per_uid;
};

/*
 * A new connection, with names looked up (NSS; kept for a minute). ERR_-
 * CONNECTIONS when there are too many, with whose limit it was.
 */
int peers_add(struct peers *peers, const struct peer *peer, enum door door,
    struct caller **out, struct diag *d);
/* Holds the caller for a request; NULL when there is no such connection. */
struct caller *peers_hold(struct peers *peers, uint64_t conn);
void caller_release(struct caller *caller);
/* The connection is closed. */
void peers_remove(struct peers *peers, uint64_t conn);
/* All of them: front is gone. */
void peers_clear(struct peers *peers);

/* What policy wants to know. */
struct policy_caller caller_facts(const struct caller *caller);

#endif
