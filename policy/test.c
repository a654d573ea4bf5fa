/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests: of policies, run: each is a request made up, decided as any
 * other, and compared with what its author wants to see.
 */
#include "policy/private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define YEAR_S ((int64_t)366 * 86400)

static bool fail(struct policy_test_result *result, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
fail(struct policy_test_result *result, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(result->text, sizeof(result->text), fmt, ap);
	va_end(ap);
	return false;
}

/* The issuer of tests has a long life, so that only the policy speaks. */
void
test_request_make(
    const struct test_case *test, int64_t now, struct test_request *out)
{
	size_t i;

	for (i = 0; i < test->n_names; i++)
		out->names[i] = (struct policy_name){
		    test->names[i].kind, span_str(test->names[i].text)};
	for (i = 0; i < test->n_attrs; i++)
		out->attrs[i] =
		    (struct policy_attr){subject_name(test->attrs[i].type),
			span_str(test->attrs[i].text)};
	out->facts = (struct policy_facts){
	    .caller = {test->caller.uid, test->caller.user, test->caller.gids,
		test->caller.groups, test->caller.n_groups},
	    .key = test->key,
	    .key_bits = test->key_bits,
	    .names = out->names,
	    .n_names = test->n_names,
	    .attrs = out->attrs,
	    .n_attrs = test->n_attrs,
	    .asks_ca = test->asks_ca,
	    .ttl_s = test->ttl_s,
	    .now = now,
	    .issuer_not_before = now - YEAR_S,
	    .issuer_not_after = now + 20 * YEAR_S,
	};
}

static bool
has_reason(const struct policy_decision *decision, const char *code)
{
	size_t i;

	for (i = 0; i < decision->n_reasons; i++) {
		if (strcmp(decision->reasons[i].code, code) == 0)
			return true;
	}
	return false;
}

static bool
reasons_compare(const struct test_case *test,
    const struct policy_decision *decision, struct policy_test_result *result)
{
	size_t i;

	if (decision->allowed)
		return fail(result, "it is allowed");
	for (i = 0; test->has_want && i < REASONS; i++) {
		const char *code = reason_code((enum reason)i);
		bool there = has_reason(decision, code);

		if (test->want[i] && !there)
			return fail(result,
			    "it is denied, but not for %s; the first reason "
			    "is %s",
			    code, decision->reasons[0].code);
		if (!test->want[i] && there)
			return fail(
			    result, "it is denied for %s as well", code);
	}
	return true;
}

static const struct policy_attr *
attr_find(const struct policy_decision *decision, enum subject type)
{
	size_t i;

	for (i = 0; i < decision->n_attrs; i++) {
		if (strcmp(decision->attrs[i].type, subject_name(type)) == 0)
			return &decision->attrs[i];
	}
	return NULL;
}

static bool
attr_compare(const struct policy_decision *decision, enum subject type,
    const char *want, struct policy_test_result *result)
{
	const struct policy_attr *attr = attr_find(decision, type);
	char shown[SHOWN_LEN];

	if (attr == NULL)
		return fail(result, "there is no %s, \"%s\" was wanted",
		    subject_name(type), want);
	if (span_is(attr->value, want))
		return true;
	return fail(result, "%s is \"%s\", \"%s\" was wanted",
	    subject_name(type), text_show(attr->value, shown), want);
}

static bool
subject_compare(const struct test_case *test,
    const struct policy_decision *decision, struct policy_test_result *result)
{
	const struct policy_attr *cn = attr_find(decision, SUBJECT_CN);
	char shown[SHOWN_LEN];
	size_t i;

	if (test->cert.cn != NULL && strcmp(test->cert.cn, "none") == 0) {
		if (cn != NULL)
			return fail(result, "CN is \"%s\", none was wanted",
			    text_show(cn->value, shown));
	} else if (test->cert.cn != NULL &&
		   !attr_compare(decision, SUBJECT_CN, test->cert.cn, result))
		return false;
	for (i = 0; i < test->cert.n_attrs; i++) {
		if (!attr_compare(decision, test->cert.attrs[i].type,
			test->cert.attrs[i].text, result))
			return false;
	}
	return true;
}

/* The next name of a kind at or behind place i; NULL when there is none. */
static const struct policy_name *
next_name(const struct policy_decision *decision, enum policy_name_kind kind,
    size_t *i)
{
	while (*i < decision->n_names && decision->names[*i].kind != kind)
		*i += 1;
	return *i < decision->n_names ? &decision->names[(*i)++] : NULL;
}

static bool
kind_compare(const struct test_case *test, enum policy_name_kind kind,
    const struct policy_decision *decision, struct policy_test_result *result)
{
	const struct policy_name *name;
	char shown[SHOWN_LEN];
	size_t place = 0, i;

	for (i = 0; i < test->cert.n_names; i++) {
		const char *want = test->cert.names[i].text;

		if (test->cert.names[i].kind != kind)
			continue;
		name = next_name(decision, kind, &place);
		if (name == NULL || !span_is(name->text, want))
			return fail(result, "%s: \"%s\" was wanted, not \"%s\"",
			    san_name(kind), want,
			    name != NULL ? text_show(name->text, shown) : "");
	}
	name = next_name(decision, kind, &place);
	if (name != NULL)
		return fail(result, "%s: \"%s\" is there as well",
		    san_name(kind), text_show(name->text, shown));
	return true;
}

static bool
names_compare(const struct test_case *test,
    const struct policy_decision *decision, struct policy_test_result *result)
{
	int kind;

	for (kind = 0; kind < POLICY_NAME_KINDS; kind++) {
		if (test->cert.has_names[kind] &&
		    !kind_compare(
			test, (enum policy_name_kind)kind, decision, result))
			return false;
	}
	return true;
}

static bool
cert_compare(const struct policy *policy, const struct test_case *test,
    int64_t now, const struct policy_decision *decision,
    struct policy_test_result *result)
{
	int64_t lifetime_s = decision->not_after + 1 - now;

	if (test->cert.has_key && test->cert.key != policy->key_usage)
		return fail(result, "the key usages are others");
	if (test->cert.has_ext && test->cert.ext != policy->ext_usage)
		return fail(result, "the extended key usages are others");
	if (test->cert.lifetime_s != 0 && test->cert.lifetime_s != lifetime_s)
		return fail(result,
		    "it is valid for %jd seconds, %jd were wanted",
		    (intmax_t)lifetime_s, (intmax_t)test->cert.lifetime_s);
	return subject_compare(test, decision, result) &&
	       names_compare(test, decision, result);
}

static bool
decision_compare(const struct policy *policy, const struct test_case *test,
    int64_t now, const struct policy_decision *decision,
    struct policy_test_result *result)
{
	if (!test->allow)
		return reasons_compare(test, decision, result);
	if (!decision->allowed)
		return fail(result, "it is denied: %s: %s",
		    decision->reasons[0].code, decision->reasons[0].text);
	return cert_compare(policy, test, now, decision, result);
}

static struct policy_test_result
test_run(const struct policy *policy, const struct test_case *test, int64_t now)
{
	struct policy_test_result result = {.policy = policy->name,
	    .name = test->name,
	    .file = policy->file,
	    .line = test->line};
	struct policy_decision decision;
	struct test_request request;

	test_request_make(test, now, &request);
	policy_eval(policy, &request.facts, &decision);
	result.passed = decision_compare(policy, test, now, &decision, &result);
	policy_decision_free(&decision);
	return result;
}

size_t
policy_test(const struct policy_set *set, int64_t now,
    void (*tell)(void *arg, const struct policy_test_result *result), void *arg)
{
	struct policy_test_result result;
	const struct policy *policy;
	size_t n_failed = 0, i, j;

	for (i = 0; i < policy_set_count(set); i++) {
		policy = policy_at(set, i);
		for (j = 0; j < policy->n_tests; j++) {
			result = test_run(policy, policy->tests[j], now);
			n_failed += !result.passed;
			tell(arg, &result);
		}
	}
	return n_failed;
}
