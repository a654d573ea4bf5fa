/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reload: the policies are read aside, on a worker, and swapped in whole. On
 * any mistake the old set stays, and everything that is wrong is told.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/core.h"
#include "api/answer.h"
#include "lib/mem.h"
#include "lib/notice.h"

#define FINDING_MAX 450 /* bytes of a file's name, and of what is wrong */

struct reload {
	struct job job;
	struct task task;
	struct core *core;
	uint64_t id;       /* among the tickets: draining waits for it */
	uint64_t front_id; /* 0: nobody waits for an answer */
	struct rules *rules;
	struct yaml_findings findings;
	struct diag d;
};

#define RELOAD_OF(pointer, member) \
	((struct reload *)((char *)(pointer)-offsetof(struct reload, member)))

struct rules_in_force *
rules_hold(struct core *core)
{
	core->rules->refs++;
	return core->rules;
}

void
rules_release(struct rules_in_force *rules)
{
	if (rules == NULL || --rules->refs > 0)
		return;
	rules_free(rules->rules);
	free(rules);
}

static void
rules_record(struct core *core, const struct rules *rules)
{
	struct event_policy event = {.count = (uint32_t)rules->n};
	BUF_CLEANUP names = BUF_INIT;
	struct buf body = BUF_INIT;
	size_t i;

	for (i = 0; i < rules->n; i++)
		buf_printf(&names, "%s\n", policy_name(rules->at[i].policy));
	memcpy(event.hash, policy_set_hash(rules->set), sizeof(event.hash));
	event.names = buf_span(&names);
	event_policy_encode(&event, &body);
	core_note(core, EVENT_POLICY, &body);
}

static void
rules_swap(struct core *core, struct rules *rules)
{
	struct rules_in_force *old = core->rules;

	core->rules = xcalloc(1, sizeof(*core->rules));
	*core->rules = (struct rules_in_force){rules, 1};
	rules_release(old);
	rules_record(core, rules);
	notice(NOTICE_INFO, "%zu %s in force", rules->n,
	    rules->n == 1 ? "policy is" : "policies are");
}

static void
findings_notice(const struct yaml_findings *findings)
{
	const struct yaml_finding *at;
	size_t i;

	for (i = 0; i < findings->n; i++) {
		at = &findings->at[i];
		notice(NOTICE_ERROR, "%s:%u:%u: %s", at->file, at->line,
		    at->column, at->text);
	}
}

int
rules_open(struct core *core, struct diag *d)
{
	struct yaml_findings findings = YAML_FINDINGS_INIT;
	struct rules *rules;
	int rc;

	rc = rules_load(
	    core->config->policy_dir, &core->issuers, &rules, &findings, d);
	findings_notice(&findings);
	yaml_findings_free(&findings);
	if (rc == 0)
		rules_swap(core, rules);
	return rc;
}

static void
result_tell(const struct reload *r)
{
	const struct rules *rules = r->core->rules->rules;
	BUF_CLEANUP body = BUF_INIT;
	struct json_writer j = jw_new(&body);

	jw_object(&j, NULL);
	jw_int(&j, "policies", (int64_t)rules->n);
	jw_hex(&j, "policy_hash",
	    span_of(policy_set_hash(rules->set), POLICY_HASH_LEN));
	jw_end(&j);
	buf_add_u8(&body, '\n');
	core_result(r->core, r->front_id, 200, API_JSON_TYPE, buf_span(&body));
}

/* All of them together fit into one message. */
static struct span
cut(const char *text)
{
	struct span s = span_str(text);

	return span_of(s.data, s.len < FINDING_MAX ? s.len : FINDING_MAX);
}

static void
problem_tell(const struct reload *r)
{
	struct msg_problem m = {.err = r->d.code};
	const struct yaml_finding *at;
	size_t i;

	m.text = span_str(r->d.text);
	for (i = 0; i < r->findings.n && i < MSG_MAX_REASONS; i++) {
		at = &r->findings.at[i];
		m.reasons[m.n_reasons++] =
		    (struct msg_reason){span_str("policy.invalid"),
			cut(at->file), cut(at->text), at->line};
	}
	if (r->core->front == NULL)
		return;
	msg_problem_encode(
	    &m, link_begin(r->core->front, MSG_PROBLEM, r->front_id));
	link_end(r->core->front, -1);
}

static void
reload_done(struct task *task)
{
	struct reload *r = RELOAD_OF(task, task);
	struct core *core = r->core;

	/* A later reload that was quicker has read what is newer. */
	if (r->d.code == 0 && r->id < core->reloaded) {
		rules_free(r->rules);
		if (r->front_id != 0)
			result_tell(r);
	} else if (r->d.code == 0) {
		core->reloaded = r->id;
		rules_swap(core, r->rules);
		if (r->front_id != 0)
			result_tell(r);
	} else {
		findings_notice(&r->findings);
		notice_diag(NOTICE_ERROR,
		    "reload: the policies in force stay as they were", &r->d);
		if (r->front_id != 0)
			problem_tell(r);
	}
	yaml_findings_free(&r->findings);
	(void)idmap_take(&core->tickets, r->id);
	free(r);
	core_settle(core);
}

static void
reload_run(struct job *job, unsigned worker)
{
	struct reload *r = RELOAD_OF(job, job);

	(void)worker;
	(void)rules_load(r->core->config->policy_dir, &r->core->issuers,
	    &r->rules, &r->findings, &r->d);
	r->task.run = reload_done;
	loop_post(r->core->loop, &r->task);
}

void
reload_start(struct core *core, uint64_t front_id)
{
	struct reload *r = xcalloc(1, sizeof(*r));

	r->core = core;
	r->front_id = front_id;
	r->job.run = reload_run;
	r->id = ++core->next_ticket;
	idmap_put(&core->tickets, r->id, r);
	pool_push(core->pool, &r->job);
}
