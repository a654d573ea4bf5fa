/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core's side of a signer: what may be sent to it, what is on its way, and
 * until when.
 *
 * core never waits for a token. A signature is asked for and a clock runs:
 * while there is no signer the request waits for the next one; one that was on
 * its way when the signer died is asked for once more (the same bytes, so the
 * same serial); when the clock has run out the request fails, and if it was on
 * its way the signer is killed.
 */
#ifndef AGENT_HSM_H
#define AGENT_HSM_H

#include "agent/link.h"
#include "issue/issuer.h"

struct core;

/* One signature that is wanted; part of its owner. */
struct wanted {
	struct wanted *next;
	uint64_t id;
	size_t issuer; /* place */
	enum sig_alg alg;
	struct span bytes;
	int64_t due_ms; /* monotonic */
	unsigned sent;  /* how often it has been sent */
	/* On the loop's thread, exactly once. */
	void (*done)(struct wanted *w, const struct diag *d, struct span sig);
};

/* What the signer said about an issuer's key. */
struct issuer_key {
	int err; /* 0: it can sign */
	char text[DIAG_TEXT_MAX];
	char token[96];
	struct buf facts;
	unsigned bad_signatures; /* that did not verify */
};

struct wanted_queue {
	struct wanted *first;
	struct wanted **last;
};

struct hsm {
	struct core *core;
	unsigned place;
	struct link *link;
	uint64_t life; /* the parent's name for this process */
	bool ready;    /* the signer has told its keys */
	bool killing;
	int err; /* why it cannot sign at all, or 0 */
	char text[DIAG_TEXT_MAX];
	struct wanted_queue waiting, sent;
	struct timer timer;
	struct timer starting; /* until the signer has told its keys */
	unsigned n_sent;
};

void hsm_init(struct hsm *hsm, struct core *core, unsigned place);

/* MSG_LINK from the parent: a signer is there. */
int hsm_connect(struct hsm *hsm, uint64_t life, int fd, struct diag *d);

/*
 * Whether it makes sense to record an intent for this issuer: an error only
 * when a person must act first (locked, latched, unsafe key, wrong key).
 */
int hsm_check(struct core *core, size_t issuer, struct diag *d);

/* Wants a signature; w->done() follows. */
void hsm_sign(struct hsm *hsm, struct wanted *w);

/* A signature did not verify; the second one stops the issuer for good. */
void hsm_bad_signature(struct core *core, size_t issuer);

#endif
