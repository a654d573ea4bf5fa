/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules in force: a sealed policy set, each policy bound to its issuer and
 * to the part of a certificate that is the same every time.
 *
 * Loaded whole and swapped whole. Threads: constant after rules_load().
 */
#ifndef ISSUE_RULES_H
#define ISSUE_RULES_H

#include "issue/issuer.h"
#include "policy/policy.h"

struct rule {
	const struct policy *policy;
	const struct issuer *issuer;
	struct cert_profile *profile;
};

struct rules {
	struct policy_set *set;
	struct rule *at; /* at[policy_place(policy)] */
	size_t n;
};

/*
 * Reads every *.yaml of dir in byte order. issuers may be NULL: then policies
 * are checked but not bound (privyseal policy check, test). Everything wrong
 * is in findings; ERR_POLICY_INVALID or ERR_FILE.
 */
int rules_load(const char *dir, const struct issuers *issuers,
    struct rules **out, struct yaml_findings *findings, struct diag *d);
void rules_free(struct rules *rules);
const struct rule *rule_find(const struct rules *rules, struct span name);

#endif
