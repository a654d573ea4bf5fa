/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that is asked and is not signing. Rows of a table: what is
 * quick is answered by the loop, what reads the index by a worker.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/core.h"
#include "agent/sandbox.h"
#include "api/answer.h"
#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/mem.h"
#include "x509/pem.h"

#define INDEX_SYNC_MS 2000
#define LIST_DEFAULT 100
#define READING_MAX 256 /* they shall not take all the room of requests */
#define LIST_MAX 1000
#define LIST_BYTES (1u << 20) /* a page ends here, however few rows it has */

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

/* Ends the document and sends it. */
static void
json_answer(struct core *core, uint64_t front_id, uint32_t status,
    struct json_writer *j)
{
	jw_end(j);
	buf_add_u8(j->out, '\n');
	core_result(core, front_id, status, API_JSON_TYPE, buf_span(j->out));
}

static void
policies_answer(struct core *core, uint64_t front_id, const struct msg_query *m)
{
	const struct rules *rules = core->rules->rules;
	BUF_CLEANUP body = BUF_INIT;
	struct json_writer j = jw_new(&body);
	size_t i;

	(void)m;
	jw_object(&j, NULL);
	jw_array(&j, "policies");
	for (i = 0; i < rules->n; i++) {
		jw_object(&j, NULL);
		jw_text(&j, "name", policy_name(rules->at[i].policy));
		jw_text(&j, "file", policy_file(rules->at[i].policy));
		jw_text(&j, "issuer", policy_issuer(rules->at[i].policy));
		jw_end(&j);
	}
	jw_end(&j);
	jw_hex(&j, "policy_hash",
	    span_of(policy_set_hash(rules->set), POLICY_HASH_LEN));
	json_answer(core, front_id, 200, &j);
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

/* Why an issuer cannot sign; NULL when it can. */
static const char *
issuer_trouble(const struct core *core, const struct issuer *issuer)
{
	const struct hsm *h = hsm_of(core, issuer);

	if (issuer_is_ready(core, issuer))
		return NULL;
	if (h->err != 0)
		return h->text;
	if (core->keys[issuer->place].err != 0)
		return core->keys[issuer->place].text;
	return "its signer is being started";
}

/* null where there is nothing to say. */
static void
text_or_null(struct json_writer *j, const char *key, const char *text)
{
	if (text != NULL)
		jw_text(j, key, text);
	else
		jw_null(j, key);
}

static void
issuer_json(
    const struct core *core, const struct issuer *issuer, struct json_writer *j)
{
	BUF_CLEANUP subject = BUF_INIT;

	name_print(issuer->cert.subject, &subject);
	jw_object(j, NULL);
	jw_text(j, "name", issuer->name);
	jw_span(j, "subject", buf_span(&subject));
	jw_text(j, "key", key_kind_name(issuer->cert.spki.kind));
	jw_text(j, "signature", sig_alg_name(issuer->alg));
	jw_hex(j, "serial", issuer->cert.serial);
	jw_time(j, "not_before", issuer->cert.not_before);
	jw_time(j, "not_after", issuer->cert.not_after);
	jw_bool(j, "ready", issuer_is_ready(core, issuer));
	jw_text(j, "token", core->keys[issuer->place].token);
	text_or_null(j, "trouble", issuer_trouble(core, issuer));
	jw_end(j);
}

static void
issuers_json(const struct core *core, struct json_writer *j)
{
	size_t i;

	jw_array(j, "issuers");
	for (i = 0; i < core->issuers.n; i++)
		issuer_json(core, &core->issuers.at[i], j);
	jw_end(j);
}

static void
issuers_answer(struct core *core, uint64_t front_id, const struct msg_query *m)
{
	BUF_CLEANUP body = BUF_INIT;
	struct json_writer j = jw_new(&body);

	(void)m;
	jw_object(&j, NULL);
	issuers_json(core, &j);
	json_answer(core, front_id, 200, &j);
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
	const char *text;
	size_t i;
	int rc;

	rc = log_health(core->log, d);
	for (i = 0; rc == 0 && i < core->issuers.n; i++) {
		text = issuer_trouble(core, &core->issuers.at[i]);
		if (text != NULL)
			rc = diag_set(d, ERR_UNAVAILABLE, "issuer %s: %s",
			    core->issuers.at[i].name, text);
	}
	return rc;
}

static void
health_answer(struct core *core, uint64_t front_id, const struct msg_query *m)
{
	BUF_CLEANUP body = BUF_INIT;
	struct json_writer j = jw_new(&body);
	struct diag d = DIAG_INIT;
	int rc;

	(void)m;
	rc = trouble_find(core, &d);
	jw_object(&j, NULL);
	jw_text(&j, "status", rc == 0 ? "ok" : "unavailable");
	text_or_null(&j, "trouble", rc == 0 ? NULL : d.text);
	json_answer(core, front_id, rc == 0 ? 200 : 503, &j);
}

static void
log_json(const struct core *core, struct json_writer *j)
{
	struct diag d = DIAG_INIT;
	struct log_head head;

	log_head(core->log, &head);
	jw_object(j, "log");
	jw_text(j, "path", core->config->log_path);
	jw_int(j, "records", (int64_t)head.size);
	jw_int(j, "bytes", head.bytes);
	jw_hex(j, "root", span_of(head.root, sizeof(head.root)));
	jw_bool(j, "ready", log_health(core->log, &d) == 0);
	jw_end(j);
}

static void
token_json(const struct core *core, size_t place, struct json_writer *j)
{
	const struct config_token *token = &core->config->tokens[place];
	const struct hsm *h = &core->hsms[place];
	size_t i;

	jw_object(j, NULL);
	jw_text(j, "name", token->name);
	jw_text(j, "module", token->module);
	jw_bool(j, "ready", h->ready && h->err == 0);
	text_or_null(j, "trouble",
	    h->err != 0 ? h->text
	    : !h->ready ? "its signer is being started"
			: NULL);
	jw_array(j, "accepted_risks");
	for (i = 0; i < token->n_accept_risks; i++)
		jw_text(j, NULL, token->accept_risks[i]);
	jw_end(j);
	jw_end(j);
}

static void
tokens_json(const struct core *core, struct json_writer *j)
{
	size_t i;

	jw_array(j, "tokens");
	for (i = 0; i < core->config->n_tokens; i++)
		token_json(core, i, j);
	jw_end(j);
}

static void
counters_json(const struct core *core, struct json_writer *j)
{
	jw_object(j, "counters");
	jw_int(j, "issued", (int64_t)core->counters.issued);
	jw_int(j, "refused", (int64_t)core->counters.refused);
	jw_int(j, "failed", (int64_t)core->counters.failed);
	jw_int(j, "explained", (int64_t)core->counters.explained);
	jw_int(j, "connections", (int64_t)core->counters.connections);
	jw_int(j, "open_connections", (int64_t)core->peers.callers.n);
	jw_int(j, "in_flight", (int64_t)core->tickets.n);
	jw_end(j);
}

static void
status_answer(struct core *core, uint64_t front_id, const struct msg_query *m)
{
	const struct rules *rules = core->rules->rules;
	BUF_CLEANUP body = BUF_INIT;
	struct json_writer j = jw_new(&body);
	struct diag d = DIAG_INIT;
	int rc;

	(void)m;
	rc = trouble_find(core, &d);
	jw_object(&j, NULL);
	jw_text(&j, "version", PACKAGE_VERSION);
	jw_time(&j, "started", core->started_s);
	jw_time(&j, "now", clock_now_s());
	jw_bool(&j, "ready", rc == 0);
	text_or_null(&j, "trouble", rc == 0 ? NULL : d.text);
	jw_text(&j, "sandbox", sandbox_text());
	jw_int(&j, "policies", (int64_t)rules->n);
	jw_hex(&j, "policy_hash",
	    span_of(policy_set_hash(rules->set), POLICY_HASH_LEN));
	log_json(core, &j);
	jw_bool(&j, "index_ready", indexer_health(core->indexer, &d) == 0);
	tokens_json(core, &j);
	issuers_json(core, &j);
	counters_json(core, &j);
	json_answer(core, front_id, 200, &j);
}

static struct api_certificate
row_of(const struct index_row *row)
{
	return (struct api_certificate){
	    .log_seq = row->seq,
	    .serial = row->serial,
	    .issuer = row->issuer,
	    .policy = row->policy,
	    .user = row->user,
	    .uid = row->uid,
	    .subject = row->subject,
	    .names = row->names,
	    .issued_at = row->issued_ms / 1000,
	    .not_before = row->not_before,
	    .not_after = row->not_after,
	};
}

/* A page of rows, and where the next one starts. */
struct page {
	struct json_writer j;
	uint64_t last_seq;
	unsigned n;
	bool is_full;
};

static int
page_add(void *arg, const struct index_row *row)
{
	struct page *page = arg;
	struct api_certificate certificate = row_of(row);

	api_certificate_json(&page->j, NULL, &certificate);
	page->last_seq = row->seq;
	page->n++;
	page->is_full = page->j.out->len >= LIST_BYTES;
	return page->is_full;
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
	struct page page = {.j = jw_new(&q->answer)};
	int rc;

	jw_object(&page.j, NULL);
	jw_array(&page.j, "certificates");
	rc = index_list(index, &query, page_add, &page, &q->d);
	jw_end(&page.j);
	if (page.n == query.limit || page.is_full)
		jw_int(&page.j, "next", (int64_t)page.last_seq);
	else
		jw_null(&page.j, "next");
	jw_end(&page.j);
	buf_add_u8(&q->answer, '\n');
	return rc;
}

static int
certificate_found(void *arg, const struct index_row *row)
{
	struct query_job *q = arg;
	struct api_certificate certificate = row_of(row);
	struct json_writer j = jw_new(&q->answer);
	BUF_CLEANUP pem = BUF_INIT;

	/* Others' certificates are not there, as far as a caller can tell. */
	if (q->only_uid >= 0 && (int64_t)row->uid != q->only_uid)
		return 0;
	pem_encode(row->certificate, PEM_CERT, &pem);
	certificate.pem = buf_span(&pem);
	api_certificate_json(&j, NULL, &certificate);
	buf_add_u8(&q->answer, '\n');
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
		core_result(core, q->front_id, 200, API_JSON_TYPE,
		    buf_span(&q->answer));
	core->reading--;
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
	core->reading++;
	idmap_put(&core->tickets, q->id, q);
	q->job.run = index_run;
	pool_push(core->readers, &q->job);
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
	if (core->tickets.n >= core->config->max_waiting ||
	    (m->query != QUERY_RELOAD && core->reading >= READING_MAX)) {
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
