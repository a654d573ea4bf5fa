/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request to the bytes to be signed, and from a signature to a
 * certificate: all of issuing that needs no process, no socket and no token.
 *
 *	rc = plan_make(rules, &request, now_ms, &plan, d);
 *	... record plan.tbs, have it signed ...
 *	rc = plan_finish(&plan, signature, &der, d);
 *
 * ERR_DENIED leaves the reasons in plan.decision. Threads: a plan belongs to
 * one thread at a time; rules are shared.
 */
#ifndef ISSUE_PLAN_H
#define ISSUE_PLAN_H

#include "issue/rules.h"
#include "x509/csr.h"

/* What is asked, all borrowed. From a CSR by request_of_csr(). */
struct request {
	struct span policy; /* name */
	struct policy_caller caller;
	struct spki spki;
	const struct san *sans;
	size_t n_sans;
	const struct attr *attrs;
	size_t n_attrs;
	bool asks_ca;
	int64_t ttl_s; /* 0: the policy's default */
};

struct plan {
	const struct rule *rule;
	struct policy_decision decision;
	uint8_t serial[SERIAL_MAX_LEN];
	struct buf tbs;
};

/* The part of a request that comes from a CSR. */
void request_of_csr(const struct csr *csr, struct request *out);

/*
 * Decides, builds, lints. Errors: ERR_POLICY_UNKNOWN, ERR_DENIED, ERR_LINT
 * (the certificate that policy asks for would break a rule).
 */
int plan_make(const struct rules *rules, const struct request *request,
    int64_t now_ms, struct plan *out, struct diag *d);

/* Verifies the token's signature and puts the certificate together. */
int plan_finish(const struct plan *plan, struct span signature, struct buf *der,
    struct diag *d);

void plan_free(struct plan *plan);

#endif
