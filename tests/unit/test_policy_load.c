/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: what a file says arrives, what is wrong with it is found all at
 * once (tests/data/policy/bad), and the set is whole, hashed and looked up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/golden.h"
#include "lib/hex.h"
#include "policy/policy.h"
#include "tests/unit/policy_sample.h"
#include "x509/cert.h"

#define WEB "contrib/policy.d/web-server.yaml"

static void
bad_render(const char *file, struct span text, struct buf *out)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct policy_set *set;

	policy_set_new(&set);
	assert_int_equal(policy_add(set, file, text, &f), ERR_POLICY_INVALID);
	assert_int_equal(policy_set_count(set), 0);
	assert_int_equal(policy_set_seal(set, &f), ERR_POLICY_INVALID);
	policy_set_free(set);
	golden_findings(&f, out);
}

static void
every_bad_file_has_its_findings(void **state)
{
	(void)state;
	golden_each("tests/data/policy/bad", 20, bad_render);
}

static void
what_depends_on_the_policy_alone(void **state)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	BUF_CLEANUP text = BUF_INIT;
	const struct policy *policy;
	struct policy_set *set;
	unsigned count;
	int64_t window_s;

	(void)state;
	golden_read(WEB, &text);
	policy_set_new(&set);
	assert_int_equal(policy_add(set, WEB, buf_span(&text), &f), 0);
	assert_int_equal(policy_set_seal(set, &f), 0);
	policy = policy_find(set, span_str("web-server"));
	assert_non_null(policy);
	assert_ptr_equal(policy, policy_at(set, 0));
	assert_null(policy_at(set, 1));
	assert_string_equal(policy_name(policy), "web-server");
	assert_string_equal(policy_file(policy), WEB);
	assert_string_equal(policy_issuer(policy), "issuing-1");
	assert_int_equal(policy_issuer_line(policy), 5);
	assert_int_equal(policy_place(policy), 0);
	assert_int_equal(policy_key_usage(policy),
	    KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
	assert_int_equal(policy_ext_usage(policy), EKU_SERVER_AUTH);
	assert_true(policy_rate(policy, &count, &window_s));
	assert_int_equal(count, 60);
	assert_int_equal(window_s, 3600);
	policy_set_free(set);
}

/* The words of this room and the bits of the certificate room. */
static void
usages_are_those_of_certificates(void **state)
{
	static const struct {
		const char *key, *ext;
		unsigned ku, eku;
	} rows[] = {
	    {"digital-signature", "server-auth", KU_DIGITAL_SIGNATURE,
		EKU_SERVER_AUTH},
	    {"non-repudiation", "client-auth", KU_NON_REPUDIATION,
		EKU_CLIENT_AUTH},
	    {"key-encipherment", "code-signing", KU_KEY_ENCIPHERMENT,
		EKU_CODE_SIGNING},
	    {"data-encipherment", "email-protection", KU_DATA_ENCIPHERMENT,
		EKU_EMAIL_PROTECTION},
	    {"key-agreement", "client-auth", KU_KEY_AGREEMENT, EKU_CLIENT_AUTH},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		BUF_CLEANUP text = BUF_INIT;
		struct policy_set *set;

		buf_printf(&text,
		    "version: 1\nname: n\nissuer: i\nkeys: [ed25519]\n"
		    "callers: [{unix: {uid: 0}}]\nvalidity: {default: 1d}\n"
		    "usage: {key: [%s], ext: [%s]}\n",
		    rows[i].key, rows[i].ext);
		set = sample_set(buf_cstr(&text));
		assert_int_equal(
		    policy_key_usage(policy_at(set, 0)), rows[i].ku);
		assert_int_equal(
		    policy_ext_usage(policy_at(set, 0)), rows[i].eku);
		policy_set_free(set);
	}
}

static void
what_is_left_out_has_its_default(void **state)
{
	struct policy_set *set = sample_set(SAMPLE_TOP);
	const struct policy *policy = policy_at(set, 0);
	unsigned count = 7;
	int64_t window_s = 7;

	(void)state;
	assert_int_equal(policy_key_usage(policy), KU_DIGITAL_SIGNATURE);
	assert_false(policy_rate(policy, &count, &window_s));
	assert_true(count == 7 && window_s == 7);
	policy_set_free(set);
}

/* Policies of these names, in this order, with nothing special in them. */
static struct policy_set *
named_set(const char *const *names, size_t n)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct policy_set *set;
	size_t i;

	policy_set_new(&set);
	for (i = 0; i < n; i++) {
		BUF_CLEANUP text = BUF_INIT;
		BUF_CLEANUP file = BUF_INIT;

		buf_printf(&file, "/etc/p/%s.yaml", names[i]);
		buf_printf(&text,
		    "version: 1\nname: %s\nissuer: i\nkeys: [ed25519]\n"
		    "callers: [{unix: {uid: 0}}]\nvalidity: {default: 1d}\n"
		    "usage: {ext: [client-auth]}\n",
		    names[i]);
		assert_int_equal(
		    policy_add(set, buf_cstr(&file), buf_span(&text), &f), 0);
	}
	assert_int_equal(policy_set_seal(set, &f), 0);
	return set;
}

static void
policies_are_found_by_name(void **state)
{
	static const char *const names[] = {
	    "m", "a", "z", "a-b", "a.b", "ab", "0"};
	struct policy_set *set = named_set(names, 7);
	size_t i;

	(void)state;
	assert_int_equal(policy_set_count(set), 7);
	for (i = 0; i < 7; i++) {
		const struct policy *policy =
		    policy_find(set, span_str(names[i]));

		assert_non_null(policy);
		assert_string_equal(policy_name(policy), names[i]);
		assert_int_equal(policy_place(policy), i);
	}
	assert_null(policy_find(set, span_str("")));
	assert_null(policy_find(set, span_str("A")));
	assert_null(policy_find(set, span_str("b")));
	assert_null(policy_find(set, span_str("a-")));
	assert_null(policy_find(set, span_of("a\0", 2)));
	policy_set_free(set);
	set = named_set(names, 0);
	assert_null(policy_find(set, span_str("a")));
	policy_set_free(set);
}

static void
a_name_is_taken_once(void **state)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	BUF_CLEANUP out = BUF_INIT;
	struct policy_set *set;

	(void)state;
	policy_set_new(&set);
	assert_int_equal(
	    policy_add(set, "a.yaml", span_str(SAMPLE_TOP), &f), 0);
	assert_int_equal(policy_add(set, "b.yaml", span_str(SAMPLE_TOP), &f),
	    ERR_POLICY_INVALID);
	assert_int_equal(policy_set_seal(set, &f), ERR_POLICY_INVALID);
	policy_set_free(set);
	golden_findings(&f, &out);
	assert_string_equal(buf_cstr(&out),
	    "b.yaml:2:7: a policy \"sample\" is there already, in a.yaml:2\n");
}

/* Half a set is none, whichever file was bad. */
static void
a_set_with_a_bad_file_cannot_be_sealed(void **state)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct policy_set *set;

	(void)state;
	policy_set_new(&set);
	assert_int_equal(
	    policy_add(set, "bad.yaml", span_str("x"), &f), ERR_POLICY_INVALID);
	assert_int_equal(
	    policy_add(set, "good.yaml", span_str(SAMPLE_TOP), &f), 0);
	yaml_findings_free(&f);
	assert_int_equal(policy_set_seal(set, &f), ERR_POLICY_INVALID);
	assert_int_equal(f.n, 1);
	yaml_findings_free(&f);
	policy_set_free(set);
}

static void
findings_of_all_files_come_together(void **state)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	BUF_CLEANUP out = BUF_INIT;
	struct policy_set *set;

	(void)state;
	policy_set_new(&set);
	(void)policy_add(set, "z.yaml", span_str("- 1"), &f);
	(void)policy_add(set, "a.yaml", span_str("- 2"), &f);
	policy_set_free(set);
	golden_findings(&f, &out);
	assert_string_equal(buf_cstr(&out),
	    "z.yaml:1:1: this must be a map (key: value), this is a list\n"
	    "a.yaml:1:1: this must be a map (key: value), this is a list\n");
}

static void
hash_of(const char *first, const char *second, const char *text, char *hex)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct policy_set *set;

	policy_set_new(&set);
	if (first != NULL)
		assert_int_equal(
		    policy_add(set, first, span_str(SAMPLE_TOP), &f), 0);
	if (second != NULL)
		assert_int_equal(
		    policy_add(set, second, span_str(text), &f), 0);
	assert_int_equal(policy_set_seal(set, &f), 0);
	hex_encode(span_of(policy_set_hash(set), POLICY_HASH_LEN), hex);
	policy_set_free(set);
}

#define OTHER                                                    \
	"version: 1\nname: other\nissuer: i\nkeys: [ed25519]\n"  \
	"callers: [{unix: {uid: 0}}]\nvalidity: {default: 1d}\n" \
	"usage: {ext: [client-auth]}\n"

/*
 * Anybody can compute it again: SHA-256 over, for each file, the length of
 * the name (32 bits), the name, the length of the text, the text. The values
 * here come from such a computation in Python.
 */
static void
the_hash_is_that_of_names_and_texts(void **state)
{
	char hex[2 * POLICY_HASH_LEN + 1];

	(void)state;
	hash_of(NULL, NULL, NULL, hex);
	assert_string_equal(hex,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	hash_of(NULL, "a.yaml", OTHER, hex);
	assert_string_equal(hex,
	    "574eb410ad2f4bfd04910eb5e4ad4fcf97ce5e6fc275132dfc9d35790071a09b");
	hash_of("b.yaml", "a.yaml", OTHER, hex);
	assert_string_equal(hex,
	    "79adea962f7ba9bbf024f3505dcfb501c00c8e22aaabcb28a5b29bc14ab0a722");
}

static void
the_hash_knows_every_change_but_the_directory(void **state)
{
	char one[2 * POLICY_HASH_LEN + 1], two[2 * POLICY_HASH_LEN + 1];

	(void)state;
	hash_of("a.yaml", "b.yaml", OTHER, one);
	hash_of("/etc/p/a.yaml", "./b.yaml", OTHER, two);
	assert_string_equal(one, two);
	hash_of("a.yaml", "c.yaml", OTHER, two);
	assert_string_not_equal(one, two);
	hash_of("a.yaml", "b.yaml", OTHER "# a comment\n", two);
	assert_string_not_equal(one, two);
	hash_of("a.yaml", NULL, NULL, two);
	assert_string_not_equal(one, two);
}

static void
a_large_file_is_refused_unread(void **state)
{
	BUF_CLEANUP big = BUF_INIT;
	BUF_CLEANUP out = BUF_INIT;

	(void)state;
	buf_add_str(&big, SAMPLE_TOP);
	while (big.len <= POLICY_FILE_MAX)
		buf_add_str(&big, "# filling\n");
	bad_render("big.yaml", buf_span(&big), &out);
	assert_non_null(strstr(buf_cstr(&out), "at most 65536 are allowed"));
}

/* Lists have limits: one entry more than that many is the finding. */
static void
lists_have_limits(void **state)
{
	static const struct {
		const char *before, *entry;
		unsigned fits;
		const char *after, *want;
	} rows[] = {
	    {"san: {dns: {allow: [", "a.b,\n", 256, "]}}\n",
		"more than 256 patterns"},
	    {"tests: [",
		"{name: a, caller: {}, csr: {key: ed25519}, "
		"expect: deny},\n",
		500, "]\n", "more than 500 tests"},
	    {"tests: [{name: a, caller: {}, expect: deny, csr: "
	     "{key: ed25519, dns: [",
		"a.b,\n", POLICY_MAX_NAMES + 1, "]}}]\n",
		"too many names for a test"},
	    {"tests: [{name: a, caller: {}, csr: {key: ed25519}, expect: "
	     "allow, cert: {ip: [",
		"10.0.0.1,\n", POLICY_MAX_NAMES, "]}}]\n",
		"too many names for a test"},
	    {"tests: [{name: a, csr: {key: ed25519}, expect: deny, caller: "
	     "{gids: [",
		"1,\n", 32, "]}}]\n", "too many groups for a test"},
	};
	size_t i;
	unsigned j, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (n = rows[i].fits; n <= rows[i].fits + 1; n++) {
			BUF_CLEANUP text = BUF_INIT;
			BUF_CLEANUP out = BUF_INIT;

			buf_add_str(&text, SAMPLE_TOP);
			buf_add_str(&text, rows[i].before);
			for (j = 0; j < n; j++)
				buf_add_str(&text, rows[i].entry);
			buf_add_str(&text, rows[i].after);
			if (n == rows[i].fits) {
				policy_set_free(sample_set(buf_cstr(&text)));
				continue;
			}
			bad_render("many.yaml", buf_span(&text), &out);
			assert_non_null(strstr(buf_cstr(&out), rows[i].want));
		}
	}
}

#define REST                                                        \
	"version: 1\nname: n\nissuer: i\nvalidity: {default: 1d}\n" \
	"usage: {ext: [client-auth]}\n"

static void
callers_and_keys_have_limits(void **state)
{
	BUF_CLEANUP callers = BUF_INIT;
	BUF_CLEANUP keys = BUF_INIT;
	BUF_CLEANUP out = BUF_INIT;
	int i;

	(void)state;
	buf_add_str(&callers, REST "keys: [ed25519]\ncallers:\n");
	for (i = 0; i < 257; i++)
		buf_printf(&callers, "- {unix: {uid: %d}}\n", i);
	bad_render("callers.yaml", buf_span(&callers), &out);
	assert_string_equal(
	    buf_cstr(&out), "callers.yaml:264:3: more than 256 callers\n");
	buf_reset(&out);
	buf_add_str(&keys, REST "callers: [{unix: {uid: 0}}]\nkeys:\n");
	for (i = 0; i < 17; i++)
		buf_add_str(&keys, "- ed25519\n");
	bad_render("keys.yaml", buf_span(&keys), &out);
	assert_string_equal(
	    buf_cstr(&out), "keys.yaml:24:3: more than 16 kinds of key\n");
}

static void
rates_are_read(void **state)
{
	static const struct {
		const char *text;
		unsigned count;
		int64_t window_s;
	} rows[] = {
	    {"1/s", 1, 1},
	    {"60/m", 60, 60},
	    {"60/h", 60, 3600},
	    {"999999/d", 999999, 86400},
	    {"60", 0, 0},
	    {"60/", 0, 0},
	    {"60/w", 0, 0},
	    {"60/hh", 0, 0},
	    {"60 / h", 0, 0},
	    {"0/h", 0, 0},
	    {"06/h", 0, 0},
	    {"-6/h", 0, 0},
	    {"6e1/h", 0, 0},
	    {"1000000/h", 0, 0},
	    {"99999999999999999999999/h", 0, 0},
	    {"/h", 0, 0},
	    {"h", 0, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		BUF_CLEANUP text = BUF_INIT;
		BUF_CLEANUP out = BUF_INIT;
		struct policy_set *set;
		unsigned count = 0;
		int64_t window_s = 0;

		buf_printf(&text, SAMPLE_TOP "limits: {per-caller: %s}\n",
		    rows[i].text);
		if (rows[i].count == 0) {
			bad_render("rate.yaml", buf_span(&text), &out);
			assert_non_null(strstr(buf_cstr(&out), "such as 60/h"));
			continue;
		}
		set = sample_set(buf_cstr(&text));
		assert_true(policy_rate(policy_at(set, 0), &count, &window_s));
		assert_int_equal(count, rows[i].count);
		assert_int_equal(window_s, rows[i].window_s);
		policy_set_free(set);
	}
}

/* Cut anywhere, a file is a whole smaller policy or refused. */
static void
a_half_written_file_is_never_half_read(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	size_t len;

	(void)state;
	golden_read(WEB, &text);
	for (len = 0; len < text.len; len++) {
		struct yaml_findings f = YAML_FINDINGS_INIT;
		struct policy_set *set;
		int rc;

		policy_set_new(&set);
		rc = policy_add(set, "x", span_of(text.data, len), &f);
		assert_true((rc == 0) == (f.n == 0));
		assert_int_equal(policy_set_count(set), rc == 0);
		policy_set_free(set);
		yaml_findings_free(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_bad_file_has_its_findings),
	    cmocka_unit_test(what_depends_on_the_policy_alone),
	    cmocka_unit_test(usages_are_those_of_certificates),
	    cmocka_unit_test(what_is_left_out_has_its_default),
	    cmocka_unit_test(policies_are_found_by_name),
	    cmocka_unit_test(a_name_is_taken_once),
	    cmocka_unit_test(a_set_with_a_bad_file_cannot_be_sealed),
	    cmocka_unit_test(findings_of_all_files_come_together),
	    cmocka_unit_test(the_hash_is_that_of_names_and_texts),
	    cmocka_unit_test(the_hash_knows_every_change_but_the_directory),
	    cmocka_unit_test(a_large_file_is_refused_unread),
	    cmocka_unit_test(lists_have_limits),
	    cmocka_unit_test(callers_and_keys_have_limits),
	    cmocka_unit_test(rates_are_read),
	    cmocka_unit_test(a_half_written_file_is_never_half_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
