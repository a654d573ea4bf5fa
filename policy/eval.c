/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision: one small function a condition, run in a row, and each adds
 * what is wrong. Nothing wrong is the only way to "allowed".
 */
#include "policy/private.h"

#include <stdio.h>
#include <string.h>

static enum answer
user_match(const char *user, const struct policy_caller *caller)
{
	if (caller->user == NULL)
		return ANSWER_CANNOT_TELL;
	return strcmp(user, caller->user) == 0 ? ANSWER_YES : ANSWER_NO;
}

/* A group without a known name may be the one that is asked for, or not. */
static enum answer
group_match(const char *group, const struct policy_caller *caller)
{
	enum answer best = ANSWER_NO;
	size_t i;

	for (i = 0; i < caller->n_groups; i++) {
		if (caller->groups == NULL || caller->groups[i] == NULL)
			best = ANSWER_CANNOT_TELL;
		else if (strcmp(caller->groups[i], group) == 0)
			return ANSWER_YES;
	}
	return best;
}

static enum answer
gid_match(gid_t gid, const struct policy_caller *caller)
{
	size_t i;

	for (i = 0; i < caller->n_groups; i++) {
		if (caller->gids != NULL && caller->gids[i] == gid)
			return ANSWER_YES;
	}
	return ANSWER_NO;
}

static enum answer
worse(enum answer a, enum answer b)
{
	return a < b ? a : b;
}

/* All that one entry of callers: asks for must hold. */
static enum answer
rule_match(const struct caller_rule *rule, const struct policy_caller *caller)
{
	enum answer answer = ANSWER_YES;

	if (rule->has_uid && rule->uid != caller->uid)
		return ANSWER_NO;
	if (rule->has_gid)
		answer = worse(answer, gid_match(rule->gid, caller));
	if (rule->user != NULL)
		answer = worse(answer, user_match(rule->user, caller));
	if (rule->group != NULL)
		answer = worse(answer, group_match(rule->group, caller));
	return answer;
}

static bool
caller_check(struct eval *e)
{
	const struct policy *policy = e->policy;
	const struct policy_caller *caller = &e->facts->caller;
	enum answer best = ANSWER_NO, answer;
	char shown[SHOWN_LEN];
	size_t i;

	for (i = 0; i < policy->n_callers && best != ANSWER_YES; i++) {
		answer = rule_match(&policy->callers[i], caller);
		best = answer > best ? answer : best;
	}
	if (best == ANSWER_YES)
		return true;
	if (best == ANSWER_CANNOT_TELL)
		decision_blame(e, REASON_CALLER_CANNOT_TELL,
		    policy->callers_line,
		    "the policy goes by names, and the %s of %s has none that "
		    "could be found",
		    caller->user == NULL ? "user" : "group",
		    caller_show(caller, shown));
	else
		decision_blame(e, REASON_CALLER_NOT_NAMED, policy->callers_line,
		    "%s is not among the callers of policy %s",
		    caller_show(caller, shown), policy->name);
	return false;
}

/* RFC 5280 4.2.1.9: a leaf that could sign would be a CA of its own. */
static void
ca_check(struct eval *e)
{
	if (e->facts->asks_ca)
		decision_blame(e, REASON_CSR_ASKS_CA, 0,
		    "the CSR asks for CA:TRUE or keyCertSign, which no policy "
		    "grants");
}

static bool
key_is_allowed(const struct policy *policy, const struct policy_facts *facts)
{
	size_t i;

	for (i = 0; i < policy->n_keys; i++) {
		if (policy->keys[i].kind == facts->key &&
		    facts->key_bits >= policy->keys[i].min_bits)
			return true;
	}
	return false;
}

static void
keys_list(const struct policy *policy, char *out, size_t size)
{
	size_t len = 0, i;

	out[0] = '\0';
	for (i = 0; i < policy->n_keys && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s",
		    i > 0 ? ", " : "", policy->keys[i].text);
}

static void
keys_check(struct eval *e)
{
	char list[96], bits[32] = "";

	if (key_is_allowed(e->policy, e->facts))
		return;
	keys_list(e->policy, list, sizeof(list));
	if (e->facts->key == KEY_RSA)
		(void)snprintf(
		    bits, sizeof(bits), " of %u bits", e->facts->key_bits);
	decision_blame(e, REASON_KEY_NOT_ALLOWED, e->policy->keys_line,
	    "the key is %s%s, the policy allows %s",
	    key_kind_name(e->facts->key), bits, list);
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * Both ends of a validity are inclusive (RFC 5280 4.1.2.5), hence the second
 * less. A lifetime is never longer than what is left of the issuer's: a leaf
 * that outlives its issuer fails on the day that it does.
 */
static void
lifetime_set(struct eval *e, int64_t lifetime_s)
{
	const struct policy_facts *facts = e->facts;
	struct policy_decision *out = e->out;

	out->not_before =
	    later(facts->now - e->policy->backdate_s, facts->issuer_not_before);
	out->not_after = facts->now + lifetime_s - 1;
	out->clamped = out->not_after > facts->issuer_not_after;
	if (out->clamped)
		out->not_after = facts->issuer_not_after;
}

static void
validity_check(struct eval *e)
{
	const struct policy *policy = e->policy;
	const struct policy_facts *facts = e->facts;
	int64_t ttl_s = facts->ttl_s;

	if (ttl_s < 0)
		decision_blame(e, REASON_TTL_INVALID, policy->validity_line,
		    "a lifetime of %jd seconds was asked for", (intmax_t)ttl_s);
	if (ttl_s > policy->max_s)
		decision_blame(e, REASON_TTL_TOO_LONG, policy->max_line,
		    "%jd seconds were asked for, the policy allows %jd",
		    (intmax_t)ttl_s, (intmax_t)policy->max_s);
	if (facts->now < facts->issuer_not_before)
		decision_blame(e, REASON_ISSUER_NOT_YET, policy->issuer_line,
		    "the certificate of issuer %s is not valid yet",
		    policy->issuer);
	if (facts->now > facts->issuer_not_after)
		decision_blame(e, REASON_ISSUER_EXPIRED, policy->issuer_line,
		    "the certificate of issuer %s has expired", policy->issuer);
	if (ttl_s >= 0 && ttl_s <= policy->max_s)
		lifetime_set(e, ttl_s != 0 ? ttl_s : policy->default_s);
}

void
policy_eval(const struct policy *policy, const struct policy_facts *facts,
    struct policy_decision *out)
{
	struct eval e = {.policy = policy, .facts = facts, .out = out};

	decision_start(&e);
	if (caller_check(&e)) {
		ca_check(&e);
		keys_check(&e);
		eval_names(&e);
		eval_subject(&e);
		validity_check(&e);
		out->allowed = out->n_reasons == 0;
	}
	if (!out->allowed)
		out->n_names = out->n_attrs = 0;
}
