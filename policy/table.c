/* SPDX-License-Identifier: Apache-2.0 */
/* The words of this room, out of its tables. */
#include "policy/private.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/suggest.h"

static const struct {
	const char *code, *meaning;
} reasons[REASONS] = {
#define REASON(symbol, code, meaning) [symbol] = {code, meaning},
#include "policy/reason.def"
#undef REASON
};

static const struct {
	const char *name;
	unsigned max;
} subjects[SUBJECTS] = {
#define SUBJECT(symbol, name, max) [symbol] = {name, max},
#include "policy/subject.def"
#undef SUBJECT
};

const char *
reason_code(enum reason reason)
{
	return reasons[reason].code;
}

const char *
policy_reason_meaning(const char *code)
{
	size_t i;

	for (i = 0; i < REASONS; i++) {
		if (strcmp(reasons[i].code, code) == 0)
			return reasons[i].meaning;
	}
	return NULL;
}

const char *
subject_name(enum subject type)
{
	return subjects[type].name;
}

unsigned
subject_max(enum subject type)
{
	return subjects[type].max;
}

bool
subject_find(const char *name, enum subject *type)
{
	size_t i;

	for (i = 0; i < SUBJECTS; i++) {
		if (strcmp(subjects[i].name, name) == 0) {
			*type = (enum subject)i;
			return true;
		}
	}
	return false;
}

const char *
san_name(enum policy_name_kind kind)
{
	static const char *const names[POLICY_NAME_KINDS] = {
	    [POLICY_DNS] = "dns",
	    [POLICY_IP] = "ip",
	    [POLICY_URI] = "uri",
	    [POLICY_EMAIL] = "email",
	};

	return names[kind];
}

void
blame_unknown(struct yaml_walk *w, const struct yaml_node *node,
    const char *what, const char *const *words, size_t n_words)
{
	struct suggest s = suggest_for(node->text);
	size_t i;

	for (i = 0; i < n_words; i++)
		suggest_offer(&s, words[i]);
	yaml_blame(w, node, "\"%s\" is no %s known here%s%s%s", node->text,
	    what, s.best != NULL ? "; did you mean \"" : "",
	    s.best != NULL ? s.best : "", s.best != NULL ? "\"?" : "");
}

/* A chain of allocations, so that a policy is freed without looking at it. */
struct kept {
	struct kept *next;
	max_align_t memory[];
};

void *
policy_keep(struct policy *policy, size_t size)
{
	struct kept *kept = xcalloc(1, sizeof(*kept) + size);

	kept->next = policy->kept;
	policy->kept = kept;
	return kept->memory;
}

char *
policy_keep_text(struct policy *policy, const char *text, size_t len)
{
	char *copy = policy_keep(policy, len + 1);

	memcpy(copy, text, len);
	return copy;
}

void
policy_free(struct policy *policy)
{
	struct kept *kept, *next;

	if (policy == NULL)
		return;
	for (kept = policy->kept; kept != NULL; kept = next) {
		next = kept->next;
		free(kept);
	}
	free(policy);
}
