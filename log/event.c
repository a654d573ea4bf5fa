/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of the log's records; see event.h. */
#include "log/event.h"

#include <assert.h>
#include <string.h>

#define FIELD_MAX 65536 /* a body is not longer either */

const char *
event_kind_name(uint8_t kind)
{
	switch (kind) {
#define EVENT(symbol, number, name) \
	case number:                \
		return name;
#include "log/event.def"
#undef EVENT
	default:
		return NULL;
	}
}

static int
parsed(const struct reader *r, const char *kind, struct diag *d)
{
	if (reader_done(r))
		return 0;
	if (r->bad)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "the body of %s is short, or a field of it is not valid",
		    kind);
	return diag_set(d, ERR_LOG_CORRUPT,
	    "the body of %s has %zu bytes more than it should", kind,
	    reader_left(r));
}

/* Text for people is cut rather than refused: the record must be made. */
static void
add_text(struct buf *out, struct span text)
{
	if (text.len > EVENT_TEXT_MAX)
		text.len = EVENT_TEXT_MAX;
	buf_add_bytes(out, text);
}

/* Errors are negative in the program and positive on disk. */
static void
add_err(struct buf *out, int32_t err)
{
	assert(err < 0 && err != INT32_MIN);
	buf_add_u32(out, (uint32_t)-err);
}

static int32_t
take_err(struct reader *r)
{
	uint32_t number = reader_u32(r);

	if (number == 0 || number > INT32_MAX) {
		r->bad = true;
		return 0;
	}
	return -(int32_t)number;
}

static bool
take_bool(struct reader *r)
{
	uint8_t v = reader_u8(r);

	if (v > 1)
		r->bad = true;
	return v == 1;
}

static struct span
take_serial(struct reader *r)
{
	struct span serial = reader_bytes(r, EVENT_SERIAL_MAX);

	if (serial.len == 0)
		r->bad = true;
	return serial;
}

static void
request_encode(const struct event_request *e, struct buf *out)
{
	buf_add_u32(out, e->uid);
	buf_add_u32(out, e->gid);
	buf_add_u32(out, (uint32_t)e->pid);
	buf_add_bytes(out, e->user);
	buf_add_bytes(out, e->policy);
	buf_add(out, e->policy_hash, sizeof(e->policy_hash));
	buf_add(out, e->csr_hash, sizeof(e->csr_hash));
}

static void
request_parse(struct reader *r, struct event_request *e)
{
	e->uid = reader_u32(r);
	e->gid = reader_u32(r);
	e->pid = (int32_t)reader_u32(r);
	e->user = reader_bytes(r, FIELD_MAX);
	e->policy = reader_bytes(r, FIELD_MAX);
	reader_copy(r, e->policy_hash, sizeof(e->policy_hash));
	reader_copy(r, e->csr_hash, sizeof(e->csr_hash));
}

void
event_intent_encode(const struct event_intent *e, struct buf *out)
{
	assert(e->serial.len > 0 && e->serial.len <= EVENT_SERIAL_MAX);
	request_encode(&e->request, out);
	buf_add_bytes(out, e->issuer);
	buf_add_bytes(out, e->serial);
	buf_add_bytes(out, e->tbs);
}

int
event_intent_parse(struct span b, struct event_intent *e, struct diag *d)
{
	struct reader r = reader_of(b);

	request_parse(&r, &e->request);
	e->issuer = reader_bytes(&r, FIELD_MAX);
	e->serial = take_serial(&r);
	e->tbs = reader_bytes(&r, FIELD_MAX);
	return parsed(&r, "INTENT", d);
}

void
event_issued_encode(const struct event_issued *e, struct buf *out)
{
	buf_add_u64(out, e->intent_seq);
	buf_add_bytes(out, e->certificate);
}

int
event_issued_parse(struct span b, struct event_issued *e, struct diag *d)
{
	struct reader r = reader_of(b);

	e->intent_seq = reader_u64(&r);
	e->certificate = reader_bytes(&r, FIELD_MAX);
	return parsed(&r, "ISSUED", d);
}

void
event_refused_encode(const struct event_refused *e, struct buf *out)
{
	request_encode(&e->request, out);
	buf_add_u32(out, e->count);
	add_err(out, e->err);
	add_text(out, e->reasons);
}

int
event_refused_parse(struct span b, struct event_refused *e, struct diag *d)
{
	struct reader r = reader_of(b);

	request_parse(&r, &e->request);
	e->count = reader_u32(&r);
	e->err = take_err(&r);
	e->reasons = reader_bytes(&r, EVENT_TEXT_MAX);
	return parsed(&r, "REFUSED", d);
}

void
event_failed_encode(const struct event_failed *e, struct buf *out)
{
	buf_add_u64(out, e->intent_seq);
	add_err(out, e->err);
	add_text(out, e->text);
	buf_add_u8(out, e->possibly_signed ? 1 : 0);
}

int
event_failed_parse(struct span b, struct event_failed *e, struct diag *d)
{
	struct reader r = reader_of(b);

	e->intent_seq = reader_u64(&r);
	e->err = take_err(&r);
	e->text = reader_bytes(&r, EVENT_TEXT_MAX);
	e->possibly_signed = take_bool(&r);
	return parsed(&r, "FAILED", d);
}

void
event_agent_encode(const struct event_agent *e, struct buf *out)
{
	add_text(out, e->version);
	buf_add_u64(out, e->size);
	buf_add(out, e->root, sizeof(e->root));
}

bool
event_agent_fill(struct buf *body, uint64_t size, const uint8_t *root)
{
	struct event_agent e;

	if (event_agent_parse(buf_span(body), &e, NULL) != 0)
		return false;
	/* Size and root are the last fields and have a fixed length. */
	body->len -= sizeof(e.size) + sizeof(e.root);
	buf_add_u64(body, size);
	buf_add(body, root, sizeof(e.root));
	return true;
}

int
event_agent_parse(struct span b, struct event_agent *e, struct diag *d)
{
	struct reader r = reader_of(b);

	e->version = reader_bytes(&r, EVENT_TEXT_MAX);
	e->size = reader_u64(&r);
	reader_copy(&r, e->root, sizeof(e->root));
	return parsed(&r, "START or STOP", d);
}

void
event_policy_encode(const struct event_policy *e, struct buf *out)
{
	buf_add(out, e->hash, sizeof(e->hash));
	buf_add_u32(out, e->count);
	add_text(out, e->names);
}

int
event_policy_parse(struct span b, struct event_policy *e, struct diag *d)
{
	struct reader r = reader_of(b);

	reader_copy(&r, e->hash, sizeof(e->hash));
	e->count = reader_u32(&r);
	e->names = reader_bytes(&r, EVENT_TEXT_MAX);
	return parsed(&r, "POLICY", d);
}

void
event_key_encode(const struct event_key *e, struct buf *out)
{
	buf_add_bytes(out, e->issuer);
	buf_add_bytes(out, e->token);
	add_text(out, e->facts);
}

int
event_key_parse(struct span b, struct event_key *e, struct diag *d)
{
	struct reader r = reader_of(b);

	e->issuer = reader_bytes(&r, FIELD_MAX);
	e->token = reader_bytes(&r, FIELD_MAX);
	e->facts = reader_bytes(&r, EVENT_TEXT_MAX);
	return parsed(&r, "KEY", d);
}

int
event_check(uint8_t kind, struct span body, struct diag *d)
{
	union {
		struct event_agent agent;
		struct event_policy policy;
		struct event_key key;
		struct event_intent intent;
		struct event_issued issued;
		struct event_refused refused;
		struct event_failed failed;
	} e;

	switch (kind) {
	case EVENT_START:
	case EVENT_STOP:
		return event_agent_parse(body, &e.agent, d);
	case EVENT_POLICY:
		return event_policy_parse(body, &e.policy, d);
	case EVENT_KEY:
		return event_key_parse(body, &e.key, d);
	case EVENT_INTENT:
		return event_intent_parse(body, &e.intent, d);
	case EVENT_ISSUED:
		return event_issued_parse(body, &e.issued, d);
	case EVENT_REFUSED:
		return event_refused_parse(body, &e.refused, d);
	case EVENT_FAILED:
		return event_failed_parse(body, &e.failed, d);
	default:
		return diag_set(d, ERR_LOG_CORRUPT,
		    "this version does not know kind %u", kind);
	}
}
