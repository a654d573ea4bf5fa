/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the log records: one struct a kind of event, with its encoding.
 *
 * Every _encode appends the body of a record; every _parse borrows from it and
 * refuses anything short, long or unknown with ERR_LOG_CORRUPT.
 */
#ifndef LOG_EVENT_H
#define LOG_EVENT_H

#include "lib/buf.h"
#include "lib/diag.h"

#define EVENT_SERIAL_MAX 20  /* octets; RFC 5280 section 4.1.2.2 */
#define EVENT_TEXT_MAX 32768 /* bytes; longer text is cut when encoded */

/* The numbers are written to disk and are never reused. */
enum event_kind {
#define EVENT(symbol, number, name) symbol = number,
#include "log/event.def"
#undef EVENT
};

const char *event_kind_name(uint8_t kind); /* "INTENT"; NULL if unknown */

/* Who asked and under what rules. */
struct event_request {
	uint32_t uid, gid;
	int32_t pid;             /* for people; never used to authorise */
	struct span user;        /* name, may be empty */
	struct span policy;      /* name, may be empty when none was found */
	uint8_t policy_hash[32]; /* of the set in force */
	uint8_t csr_hash[32];    /* SHA-256 of the CSR's DER */
};

/* A certificate will now be signed: these exact bytes. */
struct event_intent {
	struct event_request request;
	struct span issuer; /* name */
	struct span serial; /* octets */
	struct span tbs;    /* DER */
};

/* It was signed, the signature verified. */
struct event_issued {
	uint64_t intent_seq;
	struct span certificate; /* DER */
};

/* A request was refused. count > 1: a summary of a flood. */
struct event_refused {
	struct event_request request;
	uint32_t count;
	int32_t err;         /* ERR_ number, negative */
	struct span reasons; /* text: "code file:line sentence\n" each */
};

/* An intent that ended without a certificate handed out. */
struct event_failed {
	uint64_t intent_seq;
	int32_t err;
	struct span text;
	bool possibly_signed; /* the token may have made a signature */
};

/*
 * The agent, START and STOP: the head of the tree before this record. The log
 * fills in size and root when it writes the record, because only then is it
 * known what came before.
 */
struct event_agent {
	struct span version;
	uint64_t size;
	uint8_t root[32];
};

/* A policy set came into force. */
struct event_policy {
	uint8_t hash[32];
	uint32_t count;
	struct span names; /* one a line */
};

/* A key was looked at when it was loaded. */
struct event_key {
	struct span issuer;
	struct span token; /* label and serial */
	struct span facts; /* "CKA_SENSITIVE=true\n" ... as read back */
};

void event_intent_encode(const struct event_intent *e, struct buf *out);
int event_intent_parse(struct span b, struct event_intent *e, struct diag *d);
void event_issued_encode(const struct event_issued *e, struct buf *out);
int event_issued_parse(struct span b, struct event_issued *e, struct diag *d);
void event_refused_encode(const struct event_refused *e, struct buf *out);
int event_refused_parse(struct span b, struct event_refused *e, struct diag *d);
void event_failed_encode(const struct event_failed *e, struct buf *out);
int event_failed_parse(struct span b, struct event_failed *e, struct diag *d);
void event_agent_encode(const struct event_agent *e, struct buf *out);
/* Writes the head into an encoded body; false when that is not one. */
bool event_agent_fill(struct buf *body, uint64_t size, const uint8_t *root);
int event_agent_parse(struct span b, struct event_agent *e, struct diag *d);
void event_policy_encode(const struct event_policy *e, struct buf *out);
int event_policy_parse(struct span b, struct event_policy *e, struct diag *d);
void event_key_encode(const struct event_key *e, struct buf *out);
int event_key_parse(struct span b, struct event_key *e, struct diag *d);

/* Whether a body is one of its kind, and the kind known. */
int event_check(uint8_t kind, struct span body, struct diag *d);

#endif
