/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A question: one request of a client, from its bytes to core and back.
 *
 *	question_ask	loop	route; decode what is cheap to decode
 *	csr_run		worker	PEM, CSR, key health, proof of possession
 *	csr_done	loop	facts, or a refusal to be recorded, to core
 *	question_answer	loop	core's answer in the client's words
 */
#include <stdlib.h>
#include <string.h>

#include "agent/front.h"
#include "api/answer.h"
#include "api/list.h"
#include "api/route.h"
#include "api/sign.h"
#include "lib/mem.h"
#include "x509/csr.h"
#include "x509/pem.h"

struct question {
	struct job job;
	struct task task;
	struct front *front;
	struct client *client; /* NULL: hung up */
	struct question *next, **prev;
	uint64_t id;
	uint32_t stream;
	unsigned generation;
	bool with_worker; /* the loop's mark: it may not be freed */
	bool explain;
	struct api_sign sign;
	struct buf message; /* encoded MSG_SIGN or MSG_REFUSED */
	bool refused;
};

#define QUESTION_OF(pointer, member)                     \
	((struct question *)((char *)(pointer)-offsetof( \
	    struct question, member)))

static struct question *
question_new(struct client *client, uint32_t stream)
{
	struct question *q = xcalloc(1, sizeof(*q));

	q->front = client->front;
	q->client = client;
	q->stream = stream;
	q->generation = client->generation;
	q->id = ++client->front->next_question;
	q->next = client->questions;
	q->prev = &client->questions;
	if (q->next != NULL)
		q->next->prev = &q->next;
	client->questions = q;
	idmap_put(&client->front->questions, q->id, q);
	return q;
}

static void
question_unlink(struct question *q)
{
	if (q->client == NULL)
		return;
	*q->prev = q->next;
	if (q->next != NULL)
		q->next->prev = q->prev;
	q->client = NULL;
}

static void
question_free(struct question *q)
{
	(void)idmap_take(&q->front->questions, q->id);
	question_unlink(q);
	api_sign_free(&q->sign);
	buf_free(&q->message);
	free(q);
}

/* Answers and forgets: the question is freed. */
static void
respond(struct question *q, const struct http_response *response)
{
	struct client *client = q->client;
	uint32_t stream = q->stream;

	question_free(q);
	if (client != NULL)
		conn_answer(client->conn, stream, response);
}

static void
problem_body(const struct diag *d, const struct api_reason *reasons, size_t n,
    struct http_response *response, struct buf *body)
{
	struct api_problem problem = {
	    .diag = d, .reasons = reasons, .n_reasons = n};

	api_problem_encode(&problem, body);
	response->status = err_http(d->code);
	response->content_type = API_PROBLEM_TYPE;
	response->retry_after_s = api_problem_retry_s(d->code);
	response->body = buf_span(body);
}

static void
fail(struct question *q, const struct diag *d)
{
	struct http_response response = {0};
	BUF_CLEANUP body = BUF_INIT;

	problem_body(d, NULL, 0, &response, &body);
	respond(q, &response);
}

static void
fail_unavailable(struct question *q)
{
	struct diag d = DIAG_INIT;

	(void)diag_set(
	    &d, ERR_UNAVAILABLE, "the agent is being started anew; try again");
	fail(q, &d);
}

void
question_refuse(struct conn *conn, const struct diag *d, struct buf *body,
    const char **content_type)
{
	struct http_response response = {0};

	(void)conn;
	problem_body(d, NULL, 0, &response, body);
	*content_type = response.content_type;
}

static void
refusal_encode(struct question *q, const struct diag *d, struct span hashed)
{
	struct msg_refused m = {
	    .policy = span_str(q->sign.policy),
	    .err = d->code,
	    .text = span_str(d->text),
	    .ref = span_str(d->ref),
	};

	x509_sha256(hashed, m.csr_hash);
	q->refused = true;
	buf_reset(&q->message);
	msg_refused_encode(&m, &q->message);
}

static void
facts_encode(struct question *q, const struct csr *csr)
{
	struct msg_sign m = {
	    .explain = q->explain,
	    .policy = span_str(q->sign.policy),
	    .ttl_s = q->sign.ttl_s,
	    .spki = csr->spki.der,
	    .n_sans = csr->n_sans,
	    .n_attrs = csr->n_attrs,
	};
	struct request wishes;

	request_of_csr(csr, &wishes);
	m.asks_ca = wishes.asks_ca;
	memcpy(m.sans, csr->sans, csr->n_sans * sizeof(m.sans[0]));
	memcpy(m.attrs, csr->attrs, csr->n_attrs * sizeof(m.attrs[0]));
	x509_sha256(csr->der, m.csr_hash);
	msg_sign_encode(&m, &q->message);
}

static int
csr_read(struct question *q, struct csr *csr, struct buf *der, struct diag *d)
{
	int rc = 0;

	if (q->sign.is_pem)
		rc = pem_decode(buf_span(&q->sign.csr), PEM_CSR, der, d);
	else
		*der = buf_take(&q->sign.csr);
	if (rc == 0)
		rc = csr_parse(buf_span(der), csr, d);
	return rc != 0 ? rc : csr_check(csr, d);
}

static void
csr_done(struct task *task)
{
	struct question *q = QUESTION_OF(task, task);
	struct front *front = q->front;
	struct buf *out;
	size_t at;

	q->with_worker = false;
	if (q->client == NULL) {
		question_free(q);
		return;
	}
	if (front->core == NULL || q->generation != front->generation) {
		fail_unavailable(q);
		return;
	}
	out =
	    link_begin(front->core, q->refused ? MSG_REFUSED : MSG_SIGN, q->id);
	at = out->len;
	buf_add_span(out, buf_span(&q->message));
	/* Both begin with the connection, which is not the worker's to read. */
	buf_put_u32_at(out, at, (uint32_t)(q->client->number >> 32));
	buf_put_u32_at(out, at + 4, (uint32_t)q->client->number);
	link_end(front->core, -1);
}

static void
csr_run(struct job *job, unsigned worker)
{
	struct question *q = QUESTION_OF(job, job);
	BUF_CLEANUP der = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct csr csr;

	(void)worker;
	if (csr_read(q, &csr, &der, &d) == 0)
		facts_encode(q, &csr);
	else
		refusal_encode(q, &d,
		    der.len > 0 ? buf_span(&der) : buf_span(&q->sign.csr));
	q->task.run = csr_done;
	loop_post(q->front->loop, &q->task);
}

static void
sign_ask(struct question *q, const struct http_request *request,
    const struct api_match *match)
{
	struct api_sign_input in = {
	    .policy = match->part,
	    .query = request->query,
	    .content_type = request->content_type,
	    .accept = request->accept,
	    .body = request->body,
	};
	struct diag d = DIAG_INIT;

	q->explain =
	    match->route == API_EXPLAIN || match->route == API_POLICY_EXPLAIN;
	if (api_sign_decode(&in, &q->sign, &d) != 0) {
		refusal_encode(q, &d, request->body);
		csr_done(&q->task);
		return;
	}
	q->with_worker = true;
	q->job.run = csr_run;
	pool_push(q->front->pool, &q->job);
}

static const enum query queries[API_ROUTES] = {
    [API_POLICIES] = QUERY_POLICIES,
    [API_ISSUERS] = QUERY_ISSUERS,
    [API_ISSUER_CHAIN] = QUERY_CHAIN,
    [API_CERTIFICATES] = QUERY_CERTIFICATES,
    [API_CERTIFICATE] = QUERY_CERTIFICATE,
    [API_STATUS] = QUERY_STATUS,
    [API_HEALTH] = QUERY_HEALTH,
    [API_HEALTHZ] = QUERY_HEALTH,
    [API_RELOAD] = QUERY_RELOAD,
};

static int
query_decode(const struct http_request *request, const struct api_match *match,
    struct msg_query *m, struct api_list *list, struct diag *d)
{
	int rc;

	/* Nothing has so long a name, and no message would take it. */
	if (match->part.len > API_VALUE_MAX)
		return diag_set(
		    d, ERR_NOT_FOUND, "there is nothing by so long a name");
	m->query = queries[match->route];
	m->argument = match->part;
	if (match->route != API_CERTIFICATES)
		return 0;
	rc = api_list_decode(request->query, list, d);
	if (rc != 0)
		return rc;
	m->policy = span_str(list->policy);
	m->issuer = span_str(list->issuer);
	m->name = span_str(list->name);
	m->before = list->before;
	m->limit = list->limit;
	return 0;
}

static void
query_ask(struct question *q, const struct http_request *request,
    const struct api_match *match)
{
	struct msg_query m = {.conn = q->client->number};
	struct diag d = DIAG_INIT;
	struct api_list list;

	if (query_decode(request, match, &m, &list, &d) != 0) {
		fail(q, &d);
		return;
	}
	if (q->front->core == NULL || q->generation != q->front->generation) {
		fail_unavailable(q);
		return;
	}
	msg_query_encode(&m, link_begin(q->front->core, MSG_QUERY, q->id));
	link_end(q->front->core, -1);
}

static enum api_method
method_of(enum http_method method)
{
	switch (method) {
	case HTTP_GET:
		return API_METHOD_GET;
	case HTTP_POST:
		return API_METHOD_POST;
	default:
		return API_METHOD_OTHER;
	}
}

void
question_ask(
    struct client *client, uint32_t stream, const struct http_request *request)
{
	struct http_response response = {0};
	BUF_CLEANUP body = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct api_match match = {0};
	struct question *q;

	if (api_route_find(
		method_of(request->method), request->path, &match, &d) != 0) {
		problem_body(&d, NULL, 0, &response, &body);
		response.allow = match.allow;
		conn_answer(client->conn, stream, &response);
		return;
	}
	q = question_new(client, stream);
	switch (match.route) {
	case API_SIGN:
	case API_POLICY_SIGN:
	case API_EXPLAIN:
	case API_POLICY_EXPLAIN:
		sign_ask(q, request, &match);
		break;
	default:
		query_ask(q, request, &match);
		break;
	}
}

static int
issued_tell(struct question *q, struct span body, struct diag *d)
{
	struct http_response response = {.status = 200};
	BUF_CLEANUP pem = BUF_INIT;
	BUF_CLEANUP text = BUF_INIT;
	struct api_issued issued;
	struct msg_issued m;
	char policy[256], issuer[256];
	int rc;

	rc = msg_issued_parse(body, &m, d);
	if (rc != 0)
		return rc;
	pem_encode(m.certificate, PEM_CERT, &pem);
	(void)snprintf(policy, sizeof(policy), "%.*s", (int)m.policy.len,
	    (const char *)m.policy.data);
	(void)snprintf(issuer, sizeof(issuer), "%.*s", (int)m.issuer.len,
	    (const char *)m.issuer.data);
	issued = (struct api_issued){buf_span(&pem), m.chain_pem, m.root_pem,
	    m.serial, m.not_before, m.not_after, policy, issuer, m.log_seq};
	if (q->sign.wants_json)
		api_issued_json(&issued, &text);
	else
		api_issued_pem(&issued, &text);
	response.content_type =
	    q->sign.wants_json ? API_JSON_TYPE : API_PEM_TYPE;
	response.body = buf_span(&text);
	respond(q, &response);
	return 0;
}

static int
result_tell(struct question *q, struct span body, struct diag *d)
{
	struct http_response response = {0};
	struct msg_result m;
	char type[256];
	int rc;

	rc = msg_result_parse(body, &m, d);
	if (rc != 0)
		return rc;
	(void)snprintf(type, sizeof(type), "%.*s", (int)m.content_type.len,
	    (const char *)m.content_type.data);
	response.status = (int)m.status;
	response.content_type = type;
	response.body = m.body;
	respond(q, &response);
	return 0;
}

/* The reasons' words, with NULs behind them for the encoder. */
static void
reasons_copy(const struct msg_problem *m, struct api_reason *reasons)
{
	size_t i;

	for (i = 0; i < m->n_reasons; i++)
		reasons[i] = (struct api_reason){
		    xstrndup((const char *)m->reasons[i].code.data,
			m->reasons[i].code.len),
		    xstrndup((const char *)m->reasons[i].file.data,
			m->reasons[i].file.len),
		    m->reasons[i].line,
		    xstrndup((const char *)m->reasons[i].text.data,
			m->reasons[i].text.len)};
}

static void
reasons_free(struct api_reason *reasons, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free((void *)(uintptr_t)reasons[i].code);
		free((void *)(uintptr_t)reasons[i].file);
		free((void *)(uintptr_t)reasons[i].text);
	}
}

static int
problem_tell(struct question *q, struct span body, struct diag *d)
{
	struct api_reason reasons[MSG_MAX_REASONS];
	struct http_response response = {0};
	BUF_CLEANUP text = BUF_INIT;
	struct diag problem = DIAG_INIT;
	struct msg_problem m;
	int rc;

	rc = msg_problem_parse(body, &m, d);
	if (rc != 0)
		return rc;
	problem.code = m.err;
	(void)snprintf(problem.text, sizeof(problem.text), "%.*s",
	    (int)m.text.len, (const char *)m.text.data);
	(void)snprintf(problem.ref, sizeof(problem.ref), "%.*s", (int)m.ref.len,
	    (const char *)m.ref.data);
	reasons_copy(&m, reasons);
	problem_body(&problem, reasons, m.n_reasons, &response, &text);
	reasons_free(reasons, m.n_reasons);
	respond(q, &response);
	return 0;
}

int
question_answer(struct front *front, const struct msg_row *row, uint64_t id,
    struct span body, struct diag *d)
{
	struct question *q = idmap_find(&front->questions, id);

	if (q == NULL)
		return 0; /* the client hung up meanwhile */
	switch (row->msg) {
	case MSG_ISSUED:
		return issued_tell(q, body, d);
	case MSG_RESULT:
		return result_tell(q, body, d);
	default:
		return problem_tell(q, body, d);
	}
}

void
questions_forget(struct client *client)
{
	struct question *q;

	while ((q = client->questions) != NULL) {
		/* One that a worker has is freed when it comes back. */
		if (q->with_worker)
			question_unlink(q);
		else
			question_free(q);
	}
}

static void
id_add(void *value, void *arg)
{
	const struct question *q = value;

	buf_add_u64(arg, q->id);
}

/* By id: a client whose answer cannot be written takes others with it. */
void
questions_fail(struct front *front)
{
	BUF_CLEANUP ids = BUF_INIT;
	struct question *q;
	struct reader r;

	idmap_each(&front->questions, id_add, &ids);
	for (r = reader_of(buf_span(&ids)); reader_left(&r) > 0;) {
		q = idmap_find(&front->questions, reader_u64(&r));
		if (q != NULL && !q->with_worker)
			fail_unavailable(q);
	}
}
