/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy file into a struct policy: the top of the file, and the keys that
 * are small. san:, subject: and tests: have files of their own. A key that is
 * not there allows nothing.
 */
#include "policy/private.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#define UNIX_NAME_MAX 256
#define DAY_S 86400
#define LIFETIME_MAX_S (3660 * (int64_t)DAY_S) /* ten years */
#define CALLERS_MAX 256
#define KEYS_MAX 16

bool
schema_text(struct yaml_walk *w, const struct yaml_node *node,
    struct policy *policy, size_t max_len, const char **out)
{
	MEM_CLEANUP char *text = NULL;

	if (!yaml_take_text(w, node, max_len, &text))
		return false;
	*out = policy_keep_text(policy, text, strlen(text));
	return true;
}

size_t
schema_count(const struct yaml_node *list, size_t max)
{
	const struct yaml_node *item;
	size_t n = 0;

	for (item = list->child; item != NULL && n < max; item = item->next)
		n++;
	return n;
}

static void
version_take(struct yaml_walk *w, const struct yaml_node *node)
{
	if (strcmp(node->text, "1") != 0)
		yaml_blame(w, node,
		    "this program reads version 1, the file has \"%s\"",
		    node->text);
}

/* Names stand in URLs, log lines and certificates' records. */
static bool
name_take(struct yaml_walk *w, const struct yaml_node *node, const char **out)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	const char *s = node->text;

	if (s[strspn(s, allowed)] != '\0' || s[0] == '-' || s[0] == '_' ||
	    s[0] == '.') {
		yaml_blame(w, node,
		    "a name has a-z 0-9 - _ . and starts with a letter or "
		    "digit, not \"%s\"",
		    s);
		return false;
	}
	return schema_text(w, node, w->target, POLICY_NAME_MAX, out);
}

static void
policy_name_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;

	policy->name_line = node->line;
	policy->name_column = node->column;
	(void)name_take(w, node, &policy->name);
}

static void
issuer_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;

	policy->issuer_line = node->line;
	(void)name_take(w, node, &policy->issuer);
}

/* callers: */

struct caller_target {
	struct policy *policy;
	struct caller_rule *rule;
};

static void
caller_user_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct caller_target *target = w->target;

	(void)schema_text(
	    w, node, target->policy, UNIX_NAME_MAX, &target->rule->user);
}

static void
caller_group_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct caller_target *target = w->target;

	(void)schema_text(
	    w, node, target->policy, UNIX_NAME_MAX, &target->rule->group);
}

static void
caller_uid_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct caller_target *target = w->target;
	int64_t uid = 0;

	/* The largest one means "nobody at all" to the kernel. */
	target->rule->has_uid = yaml_take_int(w, node, 0, 4294967294, &uid);
	target->rule->uid = (uid_t)uid;
}

static void
caller_gid_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct caller_target *target = w->target;
	int64_t gid = 0;

	target->rule->has_gid = yaml_take_int(w, node, 0, 4294967294, &gid);
	target->rule->gid = (gid_t)gid;
}

static void
caller_unix_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"user", YAML_SCALAR, false, caller_user_take},
	    {"group", YAML_SCALAR, false, caller_group_take},
	    {"uid", YAML_SCALAR, false, caller_uid_take},
	    {"gid", YAML_SCALAR, false, caller_gid_take},
	};

	if (node->child == NULL)
		yaml_blame(w, node,
		    "one of \"user\", \"group\", \"uid\" and \"gid\" at least "
		    "is wanted");
	(void)yaml_walk(w, node, keys, N(keys));
}

static void
caller_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"unix", YAML_MAP, true, caller_unix_take},
	};
	struct policy *policy = w->target;
	struct caller_target target = {policy, NULL};

	if (policy->n_callers == CALLERS_MAX) {
		yaml_blame(w, node, "more than %d callers", CALLERS_MAX);
		return;
	}
	target.rule = &policy->callers[policy->n_callers++];
	(void)yaml_walk_into(w, node, &target, keys, N(keys));
}

static void
callers_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;

	policy->callers_line = node->key_line;
	policy->callers = policy_keep(
	    policy, schema_count(node, CALLERS_MAX) * sizeof(*policy->callers));
	if (node->child == NULL)
		yaml_blame(w, node, "without callers nobody may use it");
	yaml_each(w, node, YAML_MAP, caller_take);
}

/* keys: "ecdsa-p256", "rsa>=3072" */

/* RSA by the smallest size; the largest that is made or taken is 4096. */
static bool
rsa_parse(const char *text, unsigned *min_bits)
{
	char *end;
	unsigned long bits;

	if (strncmp(text, "rsa>=", 5) != 0 || text[5] < '1' || text[5] > '9')
		return false;
	bits = strtoul(text + 5, &end, 10);
	*min_bits = (unsigned)bits;
	return *end == '\0' && bits >= 2048 && bits <= 4096;
}

static void
key_blame(struct yaml_walk *w, const struct yaml_node *node)
{
	const char *words[KEY_KINDS];
	size_t n = 0;
	int kind;

	if (strncmp(node->text, "rsa", 3) == 0) {
		yaml_blame(w, node,
		    "RSA is written with its smallest size, \"rsa>=2048\" to "
		    "\"rsa>=4096\", not \"%s\"",
		    node->text);
		return;
	}
	for (kind = KEY_NONE + 1; kind < KEY_KINDS; kind++) {
		if (kind != KEY_RSA)
			words[n++] = key_kind_name((enum key_kind)kind);
	}
	blame_unknown(w, node, "kind of key", words, n);
}

static void
key_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;
	struct key_rule rule = {.kind = key_kind_find(node->text)};

	if (policy->n_keys == KEYS_MAX) {
		yaml_blame(w, node, "more than %d kinds of key", KEYS_MAX);
		return;
	}
	if (rsa_parse(node->text, &rule.min_bits))
		rule.kind = KEY_RSA;
	else if (rule.kind == KEY_NONE || rule.kind == KEY_RSA) {
		key_blame(w, node);
		return;
	}
	rule.text = policy_keep_text(policy, node->text, strlen(node->text));
	policy->keys[policy->n_keys++] = rule;
}

static void
keys_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;

	policy->keys_line = node->key_line;
	policy->keys = policy_keep(
	    policy, schema_count(node, KEYS_MAX) * sizeof(*policy->keys));
	if (node->child == NULL)
		yaml_blame(w, node, "without keys nothing is allowed");
	yaml_each(w, node, YAML_SCALAR, key_take);
}

/* usage: {key: [...], ext: [...]} */

enum usage_table { USAGE_KEY, USAGE_EXT };

static const struct {
	enum usage_table table;
	const char *name;
	unsigned bit;
	const char *refusal;
} usages[] = {
#define USAGE(table, name, bit, refusal) {USAGE_##table, name, bit, refusal},
#include "policy/usage.def"
#undef USAGE
};

unsigned
schema_usage(struct yaml_walk *w, const struct yaml_node *node, bool is_key)
{
	const char *words[N(usages)];
	size_t n = 0, i;

	for (i = 0; i < N(usages); i++) {
		if ((usages[i].table == USAGE_KEY) != is_key)
			continue;
		if (strcmp(usages[i].name, node->text) != 0) {
			if (usages[i].refusal == NULL)
				words[n++] = usages[i].name;
			continue;
		}
		if (usages[i].refusal == NULL)
			return usages[i].bit;
		yaml_blame(w, node, "\"%s\" is not for policies: %s",
		    node->text, usages[i].refusal);
		return 0;
	}
	blame_unknown(
	    w, node, is_key ? "key usage" : "extended key usage", words, n);
	return 0;
}

static void
key_usage_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;

	policy->key_usage |= schema_usage(w, node, true);
}

static void
ext_usage_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;

	policy->ext_usage |= schema_usage(w, node, false);
}

/* An empty extension is malformed (RFC 5280 4.2.1.3, 4.2.1.12). */
static void
key_usages_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;

	policy->key_usage = 0;
	if (node->child == NULL)
		yaml_blame(w, node, "one usage at least is wanted");
	yaml_each(w, node, YAML_SCALAR, key_usage_take);
}

static void
ext_usages_take(struct yaml_walk *w, const struct yaml_node *node)
{
	if (node->child == NULL)
		yaml_blame(w, node, "one usage at least is wanted");
	yaml_each(w, node, YAML_SCALAR, ext_usage_take);
}

static void
usage_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"key", YAML_LIST, false, key_usages_take},
	    {"ext", YAML_LIST, true, ext_usages_take},
	};

	(void)yaml_walk(w, node, keys, N(keys));
}

/* validity: {default: 30d, max: 90d, backdate: 5m} */

static void
default_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;

	(void)yaml_take_duration(
	    w, node, 60, LIFETIME_MAX_S, &policy->default_s);
}

static void
max_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;

	policy->max_line = node->line;
	(void)yaml_take_duration(w, node, 60, LIFETIME_MAX_S, &policy->max_s);
}

static void
backdate_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;

	(void)yaml_take_duration(w, node, 0, DAY_S, &policy->backdate_s);
}

static void
validity_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"default", YAML_SCALAR, true, default_take},
	    {"max", YAML_SCALAR, false, max_take},
	    {"backdate", YAML_SCALAR, false, backdate_take},
	};
	struct policy *policy = w->target;

	policy->validity_line = policy->max_line = node->key_line;
	if (yaml_walk(w, node, keys, N(keys)) != 0)
		return;
	if (policy->max_s == 0)
		policy->max_s = policy->default_s;
	if (policy->default_s > policy->max_s)
		yaml_blame(w, yaml_entry(node, "default"),
		    "\"default\" is longer than \"max\"");
}

/* limits: {per-caller: 60/h} */

static int64_t
window_seconds(const char *unit)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} windows[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", DAY_S}};
	size_t i;

	for (i = 0; i < N(windows); i++) {
		if (strcmp(unit, windows[i].unit) == 0)
			return windows[i].seconds;
	}
	return 0;
}

static void
per_caller_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;
	const char *s = node->text;
	size_t digits = strspn(s, "0123456789");
	unsigned long count = digits <= 6 ? strtoul(s, NULL, 10) : 0;

	if (digits > 0 && s[0] != '0' && s[digits] == '/')
		policy->rate_window_s = window_seconds(s + digits + 1);
	policy->rate_count = (unsigned)count;
	if (policy->rate_window_s == 0 || count == 0)
		yaml_blame(w, node,
		    "a number (1 to 999999) a time was wanted, such as 60/h "
		    "(s, m, h or d), not \"%s\"",
		    s);
}

static void
limits_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"per-caller", YAML_SCALAR, false, per_caller_take},
	};

	(void)yaml_walk(w, node, keys, N(keys));
}

static const struct yaml_key top_keys[] = {
    {"version", YAML_SCALAR, true, version_take},
    {"name", YAML_SCALAR, true, policy_name_take},
    {"issuer", YAML_SCALAR, true, issuer_take},
    {"callers", YAML_LIST, true, callers_take},
    {"keys", YAML_LIST, true, keys_take},
    {"subject", YAML_MAP, false, schema_subject},
    {"san", YAML_MAP, false, schema_san},
    {"usage", YAML_MAP, true, usage_take},
    {"validity", YAML_MAP, true, validity_take},
    {"limits", YAML_MAP, false, limits_take},
    {"tests", YAML_LIST, false, schema_tests},
};

static struct policy *
policy_new(const char *file)
{
	struct policy *policy = xcalloc(1, sizeof(*policy));

	policy->file = policy_keep_text(policy, file, strlen(file));
	policy->key_usage = 1 << 0; /* digitalSignature: what TLS 1.3 needs */
	policy->backdate_s = 300;
	return policy;
}

/* A CN from names of a kind that can never be there is a mistake. */
static bool
cn_check(struct yaml_walk *w, const struct policy *policy)
{
	enum cn_rule cn = policy->subject.cn;

	if ((cn != CN_FIRST_DNS || policy->san[POLICY_DNS].named) &&
	    (cn != CN_FIRST_URI || policy->san[POLICY_URI].named))
		return true;
	yaml_blame(w, yaml_entry(yaml_root(w->doc), "subject"),
	    "\"cn\" comes from a kind of name that \"san\" does not name");
	return false;
}

struct policy *
policy_parse(const char *file, struct span text, struct yaml_findings *findings)
{
	struct yaml_walk w = {.f = findings};
	struct policy *policy;
	size_t n_findings;
	int rc;

	if (text.len > POLICY_FILE_MAX) {
		yaml_find(findings, file, 0, 0,
		    "the file has %zu bytes, at most %d are allowed", text.len,
		    POLICY_FILE_MAX);
		return NULL;
	}
	rc = yaml_parse(file, text, &w.doc, findings);
	if (w.doc == NULL)
		return NULL;
	policy = policy_new(file);
	w.target = policy;
	n_findings = yaml_walk(&w, yaml_root(w.doc), top_keys, N(top_keys));
	n_findings += n_findings == 0 && !cn_check(&w, policy);
	yaml_doc_free(w.doc);
	if (rc == 0 && n_findings == 0)
		return policy;
	policy_free(policy);
	return NULL;
}
