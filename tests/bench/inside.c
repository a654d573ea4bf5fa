/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that do one thing until their time is up; see inside.h. */
#include "tests/bench/inside.h"

#include <pthread.h>

struct runner {
	struct work work;
	void (*run)(struct work *w);
	pthread_barrier_t *gate;
	int64_t length_ns;
	pthread_t thread;
	struct latencies latencies;
	double rate, cpu_us;
};

static void *
runner_main(void *arg)
{
	struct runner *r = arg;
	int64_t begun, end, now, then;

	/* The first one makes what a thread keeps. */
	r->run(&r->work);
	(void)pthread_barrier_wait(r->gate);
	r->cpu_us = -cpu_us_of_thread();
	begun = now = now_ns();
	end = begun + r->length_ns;
	while (now < end) {
		r->run(&r->work);
		then = now;
		now = now_ns();
		latencies_add(&r->latencies, now - then);
	}
	r->cpu_us += cpu_us_of_thread();
	r->rate = (double)r->latencies.n * 1e9 / (double)(now - begun);
	return NULL;
}

static void
runners_end(struct runner *runners, unsigned n, struct sample *out)
{
	struct latencies all = {NULL, 0, 0};
	unsigned i;

	*out = (struct sample){0};
	for (i = 0; i < n; i++) {
		(void)pthread_join(runners[i].thread, NULL);
		latencies_join(&all, &runners[i].latencies);
		latencies_free(&runners[i].latencies);
		work_free(&runners[i].work);
		out->rate += runners[i].rate;
		out->cpu_us += runners[i].cpu_us;
	}
	out->ops = (double)all.n;
	out->cpu_us /= out->ops;
	latencies_tell(&all, out);
	latencies_free(&all);
}

void
inside_run(const struct setup *setup, void (*work)(struct work *w),
    unsigned threads, unsigned ms, struct sample *out)
{
	struct runner runners[SETUP_SEATS] = {0};
	pthread_barrier_t gate;
	unsigned i;

	(void)pthread_barrier_init(&gate, NULL, threads + 1);
	for (i = 0; i < threads; i++) {
		work_init(&runners[i].work, setup, i);
		runners[i].run = work;
		runners[i].gate = &gate;
		runners[i].length_ns = (int64_t)ms * 1000000;
		if (pthread_create(&runners[i].thread, NULL, runner_main,
			&runners[i]) != 0)
			bench_die("no thread");
	}
	(void)pthread_barrier_wait(&gate);
	runners_end(runners, threads, out);
	(void)pthread_barrier_destroy(&gate);
}
