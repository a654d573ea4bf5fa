/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text with variables in braces. A variable's value is data: it is compared
 * byte for byte with what was asked, and one with bytes that could mean
 * something (a slash, a star, a dot too many) is no value at all.
 */
#include "policy/private.h"

#include <stdio.h>
#include <string.h>

#define PIECES_MAX 8

const char *const variable_names[VARIABLES] = {
    [VARIABLE_NONE] = "",
#define VARIABLE(symbol, name) [symbol] = name,
#include "policy/variable.def"
#undef VARIABLE
};

static enum variable
variable_find(struct span name)
{
	int i;

	for (i = VARIABLE_NONE + 1; i < VARIABLES; i++) {
		if (span_is(name, variable_names[i]))
			return (enum variable)i;
	}
	return VARIABLE_NONE;
}

/* The piece at the front of *text, which moves on behind it. */
static bool
piece_parse(struct yaml_walk *w, const struct yaml_node *node,
    struct span *text, struct piece *out)
{
	const uint8_t *open = memchr(text->data, '{', text->len);
	const uint8_t *close = memchr(text->data, '}', text->len);
	size_t len;

	if (close != NULL && (open == NULL || close < open)) {
		yaml_blame(w, node, "a } without a { before it");
		return false;
	}
	if (open != text->data) {
		len = open != NULL ? (size_t)(open - text->data) : text->len;
		*out = (struct piece){VARIABLE_NONE, span_of(text->data, len)};
	} else if (close == NULL) {
		yaml_blame(w, node, "a { without a } behind it");
		return false;
	} else {
		len = (size_t)(close - open) + 1;
		*out = (struct piece){
		    variable_find(span_of(open + 1, len - 2)), SPAN_NONE};
		if (out->variable == VARIABLE_NONE) {
			yaml_blame(w, node,
			    "{%.*s} is no variable; there are {caller.user} "
			    "and {caller.uid}",
			    (int)(len - 2), (const char *)open + 1);
			return false;
		}
	}
	*text = span_of(text->data + len, text->len - len);
	return true;
}

bool
template_parse(struct yaml_walk *w, const struct yaml_node *node,
    struct policy *policy, struct span text, struct template *out)
{
	struct piece pieces[PIECES_MAX];
	size_t n = 0, i;

	while (text.len > 0) {
		if (n == PIECES_MAX) {
			yaml_blame(w, node, "too many variables in one text");
			return false;
		}
		if (!piece_parse(w, node, &text, &pieces[n]))
			return false;
		n++;
	}
	out->pieces = policy_keep(policy, n * sizeof(*pieces));
	out->n = n;
	for (i = 0; i < n; i++) {
		out->pieces[i] = pieces[i];
		if (pieces[i].variable == VARIABLE_NONE)
			out->pieces[i].text = span_str(policy_keep_text(policy,
			    (const char *)pieces[i].text.data,
			    pieces[i].text.len));
	}
	return true;
}

static bool
is_plain(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	return s[0] != '\0' && s[strspn(s, allowed)] == '\0';
}

bool
variable_value(enum variable variable, const struct policy_caller *caller,
    char *number, struct span *out)
{
	switch (variable) {
	case VARIABLE_USER:
		if (caller->user == NULL || !is_plain(caller->user))
			return false;
		*out = span_str(caller->user);
		return true;
	case VARIABLE_UID:
		/* What a socket without peer credentials would say. */
		if (caller->uid == (uid_t)-1)
			return false;
		(void)snprintf(number, VARIABLE_NUMBER_LEN, "%u", caller->uid);
		*out = span_str(number);
		return true;
	default:
		return false;
	}
}

static bool
has_prefix(struct span text, struct span prefix)
{
	return text.len >= prefix.len &&
	       memcmp(text.data, prefix.data, prefix.len) == 0;
}

enum answer
template_match(const struct template *t, struct span text,
    const struct policy_caller *caller)
{
	char number[VARIABLE_NUMBER_LEN];
	struct span value;
	size_t i;

	for (i = 0; i < t->n; i++) {
		value = t->pieces[i].text;
		if (t->pieces[i].variable != VARIABLE_NONE &&
		    !variable_value(
			t->pieces[i].variable, caller, number, &value))
			return ANSWER_CANNOT_TELL;
		if (!has_prefix(text, value))
			return ANSWER_NO;
		text = span_of(text.data + value.len, text.len - value.len);
	}
	return text.len == 0 ? ANSWER_YES : ANSWER_NO;
}

bool
template_write(const struct template *t, const struct policy_caller *caller,
    struct buf *out)
{
	char number[VARIABLE_NUMBER_LEN];
	struct span value;
	size_t i;

	for (i = 0; i < t->n; i++) {
		value = t->pieces[i].text;
		if (t->pieces[i].variable != VARIABLE_NONE &&
		    !variable_value(
			t->pieces[i].variable, caller, number, &value))
			return false;
		buf_add_span(out, value);
	}
	return true;
}
