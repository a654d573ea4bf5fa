/* SPDX-License-Identifier: Apache-2.0 */
/* x509/name, san, text: names built, read, shown, and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/x509.h>

#include "x509/der.h"
#include "x509/name.h"
#include "x509/san.h"
#include "x509/text.h"

static void
a_name_is_written_in_its_order(void **state)
{
	const struct attr attrs[] = {
	    {ATTR_SERIAL_NUMBER, span_str("42")},
	    {ATTR_CN, span_str("a.example")},
	    {ATTR_OU, span_str("first")},
	    {ATTR_OU, span_str("second")},
	    {ATTR_O, span_str("B\xc3\xbc\x63her")},
	    {ATTR_L, span_str("Town")},
	    {ATTR_ST, span_str("State")},
	    {ATTR_C, span_str("DE")},
	};
	BUF_CLEANUP der = BUF_INIT;
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(name_encode(attrs, 8, &der, &d), 0);
	name_print(buf_span(&der), &text);
	assert_string_equal(buf_cstr(&text),
	    "C=DE, ST=State, L=Town, O=B\xc3\xbc\x63her, OU=first, "
	    "OU=second, CN=a.example, serialNumber=42");
}

static void
no_attributes_are_an_empty_sequence(void **state)
{
	BUF_CLEANUP der = BUF_INIT;
	struct attr attrs[1];
	size_t n = 7;

	(void)state;
	assert_int_equal(name_encode(NULL, 0, &der, NULL), 0);
	assert_true(span_eq(buf_span(&der), span_of("\x30\x00", 2)));
	assert_int_equal(name_parse(buf_span(&der), attrs, 1, &n, NULL), 0);
	assert_int_equal(n, 0);
}

/* OpenSSL reads the same types and values. */
static void
openssl_reads_what_is_written(void **state)
{
	const struct attr attrs[] = {
	    {ATTR_C, span_str("DE")}, {ATTR_CN, span_str("a.example")}};
	BUF_CLEANUP der = BUF_INIT;
	const unsigned char *p;
	X509_NAME *name;
	X509_NAME_ENTRY *entry;

	(void)state;
	assert_int_equal(name_encode(attrs, 2, &der, NULL), 0);
	p = der.data;
	name = d2i_X509_NAME(NULL, &p, (long)der.len);
	assert_non_null(name);
	assert_int_equal(X509_NAME_entry_count(name), 2);
	entry = X509_NAME_get_entry(name, 0);
	assert_int_equal(ASN1_STRING_type(X509_NAME_ENTRY_get_data(entry)),
	    V_ASN1_PRINTABLESTRING);
	entry = X509_NAME_get_entry(name, 1);
	assert_int_equal(ASN1_STRING_type(X509_NAME_ENTRY_get_data(entry)),
	    V_ASN1_UTF8STRING);
	X509_NAME_free(name);
}

static int
encode_one(enum attr_type type, const char *value)
{
	const struct attr attr = {type, span_str(value)};
	BUF_CLEANUP der = BUF_INIT;
	int rc = name_encode(&attr, 1, &der, NULL);

	if (rc != 0)
		assert_int_equal(der.len, 0);
	return rc;
}

static void
values_that_cannot_be_are_refused(void **state)
{
	char text[132];

	(void)state;
	assert_int_equal(encode_one(ATTR_CN, ""), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_CN, "a\nb"), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_CN, "a\x80"), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_CN, "a\xc2\x85"), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_C, "D"), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_C, "DEU"), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_C, "D1"), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_C, "D "), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_C, "D:"), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_C, "de"), 0);
	assert_int_equal(encode_one(ATTR_SERIAL_NUMBER, "a@b"), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_OTHER, "x"), ERR_CSR_NAME);
	memset(text, 'a', sizeof(text));
	text[65] = '\0';
	assert_int_equal(encode_one(ATTR_CN, text), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_L, text), 0);
	assert_int_equal(encode_one(ATTR_CN, text + 1), 0);
	text[65] = 'a';
	text[129] = '\0';
	assert_int_equal(encode_one(ATTR_L, text), ERR_CSR_NAME);
	assert_int_equal(encode_one(ATTR_L, text + 1), 0);
}

static void
bounds_count_characters_not_bytes(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	int i;

	(void)state;
	for (i = 0; i < 64; i++)
		buf_add_str(&text, "\xc3\xbc");
	assert_int_equal(encode_one(ATTR_O, buf_cstr(&text)), 0);
	buf_add_str(&text, "x");
	assert_int_equal(encode_one(ATTR_O, buf_cstr(&text)), ERR_CSR_NAME);
}

/* A name of one attribute, with any tag and bytes. */
static void
make_name(uint8_t tag, struct span value, struct buf *out)
{
	size_t name = der_begin(out, DER_SEQUENCE);
	size_t rdn = der_begin(out, DER_SET);
	size_t pair = der_begin(out, DER_SEQUENCE);

	der_put_oid(out, OID_CN);
	der_put(out, tag, value);
	der_end(out, pair);
	der_end(out, rdn);
	der_end(out, name);
}

static int
parse_one(uint8_t tag, struct span value, struct attr *attr)
{
	static struct buf kept;
	size_t n = 0;

	buf_free(&kept);
	make_name(tag, value, &kept);
	return name_parse(buf_span(&kept), attr, 1, &n, NULL);
}

static void
string_types_have_their_alphabets(void **state)
{
	struct attr a;

	(void)state;
	assert_int_equal(
	    parse_one(DER_UTF8_STRING, span_str("\xc3\xbc"), &a), 0);
	assert_int_equal(a.type, ATTR_CN);
	assert_true(span_is(a.value, "\xc3\xbc"));
	assert_int_equal(parse_one(DER_PRINTABLE_STRING, SPAN_NONE, &a), 0);
	assert_int_equal(parse_one(DER_IA5_STRING, span_str("a@b"), &a), 0);
	assert_int_equal(
	    parse_one(DER_PRINTABLE_STRING, span_str("a@b"), &a), ERR_CSR_NAME);
	assert_int_equal(
	    parse_one(DER_PRINTABLE_STRING, span_of("", 1), &a), ERR_CSR_NAME);
	assert_int_equal(
	    parse_one(DER_IA5_STRING, span_str("\xfc"), &a), ERR_CSR_NAME);
	assert_int_equal(
	    parse_one(DER_UTF8_STRING, span_of("a\0b", 3), &a), ERR_CSR_NAME);
	assert_int_equal(
	    parse_one(DER_TELETEX_STRING, span_str("a"), &a), ERR_CSR_NAME);
	assert_int_equal(
	    parse_one(DER_BMP_STRING, span_of("\0a", 2), &a), ERR_CSR_NAME);
	assert_int_equal(
	    parse_one(DER_UNIVERSAL_STRING, span_of("\0\0\0a", 4), &a),
	    ERR_CSR_NAME);
}

static void
utf8_is_strict(void **state)
{
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf",
	    "\xc3", "\xc3\x28", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
	    "\xed\xbf\xbf", "\xe2\x82", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
	    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\x1f", "\x7f",
	    "\xc2\x80", "\xc2\x9f"};
	static const char *const good[] = {"", " ", "~", "\xc2\xa0", "\xdf\xbf",
	    "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
	    "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_utf8(span_str(bad[i])));
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(text_is_utf8(span_str(good[i])));
}

static void
shown_names_are_escaped(void **state)
{
	static const struct {
		uint8_t tag;
		const char *value, *shown;
	} rows[] = {
	    {DER_UTF8_STRING, "a,b+c\"d\\e<f>g;h",
		"CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h"},
	    {DER_UTF8_STRING, "#a", "CN=\\#a"},
	    {DER_UTF8_STRING, " a b ", "CN=\\ a b\\ "},
	    {DER_UTF8_STRING, "a\033[2J", "CN=#0c05611b5b324a"},
	    {DER_BMP_STRING, "ab", "CN=#1e026162"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		BUF_CLEANUP der = BUF_INIT;
		BUF_CLEANUP text = BUF_INIT;

		make_name(rows[i].tag, span_str(rows[i].value), &der);
		name_print(buf_span(&der), &text);
		assert_string_equal(buf_cstr(&text), rows[i].shown);
	}
}

static void
what_is_not_a_name_is_said_to_be_none(void **state)
{
	BUF_CLEANUP text = BUF_INIT;

	(void)state;
	name_print(span_str("0\x05zz"), &text);
	assert_string_equal(buf_cstr(&text), "(not DER)");
}

static void
types_have_names(void **state)
{
	int type;

	(void)state;
	for (type = 0; type < ATTR_OTHER; type++)
		assert_int_equal(
		    attr_type_find(attr_type_name((enum attr_type)type)), type);
	assert_int_equal(attr_type_find("nonsense"), ATTR_OTHER);
	assert_string_equal(attr_type_name(ATTR_SERIAL_NUMBER), "serialNumber");
	assert_string_equal(san_kind_name(SAN_EMAIL), "email");
}

static void
host_names(void **state)
{
	static const char *const good[] = {"a", "a.example", "xn--bcher-kva.de",
	    "1.example", "a-b.c-d", "*.example", "*.a.b", "_dmarc.a_b.example"};
	static const char *const bad[] = {"", ".", "a.", ".a", "a..b", "-a.b",
	    "a-.b", "A.example", "a b", "*", "*.", "a.*", "*a.example",
	    "a*.example", "*.*.example", "1.2.3.4", "a.1", "a.example:443",
	    "b\xc3\xbc\x63her.example", "a\x01"};
	BUF_CLEANUP label = BUF_INIT;
	BUF_CLEANUP host = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(text_is_dns(span_str(good[i])));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_dns(span_str(bad[i])));
	for (i = 0; i < 63; i++)
		buf_add_str(&label, "a");
	assert_true(text_is_dns(buf_span(&label)));
	buf_add_str(&label, "a");
	assert_false(text_is_dns(buf_span(&label)));
	for (i = 0; i < 126; i++)
		buf_add_str(&host, "a.");
	buf_add_str(&host, "b");
	assert_int_equal(host.len, 253);
	assert_true(text_is_dns(buf_span(&host)));
	buf_add_str(&host, "b");
	assert_false(text_is_dns(buf_span(&host)));
}

static void
uris_and_addresses(void **state)
{
	static const char *const uris[] = {"spiffe://td/ns/a", "urn:x:y",
	    "https://a.example/x?y=z#f", "a+b-c.1:x", "file:///x"};
	static const char *const not_uris[] = {"", "a.example", "://x", ":x",
	    "1a:x", "http:", "http://", "http://a b", "http://a\n",
	    "http://\xc3\xbc"};
	static const char *const mails[] = {
	    "a@a.example", "A.b+c@A.Example", "x@localhost"};
	static const char *const not_mails[] = {"", "a", "@a", "a@", "a@b@c",
	    "a b@c", "a@b c", "a@-b", "a@*.b", "a@b_c", "\xc3\xbc@a", "a@b\n"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		assert_true(text_is_uri(span_str(uris[i])));
	for (i = 0; i < sizeof(not_uris) / sizeof(not_uris[0]); i++)
		assert_false(text_is_uri(span_str(not_uris[i])));
	for (i = 0; i < sizeof(mails) / sizeof(mails[0]); i++)
		assert_true(text_is_email(span_str(mails[i])));
	for (i = 0; i < sizeof(not_mails) / sizeof(not_mails[0]); i++)
		assert_false(text_is_email(span_str(not_mails[i])));
}

static void
addresses_are_shown_as_people_write_them(void **state)
{
	static const uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	const struct san sans[] = {
	    {SAN_IP, span_of("\x0a\x00\x00\x01", 4)},
	    {SAN_IP, span_of(six, 16)},
	    {SAN_IP, span_of(six, 5)},
	    {SAN_DNS, span_str("a\x1b")},
	};
	BUF_CLEANUP text = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		san_print(&sans[i], &text);
		buf_add_str(&text, " ");
	}
	assert_string_equal(
	    buf_cstr(&text), "10.0.0.1 2001:db8::1 (not an address) a\\x1b ");
}

static void
names_come_back_and_double_ones_once(void **state)
{
	const struct san sans[] = {
	    {SAN_DNS, span_str("a.example")},
	    {SAN_EMAIL, span_str("a.example")}, /* another kind */
	    {SAN_DNS, span_str("a.example")},
	    {SAN_IP, span_of("\x0a\x00\x00\x01", 4)},
	};
	BUF_CLEANUP der = BUF_INIT;
	struct der_fault fault;
	struct san back[4];
	struct der r;
	size_t n;

	(void)state;
	san_put(&der, sans, 4);
	r = der_open(buf_span(&der), &fault);
	assert_int_equal(san_read(&r, back, 4, &n, NULL), 0);
	assert_int_equal(n, 3);
	assert_int_equal(back[1].kind, SAN_EMAIL);
	assert_int_equal(back[2].kind, SAN_IP);
	r = der_open(buf_span(&der), &fault);
	assert_int_equal(san_read(&r, back, 2, &n, NULL), ERR_CSR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_is_written_in_its_order),
	    cmocka_unit_test(no_attributes_are_an_empty_sequence),
	    cmocka_unit_test(openssl_reads_what_is_written),
	    cmocka_unit_test(values_that_cannot_be_are_refused),
	    cmocka_unit_test(bounds_count_characters_not_bytes),
	    cmocka_unit_test(string_types_have_their_alphabets),
	    cmocka_unit_test(utf8_is_strict),
	    cmocka_unit_test(shown_names_are_escaped),
	    cmocka_unit_test(what_is_not_a_name_is_said_to_be_none),
	    cmocka_unit_test(types_have_names),
	    cmocka_unit_test(host_names),
	    cmocka_unit_test(uris_and_addresses),
	    cmocka_unit_test(addresses_are_shown_as_people_write_them),
	    cmocka_unit_test(names_come_back_and_double_ones_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
