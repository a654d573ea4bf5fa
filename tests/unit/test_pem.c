/* SPDX-License-Identifier: Apache-2.0 */
/* x509/pem: strict blocks, each refusal, and OpenSSL as the oracle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "x509/pem.h"

#define BEGIN "-----BEGIN CERTIFICATE REQUEST-----\n"
#define END "-----END CERTIFICATE REQUEST-----\n"

static int
decode(const char *text, struct buf *der, struct diag *d)
{
	return pem_decode(span_str(text), PEM_CSR, der, d);
}

static void
expect(const char *text, int want)
{
	BUF_CLEANUP der = BUF_INIT;
	struct diag d = DIAG_INIT;
	int rc = decode(text, &der, &d);

	if (rc != want)
		fail_msg(
		    "%s: %d was wanted, %d came: %s", text, want, rc, d.text);
	if (rc != 0)
		assert_int_equal(der.len, 0);
}

static void
expect_bytes(const char *text, const char *want)
{
	BUF_CLEANUP der = BUF_INIT;
	struct diag d = DIAG_INIT;

	assert_int_equal(decode(text, &der, &d), 0);
	assert_true(span_is(buf_span(&der), want));
}

static void
blocks_are_decoded(void **state)
{
	(void)state;
	expect_bytes(BEGIN "YQ==\n" END, "a");
	expect_bytes(BEGIN "YWI=\n" END, "ab");
	expect_bytes(BEGIN "YWJj\n" END, "abc");
	expect_bytes(BEGIN "YW\nJj\nZA\n==\n" END, "abcd");
	expect_bytes(BEGIN "YWJj\r\n" END, "abc");
	expect_bytes(BEGIN "YWJj \t\n" END "\n \n", "abc");
	expect_bytes("Subject: x\n\n" BEGIN "YWJj\n" END, "abc");
	expect_bytes(BEGIN "YWJj\n-----END CERTIFICATE REQUEST-----", "abc");
	expect_bytes("-----BEGIN NEW CERTIFICATE REQUEST-----\nYWJj\n"
		     "-----END NEW CERTIFICATE REQUEST-----\n",
	    "abc");
}

static void
bad_base64_is_refused(void **state)
{
	static const char *const bodies[] = {"YWJ", "Y", "YQ=", "YQ===", "=",
	    "====", "YQ==YQ==", "YR==", "YWJ=\nYWJj", "YW-j", "YW_j", "YW j",
	    "YWJj\n\nYWJj", " YWJj", "YWJj\n=", "Y=Q=", "YWK="};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		BUF_CLEANUP text = BUF_INIT;

		buf_printf(&text, BEGIN "%s\n" END, bodies[i]);
		expect(buf_cstr(&text), ERR_PEM);
	}
}

static void
frames_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	expect("", ERR_PEM);
	expect("YWJj\n", ERR_PEM);
	expect(BEGIN, ERR_PEM);
	expect(BEGIN END, ERR_PEM);
	expect(BEGIN "YWJj\n", ERR_PEM);
	expect(END, ERR_PEM);
	expect(BEGIN "YWJj\n-----END CERTIFICATE-----\n", ERR_PEM);
	expect(BEGIN "YWJj-----END CERTIFICATE REQUEST-----\n", ERR_PEM);
	expect(BEGIN "YWJj\n" BEGIN "YWJj\n" END, ERR_PEM);
	expect(" " BEGIN "YWJj\n" END, ERR_PEM);
	expect("-----BEGIN CERTIFICATE-----\nYWJj\n"
	       "-----END CERTIFICATE-----\n",
	    ERR_PEM);
	expect("-----BEGIN -----\nYWJj\n-----END -----\n", ERR_PEM);
	expect(BEGIN "YWJj\n" END "x\n", ERR_PEM);
	expect(BEGIN "Proc-Type: 4,ENCRYPTED\n\nYWJj\n" END, ERR_PEM);
}

static void
a_second_block_is_one_too_many(void **state)
{
	BUF_CLEANUP der = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	expect(BEGIN "YWJj\n" END BEGIN "YWJj\n" END, ERR_CSR_MANY);
	expect(BEGIN "YWJj\n" END "\n-----BEGIN X-----\n", ERR_CSR_MANY);
	assert_int_equal(
	    pem_decode(span_str("-----BEGIN CERTIFICATE-----\nYWJj\n"
				"-----END CERTIFICATE-----\n"
				"-----BEGIN CERTIFICATE-----\n"),
		PEM_CERT, &der, &d),
	    ERR_PEM);
}

static void
a_refusal_names_what_came(void **state)
{
	BUF_CLEANUP der = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	(void)decode("-----BEGIN PRIVATE KEY-----\n", &der, &d);
	assert_string_equal(
	    d.text, "a CERTIFICATE REQUEST was wanted, a PRIVATE KEY came");
	(void)decode(BEGIN "YWJj\nY!\n" END, &der, &d);
	assert_string_equal(d.text, "line 3 is not base64");
}

static void
nul_bytes_are_no_base64(void **state)
{
	static const char text[] = BEGIN "YW\0j\n" END;
	BUF_CLEANUP der = BUF_INIT;

	(void)state;
	assert_int_equal(
	    pem_decode(span_of(text, sizeof(text) - 1), PEM_CSR, &der, NULL),
	    ERR_PEM);
}

static int
collect(void *arg, struct span der, struct diag *d)
{
	struct buf *out = arg;

	if (span_is(der, "stop"))
		return diag_set(d, ERR_CSR, "stop");
	buf_add_span(out, der);
	buf_add_u8(out, ',');
	return 0;
}

static void
each_block_of_a_label_is_found(void **state)
{
	static const char three[] =
	    "root\n-----BEGIN CERTIFICATE-----\nYQ==\n"
	    "-----END CERTIFICATE-----\nleaf\n" BEGIN "Yg==\n" END
	    "-----BEGIN CERTIFICATE-----\nYw==\n-----END CERTIFICATE-----\n";
	static const char stops[] = "-----BEGIN CERTIFICATE-----\nc3RvcA==\n"
				    "-----END CERTIFICATE-----\n";
	BUF_CLEANUP found = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(
	    pem_each(span_str(three), PEM_CERT, collect, &found, &d), 0);
	assert_string_equal(buf_cstr(&found), "a,c,");
	assert_int_equal(
	    pem_each(span_str(stops), PEM_CERT, collect, &found, &d), ERR_CSR);
	assert_int_equal(pem_each(span_str("-----BEGIN CERTIFICATE-----\nYQ\n"),
			     PEM_CERT, collect, &found, &d),
	    ERR_PEM);
	assert_int_equal(pem_each(SPAN_NONE, PEM_CERT, collect, &found, &d), 0);
}

/* All lengths through two lines, against OpenSSL's writer. */
static void
what_is_written_is_what_openssl_writes(void **state)
{
	uint8_t octets[100];
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(octets); len++)
		octets[len] = (uint8_t)(len * 37);
	for (len = 1; len < sizeof(octets); len++) {
		BIO *bio = BIO_new(BIO_s_mem());
		BUF_CLEANUP text = BUF_INIT;
		BUF_CLEANUP back = BUF_INIT;
		char *want;
		long want_len;

		PEM_write_bio(bio, PEM_CSR, "", octets, (long)len);
		want_len = BIO_get_mem_data(bio, &want);
		pem_encode(span_of(octets, len), PEM_CSR, &text);
		assert_int_equal(text.len, want_len);
		assert_memory_equal(text.data, want, text.len);
		assert_int_equal(
		    pem_decode(buf_span(&text), PEM_CSR, &back, NULL), 0);
		assert_true(span_eq(buf_span(&back), span_of(octets, len)));
		BIO_free(bio);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks_are_decoded),
	    cmocka_unit_test(bad_base64_is_refused),
	    cmocka_unit_test(frames_that_do_not_fit_are_refused),
	    cmocka_unit_test(a_second_block_is_one_too_many),
	    cmocka_unit_test(a_refusal_names_what_came),
	    cmocka_unit_test(nul_bytes_are_no_base64),
	    cmocka_unit_test(each_block_of_a_label_is_found),
	    cmocka_unit_test(what_is_written_is_what_openssl_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
