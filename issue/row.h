/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the log's records to rows of the index: what the agent does as it
 * goes, and what `privyseal index rebuild` does again from the start.
 */
#ifndef ISSUE_ROW_H
#define ISSUE_ROW_H

#include "log/read.h"
#include "store/index.h"

struct row_maker; /* remembers intents until their ISSUED comes */

struct row_maker *row_maker_new(void);
void row_maker_free(struct row_maker *maker);

/*
 * Brings the index up to the log: reads records from index_position() on and
 * applies them, about 1000 a transaction. progress(arg, records) is called
 * after each one; NULL is fine.
 */
int index_catch_up(struct index *index, const char *log_path,
    void (*progress)(void *arg, uint64_t records), void *arg, struct diag *d);

#endif
