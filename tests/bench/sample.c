/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks and small statistics; see sample.h. */
#include "tests/bench/sample.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "lib/mem.h"

int64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static double
clock_us(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

double
cpu_us_of_process(void)
{
	return clock_us(CLOCK_PROCESS_CPUTIME_ID);
}

double
cpu_us_of_thread(void)
{
	return clock_us(CLOCK_THREAD_CPUTIME_ID);
}

void
latencies_add(struct latencies *l, int64_t ns)
{
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 8192 : l->cap * 2;
		l->ns = xrealloc(l->ns, l->cap * sizeof(*l->ns));
	}
	l->ns[l->n++] = ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

void
latencies_join(struct latencies *l, const struct latencies *more)
{
	size_t i;

	for (i = 0; i < more->n; i++)
		latencies_add(l, more->ns[i]);
}

static int
ns_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void
latencies_tell(struct latencies *l, struct sample *out)
{
	size_t half = l->n / 2, most = l->n * 99 / 100;

	if (l->n == 0)
		return;
	qsort(l->ns, l->n, sizeof(*l->ns), ns_compare);
	out->p50_us = l->ns[half] / 1e3;
	out->p99_us = l->ns[most] / 1e3;
}

void
latencies_free(struct latencies *l)
{
	free(l->ns);
	*l = (struct latencies){NULL, 0, 0};
}

static int
double_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct spread
spread_of(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), double_compare);
	return (struct spread){n % 2 == 1
				   ? values[n / 2]
				   : (values[n / 2 - 1] + values[n / 2]) / 2,
	    values[0], values[n - 1]};
}
