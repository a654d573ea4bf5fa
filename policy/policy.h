/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies: text -> rules; (rules, facts, now) -> decision with reasons.
 *
 * This room is pure: no socket, no file, no clock, no X.509 object. The caller
 * reads the files, looks up the names of uids, and tells the time.
 *
 *	policy_set_new(&set);
 *	policy_add(set, "web.yaml", text, findings);	once a file
 *	policy_set_seal(set, findings);			hash, cross-checks
 *	policy = policy_find(set, "web-server");
 *	policy_eval(policy, &facts, &decision);
 *
 * A sealed set is never changed again and may be used by many threads.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <sys/types.h>

#include "lib/alg.h"
#include "lib/buf.h"
#include "lib/yaml.h"

#define POLICY_NAME_MAX 64    /* bytes: a-z 0-9 - _ . */
#define POLICY_FILE_MAX 65536 /* bytes of one policy file */
#define POLICY_HASH_LEN 32    /* SHA-256 over the names and texts of the set */
#define POLICY_MAX_REASONS 32
#define POLICY_MAX_NAMES 100 /* SANs of one request */
#define POLICY_MAX_ATTRS 16

/* Who asks, as the kernel says. user and groups may be unknown (NULL, 0). */
struct policy_caller {
	uid_t uid;
	const char *user; /* NULL: the uid has no name we could find */
	const gid_t *gids;
	const char *const *groups; /* groups[i] names gids[i]; may be NULL */
	size_t n_groups;
};

enum policy_name_kind {
	POLICY_DNS,
	POLICY_IP, /* text form */
	POLICY_URI,
	POLICY_EMAIL,
	POLICY_NAME_KINDS
};

struct policy_name {
	enum policy_name_kind kind;
	struct span text; /* "a.example", "10.0.0.1", "spiffe://td/x" */
};

/* A subject attribute by its short name ("CN", "O"); value is UTF-8. */
struct policy_attr {
	const char *type;
	struct span value;
};

/* What is asked, by whom, of which issuer. All borrowed. */
struct policy_facts {
	struct policy_caller caller;
	enum key_kind key;
	unsigned key_bits;
	const struct policy_name *names;
	size_t n_names;
	const struct policy_attr *attrs; /* the CSR's subject */
	size_t n_attrs;
	bool asks_ca;  /* basicConstraints CA:TRUE or keyCertSign in the CSR */
	int64_t ttl_s; /* 0: the policy's default */
	int64_t now;   /* UTC seconds */
	int64_t issuer_not_before, issuer_not_after;
};

/* The rule behind a reason's code, in words; NULL for an unknown code. */
const char *policy_reason_meaning(const char *code);

/* One violated rule. */
struct policy_reason {
	const char *code; /* a stable row of policy/reason.def */
	const char *file; /* of the policy; lives as long as the set */
	unsigned line;    /* from 1; 0 when no line is to blame */
	char text[192];   /* want and have */
};

/* What to build when allowed; the values are owned by the decision. */
struct policy_decision {
	bool allowed;
	struct policy_reason reasons[POLICY_MAX_REASONS];
	size_t n_reasons; /* only the first POLICY_MAX_REASONS are kept */
	size_t n_dropped; /* more than were kept */
	struct policy_attr attrs[POLICY_MAX_ATTRS];
	size_t n_attrs;
	struct policy_name names[POLICY_MAX_NAMES];
	size_t n_names;
	int64_t not_before, not_after; /* UTC seconds, both inclusive */
	bool clamped; /* not_after is the issuer's, earlier than was wanted */
	struct buf text; /* memory of the values above */
};

void policy_decision_free(struct policy_decision *decision);

struct policy;
struct policy_set;

void policy_set_new(struct policy_set **out);
void policy_set_free(struct policy_set *set);

/*
 * Adds one file. Everything wrong with it goes into findings, with file, line
 * and column; returns 0 or ERR_POLICY_INVALID when there was anything.
 */
int policy_add(struct policy_set *set, const char *file, struct span text,
    struct yaml_findings *findings);

/*
 * The last step: hash the set, in the order of adding. No policy may be added
 * afterwards. ERR_POLICY_INVALID when any policy_add() had failed: half a set
 * is none.
 */
int policy_set_seal(struct policy_set *set, struct yaml_findings *findings);

const uint8_t *policy_set_hash(const struct policy_set *set);
size_t policy_set_count(const struct policy_set *set);
const struct policy *policy_at(const struct policy_set *set, size_t i);
const struct policy *policy_find(
    const struct policy_set *set, struct span name);

/* What depends on the policy alone. */
const char *policy_name(const struct policy *policy);
const char *policy_file(const struct policy *policy);
const char *policy_issuer(const struct policy *policy);
unsigned policy_key_usage(const struct policy *policy);   /* KU_ bits */
unsigned policy_ext_usage(const struct policy *policy);   /* EKU_ bits */
unsigned policy_issuer_line(const struct policy *policy); /* for cross-checks */
/*
 * How many certificates one caller may have within a time (limits: in the
 * file). False when the policy sets none; counting is the caller's business.
 */
bool policy_rate(
    const struct policy *policy, unsigned *count, int64_t *window_s);
/* The place of a policy in its set, from 0: an index for caches beside it. */
size_t policy_place(const struct policy *policy);

/*
 * Decides. Every violation is listed, not only the first; the caller is
 * checked first, and one who is not named learns only that. Default deny;
 * "cannot tell" denies. *out is set whole in either case and is freed with
 * policy_decision_free(). Threads: safe on a sealed set.
 */
void policy_eval(const struct policy *policy, const struct policy_facts *facts,
    struct policy_decision *out);

/* The tests: key of a policy file, run without token or agent. */
struct policy_test_result {
	const char *policy, *name, *file;
	unsigned line;
	bool passed;
	char text[256]; /* why it failed */
};

/* Calls tell() for each test of the set; returns how many failed. */
size_t policy_test(const struct policy_set *set, int64_t now,
    void (*tell)(void *arg, const struct policy_test_result *result),
    void *arg);

#endif
