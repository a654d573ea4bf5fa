/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Budgets: how often a caller may be served by a policy (limits.per-caller).
 * A bucket a (policy, uid) that refills steadily and holds one window's worth.
 * They are kept in memory: a restart fills them.
 */
#ifndef AGENT_BUDGET_H
#define AGENT_BUDGET_H

#include "lib/diag.h"
#include "lib/idmap.h"
#include "policy/policy.h"

struct budgets {
	struct idmap buckets; /* by hash of policy name and uid */
};

/* ERR_RATE, with how many seconds to wait, when it is spent. */
int budget_take(struct budgets *budgets, const struct policy *policy,
    uint32_t uid, int64_t now_ms, struct diag *d);

#endif
