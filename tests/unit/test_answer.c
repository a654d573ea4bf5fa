/* SPDX-License-Identifier: Apache-2.0 */
/* api/answer: certificates, decisions and rows as they go out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "api/answer.h"

#define LEAF "-----BEGIN CERTIFICATE-----\nleaf\n-----END CERTIFICATE-----\n"
#define ISSUING \
	"-----BEGIN CERTIFICATE-----\nissuing\n-----END CERTIFICATE-----\n"
#define MIDDLE \
	"-----BEGIN CERTIFICATE-----\nmiddle\n-----END CERTIFICATE-----\n"
#define ROOT "-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----\n"

static json_t *
parse(const struct buf *out)
{
	json_t *parsed = json_loadb(
	    (const char *)out->data, out->len, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(parsed);
	return parsed;
}

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const char *
item_of(const json_t *object, const char *key, size_t i)
{
	return json_string_value(
	    json_array_get(json_object_get(object, key), i));
}

static struct api_issued
issued_example(void)
{
	return (struct api_issued){
	    .certificate = span_str(LEAF),
	    .chain = span_str(ISSUING MIDDLE),
	    .root = span_str(ROOT),
	    .serial = span_of("\x01\xff", 2),
	    .not_before = 0,
	    .not_after = 1795445299,
	    .policy = "web-server",
	    .issuer = "issuing-1",
	    .log_seq = 42,
	};
}

static void
a_certificate_as_json(void **state)
{
	struct api_issued issued = issued_example();
	BUF_CLEANUP out = BUF_INIT;
	json_t *a;

	(void)state;
	api_issued_json(&issued, &out);
	a = parse(&out);
	assert_string_equal(text_of(a, "certificate"), LEAF);
	assert_int_equal(json_array_size(json_object_get(a, "chain")), 2);
	assert_string_equal(item_of(a, "chain", 0), ISSUING);
	assert_string_equal(item_of(a, "chain", 1), MIDDLE);
	assert_string_equal(text_of(a, "root"), ROOT);
	assert_string_equal(text_of(a, "serial"), "01ff");
	assert_string_equal(text_of(a, "not_before"), "1970-01-01T00:00:00Z");
	assert_string_equal(text_of(a, "not_after"), "2026-11-23T14:48:19Z");
	assert_string_equal(text_of(a, "policy"), "web-server");
	assert_string_equal(text_of(a, "issuer"), "issuing-1");
	assert_int_equal(json_integer_value(json_object_get(a, "log_seq")), 42);
	json_decref(a);
}

static void
without_chain_and_root(void **state)
{
	struct api_issued issued = issued_example();
	BUF_CLEANUP out = BUF_INIT;
	json_t *a;

	(void)state;
	issued.chain = issued.root = SPAN_NONE;
	api_issued_json(&issued, &out);
	a = parse(&out);
	assert_int_equal(json_array_size(json_object_get(a, "chain")), 0);
	assert_true(json_is_array(json_object_get(a, "chain")));
	assert_true(json_is_null(json_object_get(a, "root")));
	json_decref(a);
}

/* RFC 8446 4.4.2: the root may be left out, and is. */
static void
a_certificate_as_pem(void **state)
{
	struct api_issued issued = issued_example();
	BUF_CLEANUP out = BUF_INIT;

	(void)state;
	api_issued_pem(&issued, &out);
	assert_string_equal(buf_cstr(&out), LEAF ISSUING MIDDLE);
}

static void
decisions(void **state)
{
	static const char *const key_usage[] = {"digital-signature", NULL};
	static const struct api_reason reason = {"a.b", "f", 3, "no"};
	struct api_decision decision = {
	    .is_allowed = true,
	    .policy = "web",
	    .policy_hash = span_of("\xab", 1),
	    .subject = "CN=a",
	    .names = "dns:a.example,ip:10.0.0.1",
	    .not_after = 1795445299,
	    .key_usage = key_usage,
	};
	BUF_CLEANUP yes = BUF_INIT;
	BUF_CLEANUP no = BUF_INIT;
	json_t *a, *planned;

	(void)state;
	api_decision_json(&decision, &yes);
	a = parse(&yes);
	planned = json_object_get(a, "certificate");
	assert_true(json_is_true(json_object_get(a, "allowed")));
	assert_string_equal(text_of(a, "policy_hash"), "ab");
	assert_string_equal(item_of(planned, "names", 0), "dns:a.example");
	assert_string_equal(item_of(planned, "names", 1), "ip:10.0.0.1");
	assert_string_equal(
	    item_of(planned, "key_usage", 0), "digital-signature");
	assert_int_equal(
	    json_array_size(json_object_get(planned, "ext_usage")), 0);
	json_decref(a);

	decision.is_allowed = false;
	decision.reasons = &reason;
	decision.n_reasons = 1;
	api_decision_json(&decision, &no);
	a = parse(&no);
	assert_true(json_is_false(json_object_get(a, "allowed")));
	assert_true(json_is_null(json_object_get(a, "certificate")));
	assert_int_equal(json_array_size(json_object_get(a, "reasons")), 1);
	json_decref(a);
}

static void
rows(void **state)
{
	const struct api_certificate row = {
	    .log_seq = 7,
	    .serial = span_of("\x0a", 1),
	    .issuer = "i",
	    .policy = "p",
	    .user = "deploy",
	    .uid = 4294967294U,
	    .subject = "CN=\xc3\xa4",
	    .names = "",
	    .issued_at = 1,
	};
	BUF_CLEANUP out = BUF_INIT;
	struct json_writer j = jw_new(&out);
	json_t *a;

	(void)state;
	api_certificate_json(&j, NULL, &row);
	a = parse(&out);
	assert_string_equal(text_of(a, "serial"), "0a");
	assert_string_equal(text_of(a, "subject"), "CN=\xc3\xa4");
	assert_true(
	    json_integer_value(json_object_get(a, "uid")) == 4294967294);
	assert_int_equal(json_array_size(json_object_get(a, "names")), 0);
	assert_null(json_object_get(a, "certificate"));
	json_decref(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_certificate_as_json),
	    cmocka_unit_test(without_chain_and_root),
	    cmocka_unit_test(a_certificate_as_pem),
	    cmocka_unit_test(decisions),
	    cmocka_unit_test(rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
