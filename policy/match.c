/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names against patterns. One label or segment at a time, and at most one **
 * in a pattern, so the work is bounded by the length of the name. "Cannot
 * tell" (a variable without a value) is kept apart from "no" for the sentence
 * only: neither is "yes".
 */
#include "policy/private.h"

#include <string.h>

/* The worse of two: all parts of a pattern must match. */
static enum answer
both(enum answer a, enum answer b)
{
	return a < b ? a : b;
}

static enum answer
part_match(const struct part *part, struct span text,
    const struct policy_caller *caller)
{
	if (part->kind == PART_TEXT)
		return template_match(&part->text, text, caller);
	return ANSWER_YES;
}

/* Gives the i-th label or segment of whatever name it is. */
typedef struct span part_of(const void *name, size_t i);

/*
 * Parts before the ** are held against the front, those behind it against the
 * end; what is left between them, one at least, is the **.
 */
static enum answer
parts_match(const struct parts *parts, part_of *get, const void *name, size_t n,
    const struct policy_caller *caller)
{
	enum answer answer = ANSWER_YES;
	bool has_many = parts->many < parts->n;
	size_t i;

	if (has_many ? n < parts->n : n != parts->n)
		return ANSWER_NO;
	/* From the end: there the literal labels of DNS patterns are. */
	for (i = parts->n; i-- > 0 && answer != ANSWER_NO;) {
		if (i == parts->many)
			continue;
		answer = both(answer,
		    part_match(&parts->at[i],
			get(name, i > parts->many ? n - (parts->n - i) : i),
			caller));
	}
	return answer;
}

static struct span
dns_part(const void *name, size_t i)
{
	return dns_label(name, i);
}

static struct span
uri_part(const void *name, size_t i)
{
	return ((const struct uri_name *)name)->segments[i];
}

enum answer
dns_match(const struct san_rule *rule, const struct dns_name *name,
    const struct policy_caller *caller)
{
	enum answer best = ANSWER_NO, answer;
	size_t i;

	for (i = 0; i < rule->n_allow && best != ANSWER_YES; i++) {
		answer = parts_match(
		    &rule->allow[i].parts, dns_part, name, name->n, caller);
		best = answer > best ? answer : best;
	}
	return best;
}

static bool
cidr_has(const struct cidr *cidr, const uint8_t *address, size_t len)
{
	unsigned whole = cidr->bits / 8, rest = cidr->bits % 8;

	if (cidr->len != len || memcmp(cidr->address, address, whole) != 0)
		return false;
	return rest == 0 ||
	       ((cidr->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

enum answer
ip_match(const struct san_rule *rule, const uint8_t *address, size_t len)
{
	size_t i;

	for (i = 0; i < rule->n_allow; i++) {
		if (cidr_has(&rule->allow[i].cidr, address, len))
			return ANSWER_YES;
	}
	return ANSWER_NO;
}

enum answer
uri_match(const struct san_rule *rule, const struct uri_name *name,
    const struct policy_caller *caller)
{
	enum answer best = ANSWER_NO, answer;
	size_t i;

	for (i = 0; i < rule->n_allow && best != ANSWER_YES; i++) {
		if (!span_eq(rule->allow[i].prefix, name->prefix))
			continue;
		answer = parts_match(
		    &rule->allow[i].parts, uri_part, name, name->n, caller);
		best = answer > best ? answer : best;
	}
	return best;
}

enum answer
email_match(const struct san_rule *rule, const struct email_name *name,
    const struct policy_caller *caller)
{
	enum answer best = ANSWER_NO, answer;
	size_t i;

	for (i = 0; i < rule->n_allow && best != ANSWER_YES; i++) {
		answer =
		    both(part_match(&rule->allow[i].local, name->local, caller),
			parts_match(&rule->allow[i].parts, dns_part,
			    &name->domain, name->domain.n, caller));
		best = answer > best ? answer : best;
	}
	return best;
}
