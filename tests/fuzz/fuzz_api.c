/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What front makes of a request: five parts, each but the last ended by a
 * line: path, query, content type, accept, body. Whatever is refused must give
 * a problem document that is valid JSON.
 */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "api/list.h"
#include "api/problem.h"
#include "api/route.h"
#include "api/sign.h"
#include "lib/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy, because a NUL inside would end the string early. */
static char *
line_take(struct span *s)
{
	const uint8_t *end = s->len > 0 ? memchr(s->data, '\n', s->len) : NULL;
	size_t len = end != NULL ? (size_t)(end - s->data) : s->len;
	char *line =
	    len > 0 ? xstrndup((const char *)s->data, len) : xstrdup("");

	if (end != NULL)
		len++;
	*s = span_of(len > 0 ? s->data + len : s->data, s->len - len);
	return line;
}

static void
check_problem(const struct diag *d)
{
	const struct api_reason reason = {d->text, d->text, 1, d->ref};
	const struct api_problem problem = {d, &reason, 1, "1"};
	BUF_CLEANUP out = BUF_INIT;
	json_t *parsed;

	api_problem_encode(&problem, &out);
	parsed = json_loadb(
	    (const char *)out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
	assert(parsed != NULL);
	json_decref(parsed);
}

static void
try_sign(const struct api_sign_input *in)
{
	struct api_sign sign;
	struct diag d = DIAG_INIT;
	int rc = api_sign_decode(in, &sign, &d);

	if (rc == 0) {
		assert(sign.policy[0] != '\0' && sign.csr.len > 0);
		assert(sign.csr.len <= API_CSR_PEM_MAX && sign.ttl_s >= 0);
	} else {
		assert(rc == d.code && d.text[0] != '\0');
		check_problem(&d);
	}
	api_sign_free(&sign);
}

static void
try_rest(const char *query, struct span part)
{
	uint8_t serial[API_SERIAL_MAX];
	struct api_list list;
	struct diag d = DIAG_INIT;
	size_t len;

	if (api_list_decode(query, &list, &d) != 0)
		check_problem(&d);
	else
		assert(list.limit >= 1 && list.limit <= API_LIST_MAX);
	if (api_serial_decode(part, serial, &len, &d) == 0)
		assert(len >= 1 && len <= API_SERIAL_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size);
	MEM_CLEANUP char *path = line_take(&rest);
	MEM_CLEANUP char *query = line_take(&rest);
	MEM_CLEANUP char *type = line_take(&rest);
	MEM_CLEANUP char *accept = line_take(&rest);
	struct api_sign_input in = {SPAN_NONE, query, type, accept, rest};
	struct api_match match;
	struct diag d = DIAG_INIT;

	(void)api_route_find(API_METHOD_GET, path, &match, &d);
	if (api_route_find(API_METHOD_POST, path, &match, &d) == 0)
		in.policy = match.part;
	try_sign(&in);
	try_rest(query, match.part);
	return 0;
}
