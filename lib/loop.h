/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: descriptors, timers, and work posted by other threads.
 *
 * One loop belongs to one thread; only loop_post() and loop_stop() may be
 * called from others. Callbacks must not block. A watch or timer is part of
 * its owner's struct and is not allocated here; it may be removed from inside
 * any callback.
 *
 * Posted tasks are run together, in order, on the loop's thread: however many
 * are posted while the loop is busy, it wakes once.
 */
#ifndef LIB_LOOP_H
#define LIB_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/diag.h"

struct loop;

/* A descriptor that is watched. */
struct watch {
	int fd;
	uint32_t events; /* EPOLLIN, EPOLLOUT ... as last asked for */
	void (*ready)(struct watch *w, uint32_t events);
	void *arg;
};

/* Something to do at a time. */
struct timer {
	int64_t due_ms; /* monotonic; set by loop_timer_set() */
	size_t place;   /* in the heap, from 1; 0 when it is not set */
	void (*fire)(struct timer *t);
	void *arg;
};

/* Something to do on the loop's thread; owned by whoever posts it. */
struct task {
	struct task *next;
	void (*run)(struct task *t);
};

int loop_new(struct loop **out, struct diag *d);
void loop_free(struct loop *loop);

int loop_watch(
    struct loop *loop, struct watch *w, uint32_t events, struct diag *d);
void loop_rewatch(struct loop *loop, struct watch *w, uint32_t events);
void loop_unwatch(struct loop *loop, struct watch *w); /* does not close fd */

/* Fires once, delay_ms from now; setting it again moves it. */
void loop_timer_set(struct loop *loop, struct timer *t, int64_t delay_ms);
void loop_timer_clear(struct loop *loop, struct timer *t);

/* Any thread. */
void loop_post(struct loop *loop, struct task *t);
void loop_stop(struct loop *loop);

/*
 * Called after each round of events and tasks, before the loop may sleep: the
 * place to flush what the round has queued. One per loop.
 */
void loop_set_round(struct loop *loop, void (*round)(void *arg), void *arg);

/*
 * Runs until loop_stop(), also one that came before; it may then be run again.
 * ERR_INTERNAL when the kernel refuses to wait.
 */
int loop_run(struct loop *loop, struct diag *d);

#endif
