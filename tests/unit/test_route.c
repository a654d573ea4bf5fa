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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(routes_are_found),
	    cmocka_unit_test(other_paths_are_not),
	    cmocka_unit_test(wrong_methods_are_told_the_right_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
