/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests: of a policy file: who asks for what, and what must come of it. They
 * are read with the rules, so that a mistyped test is a finding and not a test
 * that passes.
 */
#include "policy/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TESTS_MAX 500
#define TEXT_MAX 2048

struct test_target {
	struct policy *policy;
	struct test_case *test;
};

static struct test_case *
test_of(const struct yaml_walk *w)
{
	return ((struct test_target *)w->target)->test;
}

static struct policy *
policy_of(const struct yaml_walk *w)
{
	return ((struct test_target *)w->target)->policy;
}

static const char *
text_of(const struct yaml_walk *w, const struct yaml_node *node)
{
	return policy_keep_text(policy_of(w), node->text, strlen(node->text));
}

/* caller: */

static void
caller_user_take(struct yaml_walk *w, const struct yaml_node *node)
{
	test_of(w)->caller.user = text_of(w, node);
}

static void
caller_uid_take(struct yaml_walk *w, const struct yaml_node *node)
{
	int64_t uid;

	if (yaml_take_int(w, node, 0, 4294967294, &uid))
		test_of(w)->caller.uid = (uid_t)uid;
}

/* A group by name has no number here, and one by number has no name. */
static void
group_add(struct yaml_walk *w, const struct yaml_node *node, gid_t gid,
    const char *name)
{
	struct test_case *test = test_of(w);
	size_t n = test->caller.n_groups;

	if (n == N(test->caller.gids)) {
		yaml_blame(w, node, "too many groups for a test");
		return;
	}
	test->caller.gids[n] = gid;
	test->caller.groups[n] = name;
	test->caller.n_groups++;
}

static void
group_take(struct yaml_walk *w, const struct yaml_node *node)
{
	group_add(w, node, (gid_t)-1, text_of(w, node));
}

static void
gid_take(struct yaml_walk *w, const struct yaml_node *node)
{
	int64_t gid;

	if (yaml_take_int(w, node, 0, 4294967294, &gid))
		group_add(w, node, (gid_t)gid, NULL);
}

static void
groups_take(struct yaml_walk *w, const struct yaml_node *node)
{
	yaml_each(w, node, YAML_SCALAR, group_take);
}

static void
gids_take(struct yaml_walk *w, const struct yaml_node *node)
{
	yaml_each(w, node, YAML_SCALAR, gid_take);
}

static void
caller_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"user", YAML_SCALAR, false, caller_user_take},
	    {"uid", YAML_SCALAR, false, caller_uid_take},
	    {"groups", YAML_LIST, false, groups_take},
	    {"gids", YAML_LIST, false, gids_take},
	};

	(void)yaml_walk(w, node, keys, N(keys));
}

/* csr: */

/* "ecdsa-p256", "rsa-3072": the size is part of an RSA key's name here. */
static void
csr_key_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct test_case *test = test_of(w);
	const char *words[KEY_KINDS];
	size_t n = 0;
	int kind, used = 0;

	if (sscanf(node->text, "rsa-%5u%n", &test->key_bits, &used) == 1 &&
	    node->text[used] == '\0') {
		test->key = KEY_RSA;
		return;
	}
	test->key = key_kind_find(node->text);
	test->key_bits = key_kind_bits(test->key);
	if (test->key != KEY_NONE && test->key != KEY_RSA)
		return;
	for (kind = KEY_NONE + 1; kind < KEY_KINDS; kind++)
		words[n++] = kind == KEY_RSA
				 ? "rsa-3072"
				 : key_kind_name((enum key_kind)kind);
	blame_unknown(w, node, "key", words, n);
}

static void
csr_names_take(struct yaml_walk *w, const struct yaml_node *list,
    enum policy_name_kind kind)
{
	struct test_case *test = test_of(w);
	const struct yaml_node *item;

	for (item = list->child; item != NULL; item = item->next) {
		if (!yaml_type_check(w, item, YAML_SCALAR, "a name"))
			continue;
		if (test->n_names == N(test->names)) {
			yaml_blame(w, item, "too many names for a test");
			return;
		}
		test->names[test->n_names++] =
		    (struct test_name){kind, text_of(w, item)};
	}
}

static void
cert_names_take(struct yaml_walk *w, const struct yaml_node *list,
    enum policy_name_kind kind)
{
	struct test_case *test = test_of(w);
	const struct yaml_node *item;

	test->cert.has_names[kind] = true;
	for (item = list->child; item != NULL; item = item->next) {
		if (!yaml_type_check(w, item, YAML_SCALAR, "a name"))
			continue;
		if (test->cert.n_names == N(test->cert.names)) {
			yaml_blame(w, item, "too many names for a test");
			return;
		}
		test->cert.names[test->cert.n_names++] =
		    (struct test_name){kind, text_of(w, item)};
	}
}

#define TAKE_NAMES(function, names_take, kind)                 \
	static void function(                                  \
	    struct yaml_walk *w, const struct yaml_node *node) \
	{                                                      \
		names_take(w, node, kind);                     \
	}
TAKE_NAMES(csr_dns_take, csr_names_take, POLICY_DNS)
TAKE_NAMES(csr_ip_take, csr_names_take, POLICY_IP)
TAKE_NAMES(csr_uri_take, csr_names_take, POLICY_URI)
TAKE_NAMES(csr_email_take, csr_names_take, POLICY_EMAIL)
TAKE_NAMES(cert_dns_take, cert_names_take, POLICY_DNS)
TAKE_NAMES(cert_ip_take, cert_names_take, POLICY_IP)
TAKE_NAMES(cert_uri_take, cert_names_take, POLICY_URI)
TAKE_NAMES(cert_email_take, cert_names_take, POLICY_EMAIL)

/* {O: Example Ltd, OU: web}: one value an attribute. */
static void
attrs_take(struct yaml_walk *w, const struct yaml_node *map,
    struct test_attr *attrs, size_t *n)
{
	const struct yaml_node *entry;
	enum subject type;

	for (entry = map->child; entry != NULL; entry = entry->next) {
		if (!yaml_type_check(w, entry, YAML_SCALAR, "an attribute"))
			continue;
		if (!subject_find(entry->key, &type)) {
			yaml_find(w->f, yaml_file(w->doc), entry->key_line,
			    entry->key_column,
			    "\"%s\" is no attribute known here", entry->key);
			continue;
		}
		attrs[*n] = (struct test_attr){type, text_of(w, entry)};
		*n += 1; /* never more than SUBJECTS: keys are unique */
	}
}

static void
csr_subject_take(struct yaml_walk *w, const struct yaml_node *node)
{
	attrs_take(w, node, test_of(w)->attrs, &test_of(w)->n_attrs);
}

static void
csr_ttl_take(struct yaml_walk *w, const struct yaml_node *node)
{
	(void)yaml_take_duration(
	    w, node, 1, (int64_t)36600 * 86400, &test_of(w)->ttl_s);
}

static void
csr_ca_take(struct yaml_walk *w, const struct yaml_node *node)
{
	(void)yaml_take_bool(w, node, &test_of(w)->asks_ca);
}

static void
csr_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"key", YAML_SCALAR, true, csr_key_take},
	    {"dns", YAML_LIST, false, csr_dns_take},
	    {"ip", YAML_LIST, false, csr_ip_take},
	    {"uri", YAML_LIST, false, csr_uri_take},
	    {"email", YAML_LIST, false, csr_email_take},
	    {"subject", YAML_MAP, false, csr_subject_take},
	    {"ttl", YAML_SCALAR, false, csr_ttl_take},
	    {"ca", YAML_SCALAR, false, csr_ca_take},
	};

	(void)yaml_walk(w, node, keys, N(keys));
}

/* expect: and reasons: */

static void
expect_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct test_case *test = test_of(w);

	test->allow = strcmp(node->text, "allow") == 0;
	if (!test->allow && strcmp(node->text, "deny") != 0)
		yaml_blame(w, node, "allow or deny was wanted, not \"%s\"",
		    node->text);
}

static void
reason_take(struct yaml_walk *w, const struct yaml_node *node)
{
	const char *words[REASONS];
	size_t i;

	for (i = 0; i < REASONS; i++) {
		words[i] = reason_code((enum reason)i);
		if (strcmp(words[i], node->text) == 0) {
			test_of(w)->want[i] = true;
			return;
		}
	}
	blame_unknown(w, node, "reason", words, REASONS);
}

static void
reasons_take(struct yaml_walk *w, const struct yaml_node *node)
{
	test_of(w)->has_want = true;
	yaml_each(w, node, YAML_SCALAR, reason_take);
}

/* cert: */

static void
cert_cn_take(struct yaml_walk *w, const struct yaml_node *node)
{
	test_of(w)->cert.cn = text_of(w, node);
}

static void
cert_subject_take(struct yaml_walk *w, const struct yaml_node *node)
{
	attrs_take(w, node, test_of(w)->cert.attrs, &test_of(w)->cert.n_attrs);
}

static void
cert_key_item_take(struct yaml_walk *w, const struct yaml_node *node)
{
	test_of(w)->cert.key |= schema_usage(w, node, true);
}

static void
cert_key_take(struct yaml_walk *w, const struct yaml_node *node)
{
	test_of(w)->cert.has_key = true;
	yaml_each(w, node, YAML_SCALAR, cert_key_item_take);
}

static void
cert_ext_item_take(struct yaml_walk *w, const struct yaml_node *node)
{
	test_of(w)->cert.ext |= schema_usage(w, node, false);
}

static void
cert_ext_take(struct yaml_walk *w, const struct yaml_node *node)
{
	test_of(w)->cert.has_ext = true;
	yaml_each(w, node, YAML_SCALAR, cert_ext_item_take);
}

static void
cert_days_take(struct yaml_walk *w, const struct yaml_node *node)
{
	int64_t days;

	if (yaml_take_int(w, node, 1, 3660, &days))
		test_of(w)->cert.lifetime_s = days * 86400;
}

static void
cert_lifetime_take(struct yaml_walk *w, const struct yaml_node *node)
{
	(void)yaml_take_duration(
	    w, node, 1, (int64_t)3660 * 86400, &test_of(w)->cert.lifetime_s);
}

static void
cert_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"cn", YAML_SCALAR, false, cert_cn_take},
	    {"subject", YAML_MAP, false, cert_subject_take},
	    {"key", YAML_LIST, false, cert_key_take},
	    {"ext", YAML_LIST, false, cert_ext_take},
	    {"days", YAML_SCALAR, false, cert_days_take},
	    {"lifetime", YAML_SCALAR, false, cert_lifetime_take},
	    {"dns", YAML_LIST, false, cert_dns_take},
	    {"ip", YAML_LIST, false, cert_ip_take},
	    {"uri", YAML_LIST, false, cert_uri_take},
	    {"email", YAML_LIST, false, cert_email_take},
	};

	test_of(w)->has_cert = true;
	(void)yaml_walk(w, node, keys, N(keys));
}

static void
test_name_take(struct yaml_walk *w, const struct yaml_node *node)
{
	(void)schema_text(w, node, policy_of(w), TEXT_MAX, &test_of(w)->name);
}

/* A certificate with reasons against it, or a refusal with a certificate. */
static void
sense_check(struct yaml_walk *w, const struct yaml_node *node,
    const struct test_case *test)
{
	if (test->allow && test->has_want)
		yaml_blame(w, yaml_entry(node, "reasons"),
		    "what is allowed has no reasons");
	if (!test->allow && test->has_cert)
		yaml_blame(w, yaml_entry(node, "cert"),
		    "what is denied has no certificate");
}

static void
test_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"name", YAML_SCALAR, true, test_name_take},
	    {"caller", YAML_MAP, true, caller_take},
	    {"csr", YAML_MAP, true, csr_take},
	    {"expect", YAML_SCALAR, true, expect_take},
	    {"reasons", YAML_LIST, false, reasons_take},
	    {"cert", YAML_MAP, false, cert_take},
	};
	struct policy *policy = w->target;
	struct test_target target = {policy, NULL};

	if (policy->n_tests == TESTS_MAX) {
		yaml_blame(w, node, "more than %d tests", TESTS_MAX);
		return;
	}
	target.test = policy_keep(policy, sizeof(*target.test));
	target.test->line = node->line;
	target.test->caller.uid = (uid_t)-1;
	policy->tests[policy->n_tests++] = target.test;
	if (yaml_walk_into(w, node, &target, keys, N(keys)) == 0)
		sense_check(w, node, target.test);
}

void
schema_tests(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;

	policy->tests = policy_keep(
	    policy, schema_count(node, TESTS_MAX) * sizeof(*policy->tests));
	yaml_each(w, node, YAML_MAP, test_take);
}
