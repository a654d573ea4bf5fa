/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs11/uri: what a URI names, what is refused, and what comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pkcs11/uri.h"

static void
everything_is_read(void **state)
{
	struct pkcs11_uri uri;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(
	    pkcs11_uri_parse(
		"pkcs11:token=My%20token;manufacturer=ACME;model=m1;"
		"serial=00ff;slot-id=7;object=issuing%2D1;id=%00%01%ff;"
		"type=private?module-path=/usr/lib/m.so"
		"&pin-source=file:/run/pin",
		&uri, &d),
	    0);
	assert_string_equal(uri.token, "My token");
	assert_string_equal(uri.manufacturer, "ACME");
	assert_string_equal(uri.model, "m1");
	assert_string_equal(uri.serial, "00ff");
	assert_true(uri.has_slot);
	assert_int_equal(uri.slot, 7);
	assert_string_equal(uri.object, "issuing-1");
	assert_int_equal(uri.id_len, 3);
	assert_memory_equal(uri.id, "\x00\x01\xff", 3);
	assert_true(uri.is_private_or_any);
	assert_string_equal(uri.module_path, "/usr/lib/m.so");
	assert_string_equal(uri.pin_source, "file:/run/pin");
	pkcs11_uri_free(&uri);
}

static void
nothing_given_is_nothing(void **state)
{
	struct pkcs11_uri uri;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(pkcs11_uri_parse("pkcs11:", &uri, &d), 0);
	assert_string_equal(uri.token, "");
	assert_false(uri.has_slot);
	assert_false(uri.has_object);
	assert_false(uri.has_id);
	assert_true(uri.is_private_or_any);
	assert_null(uri.module_path);
	assert_null(uri.pin_source);
	pkcs11_uri_free(&uri);
}

static void
another_type_is_seen(void **state)
{
	struct pkcs11_uri uri;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(
	    pkcs11_uri_parse("pkcs11:object=x;type=cert", &uri, &d), 0);
	assert_false(uri.is_private_or_any);
	pkcs11_uri_free(&uri);
}

static void
what_is_not_a_uri_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "pkcs11",
	    "token=x",
	    "http://example.org/",
	    "pkcs11:token",
	    "pkcs11:token=%4",
	    "pkcs11:token=%zz",
	    "pkcs11:slot-id=many",
	    "pkcs11:type=shoe",
	    /* 33 bytes do not fit CK_TOKEN_INFO's label */
	    "pkcs11:token=123456789012345678901234567890123",
	    "pkcs11:object=",
	    "pkcs11:object=a%00b",
	    "pkcs11:id=",
	    /* not known: it might narrow the match */
	    "pkcs11:token=x;colour=blue",
	};
	struct pkcs11_uri uri;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diag d = DIAG_INIT;

		if (pkcs11_uri_parse(bad[i], &uri, &d) != ERR_URI)
			fail_msg("taken: %s", bad[i]);
		assert_string_not_equal(d.text, "");
	}
}

static void
what_is_too_long_for_a_key_is_refused(void **state)
{
	char text[1024] = "pkcs11:id=";
	struct pkcs11_uri uri;
	struct diag d = DIAG_INIT;
	int i;

	(void)state;
	for (i = 0; i < 64; i++)
		strcat(text, "%ab");
	assert_int_equal(pkcs11_uri_parse(text, &uri, &d), 0);
	assert_int_equal(uri.id_len, 64);
	pkcs11_uri_free(&uri);
	strcat(text, "%ab");
	assert_int_equal(pkcs11_uri_parse(text, &uri, &d), ERR_URI);
	assert_string_equal(d.text, "id= must have 1 to 64 bytes, it has 65");
}

static void
a_pin_in_the_uri_is_refused_and_not_repeated(void **state)
{
	struct pkcs11_uri uri;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(
	    pkcs11_uri_parse("pkcs11:token=t?pin-value=hunter2", &uri, &d),
	    ERR_URI);
	assert_non_null(strstr(d.text, "pin-source"));
	assert_null(strstr(d.text, "hunter2"));
	/* Nor when the rest is wrong as well. */
	assert_int_equal(
	    pkcs11_uri_parse("pkcs11:colour=x?pin-value=hunter2", &uri, &d),
	    ERR_URI);
	assert_null(strstr(d.text, "hunter2"));
}

static void
a_token_matches_by_all_that_is_given(void **state)
{
	struct token_info info = {.label = "prod",
	    .manufacturer = "ACME",
	    .model = "m",
	    .serial = "01",
	    .slot = 3};
	static const struct {
		const char *uri;
		bool match;
	} rows[] = {
	    {"pkcs11:", true},
	    {"pkcs11:token=prod", true},
	    {"pkcs11:token=prod;serial=01;model=m;manufacturer=ACME", true},
	    {"pkcs11:token=prod;slot-id=3;object=any", true},
	    {"pkcs11:token=Prod", false},
	    {"pkcs11:token=pro", false},
	    {"pkcs11:token=prod;serial=02", false},
	    {"pkcs11:token=prod;slot-id=4", false},
	    {"pkcs11:model=n", false},
	    {"pkcs11:manufacturer=A", false},
	};
	struct pkcs11_uri uri;
	struct diag d = DIAG_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(pkcs11_uri_parse(rows[i].uri, &uri, &d), 0);
		if (pkcs11_uri_is_token(&uri, &info) != rows[i].match)
			fail_msg("%s", rows[i].uri);
		pkcs11_uri_free(&uri);
	}
}

static void
what_is_encoded_comes_back(void **state)
{
	struct token_info info = {.label = "a;b c?%", .serial = "01"};
	struct key key = {
	    .label = "issuing/1 \xc3\xa9", .id = {0, 0xfe}, .id_len = 2};
	BUF_CLEANUP text = BUF_INIT;
	struct pkcs11_uri uri;
	struct diag d = DIAG_INIT;

	(void)state;
	pkcs11_uri_encode(&info, &key, &text);
	assert_string_equal(buf_cstr(&text),
	    "pkcs11:token=a%3Bb%20c%3F%25;"
	    "object=issuing%2F1%20%C3%A9;id=%00%FE;type=private");
	assert_int_equal(pkcs11_uri_parse(buf_cstr(&text), &uri, &d), 0);
	assert_string_equal(uri.token, info.label);
	assert_string_equal(uri.object, key.label);
	assert_memory_equal(uri.id, key.id, 2);
	pkcs11_uri_free(&uri);
	buf_reset(&text);
	pkcs11_uri_encode(&info, NULL, &text);
	assert_string_equal(
	    buf_cstr(&text), "pkcs11:token=a%3Bb%20c%3F%25;serial=01");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_read),
	    cmocka_unit_test(nothing_given_is_nothing),
	    cmocka_unit_test(another_type_is_seen),
	    cmocka_unit_test(what_is_not_a_uri_is_refused),
	    cmocka_unit_test(what_is_too_long_for_a_key_is_refused),
	    cmocka_unit_test(a_pin_in_the_uri_is_refused_and_not_repeated),
	    cmocka_unit_test(a_token_matches_by_all_that_is_given),
	    cmocka_unit_test(what_is_encoded_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
