/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals as RFC 9457 problem documents: one shape for every error.
 *
 *	{"type": "urn:privyseal:error:denied", "title": ..., "status": 403,
 *	 "detail": ..., "code": "denied", "class": "DENIED",
 *	 "retryable": false, "ref": "RFC 5280 4.2.1.6",
 *	 "instance": "urn:privyseal:request:17",
 *	 "reasons": [{"code", "file", "line", "text"}]}
 *
 * ref and instance are there only when they are known, file and line of a
 * reason only when a line is to blame.
 */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include "api/json.h"
#include "lib/buf.h"
#include "lib/diag.h"

#define API_PROBLEM_TYPE "application/problem+json"
#define API_RETRY_AFTER_S 1

struct api_reason {
	const char *code;
	const char *file; /* NULL or "" when there is none */
	unsigned line;
	const char *text;
};

struct api_problem {
	const struct diag *diag; /* code, sentence, reference */
	const struct api_reason *reasons;
	size_t n_reasons;
	const char *request; /* the request's id, or NULL */
};

void api_reasons_json(struct json_writer *j, const char *key,
    const struct api_reason *reasons, size_t n);

void api_problem_encode(const struct api_problem *problem, struct buf *out);

/* For the Retry-After field: 0 when asking again does not help. */
unsigned api_problem_retry_s(int err);

#endif
