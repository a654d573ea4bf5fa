/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets a caller and policy; see budget.h. */
#include "agent/budget.h"

#include <stdlib.h>

#include "lib/mem.h"

#define BUCKETS_MAX 65536

struct bucket {
	double left;
	int64_t at_ms;
};

/* FNV-1a over name and uid; never 0, which idmap keeps for itself. */
static uint64_t
bucket_key(const struct policy *policy, uint32_t uid)
{
	const char *p = policy_name(policy);
	uint64_t h = 0xcbf29ce484222325ULL ^ uid;

	for (; *p != '\0'; p++)
		h = (h ^ (uint8_t)*p) * 0x100000001b3ULL;
	return h | 1;
}

static void
bucket_free(void *value, void *arg)
{
	(void)arg;
	free(value);
}

static struct bucket *
bucket_find(struct budgets *budgets, uint64_t key, double full, int64_t now_ms)
{
	struct bucket *bucket = idmap_find(&budgets->buckets, key);

	if (bucket != NULL)
		return bucket;
	if (budgets->buckets.n >= BUCKETS_MAX) {
		idmap_each(&budgets->buckets, bucket_free, NULL);
		idmap_free(&budgets->buckets);
	}
	bucket = xcalloc(1, sizeof(*bucket));
	*bucket = (struct bucket){full, now_ms};
	idmap_put(&budgets->buckets, key, bucket);
	return bucket;
}

int
budget_take(struct budgets *budgets, const struct policy *policy, uint32_t uid,
    int64_t now_ms, struct diag *d)
{
	struct bucket *bucket;
	unsigned count;
	int64_t window_s;
	double rate_ms;

	if (!policy_rate(policy, &count, &window_s))
		return 0;
	rate_ms = (double)count / ((double)window_s * 1000.0);
	bucket = bucket_find(
	    budgets, bucket_key(policy, uid), (double)count, now_ms);
	bucket->left += (double)(now_ms - bucket->at_ms) * rate_ms;
	bucket->at_ms = now_ms;
	if (bucket->left > (double)count)
		bucket->left = (double)count;
	if (bucket->left < 1.0)
		return diag_set(d, ERR_RATE,
		    "policy %s allows a caller %u certificates in %jd seconds; "
		    "uid %u may ask again in %.0f seconds",
		    policy_name(policy), count, (intmax_t)window_s, uid,
		    (1.0 - bucket->left) / rate_ms / 1000.0 + 0.5);
	bucket->left -= 1.0;
	return 0;
}
