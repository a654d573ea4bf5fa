/* SPDX-License-Identifier: Apache-2.0 */
/* What the writer's side of the log shares with its reader. */
#ifndef LOG_READER_H
#define LOG_READER_H

#include "log/read.h"

/* Borrows fd, a log that nobody else writes; it is read with pread(). */
int log_reader_open_fd(int fd, struct log_reader **out, struct diag *d);

/* SHA-256 of the file's header: "the record before" of the first. */
const uint8_t *log_reader_origin(const struct log_reader *r);

bool log_reader_is_memory(const struct log_reader *r);

/* log_verify() of what a reader reads, from where it stands: the beginning. */
int log_verify_reader(struct log_reader *r, log_cert_check *check, void *arg,
    struct log_summary *out, struct diag *d);

/* Up to len bytes of the file from a place in it; fewer only at its end. */
int log_reader_peek(struct log_reader *r, int64_t at, size_t len,
    struct buf *out, struct diag *d);

#endif
