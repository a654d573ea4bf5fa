/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy as the files of this room see it: plain structs, written once by
 * the schema and read ever after.
 */
#ifndef POLICY_PRIVATE_H
#define POLICY_PRIVATE_H

#include "policy/policy.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))

#define DNS_MAX_LEN 253 /* RFC 1035 2.3.4, without the trailing dot */
#define DNS_MAX_LABELS 127
#define URI_MAX_LEN 2048 /* SPIFFE-ID 2.3 */
#define URI_MAX_SEGMENTS 64
#define EMAIL_LOCAL_MAX 64 /* RFC 5321 4.5.3.1.1 */
#define VALUE_MAX_LEN 256  /* bytes of a subject value: 64 characters */

enum reason {
#define REASON(symbol, code, meaning) symbol,
#include "policy/reason.def"
#undef REASON
	REASONS
};

enum variable {
	VARIABLE_NONE,
#define VARIABLE(symbol, name) symbol,
#include "policy/variable.def"
#undef VARIABLE
	VARIABLES
};

enum subject {
#define SUBJECT(symbol, name, max) symbol,
#include "policy/subject.def"
#undef SUBJECT
	SUBJECTS
};

/* "Could not tell" is never "yes"; the better of two answers is the larger. */
enum answer { ANSWER_NO, ANSWER_CANNOT_TELL, ANSWER_YES };

/* Text with variables: pieces that are either. */
struct piece {
	enum variable variable; /* VARIABLE_NONE: text */
	struct span text;
};

struct template
{
	struct piece *pieces;
	size_t n;
};

/* One DNS label or URI segment of a pattern. */
enum part_kind { PART_TEXT, PART_ONE, PART_MANY };

struct part {
	enum part_kind kind;
	struct template text;
};

struct parts {
	struct part *at;
	size_t n;
	size_t many; /* the place of the one **, n if there is none */
};

struct cidr {
	size_t len; /* 4 or 16 */
	unsigned bits;
	uint8_t address[16];
};

struct pattern {
	const char *text;   /* as written */
	struct parts parts; /* DNS labels; URI segments; e-mail: the domain's */
	struct span prefix; /* URI: "spiffe://trust-domain" */
	struct part local;  /* e-mail: before the @ */
	struct cidr cidr;
};

struct san_rule {
	bool named;
	unsigned line;
	struct pattern *allow;
	size_t n_allow;
	unsigned min, max;
	bool wildcard, underscore; /* DNS only */
};

struct caller_rule {
	const char *user, *group; /* NULL: not asked for */
	bool has_uid, has_gid;
	uid_t uid;
	gid_t gid;
};

struct key_rule {
	enum key_kind kind;
	unsigned min_bits; /* RSA only */
	const char *text;
};

enum cn_rule { CN_NONE, CN_FIRST_DNS, CN_FIRST_URI, CN_TEMPLATE };

struct subject_value {
	enum subject type;
	struct template text;
};

struct subject_rule {
	unsigned line;
	enum cn_rule cn;
	unsigned cn_line;
	struct template cn_text;
	struct subject_value set[POLICY_MAX_ATTRS];
	size_t n_set;
	unsigned copy; /* bits 1 << enum subject */
	unsigned copy_line;
};

/* One entry of tests:. */
struct test_name {
	enum policy_name_kind kind;
	const char *text;
};

struct test_attr {
	enum subject type;
	const char *text;
};

struct test_case {
	const char *name;
	unsigned line;
	struct {
		uid_t uid;
		const char *user;
		gid_t gids[32];
		const char *groups[32]; /* NULL: only the number is known */
		size_t n_groups;
	} caller;
	enum key_kind key;
	unsigned key_bits;
	struct test_name names[POLICY_MAX_NAMES + 1];
	size_t n_names;
	struct test_attr attrs[POLICY_MAX_ATTRS];
	size_t n_attrs;
	int64_t ttl_s;
	bool asks_ca;
	bool allow;
	bool want[REASONS];
	bool has_want;
	struct {
		const char *cn; /* NULL: any; "none": there must be none */
		struct test_attr attrs[POLICY_MAX_ATTRS];
		size_t n_attrs;
		bool has_key, has_ext;
		unsigned key, ext;
		int64_t lifetime_s; /* 0: any */
		bool has_names[POLICY_NAME_KINDS];
		struct test_name names[POLICY_MAX_NAMES];
		size_t n_names;
	} cert;
	bool has_cert;
};

struct policy {
	const char *name, *file, *issuer;
	unsigned name_line, name_column, issuer_line;
	size_t place;
	struct caller_rule *callers;
	size_t n_callers;
	unsigned callers_line;
	struct key_rule *keys;
	size_t n_keys;
	unsigned keys_line;
	struct subject_rule subject;
	struct san_rule san[POLICY_NAME_KINDS];
	unsigned san_line;
	unsigned key_usage, ext_usage;
	int64_t default_s, max_s, backdate_s;
	unsigned validity_line, max_line;
	unsigned rate_count;
	int64_t rate_window_s;
	struct test_case **tests;
	size_t n_tests;
	struct kept *kept; /* memory of all the above */
};

/* Memory that lives as long as the policy. */
void *policy_keep(struct policy *policy, size_t size);
char *policy_keep_text(struct policy *policy, const char *text, size_t len);
void policy_free(struct policy *policy);

/* schema.c: a whole file; findings, or a policy. NULL when anything was wrong.
 */
struct policy *policy_parse(
    const char *file, struct span text, struct yaml_findings *findings);

/* Tables by name; for findings with a suggestion when there is none. */
const char *reason_code(enum reason reason);
const char *subject_name(enum subject type);
unsigned subject_max(enum subject type); /* characters */
bool subject_find(const char *name, enum subject *type);
const char *san_name(enum policy_name_kind kind); /* "dns" */
extern const char *const variable_names[VARIABLES];

/* "x" is no y known here; did you mean "z"? */
void blame_unknown(struct yaml_walk *w, const struct yaml_node *node,
    const char *what, const char *const *words, size_t n_words);

/* Parts of the schema that have a file of their own; target: the policy. */
void schema_san(struct yaml_walk *w, const struct yaml_node *node);
void schema_subject(struct yaml_walk *w, const struct yaml_node *node);
void schema_tests(struct yaml_walk *w, const struct yaml_node *node);
/* Reads one of the words under usage: key: or ext:; 0 and a finding if not. */
unsigned schema_usage(
    struct yaml_walk *w, const struct yaml_node *node, bool is_key);
/* A string kept by the policy. */
bool schema_text(struct yaml_walk *w, const struct yaml_node *node,
    struct policy *policy, size_t max_len, const char **out);

/* How many entries of a list there is room to be made for. */
size_t schema_count(const struct yaml_node *list, size_t max);

/* template.c */
bool template_parse(struct yaml_walk *w, const struct yaml_node *node,
    struct policy *policy, struct span text, struct template *out);
/* A value that the caller does not have, or that has odd bytes, is no value. */
bool variable_value(enum variable variable, const struct policy_caller *caller,
    char *number, struct span *out);
#define VARIABLE_NUMBER_LEN 24 /* room for a number in variable_value() */
enum answer template_match(const struct template *t, struct span text,
    const struct policy_caller *caller);
/* Appends; false when a variable has no value. */
bool template_write(const struct template *t,
    const struct policy_caller *caller, struct buf *out);

/* pattern.c: text of a policy file -> pattern. */
bool pattern_parse(struct yaml_walk *w, const struct yaml_node *node,
    struct policy *policy, enum policy_name_kind kind, struct pattern *out);

/* name.c: candidate names, checked and brought into one form. */
struct dns_name {
	const char *text; /* lower case */
	size_t len;
	uint8_t start[DNS_MAX_LABELS + 1]; /* of each label; then len + 1 */
	size_t n;
	bool wildcard, underscore;
};

/*
 * out has DNS_MAX_LEN + 1 bytes of room and gets the lower-case name. Returns
 * NULL, or what is wrong with it.
 */
const char *dns_name_parse(struct span text, char *out, struct dns_name *name);
struct span dns_label(const struct dns_name *name, size_t i);
/* 4 or 16 octets; NULL, or what is wrong with it. */
const char *ip_parse(struct span text, uint8_t address[16], size_t *len);
struct uri_name {
	struct span prefix; /* "spiffe://trust-domain" */
	struct span segments[URI_MAX_SEGMENTS];
	size_t n;
};
/* What a path segment, and the part before an @, may be made of. */
bool is_uri_byte(uint8_t c);
bool is_email_byte(uint8_t c);
/* out has text.len bytes of room: scheme and authority in lower case. */
const char *uri_parse(struct span text, char *out, struct uri_name *name);
struct email_name {
	struct span local;
	struct dns_name domain;
};
/* out has text.len + 1 bytes of room: the domain in lower case. */
const char *email_parse(struct span text, char *out, struct email_name *name);

/* match.c: the best answer of any pattern of a rule. */
enum answer dns_match(const struct san_rule *rule, const struct dns_name *name,
    const struct policy_caller *caller);
enum answer ip_match(
    const struct san_rule *rule, const uint8_t *address, size_t len);
enum answer uri_match(const struct san_rule *rule, const struct uri_name *name,
    const struct policy_caller *caller);
enum answer email_match(const struct san_rule *rule,
    const struct email_name *name, const struct policy_caller *caller);

/* An evaluation under way. */
struct eval {
	const struct policy *policy;
	const struct policy_facts *facts;
	struct policy_decision *out;
	size_t n_kind[POLICY_NAME_KINDS];
};

/* decision.c */
void decision_start(struct eval *e);
void decision_blame(struct eval *e, enum reason reason, unsigned line,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* A copy that lives as long as the decision; room was made at the start. */
struct span decision_keep(struct eval *e, const void *data, size_t len);
/* Untrusted bytes for a sentence: printable, cut; returns out. */
#define SHOWN_LEN 84
const char *text_show(struct span text, char out[SHOWN_LEN]);
/* "uid 1000 (deploy)" */
const char *caller_show(
    const struct policy_caller *caller, char out[SHOWN_LEN]);

/* What RFC 5280 lets the attribute have: length, characters, a country. */
bool subject_is_valid(enum subject type, struct span value);

/* test.c: a test's wish as facts; everything in it is borrowed. */
struct test_request {
	struct policy_name names[POLICY_MAX_NAMES + 1];
	struct policy_attr attrs[POLICY_MAX_ATTRS];
	struct policy_facts facts;
};
void test_request_make(
    const struct test_case *test, int64_t now, struct test_request *out);

/* eval_san.c, eval_subject.c: the larger conditions. */
void eval_names(struct eval *e);
void eval_subject(struct eval *e);

#endif
