/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set of all policies: added one by one, then sealed, hashed and only
 * read. The place of a policy is the order of adding; a sorted list beside it
 * serves the look-up by name.
 */
#include "policy/private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "lib/mem.h"

struct policy_set {
	struct policy **policies;
	const struct policy **sorted;
	size_t n;
	struct buf hashed; /* names and texts, until the set is sealed */
	uint8_t hash[POLICY_HASH_LEN];
	bool failed, sealed;
};

void
policy_set_new(struct policy_set **out)
{
	*out = xcalloc(1, sizeof(**out));
}

void
policy_set_free(struct policy_set *set)
{
	size_t i;

	if (set == NULL)
		return;
	for (i = 0; i < set->n; i++)
		policy_free(set->policies[i]);
	free(set->policies);
	free(set->sorted);
	buf_free(&set->hashed);
	free(set);
}

static const struct policy *
name_taken(const struct policy_set *set, const struct policy *policy)
{
	size_t i;

	for (i = 0; i < set->n; i++) {
		if (strcmp(set->policies[i]->name, policy->name) == 0)
			return set->policies[i];
	}
	return NULL;
}

/*
 * The hash is over the name without its directory, so that the same files
 * have the same hash on every host.
 */
static void
hash_add(struct policy_set *set, const char *file, struct span text)
{
	const char *slash = strrchr(file, '/');

	buf_add_bytes(&set->hashed, span_str(slash != NULL ? slash + 1 : file));
	buf_add_bytes(&set->hashed, text);
}

static void
policy_append(struct policy_set *set, struct policy *policy)
{
	set->policies =
	    xrealloc(set->policies, (set->n + 1) * sizeof(*set->policies));
	policy->place = set->n;
	set->policies[set->n++] = policy;
}

int
policy_add(struct policy_set *set, const char *file, struct span text,
    struct yaml_findings *findings)
{
	struct policy *policy = policy_parse(file, text, findings);
	const struct policy *taken;

	assert(!set->sealed);
	if (policy == NULL) {
		set->failed = true;
		return ERR_POLICY_INVALID;
	}
	taken = name_taken(set, policy);
	if (taken != NULL) {
		yaml_find(findings, file, policy->name_line,
		    policy->name_column,
		    "a policy \"%s\" is there already, in %s:%u", policy->name,
		    taken->file, taken->name_line);
		policy_free(policy);
		set->failed = true;
		return ERR_POLICY_INVALID;
	}
	hash_add(set, file, text);
	policy_append(set, policy);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct policy *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static void
names_sort(struct policy_set *set)
{
	size_t i;

	set->sorted = xcalloc(set->n, sizeof(struct policy *));
	for (i = 0; i < set->n; i++)
		set->sorted[i] = set->policies[i];
	if (set->n > 0)
		qsort(set->sorted, set->n, sizeof(struct policy *), by_name);
}

int
policy_set_seal(struct policy_set *set, struct yaml_findings *findings)
{
	unsigned len = 0;

	assert(!set->sealed);
	if (set->failed) {
		if (findings->n == 0)
			yaml_find(findings, "policies", 0, 0,
			    "a file of the set was refused");
		return ERR_POLICY_INVALID;
	}
	if (EVP_Digest(set->hashed.data, set->hashed.len, set->hash, &len,
		EVP_sha256(), NULL) != 1 ||
	    len != POLICY_HASH_LEN) {
		yaml_find(findings, "policies", 0, 0,
		    "libcrypto cannot compute SHA-256");
		return ERR_INTERNAL;
	}
	buf_free(&set->hashed);
	names_sort(set);
	set->sealed = true;
	return 0;
}

const uint8_t *
policy_set_hash(const struct policy_set *set)
{
	assert(set->sealed);
	return set->hash;
}

size_t
policy_set_count(const struct policy_set *set)
{
	return set->n;
}

const struct policy *
policy_at(const struct policy_set *set, size_t i)
{
	return i < set->n ? set->policies[i] : NULL;
}

/* strcmp()'s order, between a span and a string. */
static int
name_order(struct span name, const char *other)
{
	size_t len = strlen(other);
	size_t least = name.len < len ? name.len : len;
	int order = least > 0 ? memcmp(name.data, other, least) : 0;

	if (order != 0)
		return order;
	return (name.len > len) - (name.len < len);
}

const struct policy *
policy_find(const struct policy_set *set, struct span name)
{
	size_t low = 0, high = set->n, middle;
	int order;

	assert(set->sealed);
	while (low < high) {
		middle = low + (high - low) / 2;
		order = name_order(name, set->sorted[middle]->name);
		if (order == 0)
			return set->sorted[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const char *
policy_name(const struct policy *policy)
{
	return policy->name;
}

const char *
policy_file(const struct policy *policy)
{
	return policy->file;
}

const char *
policy_issuer(const struct policy *policy)
{
	return policy->issuer;
}

unsigned
policy_key_usage(const struct policy *policy)
{
	return policy->key_usage;
}

unsigned
policy_ext_usage(const struct policy *policy)
{
	return policy->ext_usage;
}

unsigned
policy_issuer_line(const struct policy *policy)
{
	return policy->issuer_line;
}

size_t
policy_place(const struct policy *policy)
{
	return policy->place;
}

bool
policy_rate(const struct policy *policy, unsigned *count, int64_t *window_s)
{
	if (policy->rate_count == 0)
		return false;
	*count = policy->rate_count;
	*window_s = policy->rate_window_s;
	return true;
}
