/* SPDX-License-Identifier: Apache-2.0 */
/* A policy and a request that it allows, for tests to spoil. */
#ifndef TESTS_UNIT_POLICY_SAMPLE_H
#define TESTS_UNIT_POLICY_SAMPLE_H

#include "policy/policy.h"

#define SAMPLE_NOW INT64_C(1800000000)

/* A sealed set of one policy; ends the test when it does not load. */
struct policy_set *sample_set(const char *text);

/* The top of a policy that lets a caller have P-256 keys for 30 days. */
#define SAMPLE_FOR(caller)                  \
	"version: 1\n"                      \
	"name: sample\n"                    \
	"issuer: issuing-1\n"               \
	"callers: [{unix: {" caller "}}]\n" \
	"keys: [ecdsa-p256]\n"              \
	"usage: {ext: [server-auth]}\n"     \
	"validity: {default: 30d, max: 90d}\n"
#define SAMPLE_TOP SAMPLE_FOR("user: deploy")

/* What user "deploy" asks for: a P-256 key, and no name yet. */
struct policy_facts sample_facts(void);

/* The codes of a decision in a row: "key.not-allowed san.ip.syntax". */
void sample_codes(const struct policy_decision *decision, struct buf *out);

#endif
