/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worker threads for what a loop must not do itself. Jobs are taken in order;
 * each job is part of its owner's struct and is the worker's until run()
 * returns it (usually by loop_post()).
 */
#ifndef LIB_POOL_H
#define LIB_POOL_H

#include <stddef.h>

#include "lib/diag.h"

struct pool;

struct job {
	struct job *next;
	/* worker counts from 0: the index of per-thread state. */
	void (*run)(struct job *job, unsigned worker);
};

/* 1 to 64 threads, with all signals blocked, named "name/0", "name/1" ... */
int pool_new(
    unsigned threads, const char *name, struct pool **out, struct diag *d);

/* Any thread. */
void pool_push(struct pool *pool, struct job *job);

unsigned pool_threads(const struct pool *pool);

/* Jobs still queued are run first. */
void pool_free(struct pool *pool);

/* One worker a core that this process may run on; at least 1, at most 64. */
unsigned pool_cores(void);

#endif
