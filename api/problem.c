/* SPDX-License-Identifier: Apache-2.0 */
/* Problem documents; see problem.h. */
#include "api/problem.h"

#include <stdio.h>
static void
encode_reason(struct json_writer *j, const struct api_reason *reason)
{
	jw_object(j, NULL);
	jw_text(j, "code", reason->code);
	if (reason->file != NULL && reason->file[0] != '\0')
		jw_text(j, "file", reason->file);
	if (reason->line > 0)
		jw_int(j, "line", reason->line);
	jw_text(j, "text", reason->text);
	jw_end(j);
}

void
api_reasons_json(struct json_writer *j, const char *key,
    const struct api_reason *reasons, size_t n)
{
	size_t i;

	jw_array(j, key);
	for (i = 0; i < n; i++)
		encode_reason(j, &reasons[i]);
	jw_end(j);
}

static void
encode_error(struct json_writer *j, const struct diag *d)
{
	char type[128];

	(void)snprintf(
	    type, sizeof(type), "urn:privyseal:error:%s", err_code(d->code));
	jw_text(j, "type", type);
	jw_text(j, "title", err_text(d->code));
	jw_int(j, "status", err_http(d->code));
	jw_text(j, "detail", d->text[0] != '\0' ? d->text : err_text(d->code));
	jw_text(j, "code", err_code(d->code));
	jw_text(j, "class", err_class_name(d->code));
	jw_bool(j, "retryable", err_is_retryable(d->code));
	if (d->ref[0] != '\0')
		jw_text(j, "ref", d->ref);
}

void
api_problem_encode(const struct api_problem *problem, struct buf *out)
{
	struct json_writer j = jw_new(out);
	char instance[128];

	jw_object(&j, NULL);
	encode_error(&j, problem->diag);
	if (problem->request != NULL) {
		(void)snprintf(instance, sizeof(instance),
		    "urn:privyseal:request:%s", problem->request);
		jw_text(&j, "instance", instance);
	}
	api_reasons_json(&j, "reasons", problem->reasons, problem->n_reasons);
	jw_end(&j);
	buf_add_u8(out, '\n');
}

unsigned
api_problem_retry_s(int err)
{
	return err_is_retryable(err) ? API_RETRY_AFTER_S : 0;
}
