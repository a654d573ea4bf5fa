/* SPDX-License-Identifier: Apache-2.0 */
/* api/route: every row is found; everything else is 404 or 405. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/route.h"
#include "lib/file.h"

struct row {
	enum api_method method;
	const char *path;
	int expected;     /* a route, or an error */
	const char *more; /* the part, or what is allowed */
};

static void
check(const struct row *row)
{
	struct api_match match;
	struct diag d = DIAG_INIT;
	int rc = api_route_find(row->method, row->path, &match, &d);

	if (rc != (row->expected < 0 ? row->expected : 0))
		fail_msg("%s: %d", row->path, rc);
	if (row->expected >= 0) {
		assert_int_equal(match.route, row->expected);
		assert_true(
		    span_is(match.part, row->more != NULL ? row->more : ""));
		return;
	}
	if (row->more != NULL)
		assert_string_equal(match.allow, row->more);
	else
		assert_null(match.allow);
	assert_int_equal(d.code, row->expected);
}

static void
routes_are_found(void **state)
{
	static const struct row rows[] = {
	    {API_METHOD_POST, "/api/v1/sign", API_SIGN, NULL},
	    {API_METHOD_POST, "/api/v1/policies/web-server/sign",
		API_POLICY_SIGN, "web-server"},
	    {API_METHOD_POST, "/api/v1/explain", API_EXPLAIN, NULL},
	    {API_METHOD_POST, "/api/v1/policies/a/explain", API_POLICY_EXPLAIN,
		"a"},
	    {API_METHOD_GET, "/api/v1/policies", API_POLICIES, NULL},
	    {API_METHOD_GET, "/api/v1/issuers", API_ISSUERS, NULL},
	    {API_METHOD_GET, "/api/v1/issuers/issuing-1/chain",
		API_ISSUER_CHAIN, "issuing-1"},
	    {API_METHOD_GET, "/api/v1/certificates", API_CERTIFICATES, NULL},
	    {API_METHOD_GET, "/api/v1/certificates/0a:1b", API_CERTIFICATE,
		"0a:1b"},
	    {API_METHOD_GET, "/api/v1/status", API_STATUS, NULL},
	    {API_METHOD_GET, "/api/v1/health", API_HEALTH, NULL},
	    {API_METHOD_GET, "/healthz", API_HEALTHZ, NULL},
	    {API_METHOD_POST, "/api/v1/reload", API_RELOAD, NULL},
	};
	size_t i;

	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), API_ROUTES);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i]);
}

static void
other_paths_are_not(void **state)
{
	static const char *const paths[] = {"/", "", "/api", "/api/v1",
	    "/api/v1/", "/api/v1/sign/", "//api/v1/sign", "/api/v1//sign",
	    "/API/v1/sign", "/api/v2/sign", "/api/v1/signs",
	    "/api/v1/policies/", "/api/v1/policies//sign",
	    "/api/v1/policies/a/b/sign", "/api/v1/policies/a/sign/",
	    "/api/v1/policies/a", "/api/v1/certificates/",
	    "/api/v1/certificates/a/b", "/api/v1/issuers/a/chains", "/healthz/",
	    "/v1/pki/sign/web"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		check(&(struct row){
		    API_METHOD_GET, paths[i], ERR_NOT_FOUND, NULL});
		check(&(struct row){
		    API_METHOD_POST, paths[i], ERR_NOT_FOUND, NULL});
	}
}

static void
wrong_methods_are_told_the_right_one(void **state)
{
	static const struct row rows[] = {
	    {API_METHOD_GET, "/api/v1/sign", ERR_METHOD, "POST"},
	    {API_METHOD_OTHER, "/api/v1/sign", ERR_METHOD, "POST"},
	    {API_METHOD_GET, "/api/v1/policies/a/sign", ERR_METHOD, "POST"},
	    {API_METHOD_POST, "/api/v1/status", ERR_METHOD, "GET"},
	    {API_METHOD_POST, "/api/v1/certificates/00", ERR_METHOD, "GET"},
	    {API_METHOD_OTHER, "/healthz", ERR_METHOD, "GET"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i]);
}

/* The lines of openapi.yaml that name a path, or a method below one. */
static size_t
count_lines(const char *text, const char *start)
{
	size_t n = 0;

	for (; text != NULL; text = strchr(text, '\n')) {
		text += *text == '\n';
		n += strncmp(text, start, strlen(start)) == 0;
	}
	return n;
}

/* The description has every route, with its method, and no other. */
static void
openapi_has_every_route(void **state)
{
	const char *top = getenv("top_srcdir"), *text, *at;
	BUF_CLEANUP content = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct api_match match;
	char name[256], line[256];
	int i;

	(void)state;
	(void)snprintf(
	    name, sizeof(name), "%s/api/openapi.yaml", top != NULL ? top : ".");
	if (file_read(name, FILE_ANY, 1 << 20, &content, &d) != 0)
		fail_msg("%s", d.text);
	text = buf_cstr(&content);
	for (i = 0; i < API_ROUTES; i++) {
		/* Asked as DELETE, a path tells what it takes. */
		(void)snprintf(line, sizeof(line), "%s",
		    api_route_pattern((enum api_route)i));
		assert_int_equal(
		    api_route_find(API_METHOD_OTHER, line, &match, &d),
		    ERR_METHOD);
		(void)snprintf(name, sizeof(name), "\n  %s:\n    %s:\n", line,
		    strcmp(match.allow, "GET") == 0 ? "get" : "post");
		at = strstr(text, name);
		if (at == NULL)
			fail_msg("openapi.yaml has no%s", name);
	}
	assert_int_equal(count_lines(text, "  /"), API_ROUTES);
	assert_int_equal(
	    count_lines(text, "    get:") + count_lines(text, "    post:"),
	    API_ROUTES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(routes_are_found),
	    cmocka_unit_test(other_paths_are_not),
	    cmocka_unit_test(wrong_methods_are_told_the_right_one),
	    cmocka_unit_test(openapi_has_every_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
