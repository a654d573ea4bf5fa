/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces of work that are measured in this process, once each: the raw
 * signature, the verification, the work that cannot be skipped (the limit),
 * and a whole certificate.
 */
#ifndef TESTS_BENCH_WORK_H
#define TESTS_BENCH_WORK_H

#include "issue/plan.h"
#include "tests/bench/setup.h"

/* What one thread keeps between two pieces of work. */
struct work {
	const struct setup *setup;
	const struct seat *seat;
	struct buf signature, certificate;
};

/* C_SignInit and C_Sign over bytes of a certificate's size. */
void work_raw(struct work *w);
/* One P-256 verification with a kept key: that of the signature at hand. */
void work_verify(struct work *w);
/*
 * What issuing cannot do without: the CSR read and its signature checked,
 * C_SignInit and C_Sign, and the token's signature verified.
 */
void work_limit(struct work *w);
/* CSR to certificate: also policy, building, lint, assembly. */
void work_issue(struct work *w);

void work_init(struct work *w, const struct setup *setup, size_t seat);
void work_free(struct work *w);

/* The halves of work_issue() on both sides of the signature. */
void work_plan(const struct setup *setup, struct plan *plan);
void work_sign(struct work *w, struct span bytes);

/* PEM with a certificate first: ends the process unless it is what was asked
 * for, signed by the issuer. */
void work_check_answer(const struct setup *setup, struct span pem);
void work_check(const struct setup *setup, struct span certificate);

#endif
