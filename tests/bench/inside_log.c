/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Issuing with a durable record in this process, in the agent's steps: plan,
 * INTENT, sign and finish, ISSUED; see inside.h.
 */
#include <semaphore.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/pool.h"
#include "tests/bench/inside.h"
#include "x509/warm.h"

struct run {
	const struct setup *setup;
	struct log *log;
	struct pool *pool;
	struct work work[SETUP_SEATS];
	int64_t begun, end;         /* ns; what is done in between counts */
	struct latencies latencies; /* the log's thread alone adds */
	unsigned left;              /* tickets; the log's thread counts down */
	sem_t over;
};

struct ticket {
	struct job job;
	struct log_entry entry;
	struct run *run;
	struct plan plan;
	struct buf certificate;
	int64_t begun; /* ns */
};

#define TICKET_OF(pointer, member) \
	((struct ticket *)((char *)(pointer)-offsetof(struct ticket, member)))

static void plan_run(struct job *job, unsigned worker);

static void
record(struct ticket *t, enum event_kind kind,
    void (*done)(struct log_entry *entry, int rc))
{
	t->entry.kind = kind;
	t->entry.done = done;
	log_append(t->run->log, &t->entry);
}

static void
job_push(struct ticket *t, void (*run)(struct job *job, unsigned worker))
{
	t->job.run = run;
	pool_push(t->run->pool, &t->job);
}

static void
issued_done(struct log_entry *entry, int rc)
{
	struct ticket *t = TICKET_OF(entry, entry);
	struct run *run = t->run;
	int64_t now = now_ns();

	if (rc != 0)
		bench_die("the log takes no ISSUED");
	if (now >= run->begun && now < run->end)
		latencies_add(&run->latencies, now - t->begun);
	plan_free(&t->plan);
	if (now < run->end)
		job_push(t, plan_run);
	else if (--run->left == 0)
		(void)sem_post(&run->over);
}

static void
sign_run(struct job *job, unsigned worker)
{
	struct ticket *t = TICKET_OF(job, job);
	struct work *work = &t->run->work[worker];
	struct event_issued event = {.intent_seq = t->entry.seq};
	struct diag d = DIAG_INIT;

	work_sign(work, buf_span(&t->plan.tbs));
	buf_reset(&t->certificate);
	if (plan_finish(
		&t->plan, buf_span(&work->signature), &t->certificate, &d) != 0)
		bench_die("finishing: %s", d.text);
	event.certificate = buf_span(&t->certificate);
	event_issued_encode(&event, &t->entry.body);
	record(t, EVENT_ISSUED, issued_done);
}

static void
intent_done(struct log_entry *entry, int rc)
{
	if (rc != 0)
		bench_die("the log takes no INTENT");
	job_push(TICKET_OF(entry, entry), sign_run);
}

static void
plan_run(struct job *job, unsigned worker)
{
	struct ticket *t = TICKET_OF(job, job);
	const struct setup *setup = t->run->setup;
	struct event_intent event = {
	    .request = {.uid = 1000,
		.user = span_str(setup->user),
		.policy = span_str(SETUP_POLICY)},
	    .issuer = span_str(setup->issuer->name),
	};

	(void)worker;
	t->begun = now_ns();
	work_plan(setup, &t->plan);
	(void)EVP_Digest(setup->csr.data, setup->csr.len,
	    event.request.csr_hash, NULL, warm_digest(SIG_ECDSA_SHA256), NULL);
	event.serial = span_of(t->plan.serial, sizeof(t->plan.serial));
	event.tbs = buf_span(&t->plan.tbs);
	event_intent_encode(&event, &t->entry.body);
	record(t, EVENT_INTENT, intent_done);
}

static void
run_measure(struct run *run, struct ticket *tickets, unsigned n, unsigned ms,
    struct sample *out)
{
	double cpu_us = cpu_us_of_process();
	unsigned i;

	run->left = n;
	run->begun = now_ns();
	run->end = run->begun + (int64_t)ms * 1000000;
	for (i = 0; i < n; i++) {
		tickets[i].run = run;
		job_push(&tickets[i], plan_run);
	}
	while (sem_wait(&run->over) != 0)
		continue;
	*out = (struct sample){.ops = (double)run->latencies.n};
	out->rate = out->ops * 1000.0 / ms;
	/* Those that came too late were work as well. */
	out->cpu_us = (cpu_us_of_process() - cpu_us) / (out->ops + n);
	latencies_tell(&run->latencies, out);
}

void
inside_log_run(const struct setup *setup, struct log *log, unsigned outstanding,
    unsigned ms, struct sample *out)
{
	struct run run = {.setup = setup, .log = log};
	struct ticket *tickets = xcalloc(outstanding, sizeof(*tickets));
	struct diag d = DIAG_INIT;
	unsigned i;

	if (pool_new(SETUP_SEATS, "issue", &run.pool, &d) != 0)
		bench_die("%s", d.text);
	(void)sem_init(&run.over, 0, 0);
	for (i = 0; i < SETUP_SEATS; i++)
		work_init(&run.work[i], setup, i);
	run_measure(&run, tickets, outstanding, ms, out);
	pool_free(run.pool);
	for (i = 0; i < SETUP_SEATS; i++)
		work_free(&run.work[i]);
	for (i = 0; i < outstanding; i++) {
		buf_free(&tickets[i].certificate);
		buf_free(&tickets[i].entry.body);
	}
	free(tickets);
	latencies_free(&run.latencies);
	(void)sem_destroy(&run.over);
}
