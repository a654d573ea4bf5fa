/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core: who asks, policy, build, lint, log, verify, index.
 *
 * This is what core's files share. Everything here belongs to the loop's
 * thread, except what says otherwise; work is handed to the pool as a ticket
 * and comes back as a task.
 */
#ifndef AGENT_CORE_H
#define AGENT_CORE_H

#include "agent/budget.h"
#include "agent/hsm.h"
#include "agent/indexer.h"
#include "agent/link.h"
#include "agent/peers.h"
#include "agent/refusal.h"
#include "lib/pool.h"
#include "log/log.h"

#define TURNED_AWAY 16 /* connections over the limit kept to be read */

/* The rules in force, kept until the last ticket that uses them is done. */
struct rules_in_force {
	struct rules *rules;
	unsigned refs;
};

/* What status shows; counted since this process started. */
struct counters {
	uint64_t issued, refused, failed, explained, connections;
};

struct core {
	const struct config *config;
	struct loop *loop;
	struct pool *pool;
	struct pool *readers; /* of the index: slow ones keep up no ticket */
	struct log *log;
	struct issuers issuers;
	struct rules_in_force *rules;
	uint64_t reloaded; /* the reload that brought them */
	struct link *parent, *front;
	uint64_t front_life; /* the parent's name for this process of front */
	struct hsm *hsms;    /* one a token of the configuration */
	struct issuer_key *keys; /* one an issuer of the configuration */
	struct indexer *indexer;
	struct peers peers;
	struct refusals refusals;
	struct budgets budgets;
	struct watch listeners[2]; /* by enum door */
	bool listening;
	int turned_away[TURNED_AWAY]; /* descriptors, the oldest is next */
	unsigned n_turned_away;
	int spare_fd; /* given up for a moment when descriptors run out */
	struct idmap tickets;
	unsigned reading; /* of them: questions to the index */
	uint64_t next_ticket;
	bool draining, settled;
	struct counters counters;
	int64_t started_s; /* UTC */
};

struct rules_in_force *rules_hold(struct core *core);
void rules_release(struct rules_in_force *rules);

/* Something ended: when core is draining and all is done, it ends. */
void core_settle(struct core *core);

/* Appends a record that nobody waits for; takes the body. */
void core_note(struct core *core, enum event_kind kind, struct buf *body);

/* A peer that broke its link, or is stuck: the parent starts it anew. */
void core_end_peer(
    struct core *core, enum role peer, unsigned place, uint64_t life);

/* Answers to front; dropped when front is gone. */
void core_problem(struct core *core, uint64_t front_id, const struct diag *d);
void core_result(struct core *core, uint64_t front_id, uint32_t status,
    const char *content_type, struct span body);

/* ticket.c: a certificate is asked for, or what would be decided. */
int ticket_take(
    struct core *core, uint64_t front_id, struct span body, struct diag *d);

/* query.c */
int query_take(
    struct core *core, uint64_t front_id, struct span body, struct diag *d);

/* reload.c: reads the policies aside and swaps them in; front_id 0 is SIGHUP.
 */
void reload_start(struct core *core, uint64_t front_id);
/* At start: reads, records, binds; findings are told to the operator. */
int rules_open(struct core *core, struct diag *d);

#endif
