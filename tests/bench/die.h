/* SPDX-License-Identifier: Apache-2.0 */
/* A benchmark that goes wrong says why and ends. */
#ifndef TESTS_BENCH_DIE_H
#define TESTS_BENCH_DIE_H

#include <stdnoreturn.h>

noreturn void bench_die(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
