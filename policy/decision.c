/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decision as it grows: reasons against it, and one block of memory for the
 * values of the certificate, sized at the start so that nothing moves.
 */
#include "policy/private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define IP_TEXT_MAX 46

/* How much decision_keep() will be asked for, at most. */
static size_t
room(const struct eval *e)
{
	const struct policy_facts *facts = e->facts;
	size_t bytes = (POLICY_MAX_ATTRS + 1) * VALUE_MAX_LEN, i;

	for (i = 0; i < facts->n_names && i < POLICY_MAX_NAMES; i++)
		bytes += facts->names[i].text.len + IP_TEXT_MAX;
	return bytes;
}

/* Field by field: clearing the whole struct would cost more than deciding. */
void
decision_start(struct eval *e)
{
	struct policy_decision *out = e->out;

	out->allowed = false;
	out->clamped = false;
	out->n_reasons = out->n_dropped = out->n_attrs = out->n_names = 0;
	out->not_before = out->not_after = 0;
	out->text = (struct buf)BUF_INIT;
	buf_reserve(&out->text, room(e));
}

struct span
decision_keep(struct eval *e, const void *data, size_t len)
{
	struct buf *text = &e->out->text;
	uint8_t *place = text->data + text->len;

	assert(text->cap - text->len >= len);
	buf_add(text, data, len);
	return span_of(place, len);
}

void
decision_blame(
    struct eval *e, enum reason reason, unsigned line, const char *fmt, ...)
{
	struct policy_reason *at;
	va_list ap;

	if (e->out->n_reasons == POLICY_MAX_REASONS) {
		e->out->n_dropped++;
		return;
	}
	at = &e->out->reasons[e->out->n_reasons++];
	at->code = reason_code(reason);
	at->file = e->policy->file;
	at->line = line;
	va_start(ap, fmt);
	(void)vsnprintf(at->text, sizeof(at->text), fmt, ap);
	va_end(ap);
}

void
policy_decision_free(struct policy_decision *decision)
{
	buf_free(&decision->text);
	decision->allowed = false;
	decision->n_names = decision->n_attrs = 0;
}

const char *
text_show(struct span text, char out[SHOWN_LEN])
{
	size_t len = text.len < SHOWN_LEN - 4 ? text.len : SHOWN_LEN - 4;
	size_t i;

	for (i = 0; i < len; i++) {
		bool printable = text.data[i] >= 0x20 && text.data[i] < 0x7f;

		out[i] = printable ? (char)text.data[i] : '?';
	}
	(void)snprintf(out + len, 4, "%s", text.len > len ? "..." : "");
	return out;
}

const char *
caller_show(const struct policy_caller *caller, char out[SHOWN_LEN])
{
	char user[SHOWN_LEN];

	if (caller->user != NULL)
		(void)text_show(span_str(caller->user), user);
	if (caller->uid == (uid_t)-1)
		(void)snprintf(out, SHOWN_LEN, "%s%s",
		    caller->user != NULL ? "user " : "a caller without a uid",
		    caller->user != NULL ? user : "");
	else
		(void)snprintf(out, SHOWN_LEN, "uid %u%s%s%s", caller->uid,
		    caller->user != NULL ? " (" : "",
		    caller->user != NULL ? user : "",
		    caller->user != NULL ? ")" : "");
	return out;
}
