/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands where the next record should: nothing, a record that a crash
 * left unfinished, or damage.
 */
#ifndef LOG_TAIL_H
#define LOG_TAIL_H

#include "log/reader.h"

enum tail {
	TAIL_CLEAN,  /* nothing, or room: zeros to the end */
	TAIL_TORN,   /* written and not finished; nobody was told of it */
	TAIL_DAMAGED /* it may have been promised to somebody */
};

/*
 * Judges what the reader stands before, to the end of the file. *len is how
 * much of it is not zeros at the end. seq: of the record expected here.
 */
int tail_judge(struct log_reader *r, uint64_t seq, enum tail *out, int64_t *len,
    struct diag *d);

#endif
