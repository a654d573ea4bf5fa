/* SPDX-License-Identifier: Apache-2.0 */
/* How often a busy agent calls its token, counted by a module in between. */
#ifndef TESTS_BENCH_CALLS_H
#define TESTS_BENCH_CALLS_H

#include <jansson.h>

#include "tests/bench/setup.h"

/* Starts an agent on the shim: {"C_Sign": 1.0 ...}, calls a certificate. */
json_t *calls_count(
    const struct setup *setup, const char *program, const char *shim);

#endif
