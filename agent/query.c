/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that is asked and is not signing. Rows of a table: what is
 * quick is answered by the loop, what reads the index by a worker.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/core.h"
#include "agent/json.h"
#include "agent/sandbox.h"
#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/mem.h"
#include "x509/pem.h"

#define INDEX_SYNC_MS 2000
#define LIST_DEFAULT 100
#define LIST_MAX 1000

/* A question on its way through a worker. */
struct query_job {
	struct job job;
	struct task task;
	struct core *core;
	uint64_t id, front_id;
	struct buf body; /* what m points into */
	struct msg_query m;
	int64_t only_uid; /* -1: may see everybody's */
	struct buf answer;
	struct diag d;
};

#define QUERY_OF(pointer, member)                         \
	((struct query_job *)((char *)(pointer)-offsetof( \
	    struct query_job, member)))

static const char json_content[] = "application/json";

static void
answer_json(struct core *core, uint64_t front_id, uint32_t status, json_t *root)
{
	BUF_CLEANUP body = BUF_INIT;

	json_print(root, &body);
	core_result(core, front_id, status, json_content, buf_span(&body));
}

static void
policies_answer(struct core *core, uint64_t front_id, const struct msg_query *m)
{
	const struct rules *rules = core->rules->rules;
	json_t *root = json_object(), *list = json_array(), *item;
	size_t i;

	(void)m;
	for (i = 0; i < rules->n; i++) {
		item = json_object();
		json_put_str(item, "name", policy_name(rules->at[i].policy));
		json_put_str(item, "file", policy_file(rules->at[i].policy));
		json_put_str(
		    item, "issuer", policy_issuer(rules->at[i].policy));
		(void)json_array_append_new(list, item);
	}
	(void)json_object_set_new(root, "policies", list);
	json_put_hex(root, "policy_hash",
	    span_of(policy_set_hash(rules->set), POLICY_HASH_LEN));
	answer_json(core, front_id, 200, root);
}

static const struct hsm *
hsm_of(const struct core *core, const struct issuer *issuer)
{
	return &core->hsms[issuer->token_place];
}

static bool
issuer_is_ready(const struct core *core, const struct issuer *issuer)
{
	const struct hsm *h = hsm_of(core, issuer);

	return h->ready && h->err == 0 && core->keys[issuer->place].err == 0;
}

static json_t *
issuer_json(const struct core *core, const struct issuer *issuer)
{
	const struct issuer_key *key = &core->keys[issuer->place];
	const struct hsm *h = hsm_of(core, issuer);
	BUF_CLEANUP subject = BUF_INIT;
	json_t *item = json_object();

	name_print(issuer->cert.subject, &subject);
	json_put_str(item, "name", issuer->name);
	json_put_span(item, "subject", buf_span(&subject));
	json_put_str(item, "key", key_kind_name(issuer->cert.spki.kind));
	json_put_str(item, "signature", sig_alg_name(issuer->alg));
	json_put_hex(item, "serial", issuer->cert.serial);
	json_put_time(item, "not_before", issuer->cert.not_before);
	json_put_time(item, "not_after", issuer->cert.not_after);
	(void)json_object_set_new(
	    item, "ready", json_boolean(issuer_is_ready(core, issuer)));
	json_put_str(item, "token", key->token);
	if (h->err != 0)
		json_put_str(item, "trouble", h->text);
	else if (key->err != 0)
		json_put_str(item, "trouble", key->text);
	return item;
}

static json_t *
issuers_json(const struct core *core)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < core->issuers.n; i++)
		(void)json_array_append_new(
		    list, issuer_json(core, &core->issuers.at[i]));
	return list;
}

static void
issuers_answer(struct core *core, uint64_t front_id, const struct msg_query *m)
{
	json_t *root = json_object();

	(void)m;
	(void)json_object_set_new(root, "issuers", issuers_json(core));
	answer_json(core, front_id, 200, root);
}

static void
chain_answer(struct core *core, uint64_t front_id, const struct msg_query *m)
{
	MEM_CLEANUP char *name =
	    xstrndup((const char *)m->argument.data, m->argument.len);
	const struct issuer *issuer = issuer_find(&core->issuers, name);
	struct diag d = DIAG_INIT;
	BUF_CLEANUP body = BUF_INIT;

	if (issuer == NULL) {
		(void)diag_set(
		    &d, ERR_NOT_FOUND, "there is no issuer %s", name);
		core_problem(core, front_id, &d);
		return;
	}
	buf_add_span(&body, buf_span(&issuer->chain_pem));
	buf_add_span(&body, buf_span(&issuer->root_pem));
	core_result(core, front_id, 200, "application/pem-certificate-chain",
	    buf_span(&body));
}

/* What keeps the agent from issuing, if anything. */
static int
trouble_find(const struct core *core, struct diag *d)
{
	const struct issuer_key *key;
	const struct hsm *h;
	size_t i;
	int rc;

	rc = log_health(core->log, d);
	for (i = 0; rc == 0 && i < core->issuers.n; i++) {
		if (issuer_is_ready(core, &core->issuers.at[i]))
			continue;
		key = &core->keys[i];
		h = hsm_of(core, &core->issuers.at[i]);
		rc = diag_set(d, ERR_UNAVAILABLE, "issuer %s: %s",
		    core->issuers.at[i].name,
		    h->err != 0     ? h->text
		    : key->err != 0 ? key->text
				    : "its signer is being started");
	}
	return rc;
}

static void
health_answer(struct core *core, uint64_t front_id, const struct msg_query *m)
{
	json_t *root = json_object();
	struct diag d = DIAG_INIT;
	int rc;

	(void)m;
	rc = trouble_find(core, &d);
	json_put_str(root, "status", rc == 0 ? "ok" : "unavailable");
	if (rc != 0)
		json_put_str(root, "trouble", d.text);
	answer_json(core, front_id, rc == 0 ? 200 : 503, root);
}

static json_t *
log_json(const struct core *core)
{
	json_t *item = json_object();
	struct diag d = DIAG_INIT;
	struct log_head head;

	log_head(core->log, &head);
	json_put_str(item, "path", core->config->log_path);
	json_put_int(item, "records", head.size);
	json_put_int(item, "bytes", (uint64_t)head.bytes);
	json_put_hex(item, "root", span_of(head.root, sizeof(head.root)));
	(void)json_object_set_new(
	    item, "ready", json_boolean(log_health(core->log, &d) == 0));
	return item;
}

static json_t *
tokens_json(const struct core *core)
{
	json_t *list = json_array(), *item, *risks;
	const struct config_token *token;
	const struct hsm *h;
	size_t i, j;

	for (i = 0; i < core->config->n_tokens; i++) {
		token = &core->config->tokens[i];
		h = &core->hsms[i];
		item = json_object();
		json_put_str(item, "name", token->name);
		json_put_str(item, "module", token->module);
		(void)json_object_set_new(
		    item, "ready", json_boolean(h->ready && h->err == 0));
		json_put_str(item, "trouble",
		    h->err != 0 ? h->text
		    : !h->ready ? "its signer is being started"
				: NULL);
		risks = json_array();
		for (j = 0; j < token->n_accept_risks; j++)
			(void)json_array_append_new(
			    risks, json_string(token->accept_risks[j]));
		(void)json_object_set_new(item, "accepted_risks", risks);
		(void)json_array_append_new(list, item);
	}
	return list;
}

static json_t *
counters_json(const struct core *core)
{
	json_t *item = json_object();

	json_put_int(item, "issued", core->counters.issued);
	json_put_int(item, "refused", core->counters.refused);
	json_put_int(item, "failed", core->counters.failed);
	json_put_int(item, "explained", core->counters.explained);
	json_put_int(item, "connections", core->counters.connections);
	json_put_int(item, "open_connections", core->peers.callers.n);
	json_put_int(item, "in_flight", core->tickets.n);
	return item;
}

static void
status_answer(struct core *core, uint64_t front_id, const struct msg_query *m)
{
	const struct rules *rules = core->rules->rules;
	json_t *root = json_object();
	struct diag d = DIAG_INIT;

	(void)m;
	json_put_str(root, "version", PACKAGE_VERSION);
	json_put_time(root, "started", core->started_s);
	json_put_time(root, "now", clock_now_s());
	(void)json_object_set_new(
	    root, "ready", json_boolean(trouble_find(core, &d) == 0));
	if (d.code != 0)
		json_put_str(root, "trouble", d.text);
	json_put_str(root, "sandbox", sandbox_text());
	json_put_int(root, "policies", rules->n);
	json_put_hex(root, "policy_hash",
	    span_of(policy_set_hash(rules->set), POLICY_HASH_LEN));
	(void)json_object_set_new(root, "log", log_json(core));
	(void)json_object_set_new(root, "index_ready",
	    json_boolean(indexer_health(core->indexer, &d) == 0));
	(void)json_object_set_new(root, "tokens", tokens_json(core));
	(void)json_object_set_new(root, "issuers", issuers_json(core));
	(void)json_object_set_new(root, "counters", counters_json(core));
	answer_json(core, front_id, 200, root);
}

static json_t *
row_json(const struct index_row *row)
{
	json_t *item = json_object();

	json_put_hex(item, "serial", row->serial);
	json_put_str(item, "issuer", row->issuer);
	json_put_str(item, "policy", row->policy);
	json_put_str(item, "user", row->user);
	json_put_int(item, "uid", row->uid);
	json_put_str(item, "subject", row->subject);
	json_put_str(item, "names", row->names);
	json_put_time(item, "not_before", row->not_before);
	json_put_time(item, "not_after", row->not_after);
	json_put_time(item, "issued", row->issued_ms / 1000);
	json_put_int(item, "log_seq", row->seq);
	return item;
}

/* A page of rows, and where the next one starts. */
struct page {
	json_t *list;
	uint64_t last_seq;
};

static int
page_add(void *arg, const struct index_row *row)
{
	struct page *page = arg;

	(void)json_array_append_new(page->list, row_json(row));
	page->last_seq = row->seq;
	return 0;
}

static char *
filter_of(struct span s)
{
	return s.len > 0 ? xstrndup((const char *)s.data, s.len) : NULL;
}

static int
list_run(struct query_job *q, struct index *index)
{
	MEM_CLEANUP char *policy = filter_of(q->m.policy);
	MEM_CLEANUP char *issuer = filter_of(q->m.issuer);
	MEM_CLEANUP char *name = filter_of(q->m.name);
	struct index_query query = {
	    .policy = policy,
	    .issuer = issuer,
	    .name = name,
	    .uid = q->only_uid,
	    .before_seq = q->m.before,
	    .limit = q->m.limit == 0         ? LIST_DEFAULT
		     : q->m.limit > LIST_MAX ? LIST_MAX
					     : q->m.limit,
	};
	struct page page = {json_array(), 0};
	json_t *root = json_object();
	int rc;

	rc = index_list(index, &query, page_add, &page, &q->d);
	if (rc == 0 && json_array_size(page.list) == query.limit)
		json_put_int(root, "next", page.last_seq);
	else
		(void)json_object_set_new(root, "next", json_null());
	(void)json_object_set_new(root, "certificates", page.list);
	json_print(root, &q->answer);
	return rc;
}

static int
certificate_found(void *arg, const struct index_row *row)
{
	struct query_job *q = arg;
	BUF_CLEANUP pem = BUF_INIT;
	json_t *item;

	/* Others' certificates are not there, as far as a caller can tell. */
	if (q->only_uid >= 0 && (int64_t)row->uid != q->only_uid)
		return 0;
	item = row_json(row);
	pem_encode(row->certificate, PEM_CERT, &pem);
	json_put_span(item, "certificate", buf_span(&pem));
	json_print(item, &q->answer);
	return 0;
}

static int
find_run(struct query_job *q, struct index *index)
{
	MEM_CLEANUP char *text =
	    xstrndup((const char *)q->m.argument.data, q->m.argument.len);
	uint8_t serial[SERIAL_MAX_LEN];
	int len = hex_decode(text, serial, sizeof(serial));
	int rc;

	if (len <= 0)
		return diag_set(&q->d, ERR_REQUEST,
		    "a serial number is 1 to 20 octets in hexadecimal");
	rc = index_find(
	    index, span_of(serial, (size_t)len), certificate_found, q, &q->d);
	if (rc == 0 && q->answer.len == 0)
		rc = ERR_NOT_FOUND;
	if (rc == ERR_NOT_FOUND)
		rc = diag_set(&q->d, ERR_NOT_FOUND,
		    "there is no certificate with serial number %s", text);
	return rc;
}

static void
index_answer(struct task *task)
{
	struct query_job *q = QUERY_OF(task, task);
	struct core *core = q->core;

	if (q->d.code != 0)
		core_problem(core, q->front_id, &q->d);
	else
		core_result(
		    core, q->front_id, 200, json_content, buf_span(&q->answer));
	(void)idmap_take(&core->tickets, q->id);
	buf_free(&q->body);
	buf_free(&q->answer);
	free(q);
	core_settle(core);
}

/* Each question opens the index for itself: no handle is shared. */
static void
index_run(struct job *job, unsigned worker)
{
	struct query_job *q = QUERY_OF(job, job);
	struct index *index = NULL;
	int rc;

	(void)worker;
	rc = indexer_sync(q->core->indexer, INDEX_SYNC_MS, &q->d);
	if (rc == 0)
		rc = index_open(
		    q->core->config->index_path, INDEX_READ, &index, &q->d);
	if (rc == 0)
		rc = q->m.query == QUERY_CERTIFICATE ? find_run(q, index)
						     : list_run(q, index);
	if (rc != 0)
		q->d.code = rc;
	index_close(index);
	q->task.run = index_answer;
	loop_post(q->core->loop, &q->task);
}

static void
index_start(struct core *core, uint64_t front_id, struct span body,
    const struct caller *caller)
{
	struct query_job *q = xcalloc(1, sizeof(*q));

	q->core = core;
	q->front_id = front_id;
	buf_add_span(&q->body, body);
	(void)msg_query_parse(buf_span(&q->body), &q->m, &q->d);
	q->only_uid =
	    caller->door == DOOR_ADMIN ? -1 : (int64_t)caller->peer.uid;
	q->id = ++core->next_ticket;
	idmap_put(&core->tickets, q->id, q);
	q->job.run = index_run;
	pool_push(core->pool, &q->job);
}

static void (*const quick[QUERIES])(
    struct core *core, uint64_t front_id, const struct msg_query *m) = {
    [QUERY_POLICIES] = policies_answer,
    [QUERY_ISSUERS] = issuers_answer,
    [QUERY_CHAIN] = chain_answer,
    [QUERY_STATUS] = status_answer,
    [QUERY_HEALTH] = health_answer,
};

static void
query_answer(struct core *core, uint64_t front_id, struct span body,
    const struct msg_query *m, const struct caller *caller)
{
	struct diag d = DIAG_INIT;

	if (quick[m->query] != NULL) {
		quick[m->query](core, front_id, m);
		return;
	}
	if (core->tickets.n >= core->config->max_waiting) {
		(void)diag_set(&d, ERR_BUSY, "too many requests are waiting");
		core_problem(core, front_id, &d);
		return;
	}
	if (m->query != QUERY_RELOAD) {
		index_start(core, front_id, body, caller);
		return;
	}
	if (caller->door == DOOR_ADMIN) {
		reload_start(core, front_id);
		return;
	}
	(void)diag_set(&d, ERR_NOT_ADMIN, "reload needs the admin socket, %s",
	    core->config->admin_socket);
	core_problem(core, front_id, &d);
}

int
query_take(
    struct core *core, uint64_t front_id, struct span body, struct diag *d)
{
	struct caller *caller;
	struct msg_query m;
	int rc;

	rc = msg_query_parse(body, &m, d);
	if (rc != 0)
		return rc;
	caller = peers_hold(&core->peers, m.conn);
	if (caller == NULL)
		return 0; /* hung up meanwhile */
	query_answer(core, front_id, body, &m, caller);
	caller_release(caller);
	return 0;
}
