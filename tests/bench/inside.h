/* SPDX-License-Identifier: Apache-2.0 */
/* Cells that run in this process: one piece of work again and again. */
#ifndef TESTS_BENCH_INSIDE_H
#define TESTS_BENCH_INSIDE_H

#include "log/log.h"
#include "tests/bench/sample.h"
#include "tests/bench/work.h"

/* threads is at most SETUP_SEATS; each has a session of its own. */
void inside_run(const struct setup *setup, void (*work)(struct work *w),
    unsigned threads, unsigned ms, struct sample *out);

/*
 * Issuing with a durable record, by as many workers as there are seats:
 * `outstanding` certificates on their way, INTENT synced before each signature
 * and ISSUED before a certificate counts. Workers never wait for the disk.
 */
void inside_log_run(const struct setup *setup, struct log *log,
    unsigned outstanding, unsigned ms, struct sample *out);

#endif
