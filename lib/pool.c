/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worker threads; see pool.h.
 *
 * A worker that finds nothing to do sleeps on a semaphore of its own, and the
 * one that went to sleep last is handed the next job: its caches are the
 * warmest, and when there is little to do the others stay out of the way. A
 * condition variable would cost a system call more a wake-up, and take turns.
 */
#include "lib/pool.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "lib/mem.h"

struct worker {
	struct pool *pool;
	unsigned index;
	pthread_t thread;
	char name[16];
	struct worker *below; /* among those who sleep */
	sem_t wake;           /* posted once by whoever takes it from there */
	struct job *handed;   /* with the wake-up; NULL: it is over */
};

struct pool {
	pthread_mutex_t mutex;
	struct job *first;
	struct job **last;
	struct worker *asleep; /* the last one first */
	bool closing;
	unsigned threads;
	struct worker *workers;
};

/* With the mutex held, which it gives back. NULL: it is over. */
static struct job *
job_await(struct worker *worker)
{
	struct pool *pool = worker->pool;

	worker->below = pool->asleep;
	pool->asleep = worker;
	(void)pthread_mutex_unlock(&pool->mutex);
	while (sem_wait(&worker->wake) != 0)
		continue;
	return worker->handed;
}

static struct job *
job_take(struct worker *worker)
{
	struct pool *pool = worker->pool;
	struct job *job;

	(void)pthread_mutex_lock(&pool->mutex);
	job = pool->first;
	if (job == NULL && !pool->closing)
		return job_await(worker);
	if (job != NULL) {
		pool->first = job->next;
		if (pool->first == NULL)
			pool->last = &pool->first;
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	return job;
}

/* The sandbox lets a thread name itself, not another. */
static void *
worker_main(void *arg)
{
	struct worker *worker = arg;
	struct job *job;

	(void)prctl(PR_SET_NAME, worker->name);
	while ((job = job_take(worker)) != NULL)
		job->run(job, worker->index);
	return NULL;
}

static int
worker_start(struct worker *worker, const char *name, struct diag *d)
{
	sigset_t all, old;
	int err;

	(void)snprintf(worker->name, sizeof(worker->name), "%.11s/%u", name,
	    worker->index);
	(void)sem_init(&worker->wake, 0, 0);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&worker->thread, NULL, worker_main, worker);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err == 0)
		return 0;
	(void)sem_destroy(&worker->wake);
	return diag_set(d, ERR_INTERNAL, "a worker thread cannot be started");
}

int
pool_new(unsigned threads, const char *name, struct pool **out, struct diag *d)
{
	struct pool *pool = xcalloc(1, sizeof(*pool));
	int rc;

	(void)pthread_mutex_init(&pool->mutex, NULL);
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

/*
 * The worker that was taken off the list waits for this post, so that neither
 * it nor the pool is gone before it: nothing else is touched unlocked.
 */
void
pool_push(struct pool *pool, struct job *job)
{
	struct worker *worker;

	job->next = NULL;
	(void)pthread_mutex_lock(&pool->mutex);
	worker = pool->asleep;
	if (worker != NULL) {
		pool->asleep = worker->below;
		worker->handed = job;
	} else {
		*pool->last = job;
		pool->last = &job->next;
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	if (worker != NULL)
		(void)sem_post(&worker->wake);
}

unsigned
pool_threads(const struct pool *pool)
{
	return pool->threads;
}

void
pool_free(struct pool *pool)
{
	struct worker *worker, *below;
	unsigned i;

	if (pool == NULL)
		return;
	(void)pthread_mutex_lock(&pool->mutex);
	pool->closing = true;
	worker = pool->asleep;
	pool->asleep = NULL;
	(void)pthread_mutex_unlock(&pool->mutex);
	for (; worker != NULL; worker = below) {
		below = worker->below;
		worker->handed = NULL;
		(void)sem_post(&worker->wake);
	}
	for (i = 0; i < pool->threads; i++) {
		(void)pthread_join(pool->workers[i].thread, NULL);
		(void)sem_destroy(&pool->workers[i].wake);
	}
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
