/* SPDX-License-Identifier: Apache-2.0 */
/* Answers; see answer.h. */
#include "api/answer.h"

#include <string.h>

#define PEM_END "-----END CERTIFICATE-----\n"

void
api_blocks_json(struct json_writer *j, const char *key, struct span pem)
{
	const uint8_t *end;
	size_t len;

	jw_array(j, key);
	while (pem.len > 0) {
		end = memmem(pem.data, pem.len, PEM_END, strlen(PEM_END));
		len = end != NULL ? (size_t)(end - pem.data) + strlen(PEM_END)
				  : pem.len;
		jw_span(j, NULL, span_of(pem.data, len));
		pem = span_of(pem.data + len, pem.len - len);
	}
	jw_end(j);
}

void
api_names_json(struct json_writer *j, const char *key, const char *names)
{
	size_t len;

	jw_array(j, key);
	while (*names != '\0') {
		len = strcspn(names, ",");
		jw_span(j, NULL, span_of(names, len));
		names += len;
		names += *names == ',';
	}
	jw_end(j);
}

static void
words_json(struct json_writer *j, const char *key, const char *const *words)
{
	jw_array(j, key);
	for (; words != NULL && *words != NULL; words++)
		jw_text(j, NULL, *words);
	jw_end(j);
}

void
api_issued_pem(const struct api_issued *issued, struct buf *out)
{
	buf_add_span(out, issued->certificate);
	buf_add_span(out, issued->chain);
}

void
api_issued_json(const struct api_issued *issued, struct buf *out)
{
	struct json_writer j = jw_new(out);

	buf_reserve(out, issued->certificate.len + issued->chain.len +
			     issued->root.len + 1024);
	jw_object(&j, NULL);
	jw_span(&j, "certificate", issued->certificate);
	api_blocks_json(&j, "chain", issued->chain);
	if (issued->root.len > 0)
		jw_span(&j, "root", issued->root);
	else
		jw_null(&j, "root");
	jw_hex(&j, "serial", issued->serial);
	jw_time(&j, "not_before", issued->not_before);
	jw_time(&j, "not_after", issued->not_after);
	jw_text(&j, "policy", issued->policy);
	jw_text(&j, "issuer", issued->issuer);
	jw_int(&j, "log_seq", (int64_t)issued->log_seq);
	jw_end(&j);
	buf_add_u8(out, '\n');
}

static void
planned_json(struct json_writer *j, const struct api_decision *decision)
{
	jw_object(j, "certificate");
	jw_text(j, "subject", decision->subject);
	api_names_json(j, "names", decision->names);
	jw_time(j, "not_before", decision->not_before);
	jw_time(j, "not_after", decision->not_after);
	words_json(j, "key_usage", decision->key_usage);
	words_json(j, "ext_usage", decision->ext_usage);
	jw_end(j);
}

void
api_decision_json(const struct api_decision *decision, struct buf *out)
{
	struct json_writer j = jw_new(out);

	jw_object(&j, NULL);
	jw_bool(&j, "allowed", decision->is_allowed);
	jw_text(&j, "policy", decision->policy);
	jw_hex(&j, "policy_hash", decision->policy_hash);
	api_reasons_json(&j, "reasons", decision->reasons, decision->n_reasons);
	if (decision->is_allowed)
		planned_json(&j, decision);
	else
		jw_null(&j, "certificate");
	jw_end(&j);
	buf_add_u8(out, '\n');
}

void
api_certificate_json(
    struct json_writer *j, const char *key, const struct api_certificate *row)
{
	jw_object(j, key);
	jw_int(j, "log_seq", (int64_t)row->log_seq);
	jw_hex(j, "serial", row->serial);
	jw_text(j, "issuer", row->issuer);
	jw_text(j, "policy", row->policy);
	jw_text(j, "user", row->user);
	jw_int(j, "uid", row->uid);
	jw_text(j, "subject", row->subject);
	api_names_json(j, "names", row->names);
	jw_time(j, "issued_at", row->issued_at);
	jw_time(j, "not_before", row->not_before);
	jw_time(j, "not_after", row->not_after);
	if (row->pem.len > 0)
		jw_span(j, "certificate", row->pem);
	jw_end(j);
}
