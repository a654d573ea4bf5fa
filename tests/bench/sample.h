/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers: what one cell of one round measured, latencies on their way there,
 * and the median of several.
 */
#ifndef TESTS_BENCH_SAMPLE_H
#define TESTS_BENCH_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct sample {
	double ops;
	double rate;     /* a second */
	double cpu_us;   /* an operation, of who did the work */
	double load_us;  /* an operation, of who asked for it */
	double switches; /* context switches an operation, of the agent */
	double p50_us, p99_us;
};

struct latencies {
	uint32_t *ns;
	size_t n, cap;
};

struct spread {
	double median, min, max;
};

int64_t now_ns(void);
double cpu_us_of_process(void); /* of this one, all threads */
double cpu_us_of_thread(void);

void latencies_add(struct latencies *l, int64_t ns);
void latencies_join(struct latencies *l, const struct latencies *more);
/* Sorts; fills p50 and p99. */
void latencies_tell(struct latencies *l, struct sample *out);
void latencies_free(struct latencies *l);

/* Sorts the values in place; n is at least 1. */
struct spread spread_of(double *values, size_t n);

#endif
