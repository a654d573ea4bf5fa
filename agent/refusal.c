/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals: recorded, then answered; see refusal.h. */
#include "agent/refusal.h"

#include <stdlib.h>
#include <string.h>

#include "agent/core.h"
#include "lib/clock.h"
#include "lib/mem.h"

#define BURST 50        /* records at once, a uid */
#define PER_S 10        /* and then so many a second */
#define SUMMARY_MS 1000 /* how soon a flood is in the record */
#define UIDS_MAX 4096

/* What one uid may still have recorded in full. */
struct allowance {
	uint32_t uid;
	int64_t left_milli; /* thousandths of a record */
	int64_t at_ms;
	uint32_t suppressed;
	int last_err;
};

/* A refusal whose record is on its way. */
struct pending {
	struct log_entry entry;
	struct task task;
	struct core *core;
	uint64_t id; /* among the tickets: draining waits for it */
	uint64_t front_id;
	struct buf problem;
	int rc;
};

static void
forget(void *value, void *arg)
{
	(void)arg;
	free(value);
}

static bool
allowance_take(struct allowance *a)
{
	int64_t now = clock_mono_ms();

	a->left_milli += (now - a->at_ms) * PER_S;
	a->at_ms = now;
	if (a->left_milli > BURST * 1000)
		a->left_milli = BURST * 1000;
	if (a->left_milli < 1000)
		return false;
	a->left_milli -= 1000;
	return true;
}

static void
summary_note(void *value, void *arg)
{
	struct core *core = arg;
	struct allowance *a = value;
	struct event_refused event = {
	    .request = {.uid = a->uid},
	    .count = a->suppressed,
	    .err = a->last_err,
	    .reasons = span_str("more refusals of this caller than are "
				"recorded one by one\n"),
	};
	struct buf body = BUF_INIT;

	if (a->suppressed == 0)
		return;
	event_refused_encode(&event, &body);
	core_note(core, EVENT_REFUSED, &body);
	a->suppressed = 0;
}

void
refusals_flush(struct core *core)
{
	idmap_each(&core->refusals.allowances, summary_note, core);
}

static struct allowance *
allowance_find(struct core *core, uint32_t uid)
{
	struct refusals *r = &core->refusals;
	uint64_t key = (uint64_t)uid + 1;
	struct allowance *a = idmap_find(&r->allowances, key);

	if (a != NULL)
		return a;
	if (r->allowances.n >= UIDS_MAX) {
		refusals_flush(core);
		idmap_each(&r->allowances, forget, NULL);
		idmap_free(&r->allowances);
	}
	a = xcalloc(1, sizeof(*a));
	*a = (struct allowance){uid, BURST * 1000, clock_mono_ms(), 0, 0};
	idmap_put(&r->allowances, key, a);
	return a;
}

static void
summary_fire(struct timer *t)
{
	refusals_flush(t->arg);
}

static void
problem_send(struct core *core, uint64_t front_id, struct span problem)
{
	if (core->front == NULL)
		return;
	buf_add_span(link_begin(core->front, MSG_PROBLEM, front_id), problem);
	link_end(core->front, -1);
}

static void
pending_answer(struct task *task)
{
	struct pending *p =
	    (struct pending *)((char *)task - offsetof(struct pending, task));
	struct core *core = p->core;
	struct diag d = DIAG_INIT;

	if (p->rc == 0)
		problem_send(core, p->front_id, buf_span(&p->problem));
	else if (log_why(core->log, p->rc, &d) != 0)
		core_problem(core, p->front_id, &d);
	(void)idmap_take(&core->tickets, p->id);
	buf_free(&p->problem);
	buf_free(&p->entry.body);
	free(p);
	core_settle(core);
}

static void
pending_done(struct log_entry *entry, int rc)
{
	struct pending *p = (struct pending *)entry;

	p->rc = rc;
	p->task.run = pending_answer;
	loop_post(p->core->loop, &p->task);
}

static void
event_fill(struct event_refused *event, const struct core *core,
    const struct refusal *refusal)
{
	const struct caller *caller = refusal->caller;

	*event = (struct event_refused){
	    .request =
		{
		    .uid = caller->peer.uid,
		    .gid = caller->peer.gid,
		    .pid = caller->peer.pid,
		    .user = span_str(caller->user),
		    .policy = refusal->policy,
		},
	    .count = 1,
	    .err = refusal->err,
	    .reasons = refusal->reasons,
	};
	memcpy(event->request.policy_hash,
	    policy_set_hash(core->rules->rules->set), POLICY_HASH_LEN);
	memcpy(event->request.csr_hash, refusal->csr_hash, 32);
}

void
refusal_record(
    struct core *core, uint64_t front_id, const struct refusal *refusal)
{
	struct allowance *a = allowance_find(core, refusal->caller->peer.uid);
	struct event_refused event;
	struct pending *p;

	core->counters.refused++;
	if (!allowance_take(a)) {
		a->suppressed++;
		a->last_err = refusal->err;
		core->refusals.summary.fire = summary_fire;
		core->refusals.summary.arg = core;
		if (core->refusals.summary.place == 0)
			loop_timer_set(
			    core->loop, &core->refusals.summary, SUMMARY_MS);
		problem_send(core, front_id, refusal->problem);
		return;
	}
	p = xcalloc(1, sizeof(*p));
	p->core = core;
	p->front_id = front_id;
	buf_add_span(&p->problem, refusal->problem);
	event_fill(&event, core, refusal);
	p->entry.kind = EVENT_REFUSED;
	p->entry.done = pending_done;
	event_refused_encode(&event, &p->entry.body);
	p->id = ++core->next_ticket;
	idmap_put(&core->tickets, p->id, p);
	log_append(core->log, &p->entry);
}

int
refusal_take(
    struct core *core, uint64_t front_id, struct span body, struct diag *d)
{
	BUF_CLEANUP problem = BUF_INIT;
	BUF_CLEANUP reasons = BUF_INIT;
	struct msg_problem answer = {0};
	struct refusal refusal;
	struct caller *caller;
	struct msg_refused m;
	int rc;

	rc = msg_refused_parse(body, &m, d);
	if (rc != 0)
		return rc;
	caller = peers_hold(&core->peers, m.conn);
	if (caller == NULL)
		return 0; /* hung up meanwhile */
	answer.err = m.err;
	answer.text = m.text;
	answer.ref = m.ref;
	msg_problem_encode(&answer, &problem);
	buf_printf(&reasons, "%s %.*s\n", err_code(m.err), (int)m.text.len,
	    m.text.len > 0 ? (const char *)m.text.data : "");
	refusal = (struct refusal){caller, m.policy, m.csr_hash, m.err,
	    buf_span(&reasons), buf_span(&problem)};
	refusal_record(core, front_id, &refusal);
	caller_release(caller);
	return 0;
}
