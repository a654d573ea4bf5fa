/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions a certificate, counted by callgrind: no clock, no noise. */
#ifndef TESTS_BENCH_INSN_H
#define TESTS_BENCH_INSN_H

#include "tests/bench/setup.h"

/*
 * Runs `program work NAME COUNT DIR` under callgrind, twice for each kind of
 * work; prints what it found and puts insn_ratio into the file.
 */
void insn_measure(
    const struct setup *setup, const char *program, const char *json_path);

/* The other side: does the named work that often. */
void insn_work(const char *name, unsigned count, const char *dir);

#endif
