/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the roles say to each other: a struct a message, with its encoding.
 *
 * Frame: length of the rest (4 bytes), number (2), zero (2), id (8), body.
 * Numbers are big-endian. Every _parse borrows from the body and refuses what
 * is short, long or out of range with ERR_MESSAGE.
 */
#ifndef AGENT_MESSAGE_H
#define AGENT_MESSAGE_H

#include "issue/plan.h"
#include "lib/buf.h"
#include "lib/diag.h"

enum role { ROLE_PARENT, ROLE_CORE, ROLE_FRONT, ROLE_SIGNER, ROLES };
const char *role_name(enum role role);

enum msg {
#define MSG(name, number, from, to, max, fd) name = number,
#include "agent/message.def"
#undef MSG
};

struct msg_row {
	enum msg msg;
	const char *name;
	int from, to; /* enum role, or -1 for any */
	size_t max;
	bool fd;
};

/* NULL for a number that is in no row. */
const struct msg_row *msg_find(unsigned number);
/* Whether this role may send that message to that other one. */
bool msg_is_allowed(const struct msg_row *row, enum role from, enum role to);

/* Whether that role sends this one any descriptors. */
bool msg_passes_fds(enum role from, enum role to);

#define MSG_HEAD_LEN 16 /* bytes, the length field included */

/*
 * MSG_LINK: the descriptor is connected to that role. Its id says which life
 * of the peer that is; MSG_KILL names peer and life that are to end, because
 * the link to it is lost or it does not answer.
 */
struct msg_link {
	enum role peer;
	unsigned place; /* which signer */
};

/* MSG_CONN: the descriptor is a client. */
enum door { DOOR_AGENT, DOOR_ADMIN };
struct msg_conn {
	uint64_t conn;
	enum door door;
};

/* MSG_SIGN: the facts of one CSR. */
struct msg_sign {
	uint64_t conn;
	bool explain;
	struct span policy;
	int64_t ttl_s;
	uint8_t csr_hash[32];
	struct span spki;
	bool asks_ca;
	struct san sans[CSR_MAX_SANS];
	size_t n_sans;
	struct attr attrs[CSR_MAX_ATTRS];
	size_t n_attrs;
};

/* MSG_REFUSED: front refused a request by itself; it is to be recorded. */
struct msg_refused {
	uint64_t conn;
	struct span policy;
	uint8_t csr_hash[32];
	int err;
	struct span text;
	struct span ref;
};

/* MSG_QUERY: everything that is not signing. */
enum query {
	QUERY_POLICIES,
	QUERY_ISSUERS,
	QUERY_CHAIN,
	QUERY_CERTIFICATES,
	QUERY_CERTIFICATE,
	QUERY_STATUS,
	QUERY_HEALTH,
	QUERY_RELOAD,
	QUERIES
};
struct msg_query {
	uint64_t conn;
	enum query query;
	struct span argument;             /* the part of the path that varies */
	struct span policy, issuer, name; /* filters of QUERY_CERTIFICATES */
	uint64_t before;
	uint32_t limit;
};

/* MSG_ISSUED */
struct msg_issued {
	struct span certificate; /* DER */
	struct span chain_pem;   /* without the leaf, without the root */
	struct span root_pem;    /* or empty */
	struct span serial;
	struct span policy, issuer;
	int64_t not_before, not_after;
	uint64_t log_seq;
};

/* MSG_RESULT: a body as it is to be sent. */
struct msg_result {
	struct span content_type;
	struct span body;
	uint32_t status; /* HTTP */
};

/* MSG_PROBLEM */
#define MSG_MAX_REASONS 64
struct msg_reason {
	struct span code, file, text;
	uint32_t line;
};
struct msg_problem {
	int err;
	struct span text, ref;
	struct msg_reason reasons[MSG_MAX_REASONS];
	size_t n_reasons;
};

/* MSG_KEY: one issuer's key as the token has it; err 0 when it can sign. */
struct msg_key {
	uint32_t issuer; /* its place in the configuration */
	int err;
	struct span text;
	struct span spki;
	struct span token; /* label and serial number, for people */
	struct span facts; /* attributes as read back */
};

/* MSG_KEYS_DONE: no more MSG_KEY; err says why none can sign. */
struct msg_keys_done {
	int err;
	struct span text;
};

/* MSG_SIGN_BYTES */
struct msg_sign_bytes {
	uint32_t issuer;
	enum sig_alg alg;
	struct span bytes;
};

/* MSG_SIGNED */
struct msg_signed {
	int err;
	struct span text;
	struct span signature;
};

#define MSG_CODEC(name)                                                        \
	void msg_##name##_encode(const struct msg_##name *m, struct buf *out); \
	int msg_##name##_parse(                                                \
	    struct span body, struct msg_##name *m, struct diag *d)

MSG_CODEC(link);
MSG_CODEC(conn);
MSG_CODEC(sign);
MSG_CODEC(refused);
MSG_CODEC(query);
MSG_CODEC(issued);
MSG_CODEC(result);
MSG_CODEC(problem);
MSG_CODEC(key);
MSG_CODEC(keys_done);
MSG_CODEC(sign_bytes);
MSG_CODEC(signed);

#undef MSG_CODEC

#endif
