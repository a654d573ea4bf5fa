/* SPDX-License-Identifier: Apache-2.0 */
/* lib/pool: every job is run once, by the workers, to the last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "lib/pool.h"

#define JOBS 5000

struct counted {
	struct job job;
	atomic_int runs;
};

static struct counted jobs[JOBS];
static atomic_uint highest_worker;
static atomic_int order_broken, last_number;

static void
count(struct job *job, unsigned worker)
{
	struct counted *c = (struct counted *)job;

	atomic_fetch_add(&c->runs, 1);
	if (worker > atomic_load(&highest_worker))
		atomic_store(&highest_worker, worker);
}

static struct pool *
pool_of(unsigned threads)
{
	struct diag d = DIAG_INIT;
	struct pool *pool = NULL;

	assert_int_equal(pool_new(threads, "test", &pool, &d), 0);
	assert_int_equal(pool_threads(pool), threads);
	return pool;
}

/* pool_free() waits for what is queued. */
static void
every_job_runs_once(void **state)
{
	struct pool *pool = pool_of(4);
	size_t i;

	(void)state;
	for (i = 0; i < JOBS; i++) {
		jobs[i].job.run = count;
		atomic_store(&jobs[i].runs, 0);
		pool_push(pool, &jobs[i].job);
	}
	pool_free(pool);
	for (i = 0; i < JOBS; i++)
		assert_int_equal(atomic_load(&jobs[i].runs), 1);
	assert_in_range(atomic_load(&highest_worker), 0, 3);
}

static void
check_order(struct job *job, unsigned worker)
{
	int number = (int)((struct counted *)job - jobs);

	(void)worker;
	if (number != atomic_fetch_add(&last_number, 1))
		atomic_store(&order_broken, 1);
}

static void
one_worker_keeps_the_order(void **state)
{
	struct pool *pool = pool_of(1);
	size_t i;

	(void)state;
	for (i = 0; i < JOBS; i++) {
		jobs[i].job.run = check_order;
		pool_push(pool, &jobs[i].job);
		if (i % 1000 == 0)
			(void)usleep(1000); /* let it fall asleep */
	}
	pool_free(pool);
	assert_int_equal(atomic_load(&last_number), JOBS);
	assert_int_equal(atomic_load(&order_broken), 0);
}

static char name[16];
static sigset_t blocked;

static void
look_around(struct job *job, unsigned worker)
{
	(void)job;
	(void)worker;
	/* The name is given after the thread was started. */
	while (pthread_getname_np(pthread_self(), name, sizeof(name)) == 0 &&
	       strncmp(name, "test/", 5) != 0)
		(void)usleep(1000);
	(void)pthread_sigmask(SIG_BLOCK, NULL, &blocked);
}

static void
workers_have_names_and_no_signals(void **state)
{
	struct pool *pool = pool_of(1);
	struct job job = {NULL, look_around};
	sigset_t ours;

	(void)state;
	pool_push(pool, &job);
	pool_free(pool);
	assert_string_equal(name, "test/0");
	assert_int_equal(sigismember(&blocked, SIGTERM), 1);
	assert_int_equal(sigismember(&blocked, SIGHUP), 1);
	(void)pthread_sigmask(SIG_BLOCK, NULL, &ours);
	assert_int_equal(sigismember(&ours, SIGTERM), 0);
}

static void
an_idle_pool_ends(void **state)
{
	(void)state;
	pool_free(pool_of(8));
	pool_free(NULL);
	assert_in_range(pool_cores(), 1, 64);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_job_runs_once),
	    cmocka_unit_test(one_worker_keeps_the_order),
	    cmocka_unit_test(workers_have_names_and_no_signals),
	    cmocka_unit_test(an_idle_pool_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
