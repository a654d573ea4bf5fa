/* SPDX-License-Identifier: Apache-2.0 */
/* subject: of a policy file; see eval_subject.c for what becomes of it. */
#include "policy/private.h"

#include <string.h>

/* A value without variables is known now, and so is what is wrong with it. */
static void
text_take(struct yaml_walk *w, const struct yaml_node *node, enum subject type,
    struct template *out)
{
	struct policy *policy = w->target;
	const char *text;

	if (!schema_text(w, node, policy, VALUE_MAX_LEN, &text) ||
	    !template_parse(w, node, policy, span_str(text), out))
		return;
	if (out->n == 1 && out->pieces[0].variable == VARIABLE_NONE &&
	    !subject_is_valid(type, span_str(text)))
		yaml_blame(w, node,
		    type == SUBJECT_C ? "%s is two capital letters, not \"%s\""
				      : "%s is too long: \"%s\"",
		    subject_name(type), text);
}

/* A mistyped word must not become a name: nothing else starts like this. */
static bool
is_near_word(const char *text)
{
	return strncmp(text, "first", 5) == 0;
}

static void
cn_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const char *const words[] = {
	    [CN_NONE] = "none",
	    [CN_FIRST_DNS] = "first-dns",
	    [CN_FIRST_URI] = "first-uri",
	};
	struct policy *policy = w->target;
	struct subject_rule *rule = &policy->subject;
	size_t i;

	rule->cn_line = node->line;
	for (i = 0; i < N(words); i++) {
		if (strcmp(node->text, words[i]) == 0) {
			rule->cn = (enum cn_rule)i;
			return;
		}
	}
	if (is_near_word(node->text)) {
		blame_unknown(w, node, "rule for the CN", words, N(words));
		return;
	}
	rule->cn = CN_TEMPLATE;
	text_take(w, node, SUBJECT_CN, &rule->cn_text);
}

static void
value_take(struct yaml_walk *w, const struct yaml_node *node, enum subject type)
{
	struct policy *policy = w->target;
	struct subject_rule *rule = &policy->subject;
	struct subject_value *value = &rule->set[rule->n_set++];
	value->type = type;
	text_take(w, node, type, &value->text);
}

#define TAKE_VALUE(function, type)                             \
	static void function(                                  \
	    struct yaml_walk *w, const struct yaml_node *node) \
	{                                                      \
		value_take(w, node, type);                     \
	}
TAKE_VALUE(c_take, SUBJECT_C)
TAKE_VALUE(st_take, SUBJECT_ST)
TAKE_VALUE(l_take, SUBJECT_L)
TAKE_VALUE(o_take, SUBJECT_O)
TAKE_VALUE(ou_take, SUBJECT_OU)
TAKE_VALUE(serial_number_take, SUBJECT_SERIAL_NUMBER)

static void
set_take(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"C", YAML_SCALAR, false, c_take},
	    {"ST", YAML_SCALAR, false, st_take},
	    {"L", YAML_SCALAR, false, l_take},
	    {"O", YAML_SCALAR, false, o_take},
	    {"OU", YAML_SCALAR, false, ou_take},
	    {"serialNumber", YAML_SCALAR, false, serial_number_take},
	};

	(void)yaml_walk(w, node, keys, N(keys));
}

static void
copy_item_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct policy *policy = w->target;
	const char *words[SUBJECTS];
	enum subject type;
	size_t i;

	if (!subject_find(node->text, &type)) {
		for (i = 0; i < SUBJECTS; i++)
			words[i] = subject_name((enum subject)i);
		blame_unknown(w, node, "attribute", words, N(words));
	} else if (type == SUBJECT_CN)
		yaml_blame(w, node, "the CN of a CSR is never copied");
	else if ((policy->subject.copy & 1u << type) != 0)
		yaml_blame(w, node, "\"%s\" is there twice", node->text);
	else
		policy->subject.copy |= 1u << type;
}

static void
copy_take(struct yaml_walk *w, const struct yaml_node *node)
{
	((struct policy *)w->target)->subject.copy_line = node->key_line;
	yaml_each(w, node, YAML_SCALAR, copy_item_take);
}

/* Set and copied, it would stand in the certificate twice. */
static void
both_check(struct yaml_walk *w, const struct yaml_node *node)
{
	const struct subject_rule *rule =
	    &((struct policy *)w->target)->subject;
	size_t i;

	for (i = 0; i < rule->n_set; i++) {
		if ((rule->copy & 1u << rule->set[i].type) != 0)
			yaml_blame(w, yaml_entry(node, "copy"),
			    "\"%s\" is under \"set\" and under \"copy\"",
			    subject_name(rule->set[i].type));
	}
}

void
schema_subject(struct yaml_walk *w, const struct yaml_node *node)
{
	static const struct yaml_key keys[] = {
	    {"cn", YAML_SCALAR, false, cn_take},
	    {"set", YAML_MAP, false, set_take},
	    {"copy", YAML_LIST, false, copy_take},
	};

	((struct policy *)w->target)->subject.line = node->key_line;
	(void)yaml_walk(w, node, keys, N(keys));
	both_check(w, node);
}
