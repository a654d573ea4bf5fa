/* SPDX-License-Identifier: Apache-2.0 */
/* A CSR as clients make it: P-256, a CN, n DNS names; made by OpenSSL. */
#ifndef TESTS_BENCH_CSR_H
#define TESTS_BENCH_CSR_H

#include "lib/buf.h"

void bench_csr_make(unsigned n_names, struct buf *der);

#endif
