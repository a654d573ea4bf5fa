/* SPDX-License-Identifier: Apache-2.0 */
/* A decision in JSON; see explain.h. */
#include "agent/explain.h"

#include <jansson.h>

#include "agent/json.h"
#include "lib/clock.h"
#include "lib/hex.h"

static json_t *
reasons_json(const struct policy_decision *decision)
{
	json_t *list = json_array(), *item;
	const struct policy_reason *r;
	size_t i;

	for (i = 0; i < decision->n_reasons && i < POLICY_MAX_REASONS; i++) {
		r = &decision->reasons[i];
		item = json_object();
		json_put_str(item, "code", r->code);
		json_put_str(item, "file", r->file);
		json_put_int(item, "line", r->line);
		json_put_str(item, "text", r->text);
		(void)json_array_append_new(list, item);
	}
	return list;
}

static json_t *
usage_json(unsigned set, const char *(*name)(unsigned bit))
{
	json_t *list = json_array();
	unsigned bit;

	for (bit = 1; bit != 0 && bit <= set; bit <<= 1) {
		if ((set & bit) != 0)
			(void)json_array_append_new(
			    list, json_string(name(bit)));
	}
	return list;
}

static json_t *
names_json(const struct cert *cert)
{
	struct san sans[POLICY_MAX_NAMES];
	json_t *list = json_array();
	BUF_CLEANUP text = BUF_INIT;
	size_t n, i;

	if (cert_sans(cert, sans, POLICY_MAX_NAMES, &n, NULL) != 0)
		return list;
	for (i = 0; i < n; i++) {
		buf_reset(&text);
		buf_printf(&text, "%s:", san_kind_name(sans[i].kind));
		san_print(&sans[i], &text);
		(void)json_array_append_new(
		    list, json_of_span(buf_span(&text)));
	}
	return list;
}

/* As read back from the bytes that would be signed. */
static json_t *
certificate_json(const struct plan *plan)
{
	BUF_CLEANUP subject = BUF_INIT;
	json_t *object;
	struct cert cert;

	if (plan->tbs.len == 0 ||
	    cert_parse_tbs(buf_span(&plan->tbs), &cert, NULL) != 0)
		return json_null();
	object = json_object();
	name_print(cert.subject, &subject);
	json_put_span(object, "subject", buf_span(&subject));
	(void)json_object_set_new(object, "names", names_json(&cert));
	json_put_time(object, "not_before", cert.not_before);
	json_put_time(object, "not_after", cert.not_after);
	(void)json_object_set_new(
	    object, "key_usage", usage_json(cert.key_usage, key_usage_name));
	(void)json_object_set_new(
	    object, "ext_usage", usage_json(cert.ext_usage, ext_usage_name));
	json_put_str(object, "issuer", plan->rule->issuer->name);
	return object;
}

void
explain_encode(
    const struct plan *plan, const struct rules *rules, struct buf *out)
{
	json_t *root = json_object();

	(void)json_object_set_new(
	    root, "allowed", json_boolean(plan->decision.allowed));
	json_put_str(root, "policy", policy_name(plan->rule->policy));
	json_put_hex(root, "policy_hash",
	    span_of(policy_set_hash(rules->set), POLICY_HASH_LEN));
	(void)json_object_set_new(
	    root, "reasons", reasons_json(&plan->decision));
	(void)json_object_set_new(root, "certificate", certificate_json(plan));
	json_print(root, out);
}
