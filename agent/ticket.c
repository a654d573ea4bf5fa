/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ticket: one certificate, from the facts that front sends to the answer.
 *
 *	ticket_take	loop	who asks, is there room, is there a token
 *	plan_run	worker	policy, TBSCertificate, lint
 *	intent_append	worker	INTENT, durable before anything is signed
 *	sign_ask	loop	C_Sign, by way of the signer
 *	finish_run	worker	signature verified, certificate assembled
 *	issued_append	worker	ISSUED, durable before anybody sees it
 *	issued_answer	loop
 *
 * A ticket belongs to one thread at a time. Whatever goes wrong after the
 * intent is recorded as FAILED before it is answered.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/core.h"
#include "agent/explain.h"
#include "api/answer.h"
#include "lib/clock.h"
#include "lib/mem.h"

struct ticket {
	struct job job;
	struct task task;
	struct log_entry entry; /* INTENT, then ISSUED or FAILED */
	struct wanted wanted;
	struct core *core;
	uint64_t id;       /* ours */
	uint64_t front_id; /* what the answer carries */
	struct caller *caller;
	struct rules_in_force *rules;
	struct buf body; /* what sign points into */
	struct msg_sign sign;
	struct plan plan;
	struct buf signature, certificate, report;
	uint64_t intent_seq;
	bool possibly_signed;
	struct diag d;
};

#define TICKET_OF(pointer, member) \
	((struct ticket *)((char *)(pointer)-offsetof(struct ticket, member)))

static void
ticket_end(struct ticket *t)
{
	struct core *core = t->core;

	(void)idmap_take(&core->tickets, t->id);
	plan_free(&t->plan);
	caller_release(t->caller);
	rules_release(t->rules);
	buf_free(&t->body);
	buf_free(&t->signature);
	buf_free(&t->certificate);
	buf_free(&t->report);
	buf_free(&t->entry.body);
	free(t);
	core_settle(core);
}

static void
next_on_loop(struct ticket *t, void (*run)(struct task *task))
{
	t->task.run = run;
	loop_post(t->core->loop, &t->task);
}

static void
request_fill(const struct ticket *t, struct event_request *out)
{
	const struct caller *caller = t->caller;

	*out = (struct event_request){
	    .uid = caller->peer.uid,
	    .gid = caller->peer.gid,
	    .pid = caller->peer.pid,
	    .user = span_str(caller->user),
	    .policy = t->sign.policy,
	};
	memcpy(out->policy_hash, policy_set_hash(t->rules->rules->set),
	    POLICY_HASH_LEN);
	memcpy(out->csr_hash, t->sign.csr_hash, sizeof(out->csr_hash));
}

/* The last step of every way that does not end in a certificate. */
static void
failed_answer(struct task *task)
{
	struct ticket *t = TICKET_OF(task, task);

	t->core->counters.failed++;
	core_problem(t->core, t->front_id, &t->d);
	ticket_end(t);
}

static void
failed_done(struct log_entry *entry, int rc)
{
	struct ticket *t = TICKET_OF(entry, entry);

	if (rc != 0)
		(void)log_why(t->core->log, rc, &t->d);
	next_on_loop(t, failed_answer);
}

/* Any thread: the intent is closed in the record, then answered. */
static void
failed_append(struct ticket *t)
{
	struct event_failed event = {
	    t->intent_seq, t->d.code, span_str(t->d.text), t->possibly_signed};

	buf_reset(&t->entry.body);
	event_failed_encode(&event, &t->entry.body);
	t->entry.kind = EVENT_FAILED;
	t->entry.done = failed_done;
	log_append(t->core->log, &t->entry);
}

static void
issued_answer(struct task *task)
{
	struct ticket *t = TICKET_OF(task, task);
	const struct issuer *issuer = t->plan.rule->issuer;
	struct core *core = t->core;
	struct msg_issued m = {
	    .certificate = buf_span(&t->certificate),
	    .chain_pem = buf_span(&issuer->chain_pem),
	    .root_pem = buf_span(&issuer->root_pem),
	    .serial = span_of(t->plan.serial, sizeof(t->plan.serial)),
	    .policy = t->sign.policy,
	    .issuer = span_str(issuer->name),
	    .not_before = t->plan.decision.not_before,
	    .not_after = t->plan.decision.not_after,
	    .log_seq = t->entry.seq,
	};

	core->counters.issued++;
	indexer_wake(core->indexer);
	if (core->front != NULL) {
		msg_issued_encode(
		    &m, link_begin(core->front, MSG_ISSUED, t->front_id));
		link_end(core->front, -1);
	}
	ticket_end(t);
}

static void
issued_done(struct log_entry *entry, int rc)
{
	struct ticket *t = TICKET_OF(entry, entry);

	if (rc == 0) {
		next_on_loop(t, issued_answer);
		return;
	}
	/* Signed but not recorded: nobody may see it, ever. */
	(void)log_why(t->core->log, rc, &t->d);
	next_on_loop(t, failed_answer);
}

static void
issued_append(struct ticket *t)
{
	struct event_issued event = {t->intent_seq, buf_span(&t->certificate)};

	buf_reset(&t->entry.body);
	event_issued_encode(&event, &t->entry.body);
	t->entry.kind = EVENT_ISSUED;
	t->entry.done = issued_done;
	log_append(t->core->log, &t->entry);
}

static void
bad_signature(struct task *task)
{
	struct ticket *t = TICKET_OF(task, task);

	hsm_bad_signature(t->core, t->plan.rule->issuer->place);
	failed_append(t);
}

static void
finish_run(struct job *job, unsigned worker)
{
	struct ticket *t = TICKET_OF(job, job);
	int rc;

	(void)worker;
	rc = plan_finish(
	    &t->plan, buf_span(&t->signature), &t->certificate, &t->d);
	if (rc == 0) {
		issued_append(t);
		return;
	}
	t->possibly_signed = true;
	next_on_loop(t, bad_signature);
}

static void
signature_done(struct wanted *w, const struct diag *d, struct span signature)
{
	struct ticket *t = TICKET_OF(w, wanted);

	if (d->code != 0) {
		t->d = *d;
		t->possibly_signed = w->sent > 0;
		failed_append(t);
		return;
	}
	buf_add_span(&t->signature, signature);
	t->job.run = finish_run;
	pool_push(t->core->pool, &t->job);
}

static void
sign_ask(struct task *task)
{
	struct ticket *t = TICKET_OF(task, task);
	const struct issuer *issuer = t->plan.rule->issuer;

	t->wanted = (struct wanted){
	    .id = t->id,
	    .issuer = issuer->place,
	    .alg = issuer->alg,
	    .bytes = buf_span(&t->plan.tbs),
	    .done = signature_done,
	};
	hsm_sign(&t->core->hsms[issuer->token_place], &t->wanted);
}

static void
intent_done(struct log_entry *entry, int rc)
{
	struct ticket *t = TICKET_OF(entry, entry);

	t->intent_seq = entry->seq;
	if (rc == 0) {
		next_on_loop(t, sign_ask);
		return;
	}
	(void)log_why(t->core->log, rc, &t->d);
	next_on_loop(t, failed_answer);
}

static void
intent_append(struct ticket *t)
{
	struct event_intent event = {
	    .issuer = span_str(t->plan.rule->issuer->name),
	    .serial = span_of(t->plan.serial, sizeof(t->plan.serial)),
	    .tbs = buf_span(&t->plan.tbs),
	};

	request_fill(t, &event.request);
	event_intent_encode(&event, &t->entry.body);
	t->entry.kind = EVENT_INTENT;
	t->entry.done = intent_done;
	log_append(t->core->log, &t->entry);
}

/* "code file:line sentence" a line, as the record keeps it. */
static void
reasons_print(const struct ticket *t, struct buf *out)
{
	const struct policy_decision *decision = &t->plan.decision;
	const struct policy_reason *r;
	size_t i;

	if (t->d.code != ERR_DENIED)
		buf_printf(out, "%s %s\n", err_code(t->d.code), t->d.text);
	for (i = 0; i < decision->n_reasons && i < POLICY_MAX_REASONS; i++) {
		r = &decision->reasons[i];
		buf_printf(out, "%s %s:%u %s\n", r->code,
		    r->file != NULL ? r->file : "", r->line, r->text);
	}
}

static void
problem_fill(const struct ticket *t, struct msg_problem *m)
{
	const struct policy_decision *decision = &t->plan.decision;
	const struct policy_reason *r;
	size_t i;

	m->err = t->d.code;
	m->text = span_str(t->d.text);
	m->ref = span_str(t->d.ref);
	m->n_reasons = 0;
	for (i = 0; i < decision->n_reasons && i < POLICY_MAX_REASONS; i++) {
		r = &decision->reasons[i];
		m->reasons[m->n_reasons++] =
		    (struct msg_reason){span_str(r->code), span_str(r->file),
			span_str(r->text), r->line};
	}
}

/* Policy said no, or the facts made no sense: nothing is signed. */
static void
refused(struct task *task)
{
	struct ticket *t = TICKET_OF(task, task);
	BUF_CLEANUP problem = BUF_INIT;
	BUF_CLEANUP reasons = BUF_INIT;
	struct refusal refusal;
	struct msg_problem m;

	problem_fill(t, &m);
	msg_problem_encode(&m, &problem);
	reasons_print(t, &reasons);
	refusal = (struct refusal){t->caller, t->sign.policy, t->sign.csr_hash,
	    t->d.code, buf_span(&reasons), buf_span(&problem)};
	refusal_record(t->core, t->front_id, &refusal);
	ticket_end(t);
}

static void
explained(struct task *task)
{
	struct ticket *t = TICKET_OF(task, task);

	t->core->counters.explained++;
	if (t->d.code != 0)
		core_problem(t->core, t->front_id, &t->d);
	else
		core_result(t->core, t->front_id, 200, API_JSON_TYPE,
		    buf_span(&t->report));
	ticket_end(t);
}

/* Only what policy allows is counted against a budget. */
static void
budget_check(struct task *task)
{
	struct ticket *t = TICKET_OF(task, task);

	if (budget_take(&t->core->budgets, t->plan.rule->policy,
		t->caller->peer.uid, clock_mono_ms(), &t->d) != 0)
		refused(task);
	else
		intent_append(t);
}

/* What the token could not do anyway is refused before it is an intent. */
static bool
token_check(struct ticket *t)
{
	const struct rule *rule = rule_find(t->rules->rules, t->sign.policy);

	if (rule == NULL || t->sign.explain)
		return true;
	return hsm_check(t->core, rule->issuer->place, &t->d) == 0;
}

static int
plan_of_ticket(struct ticket *t)
{
	struct request request = {
	    .policy = t->sign.policy,
	    .caller = caller_facts(t->caller),
	    .sans = t->sign.sans,
	    .n_sans = t->sign.n_sans,
	    .attrs = t->sign.attrs,
	    .n_attrs = t->sign.n_attrs,
	    .asks_ca = t->sign.asks_ca,
	    .ttl_s = t->sign.ttl_s,
	};
	int rc;

	/* front's word for what it read is not enough: the key is read again.
	 */
	rc = spki_parse(t->sign.spki, &request.spki, &t->d);
	if (rc != 0)
		return rc;
	return plan_make(
	    t->rules->rules, &request, clock_now_ms(), &t->plan, &t->d);
}

static void
plan_run(struct job *job, unsigned worker)
{
	struct ticket *t = TICKET_OF(job, job);
	int64_t window_s;
	unsigned count;
	int rc;

	(void)worker;
	rc = plan_of_ticket(t);
	if (t->sign.explain) {
		if (rc == 0 || rc == ERR_DENIED) {
			t->d.code = 0;
			explain_encode(&t->plan, t->rules->rules, &t->report);
		}
		next_on_loop(t, explained);
		return;
	}
	if (rc != 0)
		next_on_loop(t, refused);
	else if (policy_rate(t->plan.rule->policy, &count, &window_s))
		next_on_loop(t, budget_check);
	else
		intent_append(t);
}

static int
room_check(const struct core *core, struct diag *d)
{
	if (core->draining)
		return diag_set(
		    d, ERR_UNAVAILABLE, "the agent is going down; try again");
	if (core->tickets.n >= core->config->max_waiting)
		return diag_set(d, ERR_BUSY,
		    "%zu requests are waiting, that is the limit; try again",
		    core->tickets.n);
	return log_health(core->log, d);
}

int
ticket_take(
    struct core *core, uint64_t front_id, struct span body, struct diag *d)
{
	struct diag refusal = DIAG_INIT;
	struct ticket *t;
	int rc;

	if (room_check(core, &refusal) != 0) {
		core_problem(core, front_id, &refusal);
		return 0;
	}
	t = xcalloc(1, sizeof(*t));
	buf_add_span(&t->body, body);
	rc = msg_sign_parse(buf_span(&t->body), &t->sign, d);
	if (rc == 0)
		t->caller = peers_hold(&core->peers, t->sign.conn);
	if (t->caller == NULL) {
		buf_free(&t->body);
		free(t);
		return rc; /* hung up meanwhile, or nonsense */
	}
	t->core = core;
	t->id = ++core->next_ticket;
	t->front_id = front_id;
	t->rules = rules_hold(core);
	idmap_put(&core->tickets, t->id, t);
	if (!token_check(t)) {
		refused(&t->task);
		return 0;
	}
	t->job.run = plan_run;
	pool_push(core->pool, &t->job);
	return 0;
}
