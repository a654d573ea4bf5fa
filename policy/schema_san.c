/* SPDX-License-Identifier: Apache-2.0 */
/* san: of a policy file; the names a certificate may carry. */
#include "policy/private.h"

#include <string.h>

#define PATTERNS_MAX 256

struct san_target {
	struct policy *policy;
	enum policy_name_kind kind;
	struct san_rule *rule;
};

static void
pattern_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct san_target *target = w->target;
	struct san_rule *rule = target->rule;

	if (rule->n_allow == PATTERNS_MAX) {
		yaml_blame(w, node, "more than %d patterns", PATTERNS_MAX);
		return;
	}
	if (pattern_parse(w, node, target->policy, target->kind,
		&rule->allow[rule->n_allow]))
		rule->n_allow++;
}

static void
allow_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct san_target *target = w->target;

	target->rule->allow = policy_keep(target->policy,
	    schema_count(node, PATTERNS_MAX) * sizeof(struct pattern));
	if (node->child == NULL)
		yaml_blame(w, node, "without patterns nothing is allowed");
	yaml_each(w, node, YAML_SCALAR, pattern_take);
}

static void
min_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct san_target *target = w->target;
	int64_t value;

	if (yaml_take_int(w, node, 0, POLICY_MAX_NAMES, &value))
		target->rule->min = (unsigned)value;
}

static void
max_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct san_target *target = w->target;
	int64_t value;

	if (yaml_take_int(w, node, 1, POLICY_MAX_NAMES, &value))
		target->rule->max = (unsigned)value;
}

static void
wildcard_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct san_target *target = w->target;

	(void)yaml_take_bool(w, node, &target->rule->wildcard);
}

static void
underscore_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct san_target *target = w->target;

	(void)yaml_take_bool(w, node, &target->rule->underscore);
}

/* The last two keys are for DNS alone. */
static const struct yaml_key rule_keys[] = {
    {"allow", YAML_LIST, true, allow_take},
    {"min", YAML_SCALAR, false, min_take},
    {"max", YAML_SCALAR, false, max_take},
    {"wildcard", YAML_SCALAR, false, wildcard_take},
    {"underscore", YAML_SCALAR, false, underscore_take},
};

static void
rule_take(struct yaml_walk *w, const struct yaml_node *node,
    enum policy_name_kind kind)
{
	struct policy *policy = w->target;
	struct san_target target = {policy, kind, &policy->san[kind]};

	target.rule->named = true;
	target.rule->line = node->key_line;
	target.rule->max = POLICY_MAX_NAMES;
	(void)yaml_walk_into(w, node, &target, rule_keys,
	    kind == POLICY_DNS ? N(rule_keys) : N(rule_keys) - 2);
	if (target.rule->min > target.rule->max)
		yaml_blame(w, node, "\"min\" is more than \"max\"");
}

static void
dns_take(struct yaml_walk *w, const struct yaml_node *node)
{
	rule_take(w, node, POLICY_DNS);
}

static void
ip_take(struct yaml_walk *w, const struct yaml_node *node)
{
	rule_take(w, node, POLICY_IP);
}

static void
uri_take(struct yaml_walk *w, const struct yaml_node *node)
{
	rule_take(w, node, POLICY_URI);
}

static void
email_take(struct yaml_walk *w, const struct yaml_node *node)
{
	rule_take(w, node, POLICY_EMAIL);
}

void
schema_san(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"dns", YAML_MAP, false, dns_take},
	    {"ip", YAML_MAP, false, ip_take},
	    {"uri", YAML_MAP, false, uri_take},
	    {"email", YAML_MAP, false, email_take},
	};

	((struct policy *)w->target)->san_line = node->key_line;
	(void)yaml_walk(w, node, keys, N(keys));
}
