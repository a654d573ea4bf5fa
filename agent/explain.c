/* SPDX-License-Identifier: Apache-2.0 */
/* A decision in JSON; see explain.h. */
#include "agent/explain.h"

#include "api/answer.h"

#define MAX_WORDS 16 /* more bits than either usage has */

/* The names of the bits that are set, NULL behind the last. */
static void
words_of(unsigned set, const char *(*name)(unsigned bit),
    const char *words[MAX_WORDS + 1])
{
	unsigned bit;
	size_t n = 0;

	for (bit = 1; bit != 0 && bit <= set && n < MAX_WORDS; bit <<= 1) {
		if ((set & bit) != 0)
			words[n++] = name(bit);
	}
	words[n] = NULL;
}

static size_t
reasons_of(const struct policy_decision *decision, struct api_reason *reasons)
{
	const struct policy_reason *r;
	size_t i;

	for (i = 0; i < decision->n_reasons && i < POLICY_MAX_REASONS; i++) {
		r = &decision->reasons[i];
		reasons[i] =
		    (struct api_reason){r->code, r->file, r->line, r->text};
	}
	return i;
}

static void
san_list_print(const struct cert *cert, struct buf *out)
{
	struct san sans[POLICY_MAX_NAMES];
	size_t n, i;

	if (cert_sans(cert, sans, POLICY_MAX_NAMES, &n, NULL) != 0)
		return;
	for (i = 0; i < n; i++) {
		buf_printf(out, "%s%s:", i > 0 ? "," : "",
		    san_kind_name(sans[i].kind));
		san_print(&sans[i], out);
	}
}

/* What would be issued is read back from the bytes that would be signed. */
void
explain_encode(
    const struct plan *plan, const struct rules *rules, struct buf *out)
{
	const char *key_usage[MAX_WORDS + 1], *ext_usage[MAX_WORDS + 1];
	struct api_reason reasons[POLICY_MAX_REASONS];
	BUF_CLEANUP subject = BUF_INIT;
	BUF_CLEANUP names = BUF_INIT;
	struct cert cert = {0};
	struct api_decision decision = {
	    .is_allowed =
		plan->decision.allowed && plan->tbs.len > 0 &&
		cert_parse_tbs(buf_span(&plan->tbs), &cert, NULL) == 0,
	    .policy = policy_name(plan->rule->policy),
	    .policy_hash =
		span_of(policy_set_hash(rules->set), POLICY_HASH_LEN),
	    .reasons = reasons,
	    .n_reasons = reasons_of(&plan->decision, reasons),
	};

	if (decision.is_allowed) {
		name_print(cert.subject, &subject);
		san_list_print(&cert, &names);
		words_of(cert.key_usage, key_usage_name, key_usage);
		words_of(cert.ext_usage, ext_usage_name, ext_usage);
		decision.subject = buf_cstr(&subject);
		decision.names = buf_cstr(&names);
		decision.not_before = cert.not_before;
		decision.not_after = cert.not_after;
		decision.key_usage = key_usage;
		decision.ext_usage = ext_usage;
	}
	api_decision_json(&decision, out);
}
