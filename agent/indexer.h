/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index, kept by a thread of its own: it follows the log a little behind,
 * off everybody's way. An index that fails is told and left alone: it can be
 * rebuilt, and issuing does not depend on it. NULL stands for one that could
 * not be opened.
 */
#ifndef AGENT_INDEXER_H
#define AGENT_INDEXER_H

#include "issue/follow.h"

struct indexer;

/* log is the one at log_path, being written; it must outlive the indexer. */
int indexer_open(const char *index_path, const char *log_path, struct log *log,
    struct indexer **out, struct diag *d);

/* There may be something new in the log. Any thread; cheap. */
void indexer_wake(struct indexer *indexer);

/*
 * Waits, at most timeout_ms, until what was in the log at this moment is in
 * the index. For workers that are about to read it.
 */
int indexer_sync(struct indexer *indexer, int64_t timeout_ms, struct diag *d);

/* 0, or why the index is not kept any more. */
int indexer_health(struct indexer *indexer, struct diag *d);

void indexer_close(struct indexer *indexer);

#endif
