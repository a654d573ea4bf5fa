/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The intents that have not ended yet, while a log is read: each INTENT ends
 * in exactly one ISSUED or FAILED.
 */
#ifndef LOG_INTENTS_H
#define LOG_INTENTS_H

#include "log/read.h"

struct intents {
	struct intent_open *at; /* sorted by seq */
	size_t n, cap;
};

struct intent_open {
	uint64_t seq;
	struct buf body; /* of the INTENT; empty unless it was asked for */
};

void intents_free(struct intents *set);

/*
 * Follows one record. keep: copies of the INTENT bodies are held. *ended is
 * set to the intent that this record ends, to be freed by the caller with
 * buf_free(&ended->body); ended->seq is UINT64_MAX when it ends none.
 * Bodies that do not parse and ends without a beginning are ERR_LOG_CORRUPT.
 */
int intents_follow(struct intents *set, const struct log_record *record,
    bool keep, struct intent_open *ended, struct diag *d);

#endif
