/* SPDX-License-Identifier: Apache-2.0 */
/* api/sign: every shape of a request to sign, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/sign.h"

#define PEM                                           \
	"-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n" \
	"-----END CERTIFICATE REQUEST-----\n"
#define JSON_PEM                                          \
	"\"-----BEGIN CERTIFICATE REQUEST-----\\nMIIB\\n" \
	"-----END CERTIFICATE REQUEST-----\\n\""
#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"
#define DER "application/pkcs10"

struct ask {
	const char *path_policy, *query, *type, *accept, *body;
};

static int
decode(const struct ask *a, struct api_sign *out, struct diag *d)
{
	const struct api_sign_input in = {
	    .policy = span_str(a->path_policy),
	    .query = a->query != NULL ? a->query : "",
	    .content_type = a->type != NULL ? a->type : "",
	    .accept = a->accept != NULL ? a->accept : "",
	    .body = span_str(a->body),
	};

	return api_sign_decode(&in, out, d);
}

static void
good_requests(void **state)
{
	static const struct {
		struct ask ask;
		const char *policy;
		int64_t ttl_s;
		bool is_pem, wants_json;
	} rows[] = {
	    {{NULL, "policy=web", FORM, "*/*", PEM}, "web", 0, true, false},
	    {{NULL, "policy=web", "", "", PEM}, "web", 0, true, false},
	    {{NULL, "policy=web", DER, "", PEM}, "web", 0, true, false},
	    {{"web", "", "text/plain", "", PEM}, "web", 0, true, false},
	    {{"web", "ttl=30d", FORM, JSON, PEM}, "web", 2592000, true, true},
	    {{"web", "format=json", FORM, "", PEM}, "web", 0, true, true},
	    {{"web", "format=pem", FORM, JSON, PEM}, "web", 0, true, false},
	    {{"web", "", DER, "", "0\x82\x01"}, "web", 0, false, false},
	    {{NULL, "policy=web&ttl=60", DER, JSON, "0"}, "web", 60, false,
		true},
	    {{NULL, "", JSON, "", "{\"policy\":\"web\",\"csr\":" JSON_PEM "}"},
		"web", 0, true, true},
	    {{"web", "", JSON, "", "{\"csr\":" JSON_PEM ",\"ttl\":\"12h\"}"},
		"web", 43200, true, true},
	    {{"web", "", JSON, "", " {\"ttl\":90,\"csr\":" JSON_PEM "}\n"},
		"web", 90, true, true},
	    {{"web", "", JSON, "", "{\"csr\":" JSON_PEM ",\"format\":\"pem\"}"},
		"web", 0, true, false},
	    {{"web", "format=pem", JSON, JSON, "{\"csr\":" JSON_PEM "}"}, "web",
		0, true, false},
	    {{"web", "", JSON, "application/x-pem-file",
		 "{\"csr\":" JSON_PEM "}"},
		"web", 0, true, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct api_sign sign;
		struct diag d = DIAG_INIT;

		if (decode(&rows[i].ask, &sign, &d) != 0)
			fail_msg("row %zu: %s", i, d.text);
		assert_string_equal(sign.policy, rows[i].policy);
		assert_int_equal(sign.ttl_s, rows[i].ttl_s);
		assert_int_equal(sign.is_pem, rows[i].is_pem);
		assert_int_equal(sign.wants_json, rows[i].wants_json);
		if (sign.is_pem)
			assert_true(span_is(buf_span(&sign.csr), PEM));
		else
			assert_true(
			    span_is(buf_span(&sign.csr), rows[i].ask.body));
		api_sign_free(&sign);
	}
}

struct refusal {
	struct ask ask;
	int err;
	const char *because;
};

static void
check_refusal(const struct refusal *row)
{
	struct api_sign sign;
	struct diag d = DIAG_INIT;
	int rc = decode(&row->ask, &sign, &d);

	if (rc != row->err || strstr(d.text, row->because) == NULL)
		fail_msg(
		    "'%s' gave %s: %s", row->ask.body, err_code(rc), d.text);
	api_sign_free(&sign);
}

static void
bad_requests(void **state)
{
	static const struct refusal rows[] = {
	    {{"web", "", FORM, "", ""}, ERR_REQUEST, "the body is empty"},
	    {{"web", "", JSON, "", ""}, ERR_REQUEST, "the body is empty"},
	    {{NULL, "", FORM, "", PEM}, ERR_REQUEST, "no policy is named"},
	    {{NULL, "", JSON, "", "{\"csr\":" JSON_PEM "}"}, ERR_REQUEST,
		"no policy is named"},
	    {{"web", "policy=web", FORM, "", PEM}, ERR_REQUEST,
		"the policy is named twice"},
	    {{NULL, "policy=web", JSON, "", "{\"policy\":\"web\"}"},
		ERR_REQUEST, "the policy is named twice"},
	    {{NULL, "policy=", FORM, "", PEM}, ERR_REQUEST,
		"must have 1 to 64 bytes"},
	    {{NULL, "policy=A", FORM, "", PEM}, ERR_REQUEST, "a-z 0-9"},
	    {{"../x", "", FORM, "", PEM}, ERR_REQUEST, "a-z 0-9"},
	    {{"web", "ttl=1y", FORM, "", PEM}, ERR_REQUEST, "ttl must be"},
	    {{"web", "ttl=0", FORM, "", PEM}, ERR_REQUEST, "ttl must be"},
	    {{"web", "format=der", FORM, "", PEM}, ERR_REQUEST,
		"format must be 'json' or 'pem'"},
	    {{"web", "csr=x", FORM, "", PEM}, ERR_REQUEST,
		"known: policy, ttl, format"},
	    {{"web", "", FORM, "", "{\"csr\":" JSON_PEM "}"}, ERR_PEM,
		"Content-Type: application/json"},
	    {{"web", "", "application/octet-stream", "", "0\x82\x01"}, ERR_PEM,
		"Content-Type: application/pkcs10"},
	    {{"web", "", FORM, "", "hello"}, ERR_PEM, "must have"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_refusal(&rows[i]);
}

static void
bad_json(void **state)
{
	static const struct refusal rows[] = {
	    {{"web", "", JSON, "", PEM}, ERR_JSON, "is not JSON: line 1"},
	    {{"web", "", JSON, "", "{"}, ERR_JSON, "is not JSON"},
	    {{"web", "", JSON, "", "{} {}"}, ERR_JSON, "is not JSON"},
	    {{"web", "", JSON, "", "[]"}, ERR_JSON, "must be a JSON object"},
	    {{"web", "", JSON, "", "{}"}, ERR_JSON, "'csr' is missing"},
	    {{"web", "", JSON, "", "{\"csr\":1}"}, ERR_JSON,
		"'csr' must be a string"},
	    {{"web", "", JSON, "", "{\"csr\":null}"}, ERR_JSON,
		"'csr' must be a string"},
	    {{"web", "", JSON, "", "{\"csr\":[\"a\"]}"}, ERR_JSON,
		"'csr' must be a string"},
	    {{"web", "", JSON, "", "{\"csr\":\"MIIB\"}"}, ERR_PEM,
		"'csr' must be PEM"},
	    {{"web", "", JSON, "", "{\"csr\":\"\"}"}, ERR_PEM,
		"'csr' must be PEM"},
	    {{"web", "", JSON, "", "{\"csr\":\"a\\u0000b\"}"}, ERR_JSON,
		"is not JSON"},
	    {{NULL, "", JSON, "", "{\"policy\":1}"}, ERR_JSON,
		"'policy' must be a string"},
	    {{"web", "", JSON, "", "{\"ttl\":1.5}"}, ERR_JSON, "'ttl' must"},
	    {{"web", "", JSON, "", "{\"ttl\":true}"}, ERR_JSON, "'ttl' must"},
	    {{"web", "", JSON, "", "{\"ttl\":-1}"}, ERR_REQUEST, "ttl must be"},
	    {{"web", "", JSON, "", "{\"ttl\":0}"}, ERR_REQUEST, "ttl must be"},
	    {{"web", "ttl=1", JSON, "", "{\"ttl\":1}"}, ERR_REQUEST,
		"the ttl is in the query and in the body"},
	    {{"web", "format=pem", JSON, "", "{\"format\":\"pem\"}"},
		ERR_REQUEST, "the format is in the query and in the body"},
	    {{"web", "", JSON, "", "{\"CSR\":\"a\"}"}, ERR_JSON,
		"member 'CSR' is not known; known: policy, csr, ttl, format"},
	    {{"web", "", JSON, "",
		 "{\"csr\":" JSON_PEM ",\"csr\":" JSON_PEM "}"},
		ERR_JSON, "duplicate object key"},
	    {{"web", "", JSON, "", "{\"csr\":[[\"a\"]]}"}, ERR_JSON,
		"nests deeper"},
	    {{"web", "", JSON, "", "[[[[[[[[["}, ERR_JSON, "nests deeper"},
	    {{"web", "", JSON, "", "{\"\\\"[[[\":1}"}, ERR_JSON,
		"is not known"},
	    {{"web", "", JSON, "", "{\"csr\":\"\xff\"}"}, ERR_JSON,
		"is not JSON"},
	    {{"web", "", JSON, "", "{\"a\\"}, ERR_JSON, "is not JSON"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_refusal(&rows[i]);
}

static int
decode_sized(size_t len, const char *type, const char *start)
{
	BUF_CLEANUP body = BUF_INIT;
	struct api_sign sign;
	struct diag d = DIAG_INIT;
	struct api_sign_input in = {span_str("web"), "", type, "", SPAN_NONE};
	int rc;

	buf_add_str(&body, start);
	while (body.len < len)
		buf_add_u8(&body, 'A');
	in.body = buf_span(&body);
	rc = api_sign_decode(&in, &sign, &d);
	api_sign_free(&sign);
	return rc;
}

static void
csrs_end_at_their_limit(void **state)
{
	(void)state;
	assert_int_equal(decode_sized(API_CSR_MAX, DER, "0"), 0);
	assert_int_equal(
	    decode_sized(API_CSR_MAX + 1, DER, "0"), ERR_CSR_TOO_LARGE);
	assert_int_equal(decode_sized(API_CSR_PEM_MAX, "", "-----BEGIN"), 0);
	assert_int_equal(decode_sized(API_CSR_PEM_MAX + 1, "", "-----BEGIN"),
	    ERR_CSR_TOO_LARGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_requests),
	    cmocka_unit_test(bad_requests),
	    cmocka_unit_test(bad_json),
	    cmocka_unit_test(csrs_end_at_their_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
