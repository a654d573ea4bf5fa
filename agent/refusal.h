/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals are recorded before they are answered, but a flood of them must not
 * fill the disk: each uid has an allowance; what is over it is answered at
 * once and counted, and the count is recorded once a second.
 */
#ifndef AGENT_REFUSAL_H
#define AGENT_REFUSAL_H

#include "agent/peers.h"
#include "lib/loop.h"

struct core;

struct refusals {
	struct idmap allowances; /* by uid + 1 */
	struct timer summary;
};

struct refusal {
	const struct caller *caller;
	struct span policy;
	const uint8_t *csr_hash; /* 32 octets */
	int err;
	struct span reasons; /* text for the record */
	struct span problem; /* encoded MSG_PROBLEM for front */
};

/* Records, then answers front_id. Everything is copied. */
void refusal_record(
    struct core *core, uint64_t front_id, const struct refusal *refusal);

/* Records what has been counted only. */
void refusals_flush(struct core *core);

/* MSG_REFUSED: front refused a request by itself. */
int refusal_take(
    struct core *core, uint64_t front_id, struct span body, struct diag *d);

#endif
