/* SPDX-License-Identifier: Apache-2.0 */
/* Taking up a log where it ended: reading all of it, cutting a torn end. */
#ifndef LOG_RECOVER_H
#define LOG_RECOVER_H

#include "log/intents.h"
#include "log/tree.h"

/* Where a log ends. */
struct log_end {
	struct tree tree;
	uint8_t before[LOG_HASH_LEN]; /* hash of the last record */
	int64_t bytes;                /* of header and whole records */
	int64_t cut_bytes;            /* torn, behind them; room not counted */
	struct intents open;
};

/*
 * Reads a file that has a whole header. The file is not changed.
 * ERR_LOG_CORRUPT when anything but an unfinished last record is wrong.
 */
int recover_read(int fd, struct hasher *h, struct log_end *end, struct diag *d);

#endif
