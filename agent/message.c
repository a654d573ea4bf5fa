/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages' encodings: each _encode and its _parse read alike, field by
 * field, in the order of the struct.
 */
#include "agent/message.h"

#include <string.h>

#define TEXT_MAX 65536
#define NAME_MAX_LEN 256

enum { ROLE_ANY = -1 };

static const struct msg_row rows[] = {
#define MSG(name, number, from, to, max, fd) \
	{name, #name, ROLE_##from, ROLE_##to, max, fd},
#include "agent/message.def"
#undef MSG
};

static const char *const role_names[ROLES] = {
    [ROLE_PARENT] = "parent",
    [ROLE_CORE] = "core",
    [ROLE_FRONT] = "front",
    [ROLE_SIGNER] = "signer",
};

const char *
role_name(enum role role)
{
	return role < ROLES ? role_names[role] : "nobody";
}

const struct msg_row *
msg_find(unsigned number)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].msg == number)
			return &rows[i];
	}
	return NULL;
}

bool
msg_is_allowed(const struct msg_row *row, enum role from, enum role to)
{
	return (row->from == ROLE_ANY || row->from == (int)from) &&
	       (row->to == ROLE_ANY || row->to == (int)to);
}

bool
msg_passes_fds(enum role from, enum role to)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].fd && msg_is_allowed(&rows[i], from, to))
			return true;
	}
	return false;
}

static int
parsed(struct reader *r, bool in_range, const char *what, struct diag *d)
{
	if (reader_done(r) && in_range)
		return 0;
	return diag_set(d, ERR_MESSAGE, "a %s message does not decode", what);
}

/* Errors travel as their wire number: 0 or the positive row number. */
static void
add_err(struct buf *out, int err)
{
	buf_add_u32(out, (uint32_t)-err);
}

static int
take_err(struct reader *r)
{
	uint32_t number = reader_u32(r);

	if (number > INT16_MAX || !err_is_known(-(int)number))
		r->bad = true;
	return r->bad ? ERR_INTERNAL : -(int)number;
}

static bool
take_flag(struct reader *r)
{
	uint8_t v = reader_u8(r);

	if (v > 1)
		r->bad = true;
	return v == 1;
}

void
msg_link_encode(const struct msg_link *m, struct buf *out)
{
	buf_add_u32(out, (uint32_t)m->peer);
	buf_add_u32(out, m->place);
}

int
msg_link_parse(struct span body, struct msg_link *m, struct diag *d)
{
	struct reader r = reader_of(body);
	uint32_t peer = reader_u32(&r);

	m->peer = (enum role)peer;
	m->place = reader_u32(&r);
	return parsed(&r, peer < ROLES, "link", d);
}

void
msg_conn_encode(const struct msg_conn *m, struct buf *out)
{
	buf_add_u64(out, m->conn);
	buf_add_u8(out, (uint8_t)m->door);
}

int
msg_conn_parse(struct span body, struct msg_conn *m, struct diag *d)
{
	struct reader r = reader_of(body);

	m->conn = reader_u64(&r);
	m->door = take_flag(&r) ? DOOR_ADMIN : DOOR_AGENT;
	return parsed(&r, m->conn != 0, "connection", d);
}

static void
add_names(const struct msg_sign *m, struct buf *out)
{
	size_t i;

	buf_add_u16(out, (uint16_t)m->n_sans);
	for (i = 0; i < m->n_sans; i++) {
		buf_add_u8(out, (uint8_t)m->sans[i].kind);
		buf_add_bytes(out, m->sans[i].value);
	}
	buf_add_u16(out, (uint16_t)m->n_attrs);
	for (i = 0; i < m->n_attrs; i++) {
		buf_add_u8(out, (uint8_t)m->attrs[i].type);
		buf_add_bytes(out, m->attrs[i].value);
	}
}

static void
take_sans(struct reader *r, struct msg_sign *m)
{
	size_t n = reader_u16(r), i;
	uint8_t kind;

	if (n > CSR_MAX_SANS)
		r->bad = true;
	for (i = 0; i < n && !r->bad; i++) {
		kind = reader_u8(r);
		m->sans[i].kind = (enum san_kind)kind;
		m->sans[i].value = reader_bytes(r, CSR_MAX_LEN);
		/* The octets of an address are read by their number. */
		if (kind >= SAN_KINDS ||
		    (kind == SAN_IP && m->sans[i].value.len != 4 &&
			m->sans[i].value.len != 16))
			r->bad = true;
	}
	m->n_sans = r->bad ? 0 : n;
}

static void
take_attrs(struct reader *r, struct msg_sign *m)
{
	size_t n = reader_u16(r), i;
	uint8_t type;

	if (n > CSR_MAX_ATTRS)
		r->bad = true;
	for (i = 0; i < n && !r->bad; i++) {
		type = reader_u8(r);
		m->attrs[i].type = (enum attr_type)type;
		m->attrs[i].value = reader_bytes(r, CSR_MAX_LEN);
		if (type >= ATTR_TYPES)
			r->bad = true;
	}
	m->n_attrs = r->bad ? 0 : n;
}

void
msg_sign_encode(const struct msg_sign *m, struct buf *out)
{
	buf_add_u64(out, m->conn);
	buf_add_u8(out, m->explain);
	buf_add_bytes(out, m->policy);
	buf_add_u64(out, (uint64_t)m->ttl_s);
	buf_add(out, m->csr_hash, sizeof(m->csr_hash));
	buf_add_bytes(out, m->spki);
	buf_add_u8(out, m->asks_ca);
	add_names(m, out);
}

int
msg_sign_parse(struct span body, struct msg_sign *m, struct diag *d)
{
	struct reader r = reader_of(body);

	m->conn = reader_u64(&r);
	m->explain = take_flag(&r);
	m->policy = reader_bytes(&r, NAME_MAX_LEN);
	m->ttl_s = (int64_t)reader_u64(&r);
	reader_copy(&r, m->csr_hash, sizeof(m->csr_hash));
	m->spki = reader_bytes(&r, CSR_MAX_LEN);
	m->asks_ca = take_flag(&r);
	take_sans(&r, m);
	take_attrs(&r, m);
	return parsed(&r, m->ttl_s >= 0, "sign", d);
}

void
msg_refused_encode(const struct msg_refused *m, struct buf *out)
{
	buf_add_u64(out, m->conn);
	buf_add_bytes(out, m->policy);
	buf_add(out, m->csr_hash, sizeof(m->csr_hash));
	add_err(out, m->err);
	buf_add_bytes(out, m->text);
	buf_add_bytes(out, m->ref);
}

int
msg_refused_parse(struct span body, struct msg_refused *m, struct diag *d)
{
	struct reader r = reader_of(body);

	m->conn = reader_u64(&r);
	m->policy = reader_bytes(&r, NAME_MAX_LEN);
	reader_copy(&r, m->csr_hash, sizeof(m->csr_hash));
	m->err = take_err(&r);
	m->text = reader_bytes(&r, DIAG_TEXT_MAX);
	m->ref = reader_bytes(&r, DIAG_REF_MAX);
	return parsed(&r, m->err != 0, "refusal", d);
}

void
msg_query_encode(const struct msg_query *m, struct buf *out)
{
	buf_add_u64(out, m->conn);
	buf_add_u8(out, (uint8_t)m->query);
	buf_add_bytes(out, m->argument);
	buf_add_bytes(out, m->policy);
	buf_add_bytes(out, m->issuer);
	buf_add_bytes(out, m->name);
	buf_add_u64(out, m->before);
	buf_add_u32(out, m->limit);
}

int
msg_query_parse(struct span body, struct msg_query *m, struct diag *d)
{
	struct reader r = reader_of(body);
	uint8_t query;

	m->conn = reader_u64(&r);
	query = reader_u8(&r);
	m->query = (enum query)query;
	m->argument = reader_bytes(&r, NAME_MAX_LEN);
	m->policy = reader_bytes(&r, NAME_MAX_LEN);
	m->issuer = reader_bytes(&r, NAME_MAX_LEN);
	m->name = reader_bytes(&r, NAME_MAX_LEN);
	m->before = reader_u64(&r);
	m->limit = reader_u32(&r);
	return parsed(&r, query < QUERIES, "query", d);
}

void
msg_issued_encode(const struct msg_issued *m, struct buf *out)
{
	buf_add_bytes(out, m->certificate);
	buf_add_bytes(out, m->chain_pem);
	buf_add_bytes(out, m->root_pem);
	buf_add_bytes(out, m->serial);
	buf_add_bytes(out, m->policy);
	buf_add_bytes(out, m->issuer);
	buf_add_u64(out, (uint64_t)m->not_before);
	buf_add_u64(out, (uint64_t)m->not_after);
	buf_add_u64(out, m->log_seq);
}

int
msg_issued_parse(struct span body, struct msg_issued *m, struct diag *d)
{
	struct reader r = reader_of(body);

	m->certificate = reader_bytes(&r, TEXT_MAX);
	m->chain_pem = reader_bytes(&r, body.len);
	m->root_pem = reader_bytes(&r, body.len);
	m->serial = reader_bytes(&r, SERIAL_MAX_LEN);
	m->policy = reader_bytes(&r, NAME_MAX_LEN);
	m->issuer = reader_bytes(&r, NAME_MAX_LEN);
	m->not_before = (int64_t)reader_u64(&r);
	m->not_after = (int64_t)reader_u64(&r);
	m->log_seq = reader_u64(&r);
	return parsed(&r, true, "certificate", d);
}

void
msg_result_encode(const struct msg_result *m, struct buf *out)
{
	buf_add_bytes(out, m->content_type);
	buf_add_bytes(out, m->body);
	buf_add_u32(out, m->status);
}

int
msg_result_parse(struct span body, struct msg_result *m, struct diag *d)
{
	struct reader r = reader_of(body);

	m->content_type = reader_bytes(&r, NAME_MAX_LEN);
	m->body = reader_bytes(&r, body.len);
	m->status = reader_u32(&r);
	return parsed(&r, m->status >= 200 && m->status < 600, "result", d);
}

void
msg_problem_encode(const struct msg_problem *m, struct buf *out)
{
	size_t i;

	add_err(out, m->err);
	buf_add_bytes(out, m->text);
	buf_add_bytes(out, m->ref);
	buf_add_u16(out, (uint16_t)m->n_reasons);
	for (i = 0; i < m->n_reasons; i++) {
		buf_add_bytes(out, m->reasons[i].code);
		buf_add_bytes(out, m->reasons[i].file);
		buf_add_bytes(out, m->reasons[i].text);
		buf_add_u32(out, m->reasons[i].line);
	}
}

int
msg_problem_parse(struct span body, struct msg_problem *m, struct diag *d)
{
	struct reader r = reader_of(body);
	size_t n, i;

	m->err = take_err(&r);
	m->text = reader_bytes(&r, DIAG_TEXT_MAX);
	m->ref = reader_bytes(&r, DIAG_REF_MAX);
	n = reader_u16(&r);
	if (n > MSG_MAX_REASONS)
		r.bad = true;
	for (i = 0; i < n && !r.bad; i++) {
		m->reasons[i].code = reader_bytes(&r, NAME_MAX_LEN);
		m->reasons[i].file = reader_bytes(&r, 4096);
		m->reasons[i].text = reader_bytes(&r, 4096);
		m->reasons[i].line = reader_u32(&r);
	}
	m->n_reasons = r.bad ? 0 : n;
	return parsed(&r, m->err != 0, "problem", d);
}

void
msg_key_encode(const struct msg_key *m, struct buf *out)
{
	buf_add_u32(out, m->issuer);
	add_err(out, m->err);
	buf_add_bytes(out, m->text);
	buf_add_bytes(out, m->spki);
	buf_add_bytes(out, m->token);
	buf_add_bytes(out, m->facts);
}

int
msg_key_parse(struct span body, struct msg_key *m, struct diag *d)
{
	struct reader r = reader_of(body);

	m->issuer = reader_u32(&r);
	m->err = take_err(&r);
	m->text = reader_bytes(&r, DIAG_TEXT_MAX);
	m->spki = reader_bytes(&r, 4096);
	m->token = reader_bytes(&r, NAME_MAX_LEN);
	m->facts = reader_bytes(&r, 8192);
	return parsed(&r, true, "key", d);
}

void
msg_keys_done_encode(const struct msg_keys_done *m, struct buf *out)
{
	add_err(out, m->err);
	buf_add_bytes(out, m->text);
}

int
msg_keys_done_parse(struct span body, struct msg_keys_done *m, struct diag *d)
{
	struct reader r = reader_of(body);

	m->err = take_err(&r);
	m->text = reader_bytes(&r, DIAG_TEXT_MAX);
	return parsed(&r, true, "keys-done", d);
}

void
msg_sign_bytes_encode(const struct msg_sign_bytes *m, struct buf *out)
{
	buf_add_u32(out, m->issuer);
	buf_add_u8(out, (uint8_t)m->alg);
	buf_add_bytes(out, m->bytes);
}

int
msg_sign_bytes_parse(struct span body, struct msg_sign_bytes *m, struct diag *d)
{
	struct reader r = reader_of(body);
	uint8_t alg;

	m->issuer = reader_u32(&r);
	alg = reader_u8(&r);
	m->alg = (enum sig_alg)alg;
	m->bytes = reader_bytes(&r, TEXT_MAX);
	return parsed(&r, alg > SIG_NONE && alg < SIG_ALGS, "bytes-to-sign", d);
}

void
msg_signed_encode(const struct msg_signed *m, struct buf *out)
{
	add_err(out, m->err);
	buf_add_bytes(out, m->text);
	buf_add_bytes(out, m->signature);
}

int
msg_signed_parse(struct span body, struct msg_signed *m, struct diag *d)
{
	struct reader r = reader_of(body);

	m->err = take_err(&r);
	m->text = reader_bytes(&r, DIAG_TEXT_MAX);
	m->signature = reader_bytes(&r, 2048);
	return parsed(&r, m->err != 0 || m->signature.len > 0, "signature", d);
}
