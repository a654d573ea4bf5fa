/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that were asked for: each is checked for form, brought into one
 * spelling, folded with its equals and held against the patterns of its kind.
 * Names come from the CSR's SAN only; its CN is never taken for one.
 */
#include "policy/private.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

/* The same conditions, four times. */
static const struct {
	const char *what, *many;
	enum reason syntax, not_allowed, too_few, too_many;
} kinds[POLICY_NAME_KINDS] = {
    [POLICY_DNS] = {"DNS name", "DNS names", REASON_DNS_SYNTAX,
	REASON_DNS_NOT_ALLOWED, REASON_DNS_TOO_FEW, REASON_DNS_TOO_MANY},
    [POLICY_IP] = {"IP address", "IP addresses", REASON_IP_SYNTAX,
	REASON_IP_NOT_ALLOWED, REASON_IP_TOO_FEW, REASON_IP_TOO_MANY},
    [POLICY_URI] = {"URI", "URIs", REASON_URI_SYNTAX, REASON_URI_NOT_ALLOWED,
	REASON_URI_TOO_FEW, REASON_URI_TOO_MANY},
    [POLICY_EMAIL] = {"e-mail address", "e-mail addresses", REASON_EMAIL_SYNTAX,
	REASON_EMAIL_NOT_ALLOWED, REASON_EMAIL_TOO_FEW, REASON_EMAIL_TOO_MANY},
};

static void
syntax_blame(struct eval *e, const struct policy_name *name, const char *wrong)
{
	char shown[SHOWN_LEN];

	e->n_kind[name->kind]++; /* it came, if not well */
	decision_blame(e, kinds[name->kind].syntax, 0, "%s \"%s\": %s",
	    kinds[name->kind].what, text_show(name->text, shown), wrong);
}

static void
answer_blame(struct eval *e, const struct policy_name *name, enum answer answer)
{
	const struct san_rule *rule = &e->policy->san[name->kind];
	char shown[SHOWN_LEN];

	if (answer == ANSWER_YES)
		return;
	decision_blame(e, kinds[name->kind].not_allowed, rule->line,
	    "%s \"%s\" is not allowed by any pattern%s", kinds[name->kind].what,
	    text_show(name->text, shown),
	    answer == ANSWER_CANNOT_TELL
		? " (the caller has no value for a variable)"
		: "");
}

/* Adds a name in its final spelling; false when it is there already. */
static bool
name_add(struct eval *e, enum policy_name_kind kind, struct span text)
{
	struct policy_decision *out = e->out;
	size_t i;

	for (i = 0; i < out->n_names; i++) {
		if (out->names[i].kind == kind &&
		    span_eq(out->names[i].text, text))
			return false;
	}
	out->names[out->n_names++] =
	    (struct policy_name){kind, decision_keep(e, text.data, text.len)};
	e->n_kind[kind]++;
	return true;
}

static void
dns_check(struct eval *e, const struct policy_name *name)
{
	const struct san_rule *rule = &e->policy->san[POLICY_DNS];
	char lowered[DNS_MAX_LEN + 1], shown[SHOWN_LEN];
	struct dns_name dns;
	const char *wrong = dns_name_parse(name->text, lowered, &dns);

	if (wrong != NULL) {
		syntax_blame(e, name, wrong);
		return;
	}
	if (!name_add(e, POLICY_DNS, span_of(dns.text, dns.len)))
		return;
	if (dns.wildcard && !rule->wildcard)
		decision_blame(e, REASON_DNS_WILDCARD, rule->line,
		    "DNS name \"%s\" is a wildcard",
		    text_show(name->text, shown));
	if (dns.underscore && !rule->underscore)
		decision_blame(e, REASON_DNS_UNDERSCORE, rule->line,
		    "DNS name \"%s\" has an underscore",
		    text_show(name->text, shown));
	answer_blame(e, name, dns_match(rule, &dns, &e->facts->caller));
}

static void
ip_check(struct eval *e, const struct policy_name *name)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t address[16];
	size_t len;
	const char *wrong = ip_parse(name->text, address, &len);

	if (wrong != NULL) {
		syntax_blame(e, name, wrong);
		return;
	}
	(void)inet_ntop(
	    len == 4 ? AF_INET : AF_INET6, address, text, sizeof(text));
	if (name_add(e, POLICY_IP, span_str(text)))
		answer_blame(e, name,
		    ip_match(&e->policy->san[POLICY_IP], address, len));
}

static void
uri_check(struct eval *e, const struct policy_name *name)
{
	char lowered[URI_MAX_LEN];
	struct uri_name uri;
	const char *wrong = uri_parse(name->text, lowered, &uri);

	if (wrong != NULL) {
		syntax_blame(e, name, wrong);
		return;
	}
	if (name_add(e, POLICY_URI, span_of(lowered, name->text.len)))
		answer_blame(e, name,
		    uri_match(
			&e->policy->san[POLICY_URI], &uri, &e->facts->caller));
}

static void
email_check(struct eval *e, const struct policy_name *name)
{
	char lowered[EMAIL_LOCAL_MAX + DNS_MAX_LEN + 2];
	struct email_name email;
	const char *wrong = email_parse(name->text, lowered, &email);

	if (wrong != NULL) {
		syntax_blame(e, name, wrong);
		return;
	}
	if (name_add(e, POLICY_EMAIL, span_of(lowered, name->text.len)))
		answer_blame(e, name,
		    email_match(&e->policy->san[POLICY_EMAIL], &email,
			&e->facts->caller));
}

static void
name_check(struct eval *e, const struct policy_name *name)
{
	switch (name->kind) {
	case POLICY_DNS:
		dns_check(e, name);
		break;
	case POLICY_IP:
		ip_check(e, name);
		break;
	case POLICY_URI:
		uri_check(e, name);
		break;
	default:
		email_check(e, name);
		break;
	}
}

/* A kind that the policy does not name is told once, not once a name. */
static void
kinds_check(struct eval *e, const bool *seen)
{
	int kind;

	for (kind = 0; kind < POLICY_NAME_KINDS; kind++) {
		if (!seen[kind] || e->policy->san[kind].named)
			continue;
		decision_blame(e, REASON_SAN_KIND, e->policy->san_line,
		    "the CSR has %s, and policy %s does not name that kind",
		    kinds[kind].many, e->policy->name);
	}
}

static void
counts_check(struct eval *e)
{
	const struct san_rule *rule;
	int kind;

	for (kind = 0; kind < POLICY_NAME_KINDS; kind++) {
		rule = &e->policy->san[kind];
		if (!rule->named)
			continue;
		if (e->n_kind[kind] < rule->min)
			decision_blame(e, kinds[kind].too_few, rule->line,
			    "%s: at least %u wanted, %zu came",
			    kinds[kind].many, rule->min, e->n_kind[kind]);
		if (e->n_kind[kind] > rule->max)
			decision_blame(e, kinds[kind].too_many, rule->line,
			    "%s: at most %u allowed, %zu came",
			    kinds[kind].many, rule->max, e->n_kind[kind]);
	}
}

void
eval_names(struct eval *e)
{
	const struct policy_facts *facts = e->facts;
	bool seen[POLICY_NAME_KINDS] = {false};
	enum policy_name_kind kind;
	size_t i;

	if (facts->n_names > POLICY_MAX_NAMES) {
		decision_blame(e, REASON_SAN_TOO_MANY, 0,
		    "the CSR has %zu names, at most %d are looked at",
		    facts->n_names, POLICY_MAX_NAMES);
		return;
	}
	for (i = 0; i < facts->n_names; i++) {
		kind = facts->names[i].kind;
		assert(kind < POLICY_NAME_KINDS);
		seen[kind] = true;
		if (e->policy->san[kind].named)
			name_check(e, &facts->names[i]);
	}
	kinds_check(e, seen);
	counts_check(e);
}
