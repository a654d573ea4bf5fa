/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificates a list is to have; see list.h. */
#include "api/list.h"

#include <string.h>

#include "lib/hex.h"

enum { POLICY, ISSUER, NAME, BEFORE, LIMIT, PARAMS };

static int
names_take(const struct api_param *params, struct api_list *out, struct diag *d)
{
	int rc = 0;

	if (params[POLICY].is_set)
		rc = api_name_take("the name of a policy",
		    span_str(params[POLICY].value), out->policy, d);
	if (rc == 0 && params[ISSUER].is_set)
		rc = api_name_take("the name of an issuer",
		    span_str(params[ISSUER].value), out->issuer, d);
	memcpy(out->name, params[NAME].value, sizeof(out->name));
	return rc;
}

static int
numbers_take(
    const struct api_param *params, struct api_list *out, struct diag *d)
{
	int64_t limit = API_LIST_DEFAULT;
	int rc = 0;

	out->before = 0;
	if (params[BEFORE].is_set)
		rc = api_number_parse("before", params[BEFORE].value, 1,
		    INT64_MAX, &out->before, d);
	if (rc == 0 && params[LIMIT].is_set)
		rc = api_number_parse(
		    "limit", params[LIMIT].value, 1, API_LIST_MAX, &limit, d);
	out->limit = (unsigned)limit;
	return rc;
}

int
api_list_decode(const char *query, struct api_list *out, struct diag *d)
{
	struct api_param params[PARAMS] = {
	    [POLICY] = {.name = "policy"},
	    [ISSUER] = {.name = "issuer"},
	    [NAME] = {.name = "name"},
	    [BEFORE] = {.name = "before"},
	    [LIMIT] = {.name = "limit"},
	};
	int rc = api_query_decode(query, params, PARAMS, d);

	memset(out, 0, sizeof(*out));
	if (rc == 0)
		rc = names_take(params, out, d);
	if (rc == 0)
		rc = numbers_take(params, out, d);
	return rc;
}

int
api_serial_decode(
    struct span text, uint8_t out[API_SERIAL_MAX], size_t *len, struct diag *d)
{
	char copy[3 * API_SERIAL_MAX + 1];
	int n = -1;

	if (text.len > 0 && text.len < sizeof(copy) &&
	    memchr(text.data, '\0', text.len) == NULL) {
		memcpy(copy, text.data, text.len);
		copy[text.len] = '\0';
		n = hex_decode(copy, out, API_SERIAL_MAX);
	}
	if (n <= 0)
		return diag_set(d, ERR_REQUEST,
		    "a serial is 1 to %d octets in hexadecimal",
		    API_SERIAL_MAX);
	*len = (size_t)n;
	return 0;
}
