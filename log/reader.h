/* SPDX-License-Identifier: Apache-2.0 */
/* What the writer's side of the log shares with its reader. */
#ifndef LOG_READER_H
#define LOG_READER_H

#include "log/read.h"

/* Borrows fd, which is read with pread(). */
int log_reader_open_fd(int fd, struct log_reader **out, struct diag *d);

/* SHA-256 of the file's header: "the record before" of the first. */
const uint8_t *log_reader_origin(const struct log_reader *r);

#endif
