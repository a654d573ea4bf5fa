/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decisions: a table of policies and requests with the codes that come of
 * them, then what a certificate gets when nothing is wrong.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/policy_sample.h"

#define DAY INT64_C(86400)
#define N(table) (sizeof(table) / sizeof((table)[0]))

static const gid_t gids[] = {1000, 27, 33};
static const char *const groups[] = {"deploy", "sudo", "www-data"};
static const char *const half_groups[] = {"deploy", NULL, NULL};

/* Callers: who is meant, who asks, what comes of it. */
static void
callers_are_matched_by_name_and_number(void **state)
{
	static const struct {
		const char *rule;
		struct policy_caller caller;
		const char *want;
	} rows[] = {
	    {"user: deploy", {1000, "deploy", NULL, NULL, 0}, ""},
	    {"user: deploy", {0, "root", NULL, NULL, 0}, "caller.not-named"},
	    {"user: deploy", {1000, "deploy2", NULL, NULL, 0},
		"caller.not-named"},
	    {"user: deploy", {1000, NULL, NULL, NULL, 0}, "caller.cannot-tell"},
	    {"uid: 1000", {1000, NULL, NULL, NULL, 0}, ""},
	    {"uid: 1000", {1001, "deploy", NULL, NULL, 0}, "caller.not-named"},
	    {"uid: 0", {(uid_t)-1, NULL, NULL, NULL, 0}, "caller.not-named"},
	    {"group: sudo", {1, "a", gids, groups, 3}, ""},
	    {"group: adm", {1, "a", gids, groups, 3}, "caller.not-named"},
	    {"group: sudo", {1, "a", gids, half_groups, 3},
		"caller.cannot-tell"},
	    {"group: deploy", {1, "a", gids, half_groups, 3}, ""},
	    {"group: sudo", {1, "a", gids, NULL, 3}, "caller.cannot-tell"},
	    {"group: sudo", {1, "a", NULL, NULL, 0}, "caller.not-named"},
	    {"gid: 33", {1, "a", gids, NULL, 3}, ""},
	    {"gid: 34", {1, "a", gids, NULL, 3}, "caller.not-named"},
	    {"gid: 33", {1, "a", NULL, NULL, 0}, "caller.not-named"},
	    /* Within one entry all must hold. */
	    {"user: a, group: sudo", {1, "a", gids, groups, 3}, ""},
	    {"user: b, group: sudo", {1, "a", gids, groups, 3},
		"caller.not-named"},
	    {"user: a, group: adm", {1, "a", gids, groups, 3},
		"caller.not-named"},
	    {"uid: 2, user: a", {1, "a", NULL, NULL, 0}, "caller.not-named"},
	    /* "No" and "cannot tell" are "no". */
	    {"user: b, gid: 99", {1, NULL, gids, groups, 3},
		"caller.not-named"},
	    /* Of several entries any one will do. */
	    {"user: x}}, {unix: {gid: 27", {1, "a", gids, groups, 3}, ""},
	    {"user: x}}, {unix: {user: y", {1, "a", gids, groups, 3},
		"caller.not-named"},
	    {"group: x}}, {unix: {uid: 1", {1, NULL, gids, NULL, 3}, ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(rows); i++) {
		BUF_CLEANUP text = BUF_INIT;
		BUF_CLEANUP have = BUF_INIT;
		struct policy_name name = {POLICY_DNS, span_str("a.example")};
		struct policy_facts facts = sample_facts();
		struct policy_decision decision;
		struct policy_set *set;

		buf_printf(&text,
		    SAMPLE_FOR("%s") "san: {dns: {allow: ['**']}}\n",
		    rows[i].rule);
		set = sample_set(buf_cstr(&text));
		facts.caller = rows[i].caller;
		facts.names = &name;
		facts.n_names = 1;
		policy_eval(policy_at(set, 0), &facts, &decision);
		sample_codes(&decision, &have);
		if (strcmp(buf_cstr(&have), rows[i].want) != 0)
			fail_msg("row %zu, %s: have \"%s\"", i, rows[i].rule,
			    buf_cstr(&have));
		assert_true(decision.allowed == (rows[i].want[0] == '\0'));
		policy_decision_free(&decision);
		policy_set_free(set);
	}
}

/* One policy for the rest: something of everything. */
static const char rules[] = SAMPLE_TOP
    "subject: {cn: first-dns, set: {O: Example Ltd}, copy: [OU, L]}\n" /* 8 */
    "san:\n"
    "  dns: {allow: ['**.a.example', '{caller.user}.u.example'], min: 1,"
    " max: 3}\n"                                    /* 10 */
    "  ip: {allow: [10.0.0.0/8], max: 1}\n"         /* 11 */
    "  uri: {allow: ['spiffe://td/**'], max: 1}\n"; /* 12 */

/* A request in short: names with a letter for their kind. */
struct request {
	const char *names[8]; /* "d:a.a.example", "i:", "u:", "e:" */
	const struct policy_attr attrs[4];
	const char *user;
	enum key_kind key;
	unsigned bits;
	bool ca;
	int64_t ttl_s, issuer_from, issuer_to; /* issuer: days from now */
};

static void
request_eval(const struct policy_set *set, const struct request *request,
    struct policy_decision *decision)
{
	static const char letters[] = "diue";
	struct policy_facts facts = sample_facts();
	struct policy_name names[8];
	size_t n = 0;

	for (; n < N(names) && request->names[n] != NULL; n++)
		names[n] = (struct policy_name){
		    (enum policy_name_kind)(
			strchr(letters, request->names[n][0]) - letters),
		    span_str(request->names[n] + 2)};
	facts.names = names;
	facts.n_names = n;
	facts.attrs = request->attrs;
	while (facts.n_attrs < N(request->attrs) &&
	       request->attrs[facts.n_attrs].type != NULL)
		facts.n_attrs++;
	if (request->user != NULL)
		facts.caller.user = request->user;
	if (request->key != KEY_NONE) {
		facts.key = request->key;
		facts.key_bits = request->bits;
	}
	facts.asks_ca = request->ca;
	facts.ttl_s = request->ttl_s;
	if (request->issuer_from != 0)
		facts.issuer_not_before =
		    SAMPLE_NOW + request->issuer_from * DAY;
	if (request->issuer_to != 0)
		facts.issuer_not_after = SAMPLE_NOW + request->issuer_to * DAY;
	policy_eval(policy_at(set, 0), &facts, decision);
}

/* What a decision says, in one line that a table can hold. */
static void
decision_write(const struct policy_decision *decision, struct buf *out)
{
	size_t i;

	sample_codes(decision, out);
	if (!decision->allowed)
		return;
	for (i = 0; i < decision->n_attrs; i++)
		buf_printf(out, "%s=%.*s ", decision->attrs[i].type,
		    (int)decision->attrs[i].value.len,
		    (const char *)decision->attrs[i].value.data);
	for (i = 0; i < decision->n_names; i++)
		buf_printf(out, "%.*s ", (int)decision->names[i].text.len,
		    (const char *)decision->names[i].text.data);
	buf_printf(out, "%jd..%jd%s",
	    (intmax_t)(decision->not_before - SAMPLE_NOW),
	    (intmax_t)(decision->not_after - SAMPLE_NOW),
	    decision->clamped ? " clamped" : "");
}

#define A "d:a.a.example"
#define SUBJECT_A "O=Example Ltd CN=a.a.example "
#define LIFE_30 "-300..2591999"

static const struct {
	struct request request;
	const char *want;
} decisions[] = {
    /* names */
    {{.names = {A}}, SUBJECT_A "a.a.example " LIFE_30},
    {{.names = {"d:A.a.EXAMPLE", A, "d:b.a.example", A}},
	SUBJECT_A "a.a.example b.a.example " LIFE_30},
    {{.names = {"i:10.0.0.1", "u:spiffe://td/x", A}},
	SUBJECT_A "10.0.0.1 spiffe://td/x a.a.example " LIFE_30},
    {{.names = {"d:deploy.u.example"}},
	"O=Example Ltd CN=deploy.u.example deploy.u.example " LIFE_30},
    {{.names = {NULL}}, "san.dns.too-few"},
    {{.names = {"d:x.example"}}, "san.dns.not-allowed"},
    {{.names = {"d:root.u.example"}}, "san.dns.not-allowed"},
    {{.names = {"d:*.a.example"}}, "san.dns.wildcard"},
    {{.names = {"d:*.x.example"}}, "san.dns.wildcard san.dns.not-allowed"},
    {{.names = {"d:a_b.a.example"}}, "san.dns.underscore"},
    {{.names = {A, "d:b.a.example", "d:c.a.example", "d:d.a.example"}},
	"san.dns.too-many"},
    {{.names = {A, "i:10.0.0.1", "i:10.0.0.2"}}, "san.ip.too-many"},
    {{.names = {A, "i:10.0.0.1", "i:10.0.0.1"}},
	SUBJECT_A "a.a.example 10.0.0.1 " LIFE_30},
    {{.names = {A, "i:11.0.0.1"}}, "san.ip.not-allowed"},
    {{.names = {A, "e:a@a.example", "e:nonsense"}}, "san.kind-not-allowed"},
    {{.names = {"u:spiffe://td/x"}}, "san.dns.too-few"},
    {{.names = {A, "u:spiffe://td/x", "u:spiffe://td/y"}}, "san.uri.too-many"},
    {{.names = {"d:a b"}}, "san.dns.syntax"},

    /* subject */
    {{.names = {A}, .attrs = {{"CN", {(const uint8_t *)"evil", 4}}}},
	SUBJECT_A "a.a.example " LIFE_30},
    {{.names = {A}, .attrs = {{"O", {(const uint8_t *)"Evil", 4}}}},
	SUBJECT_A "a.a.example " LIFE_30},
    {{.names = {A},
	 .attrs = {{"OU", {(const uint8_t *)"web", 3}},
	     {"OU", {(const uint8_t *)"", 0}},
	     {"emailAddress", {(const uint8_t *)"x", 1}},
	     {"OU", {(const uint8_t *)"ops", 3}}}},
	"O=Example Ltd OU=web OU=ops CN=a.a.example a.a.example " LIFE_30},
    {{.names = {A}, .attrs = {{"L", {(const uint8_t *)"a\nb", 3}}}},
	"subject.value"},
    {{.names = {A}, .attrs = {{"L", {(const uint8_t *)"a\0b", 3}}}},
	"subject.value"},

    /* key */
    {{.names = {A}, .key = KEY_EC_P384, .bits = 384}, "key.not-allowed"},
    {{.names = {A}, .key = KEY_RSA, .bits = 4096}, "key.not-allowed"},

    /* what is never granted */
    {{.names = {A}, .ca = true}, "csr.asks-ca"},

    /* validity */
    {{.names = {A}, .ttl_s = 1}, SUBJECT_A "a.a.example -300..0"},
    {{.names = {A}, .ttl_s = 3600}, SUBJECT_A "a.a.example -300..3599"},
    {{.names = {A}, .ttl_s = 90 * DAY}, SUBJECT_A "a.a.example -300..7775999"},
    {{.names = {A}, .ttl_s = 90 * DAY + 1}, "validity.too-long"},
    {{.names = {A}, .ttl_s = INT64_MAX}, "validity.too-long"},
    {{.names = {A}, .ttl_s = -1}, "validity.invalid"},
    {{.names = {A}, .ttl_s = INT64_MIN}, "validity.invalid"},
    {{.names = {A}, .issuer_to = 10},
	SUBJECT_A "a.a.example -300..864000 clamped"},
    {{.names = {A}, .issuer_to = 30}, SUBJECT_A "a.a.example " LIFE_30},
    {{.names = {A}, .ttl_s = 20 * DAY, .issuer_to = 10},
	SUBJECT_A "a.a.example -300..864000 clamped"},
    {{.names = {A}, .issuer_to = -1}, "validity.issuer-expired"},
    {{.names = {A}, .issuer_from = 1}, "validity.issuer-not-yet"},

    /* all at once */
    {{.names = {"d:x.example", "d:a b", "i:1.1.1.1", "e:x"},
	 .key = KEY_ED25519,
	 .bits = 256,
	 .ca = true,
	 .ttl_s = 91 * DAY,
	 .issuer_to = -1},
	"csr.asks-ca key.not-allowed san.dns.not-allowed san.dns.syntax "
	"san.ip.not-allowed san.kind-not-allowed validity.too-long "
	"validity.issuer-expired"},

    /* one who is not named learns only that */
    {{.names = {"d:x.example"},
	 .user = "mallory",
	 .key = KEY_ED25519,
	 .ca = true,
	 .ttl_s = -1},
	"caller.not-named"},
};

static void
requests_are_decided(void **state)
{
	struct policy_set *set = sample_set(rules);
	size_t i;

	(void)state;
	for (i = 0; i < N(decisions); i++) {
		struct policy_decision decision;
		BUF_CLEANUP have = BUF_INIT;

		request_eval(set, &decisions[i].request, &decision);
		decision_write(&decision, &have);
		if (strcmp(buf_cstr(&have), decisions[i].want) != 0)
			fail_msg("row %zu: want \"%s\", have \"%s\"", i,
			    decisions[i].want, buf_cstr(&have));
		assert_true(decision.allowed || decision.n_names == 0);
		assert_true(decision.allowed || decision.n_attrs == 0);
		policy_decision_free(&decision);
	}
	policy_set_free(set);
}

/* The line of the file that a reason blames, and words with want and have. */
static void
reasons_name_the_line_and_the_trouble(void **state)
{
	static const struct {
		struct request request;
		unsigned line;
		const char *text;
	} rows[] = {
	    {{.names = {A}, .user = "mallory"}, 4,
		"uid 1000 (mallory) is not among the callers of policy sample"},
	    {{.names = {A}, .key = KEY_RSA, .bits = 3072}, 5,
		"the key is rsa of 3072 bits, the policy allows ecdsa-p256"},
	    {{.names = {A}, .ttl_s = 91 * DAY}, 7,
		"7862400 seconds were asked for, the policy allows 7776000"},
	    {{.names = {"d:x\x1b[2J.example"}}, 0,
		"DNS name \"x?[2J.example\": a byte is none of a-z 0-9 -"},
	    {{.names = {"d:x.example"}}, 10,
		"DNS name \"x.example\" is not allowed by any pattern"},
	    {{.names = {A, "i:11.0.0.1"}}, 11,
		"IP address \"11.0.0.1\" is not allowed by any pattern"},
	    {{.names = {A, "e:a@b.example"}}, 9,
		"the CSR has e-mail addresses, and policy sample does not "
		"name that kind"},
	    {{.names = {NULL}}, 10, "DNS names: at least 1 wanted, 0 came"},
	    {{.names = {A}, .issuer_to = -2}, 3,
		"the certificate of issuer issuing-1 has expired"},
	};
	struct policy_set *set = sample_set(rules);
	size_t i;

	(void)state;
	for (i = 0; i < N(rows); i++) {
		struct policy_decision decision;

		request_eval(set, &rows[i].request, &decision);
		assert_int_equal(decision.n_reasons, 1);
		assert_string_equal(decision.reasons[0].text, rows[i].text);
		assert_string_equal(decision.reasons[0].file, "sample.yaml");
		assert_int_equal(decision.reasons[0].line, rows[i].line);
		assert_non_null(
		    policy_reason_meaning(decision.reasons[0].code));
		policy_decision_free(&decision);
	}
	assert_null(policy_reason_meaning("no.such-code"));
	policy_set_free(set);
}

static void
rsa_keys_have_a_smallest_size(void **state)
{
	struct policy_set *set = sample_set(
	    "version: 1\nname: n\nissuer: i\nkeys: [ed25519, 'rsa>=3072']\n"
	    "callers: [{unix: {user: deploy}}]\nvalidity: {default: 1d}\n"
	    "subject: {set: {O: x}}\nusage: {ext: [client-auth]}\n");
	static const struct {
		enum key_kind key;
		unsigned bits;
		bool allowed;
	} rows[] = {
	    {KEY_RSA, 2048, false},
	    {KEY_RSA, 3071, false},
	    {KEY_RSA, 3072, true},
	    {KEY_RSA, 4096, true},
	    {KEY_ED25519, 256, true},
	    {KEY_EC_P256, 256, false},
	    {KEY_NONE, 0, false},
	    {KEY_NONE, 4096, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(rows); i++) {
		struct policy_facts facts = sample_facts();
		struct policy_decision decision;

		facts.key = rows[i].key;
		facts.key_bits = rows[i].bits;
		policy_eval(policy_at(set, 0), &facts, &decision);
		assert_true(decision.allowed == rows[i].allowed);
		policy_decision_free(&decision);
	}
	policy_set_free(set);
}

static void
reasons_beyond_the_kept_are_counted(void **state)
{
	struct policy_set *set = sample_set(rules);
	struct policy_name names[POLICY_MAX_NAMES + 1];
	char texts[POLICY_MAX_NAMES + 1][24];
	struct policy_facts facts = sample_facts();
	struct policy_decision decision;
	size_t i;

	(void)state;
	for (i = 0; i <= POLICY_MAX_NAMES; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "n%zu.example", i);
		names[i] = (struct policy_name){POLICY_DNS, span_str(texts[i])};
	}
	facts.names = names;
	facts.n_names = POLICY_MAX_NAMES;
	policy_eval(policy_at(set, 0), &facts, &decision);
	assert_int_equal(decision.n_reasons, POLICY_MAX_REASONS);
	/* one a name, and too many of them */
	assert_int_equal(
	    decision.n_reasons + decision.n_dropped, POLICY_MAX_NAMES + 1);
	assert_false(decision.allowed);
	policy_decision_free(&decision);
	facts.n_names = POLICY_MAX_NAMES + 1;
	policy_eval(policy_at(set, 0), &facts, &decision);
	assert_string_equal(decision.reasons[0].code, "san.too-many");
	policy_decision_free(&decision);
	policy_set_free(set);
}

/* As many names as there may be, each of the longest kind: nothing moves. */
static void
the_largest_request_is_decided(void **state)
{
	struct policy_set *set =
	    sample_set(SAMPLE_TOP "san: {uri: {allow: ['spiffe://td/**']}}\n"
				  "subject: {copy: [OU, ST]}\n");
	static char texts[POLICY_MAX_NAMES][2049];
	static char value[257];
	struct policy_name names[POLICY_MAX_NAMES];
	struct policy_attr attrs[POLICY_MAX_ATTRS + 1];
	struct policy_facts facts = sample_facts();
	struct policy_decision decision;
	size_t i;

	(void)state;
	memset(value, 'v', 64);
	for (i = 0; i <= POLICY_MAX_ATTRS; i++)
		attrs[i] = (struct policy_attr){"OU", span_str(value)};
	for (i = 0; i < POLICY_MAX_NAMES; i++) {
		memset(texts[i], 'a', 2048);
		memcpy(texts[i], "spiffe://td/", 12);
		texts[i][20] = (char)('A' + i / 26);
		texts[i][21] = (char)('A' + i % 26);
		names[i] = (struct policy_name){POLICY_URI, span_str(texts[i])};
	}
	facts.names = names;
	facts.n_names = POLICY_MAX_NAMES;
	facts.attrs = attrs;
	facts.n_attrs = POLICY_MAX_ATTRS;
	policy_eval(policy_at(set, 0), &facts, &decision);
	assert_true(decision.allowed);
	assert_int_equal(decision.n_names, POLICY_MAX_NAMES);
	assert_int_equal(decision.n_attrs, POLICY_MAX_ATTRS);
	for (i = 0; i < POLICY_MAX_NAMES; i++)
		assert_true(span_is(decision.names[i].text, texts[i]));
	policy_decision_free(&decision);
	facts.n_attrs = POLICY_MAX_ATTRS + 1;
	policy_eval(policy_at(set, 0), &facts, &decision);
	assert_string_equal(decision.reasons[0].code, "subject.too-many");
	policy_decision_free(&decision);
	policy_set_free(set);
}

/* The subject rules that the one policy above does not have. */
static void
subjects_are_made_by_the_policy(void **state)
{
#define LABEL_60 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh"
	static const struct {
		const char *rule; /* of subject: */
		struct request request;
		const char *want;
	} rows[] = {
	    {"{}", {.names = {A}}, "a.a.example " LIFE_30},
	    {"{cn: none}", {.names = {A}}, "a.a.example " LIFE_30},
	    {"{cn: none}", {.names = {NULL}}, "subject.none"},
	    {"{cn: first-dns}", {.names = {NULL}}, "subject.none"},
	    {"{cn: first-dns}", {.names = {"d:" LABEL_60 ".example", A}},
		"CN=a.a.example " LABEL_60 ".example a.a.example " LIFE_30},
	    {"{cn: first-dns}", {.names = {"d:" LABEL_60 ".example"}},
		LABEL_60 ".example " LIFE_30},
	    {"{cn: first-uri}", {.names = {A, "u:spiffe://td/x"}},
		"CN=spiffe://td/x a.a.example spiffe://td/x " LIFE_30},
	    {"{cn: first-uri}", {.names = {A}}, "a.a.example " LIFE_30},
	    {"{cn: gateway}", {.names = {NULL}}, "CN=gateway " LIFE_30},
	    {"{cn: '{caller.user}'}", {.names = {NULL}}, "CN=deploy " LIFE_30},
	    {"{cn: 'u-{caller.user}-{caller.uid}'}", {.names = {NULL}},
		"CN=u-deploy-1000 " LIFE_30},
	    {"{cn: '{caller.user}'}", {.names = {NULL}, .user = "a/b"},
		"subject.cannot-tell"},
	    {"{cn: '{caller.user}'}", {.names = {NULL}, .user = "a,O=b"},
		"subject.cannot-tell"},
	    {"{cn: '{caller.user}'}",
		{.names = {NULL}, .user = LABEL_60 "12345"}, "subject.value"},
	    {"{set: {C: DE, O: \"\xc3\x84pfel\", serialNumber: "
	     "'n-{caller.uid}'}}",
		{.names = {NULL}},
		"C=DE O=\xc3\x84pfel serialNumber=n-1000 " LIFE_30},
	    {"{copy: [C]}",
		{.names = {NULL}, .attrs = {{"C", {(const uint8_t *)"de", 2}}}},
		"subject.value"},
	    {"{copy: [C]}",
		{.names = {NULL}, .attrs = {{"C", {(const uint8_t *)"DE", 2}}}},
		"C=DE " LIFE_30},
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(rows); i++) {
		BUF_CLEANUP text = BUF_INIT;
		BUF_CLEANUP have = BUF_INIT;
		struct policy_decision decision;
		struct policy_set *set;

		buf_printf(&text,
		    SAMPLE_FOR(
			"uid: 1000") "subject: %s\n"
				     "san: {dns: {allow: ['**']}, "
				     "uri: {allow: ['spiffe://td/**']}}\n",
		    rows[i].rule);
		set = sample_set(buf_cstr(&text));
		request_eval(set, &rows[i].request, &decision);
		decision_write(&decision, &have);
		if (strcmp(buf_cstr(&have), rows[i].want) != 0)
			fail_msg("row %zu: want \"%s\", have \"%s\"", i,
			    rows[i].want, buf_cstr(&have));
		policy_decision_free(&decision);
		policy_set_free(set);
	}
}

/* Not before the issuer, not after it, whatever backdate and lifetime say. */
static void
validity_stays_within_the_issuer(void **state)
{
	struct policy_set *set = sample_set(
	    "version: 1\nname: n\nissuer: i\nkeys: [ecdsa-p256]\n"
	    "callers: [{unix: {user: deploy}}]\nsubject: {set: {O: x}}\n"
	    "validity: {default: 60s, max: 3660d, backdate: 1h}\n"
	    "usage: {ext: [client-auth]}\n");
	struct policy_facts facts = sample_facts();
	struct policy_decision decision;

	(void)state;
	facts.issuer_not_before = SAMPLE_NOW - 10;
	facts.issuer_not_after = SAMPLE_NOW + 58;
	policy_eval(policy_at(set, 0), &facts, &decision);
	assert_true(decision.allowed && decision.clamped);
	assert_int_equal(decision.not_before, SAMPLE_NOW - 10);
	assert_int_equal(decision.not_after, SAMPLE_NOW + 58);
	policy_decision_free(&decision);
	facts.issuer_not_after = SAMPLE_NOW + 59;
	policy_eval(policy_at(set, 0), &facts, &decision);
	assert_true(decision.allowed && !decision.clamped);
	policy_decision_free(&decision);
	/* The last second and the first one count. */
	facts.issuer_not_before = facts.issuer_not_after = SAMPLE_NOW;
	policy_eval(policy_at(set, 0), &facts, &decision);
	assert_true(decision.allowed && decision.clamped);
	assert_int_equal(decision.not_before, SAMPLE_NOW);
	assert_int_equal(decision.not_after, SAMPLE_NOW);
	policy_decision_free(&decision);
	policy_set_free(set);
}

/* A lifetime has that many seconds, both ends included: not one more. */
static void
lifetimes_are_exact(void **state)
{
	struct policy_set *set =
	    sample_set(SAMPLE_TOP "subject: {set: {O: x}}\n");
	struct policy_facts facts = sample_facts();
	int64_t ttl_s;

	(void)state;
	for (ttl_s = 1; ttl_s <= 90 * DAY; ttl_s += 777) {
		struct policy_decision decision;

		facts.ttl_s = ttl_s;
		policy_eval(policy_at(set, 0), &facts, &decision);
		assert_true(decision.allowed);
		assert_int_equal(decision.not_after - SAMPLE_NOW + 1, ttl_s);
		assert_int_equal(decision.not_before, SAMPLE_NOW - 300);
		policy_decision_free(&decision);
	}
	policy_set_free(set);
}

/* A sealed set is read by all of core's workers at once. */
static void *
worker(void *arg)
{
	static const struct request request = {
	    .names = {A, "d:xn--bcher-kva.a.example", "u:spiffe://td/x"}};
	const struct policy_set *set = arg;
	size_t n_wrong = 0, i;

	for (i = 0; i < 500; i++) {
		struct policy_decision decision;

		request_eval(set, &request, &decision);
		n_wrong +=
		    !decision.allowed || decision.n_names != 3 ||
		    policy_find(set, span_str("sample")) != policy_at(set, 0);
		policy_decision_free(&decision);
	}
	return n_wrong == 0 ? NULL : arg;
}

static void
a_sealed_set_serves_many_threads(void **state)
{
	struct policy_set *set = sample_set(rules);
	pthread_t threads[4];
	void *wrong;
	size_t i;

	(void)state;
	for (i = 0; i < N(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, worker, set), 0);
	for (i = 0; i < N(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	policy_set_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(callers_are_matched_by_name_and_number),
	    cmocka_unit_test(requests_are_decided),
	    cmocka_unit_test(reasons_name_the_line_and_the_trouble),
	    cmocka_unit_test(rsa_keys_have_a_smallest_size),
	    cmocka_unit_test(reasons_beyond_the_kept_are_counted),
	    cmocka_unit_test(the_largest_request_is_decided),
	    cmocka_unit_test(subjects_are_made_by_the_policy),
	    cmocka_unit_test(validity_stays_within_the_issuer),
	    cmocka_unit_test(lifetimes_are_exact),
	    cmocka_unit_test(a_sealed_set_serves_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
