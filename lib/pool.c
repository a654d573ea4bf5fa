/* SPDX-License-Identifier: Apache-2.0 */
/* Worker threads; see pool.h. */
#include "lib/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/mem.h"

struct worker {
	struct pool *pool;
	unsigned index;
	pthread_t thread;
};

struct pool {
	pthread_mutex_t mutex;
	pthread_cond_t filled;
	struct job *first;
	struct job **last;
	unsigned sleeping;
	bool closing;
	unsigned threads;
	struct worker *workers;
};

static struct job *
job_take(struct pool *pool)
{
	struct job *job;

	(void)pthread_mutex_lock(&pool->mutex);
	while (pool->first == NULL && !pool->closing) {
		pool->sleeping++;
		(void)pthread_cond_wait(&pool->filled, &pool->mutex);
		pool->sleeping--;
	}
	job = pool->first;
	if (job != NULL) {
		pool->first = job->next;
		if (pool->first == NULL)
			pool->last = &pool->first;
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	return job;
}

static void *
worker_main(void *arg)
{
	struct worker *worker = arg;
	struct job *job;

	while ((job = job_take(worker->pool)) != NULL)
		job->run(job, worker->index);
	return NULL;
}

static int
worker_start(struct worker *worker, const char *name, struct diag *d)
{
	char label[16];
	sigset_t all, old;
	int err;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&worker->thread, NULL, worker_main, worker);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err != 0)
		return diag_set(
		    d, ERR_INTERNAL, "a worker thread cannot be started");
	(void)snprintf(label, sizeof(label), "%.11s/%u", name, worker->index);
	(void)pthread_setname_np(worker->thread, label);
	return 0;
}

int
pool_new(unsigned threads, const char *name, struct pool **out, struct diag *d)
{
	struct pool *pool = xcalloc(1, sizeof(*pool));
	int rc;

	(void)pthread_mutex_init(&pool->mutex, NULL);
	(void)pthread_cond_init(&pool->filled, NULL);
	pool->last = &pool->first;
	pool->workers = xcalloc(threads, sizeof(*pool->workers));
	for (; pool->threads < threads; pool->threads++) {
		pool->workers[pool->threads].pool = pool;
		pool->workers[pool->threads].index = pool->threads;
		rc = worker_start(&pool->workers[pool->threads], name, d);
		if (rc != 0) {
			pool_free(pool);
			return rc;
		}
	}
	*out = pool;
	return 0;
}

void
pool_push(struct pool *pool, struct job *job)
{
	bool wake;

	job->next = NULL;
	(void)pthread_mutex_lock(&pool->mutex);
	*pool->last = job;
	pool->last = &job->next;
	wake = pool->sleeping > 0;
	(void)pthread_mutex_unlock(&pool->mutex);
	if (wake)
		(void)pthread_cond_signal(&pool->filled);
}

unsigned
pool_threads(const struct pool *pool)
{
	return pool->threads;
}

void
pool_free(struct pool *pool)
{
	unsigned i;

	if (pool == NULL)
		return;
	(void)pthread_mutex_lock(&pool->mutex);
	pool->closing = true;
	(void)pthread_mutex_unlock(&pool->mutex);
	(void)pthread_cond_broadcast(&pool->filled);
	for (i = 0; i < pool->threads; i++)
		(void)pthread_join(pool->workers[i].thread, NULL);
	(void)pthread_cond_destroy(&pool->filled);
	(void)pthread_mutex_destroy(&pool->mutex);
	free(pool->workers);
	free(pool);
}

unsigned
pool_cores(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	n = CPU_COUNT(&set);
	return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}
