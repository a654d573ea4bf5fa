/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subject: made of what the policy sets, then of those attributes of the
 * CSR that it names, then of the CN that it derives. The CSR's own CN is never
 * copied: it is either among the SANs or nobody has checked it.
 */
#include "policy/private.h"

#include <string.h>

/* Characters, not bytes: that is what RFC 5280's bounds count. */
static size_t
n_characters(struct span text)
{
	size_t n = 0, i;

	for (i = 0; i < text.len; i++)
		n += (text.data[i] & 0xc0) != 0x80;
	return n;
}

static bool
has_control(struct span text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.data[i] < 0x20 || text.data[i] == 0x7f)
			return true;
	}
	return false;
}

/* X.520: countryName is two letters of ISO 3166. */
static bool
is_country(struct span text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.data[i] < 'A' || text.data[i] > 'Z')
			return false;
	}
	return text.len == 2;
}

bool
subject_is_valid(enum subject type, struct span value)
{
	return value.len > 0 && value.len <= VALUE_MAX_LEN &&
	       !has_control(value) &&
	       n_characters(value) <= subject_max(type) &&
	       (type != SUBJECT_C || is_country(value));
}

static void
attr_add(struct eval *e, enum subject type, struct span value, unsigned line)
{
	struct policy_decision *out = e->out;
	char shown[SHOWN_LEN];

	if (!subject_is_valid(type, value)) {
		decision_blame(e, REASON_SUBJECT_VALUE, line,
		    "%s cannot be \"%s\"", subject_name(type),
		    text_show(value, shown));
		return;
	}
	if (out->n_attrs == POLICY_MAX_ATTRS) {
		decision_blame(e, REASON_SUBJECT_TOO_MANY, line,
		    "the subject would have more than %d attributes",
		    POLICY_MAX_ATTRS);
		return;
	}
	out->attrs[out->n_attrs++] = (struct policy_attr){
	    subject_name(type), decision_keep(e, value.data, value.len)};
}

static void
template_add(
    struct eval *e, enum subject type, const struct template *t, unsigned line)
{
	BUF_CLEANUP value = BUF_INIT;
	char shown[SHOWN_LEN];

	if (template_write(t, &e->facts->caller, &value))
		attr_add(e, type, buf_span(&value), line);
	else
		decision_blame(e, REASON_SUBJECT_CANNOT_TELL, line,
		    "%s has a variable that has no value for %s",
		    subject_name(type), caller_show(&e->facts->caller, shown));
}

/* A text without variables is used where it lies. */
static void
value_add(
    struct eval *e, enum subject type, const struct template *t, unsigned line)
{
	if (t->n == 1 && t->pieces[0].variable == VARIABLE_NONE)
		attr_add(e, type, t->pieces[0].text, line);
	else
		template_add(e, type, t, line);
}

/* Istio's agent sends an O with an empty string: that is nothing to copy. */
static void
copy_add(struct eval *e)
{
	const struct subject_rule *rule = &e->policy->subject;
	const struct policy_attr *attr;
	enum subject type;
	size_t i;

	for (i = 0; rule->copy != 0 && i < e->facts->n_attrs; i++) {
		attr = &e->facts->attrs[i];
		if (attr->value.len > 0 && subject_find(attr->type, &type) &&
		    (rule->copy & 1u << type) != 0)
			attr_add(e, type, attr->value, rule->copy_line);
	}
}

/*
 * The first name of a kind that fits into a CN; without one there is no CN.
 * Verifiers look at the SAN, so that a long name loses nothing by it.
 */
static void
first_add(struct eval *e, enum policy_name_kind kind)
{
	const struct policy_name *name;
	size_t i;

	for (i = 0; i < e->out->n_names; i++) {
		name = &e->out->names[i];
		if (name->kind != kind ||
		    n_characters(name->text) > subject_max(SUBJECT_CN))
			continue;
		attr_add(e, SUBJECT_CN, name->text, e->policy->subject.cn_line);
		return;
	}
}

void
eval_subject(struct eval *e)
{
	const struct subject_rule *rule = &e->policy->subject;
	size_t before = e->out->n_reasons + e->out->n_dropped, i;

	for (i = 0; i < rule->n_set; i++)
		value_add(e, rule->set[i].type, &rule->set[i].text, rule->line);
	copy_add(e);
	if (rule->cn == CN_FIRST_DNS)
		first_add(e, POLICY_DNS);
	else if (rule->cn == CN_FIRST_URI)
		first_add(e, POLICY_URI);
	else if (rule->cn == CN_TEMPLATE)
		value_add(e, SUBJECT_CN, &rule->cn_text, rule->cn_line);
	/* RFC 5280 4.1.2.6: an empty subject needs a SAN. */
	if (e->out->n_attrs == 0 && e->facts->n_names == 0 &&
	    e->out->n_reasons + e->out->n_dropped == before)
		decision_blame(e, REASON_SUBJECT_NONE, rule->line,
		    "the certificate would have neither subject nor name");
}
