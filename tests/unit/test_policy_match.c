/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns against names, through the front door: a policy with the one
 * pattern, a request with the one name, and the reason that came of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/policy_sample.h"

#define OK ""
#define NO "not-allowed"
#define BAD "syntax"

struct row {
	const char *pattern, *name;
	const char *want;  /* the end of the reason's code; OK */
	const char *spelt; /* how it ends up; NULL: as it came */
};

/* Runs the table; kind as in the file, and how it is called in facts. */
static void
rows_run(const char *word, enum policy_name_kind kind, const struct row *rows,
    size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct policy_name name = {kind, span_str(rows[i].name)};
		struct policy_facts facts = sample_facts();
		struct policy_decision decision;
		BUF_CLEANUP text = BUF_INIT;
		BUF_CLEANUP want = BUF_INIT;
		BUF_CLEANUP have = BUF_INIT;
		struct policy_set *set;

		buf_printf(&text, SAMPLE_TOP "san: {%s: {allow: ['%s']%s}}\n",
		    word, rows[i].pattern,
		    kind == POLICY_DNS ? ", wildcard: true, underscore: true"
				       : "");
		set = sample_set(buf_cstr(&text));
		facts.names = &name;
		facts.n_names = 1;
		policy_eval(policy_at(set, 0), &facts, &decision);
		if (rows[i].want[0] != '\0')
			buf_printf(&want, "san.%s.%s", word, rows[i].want);
		else
			buf_printf(&want, "%s",
			    rows[i].spelt ? rows[i].spelt : rows[i].name);
		sample_codes(&decision, &have);
		if (decision.allowed)
			buf_add_span(&have, decision.names[0].text);
		if (strcmp(buf_cstr(&want), buf_cstr(&have)) != 0)
			fail_msg("%s and %s: want \"%s\", have \"%s\" (%s)",
			    rows[i].pattern, rows[i].name, buf_cstr(&want),
			    buf_cstr(&have),
			    decision.n_reasons > 0 ? decision.reasons[0].text
						   : "");
		policy_decision_free(&decision);
		policy_set_free(set);
	}
}

#define RUN(word, kind, rows) \
	rows_run(word, kind, rows, sizeof(rows) / sizeof((rows)[0]))

#define LABEL_63 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
dns_patterns(void **state)
{
	static const struct row rows[] = {
	    {"web.example", "web.example", OK, NULL},
	    {"web.example", "WEB.Example", OK, "web.example"},
	    {"web.example", "a.web.example", NO, NULL},
	    {"web.example", "web.example.com", NO, NULL},
	    {"web.example", "xweb.example", NO, NULL},
	    {"web.example", "web-example", NO, NULL},
	    {"web.example", "example", NO, NULL},
	    {"*.web.example", "a.web.example", OK, NULL},
	    {"*.web.example", "web.example", NO, NULL},
	    {"*.web.example", "a.b.web.example", NO, NULL},
	    {"*.web.example", "a.webxexample", NO, NULL},
	    {"**.web.example", "a.web.example", OK, NULL},
	    {"**.web.example", "a.b.c.d.web.example", OK, NULL},
	    {"**.web.example", "web.example", NO, NULL},
	    {"**.web.example", "evilweb.example", NO, NULL},
	    {"**.web.example", "web.example.evil.example", NO, NULL},
	    {"a.**.example", "a.b.example", OK, NULL},
	    {"a.**.example", "a.b.c.example", OK, NULL},
	    {"a.**.example", "a.example", NO, NULL},
	    {"a.**.example", "b.b.example", NO, NULL},
	    {"a.**", "a.b", OK, NULL},
	    {"a.**", "a", NO, NULL},
	    {"a.*.**.example", "a.b.example", NO, NULL},
	    {"a.*.**.example", "a.b.c.example", OK, NULL},
	    {"**", "anything.at.all", OK, NULL},
	    {"**", "localhost", OK, NULL},
	    {"*", "localhost", OK, NULL},
	    {"*", "a.b", NO, NULL},
	};

	(void)state;
	RUN("dns", POLICY_DNS, rows);
}

/* A wildcard certificate is good for every label: a pattern must cover all. */
static void
dns_wildcards(void **state)
{
	static const struct row rows[] = {
	    {"*.web.example", "*.web.example", OK, NULL},
	    {"**.web.example", "*.web.example", OK, NULL},
	    {"**.web.example", "*.a.web.example", OK, NULL},
	    {"a.web.example", "*.web.example", NO, NULL},
	    {"{caller.user}.web.example", "*.web.example", NO, NULL},
	    {"**.b.web.example", "*.web.example", NO, NULL},
	    {"**", "*.example", BAD, NULL},
	    {"**", "*", BAD, NULL},
	    {"**", "*.*.example", BAD, NULL},
	    {"**", "a.*.example", BAD, NULL},
	    {"**", "w*.web.example", BAD, NULL},
	    {"**", "*w.web.example", BAD, NULL},
	    {"**", "**.web.example", BAD, NULL},
	};

	(void)state;
	RUN("dns", POLICY_DNS, rows);
}

static void
dns_syntax(void **state)
{
	static const struct row rows[] = {
	    {"**", "", BAD, NULL},
	    {"**", ".", BAD, NULL},
	    {"**", "a.example.", BAD, NULL},
	    {"**", ".a.example", BAD, NULL},
	    {"**", "a..example", BAD, NULL},
	    {"**", "-a.example", BAD, NULL},
	    {"**", "a-.example", BAD, NULL},
	    {"**", "a b.example", BAD, NULL},
	    {"**", "a.example\n", BAD, NULL},
	    {"**", "a/b.example", BAD, NULL},
	    {"**", "user@a.example", BAD, NULL},
	    {"**", "a.example:443", BAD, NULL},
	    {"**", "10.0.0.1", BAD, NULL},
	    {"**", "a.123", BAD, NULL},
	    {"**", "a.1x", OK, NULL},
	    {"**", "1.example", OK, NULL},
	    {"**", "_acme.a.example", OK, NULL},
	    {"**", LABEL_63 ".example", OK, NULL},
	    {"**", LABEL_63 "a.example", BAD, NULL},
	    {"**", LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63, BAD, NULL},
	    {"**",
		LABEL_63 "." LABEL_63 "." LABEL_63 ".abcdefgh.abcdefgh."
			 "abcdefgh.abcdefgh.abcdefgh.abcdefgh.abcdefg",
		OK, NULL},
	    {"**",
		LABEL_63 "." LABEL_63 "." LABEL_63 ".abcdefgh.abcdefgh."
			 "abcdefgh.abcdefgh.abcdefgh.abcdefgh.abcdefgh",
		BAD, NULL},
	};

	(void)state;
	RUN("dns", POLICY_DNS, rows);
}

/* RFC 5890: one spelling in ASCII for a name in another script, no other. */
static void
dns_in_other_scripts(void **state)
{
	static const struct row rows[] = {
	    {"**.example", "xn--bcher-kva.example", OK, NULL},
	    {"**.example", "XN--Bcher-KVA.example", OK,
		"xn--bcher-kva.example"},
	    {"xn--bcher-kva.example", "xn--bcher-kva.example", OK, NULL},
	    {"**.example",
		"b\xc3\xbc"
		"cher.example",
		BAD, NULL},
	    {"**.example", "xn--.example", BAD, NULL},
	    {"**.example", "xn--a.example", BAD, NULL},
	    {"**.example", "xn--abc-.example", BAD, NULL},
	    {"**.example", "xn--99999999999.example", BAD, NULL},
	    /* "straBe" with a capital sharp s folds to another label */
	    {"**.example", "xn--strae-uq5b.example", BAD, NULL},
	    {"**.example", "ab--cd.example", BAD, NULL},
	    {"**.example", "a--b.example", OK, NULL},
	};

	(void)state;
	RUN("dns", POLICY_DNS, rows);
}

static void
ip_networks(void **state)
{
	static const struct row rows[] = {
	    {"10.20.0.0/16", "10.20.0.0", OK, NULL},
	    {"10.20.0.0/16", "10.20.255.255", OK, NULL},
	    {"10.20.0.0/16", "10.21.0.0", NO, NULL},
	    {"10.20.0.0/16", "10.19.255.255", NO, NULL},
	    {"10.20.0.0/15", "10.21.0.1", OK, NULL},
	    {"10.20.0.0/15", "10.22.0.1", NO, NULL},
	    {"0.0.0.0/0", "192.0.2.1", OK, NULL},
	    {"0.0.0.0/0", "2001:db8::1", NO, NULL},
	    {"::/0", "192.0.2.1", NO, NULL},
	    {"192.0.2.1", "192.0.2.1", OK, NULL},
	    {"192.0.2.1", "192.0.2.2", NO, NULL},
	    {"192.0.2.1/32", "192.0.2.1", OK, NULL},
	    {"192.0.2.128/25", "192.0.2.127", NO, NULL},
	    {"2001:db8::/32", "2001:DB8:0:0::1", OK, "2001:db8::1"},
	    {"2001:db8::/32", "2001:db9::1", NO, NULL},
	    {"2001:db8::/33", "2001:db8:8000::1", NO, NULL},
	    {"2001:db8::1", "2001:db8::1", OK, NULL},
	    {"::/0", "::ffff:10.0.0.1", BAD, NULL},
	    {"::/0", "::FFFF:a00:1", BAD, NULL},
	    {"0.0.0.0/0", "010.0.0.1", BAD, NULL},
	    {"0.0.0.0/0", "10.1", BAD, NULL},
	    {"0.0.0.0/0", "10.0.0.0/8", BAD, NULL},
	    {"0.0.0.0/0", "0x0a.0.0.1", BAD, NULL},
	    {"0.0.0.0/0", "10.0.0.256", BAD, NULL},
	    {"::/0", "fe80::1%eth0", BAD, NULL},
	    {"::/0", "", BAD, NULL},
	    {"::/0", "a.example", BAD, NULL},
	    {"::/0", "1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18:19:20", BAD,
		NULL},
	};

	(void)state;
	RUN("ip", POLICY_IP, rows);
}

static void
uri_patterns(void **state)
{
	static const struct row rows[] = {
	    {"spiffe://td/a", "spiffe://td/a", OK, NULL},
	    {"spiffe://td/a", "SPIFFE://TD/a", OK, "spiffe://td/a"},
	    {"spiffe://td/a", "spiffe://td/A", NO, NULL},
	    {"spiffe://td/a", "spiffe://td/a/b", NO, NULL},
	    {"spiffe://td/a", "spiffe://td2/a", NO, NULL},
	    {"spiffe://td/a", "https://td/a", NO, NULL},
	    {"spiffe://td", "spiffe://td", OK, NULL},
	    {"spiffe://td", "spiffe://td/a", NO, NULL},
	    {"spiffe://td/**", "spiffe://td", NO, NULL},
	    {"spiffe://td/ns/*/sa/*", "spiffe://td/ns/prod/sa/web", OK, NULL},
	    {"spiffe://td/ns/*/sa/*", "spiffe://td/ns/prod/sa", NO, NULL},
	    {"spiffe://td/ns/*/sa/*", "spiffe://td/ns/a/sa/b/c", NO, NULL},
	    {"spiffe://td/ns/*/sa/*", "spiffe://td/ns/a/xx/b", NO, NULL},
	    {"spiffe://td/ns/**", "spiffe://td/ns/a/b/c", OK, NULL},
	    {"spiffe://td/ns/**", "spiffe://td/ns", NO, NULL},
	    {"spiffe://td/u/{caller.user}", "spiffe://td/u/deploy", OK, NULL},
	    {"spiffe://td/u/{caller.user}", "spiffe://td/u/deploy2", NO, NULL},
	    {"spiffe://td/u/{caller.user}", "spiffe://td/u/Deploy", NO, NULL},
	    {"spiffe://td/u/{caller.user}", "spiffe://td/u/root", NO, NULL},
	    {"spiffe://td/{caller.uid}-x", "spiffe://td/1000-x", OK, NULL},
	    {"spiffe://td/{caller.uid}-x", "spiffe://td/1000x", NO, NULL},
	    {"https://h.example:8443/x", "https://h.example:8443/x", OK, NULL},
	    {"https://h.example:8443/x", "https://h.example/x", NO, NULL},
	};

	(void)state;
	RUN("uri", POLICY_URI, rows);
}

static void
uri_syntax(void **state)
{
	static const struct row rows[] = {
	    {"spiffe://td/**", "", BAD, NULL},
	    {"spiffe://td/**", "spiffe:", BAD, NULL},
	    {"spiffe://td/**", "spiffe://", BAD, NULL},
	    {"spiffe://td/**", "://td/a", BAD, NULL},
	    {"spiffe://td/**", "1spiffe://td/a", BAD, NULL},
	    {"s3+a.b-c://td/*", "S3+a.b-c://td/x", OK, "s3+a.b-c://td/x"},
	    {"spiffe://td/**", "spiffe://td/", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td/a/", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td//a", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td/./a", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td/a/../b", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td/a%2fb", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td/a?b", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td/a#b", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td/a b", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td/a\\b", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td/\xc3\xa4", BAD, NULL},
	    {"spiffe://td/**", "spiffe://u@td/a", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td?/a", BAD, NULL},
	    {"spiffe://td/**", "spiffe://[::1]/a", BAD, NULL},
	    {"spiffe://td/**", "urn:uuid:1", BAD, NULL},
	    {"spiffe://td/**", "spiffe://td/a-._~!$&()*+,;=:@Z9", OK, NULL},
	};

	(void)state;
	RUN("uri", POLICY_URI, rows);
}

static void
long_uris_are_refused_unread(void **state)
{
	BUF_CLEANUP longest = BUF_INIT;
	BUF_CLEANUP deepest = BUF_INIT;
	struct row rows[2];

	(void)state;
	buf_add_str(&longest, "spiffe://td/");
	while (longest.len < 2049)
		buf_add_u8(&longest, 'a');
	buf_add_str(&deepest, "spiffe://td");
	while (deepest.len < 1000)
		buf_add_str(&deepest, "/a");
	rows[0] = (struct row){"spiffe://td/**", buf_cstr(&longest), BAD, NULL};
	rows[1] = (struct row){"spiffe://td/**", buf_cstr(&deepest), BAD, NULL};
	RUN("uri", POLICY_URI, rows);
}

static void
email_patterns(void **state)
{
	static const struct row rows[] = {
	    {"root@a.example", "root@a.example", OK, NULL},
	    {"root@a.example", "root@A.Example", OK, "root@a.example"},
	    {"root@a.example", "Root@a.example", NO, NULL},
	    {"root@a.example", "root@b.example", NO, NULL},
	    {"*@a.example", "any.one+tag@a.example", OK, NULL},
	    {"*@a.example", "x@b.a.example", NO, NULL},
	    {"*@**.example", "x@b.a.example", OK, NULL},
	    {"{caller.user}@a.example", "deploy@a.example", OK, NULL},
	    {"{caller.user}@a.example", "deploy.x@a.example", NO, NULL},
	    {"ops-{caller.user}@a.example", "ops-deploy@a.example", OK, NULL},
	    {"*@**", "x", BAD, NULL},
	    {"*@**", "@a.example", BAD, NULL},
	    {"*@**", "x@", BAD, NULL},
	    {"*@**", "x@y@a.example", BAD, NULL},
	    {"*@**", ".x@a.example", BAD, NULL},
	    {"*@**", "x.@a.example", BAD, NULL},
	    {"*@**", "x..y@a.example", BAD, NULL},
	    {"*@**", "\"x\"@a.example", BAD, NULL},
	    {"*@**", "x y@a.example", BAD, NULL},
	    {"*@**", "x\xc3\xa4@a.example", BAD, NULL},
	    {"*@**", "x@[10.0.0.1]", BAD, NULL},
	    {"*@**", "x@*.a.example", BAD, NULL},
	    {"*@**", "x@a_b.example", BAD, NULL},
	    {"*@**", "x@a.example.", BAD, NULL},
	    {"*@**", LABEL_63 "a@a.example", OK, NULL},
	    {"*@**", LABEL_63 "aa@a.example", BAD, NULL},
	    {"*@**",
		LABEL_63 "@" LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63
			 "." LABEL_63,
		BAD, NULL},
	};

	(void)state;
	RUN("email", POLICY_EMAIL, rows);
}

/* NUL and other bytes that C strings and eyes do not show. */
static void
names_with_a_nul_are_refused(void **state)
{
	static const struct {
		enum policy_name_kind kind;
		const char *word, *pattern, *text;
		size_t len;
	} rows[] = {
	    {POLICY_DNS, "dns", "**", "a.example\0.evil.example", 23},
	    {POLICY_IP, "ip", "0.0.0.0/0", "10.0.0.1\0", 9},
	    {POLICY_URI, "uri", "spiffe://td/**", "spiffe://td/a\0b", 15},
	    {POLICY_URI, "uri", "spiffe://td/**", "spiffe://td\0/b", 14},
	    {POLICY_EMAIL, "email", "*@**", "a\0b@c.example", 13},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy_name name = {
		    rows[i].kind, span_of(rows[i].text, rows[i].len)};
		struct policy_facts facts = sample_facts();
		struct policy_decision decision;
		BUF_CLEANUP text = BUF_INIT;
		BUF_CLEANUP have = BUF_INIT;
		struct policy_set *set;

		buf_printf(&text, SAMPLE_TOP "san: {%s: {allow: ['%s']}}\n",
		    rows[i].word, rows[i].pattern);
		set = sample_set(buf_cstr(&text));
		facts.names = &name;
		facts.n_names = 1;
		policy_eval(policy_at(set, 0), &facts, &decision);
		sample_codes(&decision, &have);
		assert_non_null(strstr(buf_cstr(&have), ".syntax"));
		policy_decision_free(&decision);
		policy_set_free(set);
	}
}

/* Each row: who the caller is, and whether {caller.user} may mean it. */
static void
odd_user_names_match_nothing(void **state)
{
	static const char *const users[] = {NULL, "", "a/b", "..", "a b", "*",
	    "a\n", "\xc3\xa4", "a%2f", "{caller.user}", "a@b"};
	struct policy_set *set = sample_set(
	    SAMPLE_FOR("uid: 1000") "san: {uri: {allow: "
				    "['spiffe://td/{caller.user}']}}\n");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		BUF_CLEANUP uri = BUF_INIT;
		BUF_CLEANUP have = BUF_INIT;
		struct policy_name name;
		struct policy_facts facts = sample_facts();
		struct policy_decision decision;

		buf_printf(&uri, "spiffe://td/%s", users[i] ? users[i] : "");
		name = (struct policy_name){POLICY_URI, buf_span(&uri)};
		facts.caller.user = users[i];
		facts.names = &name;
		facts.n_names = 1;
		policy_eval(policy_at(set, 0), &facts, &decision);
		sample_codes(&decision, &have);
		assert_true(
		    strcmp(buf_cstr(&have), "san.uri.not-allowed") == 0 ||
		    strcmp(buf_cstr(&have), "san.uri.syntax") == 0);
		policy_decision_free(&decision);
	}
	policy_set_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dns_patterns),
	    cmocka_unit_test(dns_wildcards),
	    cmocka_unit_test(dns_syntax),
	    cmocka_unit_test(dns_in_other_scripts),
	    cmocka_unit_test(ip_networks),
	    cmocka_unit_test(uri_patterns),
	    cmocka_unit_test(uri_syntax),
	    cmocka_unit_test(long_uris_are_refused_unread),
	    cmocka_unit_test(email_patterns),
	    cmocka_unit_test(names_with_a_nul_are_refused),
	    cmocka_unit_test(odd_user_names_match_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
