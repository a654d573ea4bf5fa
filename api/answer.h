/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answers that are not refusals: a certificate, a decision, lists. Each
 * shape is written down once, here, and described in openapi.yaml.
 */
#ifndef API_ANSWER_H
#define API_ANSWER_H

#include "api/json.h"
#include "api/problem.h"
#include "lib/buf.h"

#define API_JSON_TYPE "application/json"
#define API_PEM_TYPE "application/pem-certificate-chain" /* RFC 8555 9.1 */

/* All borrowed. */
struct api_issued {
	struct span certificate; /* PEM */
	struct span chain;       /* PEM blocks, without the root; or empty */
	struct span root;        /* PEM; empty when it is not known */
	struct span serial;      /* octets */
	int64_t not_before, not_after;
	const char *policy;
	const char *issuer;
	uint64_t log_seq; /* of the ISSUED record */
};

/* {"certificate", "chain": [], "root", "serial", ...}; root may be null. */
void api_issued_json(const struct api_issued *issued, struct buf *out);
/* The certificate and the chain: what ssl_certificate of nginx wants. */
void api_issued_pem(const struct api_issued *issued, struct buf *out);

/* What would happen: the dry run. */
struct api_decision {
	bool is_allowed;
	const char *policy;
	struct span policy_hash;
	const struct api_reason *reasons;
	size_t n_reasons;
	/* When allowed: */
	const char *subject;
	const char *names; /* "dns:a.example,ip:10.0.0.1" */
	int64_t not_before, not_after;
	const char *const *key_usage; /* words, NULL at the end */
	const char *const *ext_usage;
};
void api_decision_json(const struct api_decision *decision, struct buf *out);

/* A row of the index. pem is left out of lists. */
struct api_certificate {
	uint64_t log_seq;   /* of the ISSUED record */
	struct span serial; /* octets */
	const char *issuer, *policy, *user;
	uint32_t uid;
	const char *subject;
	const char *names; /* as above */
	int64_t issued_at, not_before, not_after;
	struct span pem; /* or empty */
};
void api_certificate_json(
    struct json_writer *j, const char *key, const struct api_certificate *row);

/* "a,b" as an array of strings; "" is the empty array. */
void api_names_json(struct json_writer *j, const char *key, const char *names);

/* PEM blocks that follow each other as an array of strings. */
void api_blocks_json(struct json_writer *j, const char *key, struct span pem);

#endif
