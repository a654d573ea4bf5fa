/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index follows the log: one way for the agent as it goes, for its start,
 * and for `privyseal index rebuild`.
 *
 * A follower reads records from where the index stands and applies them. The
 * position it commits is that of the oldest intent still open, so that after a
 * restart the intent is read again; rows are then applied twice, which the
 * index takes in good part.
 *
 * Threads: one owner. It may follow a log that another thread writes.
 */
#ifndef ISSUE_FOLLOW_H
#define ISSUE_FOLLOW_H

#include "log/read.h"
#include "store/index.h"

#define FOLLOW_STEP 512 /* records in one transaction */

struct follower;

/* An index that is ahead of the log is of another log: it is emptied. */
int follower_open(struct index *index, const char *log_path,
    struct follower **out, struct diag *d);

/*
 * Applies what is there of the log's first until records, at most FOLLOW_STEP
 * of them, in one transaction. *n is how many; 0 means that the index has
 * caught up. Beside a writer until is what is durable, so that the index never
 * knows what the log could still lose; FOLLOW_ALL otherwise.
 */
#define FOLLOW_ALL UINT64_MAX
int follower_step(
    struct follower *follower, uint64_t until, size_t *n, struct diag *d);

void follower_close(struct follower *follower);

/*
 * Steps until it has caught up. progress(arg, records in all) is called after
 * each step; NULL is fine.
 */
int index_catch_up(struct index *index, const char *log_path,
    void (*progress)(void *arg, uint64_t records), void *arg, struct diag *d);

#endif
