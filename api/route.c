/* SPDX-License-Identifier: Apache-2.0 */
/* The routes; see route.h. */
#include "api/route.h"

#include <string.h>

struct row {
	enum api_method method;
	const char *allow;
	const char *pattern;
};

static const struct row rows[API_ROUTES] = {
#define ROUTE(name, method, pattern) \
	[name] = {API_METHOD_##method, #method, pattern},
#include "api/route.def"
#undef ROUTE
};

/* An empty part is none: "/api/v1/certificates/" is not a certificate. */
static bool
is_match(const char *pattern, const char *path, struct span *part)
{
	const char *open = strchr(pattern, '{'), *rest;
	size_t before, len;

	*part = SPAN_NONE;
	if (open == NULL)
		return strcmp(pattern, path) == 0;
	before = (size_t)(open - pattern);
	if (strncmp(pattern, path, before) != 0)
		return false;
	rest = path + before;
	len = strcspn(rest, "/");
	*part = span_of(rest, len);
	return len > 0 && strcmp(strchr(open, '}') + 1, rest + len) == 0;
}

int
api_route_find(enum api_method method, const char *path, struct api_match *out,
    struct diag *d)
{
	const char *allow = NULL;
	struct span part;
	int i;

	for (i = 0; i < API_ROUTES; i++) {
		if (!is_match(rows[i].pattern, path, &part))
			continue;
		allow = rows[i].allow;
		if (rows[i].method != method)
			continue;
		*out = (struct api_match){(enum api_route)i, part, NULL};
		return 0;
	}
	*out = (struct api_match){API_ROUTES, SPAN_NONE, allow};
	if (allow != NULL)
		return diag_set(
		    d, ERR_METHOD, "this path takes %s only", allow);
	return diag_set(d, ERR_NOT_FOUND,
	    "there is nothing at this path; /api/v1/ has sign, explain, "
	    "policies, issuers, certificates, status, health");
}

const char *
api_route_pattern(enum api_route route)
{
	return route < API_ROUTES ? rows[route].pattern : "";
}
