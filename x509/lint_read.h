/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TBSCertificate as lint sees it: its own reading, which keeps what
 * cert_parse() has no use for (tags, explicit defaults, repeated parts) and
 * gets past flaws so that rules can name them.
 */
#ifndef X509_LINT_READ_H
#define X509_LINT_READ_H

#include "x509/der.h"
#include "x509/lint.h"

#define LINT_MAX_EXTS 32
#define LINT_MAX_ATTRS 32
#define LINT_MAX_PURPOSES 16

struct lint_time {
	uint8_t tag;
	bool ok; /* strict, seconds and Z */
	int64_t utc_s;
};

struct lint_attr {
	enum oid oid;
	uint8_t tag;
	struct span value;
};

struct lint_ext {
	struct span oid;
	bool present, critical, explicit_false;
	struct span value; /* inside the OCTET STRING */
};

struct lint {
	const struct cert *issuer;   /* NULL: self-signed */
	struct span outer_algorithm; /* empty for a TBSCertificate alone */

	unsigned version;   /* as encoded: 2 is v3 */
	struct span serial; /* content octets, not checked */
	struct span algorithm;
	enum sig_alg alg;
	struct span issuer_name, subject;
	struct lint_time not_before, not_after;
	struct spki spki; /* kind KEY_NONE if it could not be read */
	struct diag spki_diag;

	struct lint_attr attrs[LINT_MAX_ATTRS];
	size_t n_attrs;
	size_t n_rdns;

	struct lint_ext exts[LINT_MAX_EXTS];
	size_t n_exts;
	/* The first of each kind; not present if there is none. */
	struct lint_ext bc, ku, eku, ski, aki, san;
	enum oid bad_value; /* an extension whose value is not DER */
	struct der_fault bad_fault;

	bool is_ca, ca_is_explicit_false, has_path_len;
	unsigned path_len;
	unsigned key_usage;
	struct span purposes[LINT_MAX_PURPOSES];
	size_t n_purposes;
	struct span subject_key_id, authority_key_id;
};

/* ERR_DER when there is no reading on; then no rule makes sense. */
int lint_read(struct span tbs, struct lint *out, struct diag *d);

/* One rule: true when it is kept; else text says want and have. */
struct lint_text {
	char s[sizeof(((struct lint_finding *)NULL)->text)];
};
bool lint_say(struct lint_text *text, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define LINT(function, code, ref) \
	bool lint_##function(const struct lint *l, struct lint_text *text);
#include "x509/lint.def"
#undef LINT

#endif
