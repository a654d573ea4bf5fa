/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop; see loop.h. */
#include "lib/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define ROUND_EVENTS 64

struct loop {
	int epoll_fd;
	int wake_fd;
	atomic_bool stopped;
	pthread_mutex_t mutex; /* guards first and last */
	struct task *first;
	struct task **last;
	struct timer **heap; /* heap[1..n]: a binary heap by due_ms */
	size_t n, cap;
	struct epoll_event events[ROUND_EVENTS];
	int pending, at; /* events of this round not yet handed out */
	void (*round)(void *arg);
	void *round_arg;
};

static void
wake_ready(const struct loop *loop)
{
	uint64_t count;
	ssize_t n = read(loop->wake_fd, &count, sizeof(count));

	(void)n; /* it only had to stop being readable */
}

int
loop_new(struct loop **out, struct diag *d)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->last = &loop->first;
	(void)pthread_mutex_init(&loop->mutex, NULL);
	if (loop->epoll_fd < 0 || loop->wake_fd < 0 ||
	    epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event) !=
		0) {
		(void)diag_errno(d, ERR_INTERNAL, "no event loop");
		loop_free(loop);
		return ERR_INTERNAL;
	}
	*out = loop;
	return 0;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->epoll_fd >= 0)
		(void)close(loop->epoll_fd);
	if (loop->wake_fd >= 0)
		(void)close(loop->wake_fd);
	(void)pthread_mutex_destroy(&loop->mutex);
	free(loop->heap);
	free(loop);
}

int
loop_watch(struct loop *loop, struct watch *w, uint32_t events, struct diag *d)
{
	struct epoll_event event = {.events = events, .data.ptr = w};

	w->events = events;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, w->fd, &event) != 0)
		return diag_errno(
		    d, ERR_INTERNAL, "descriptor %d cannot be watched", w->fd);
	return 0;
}

void
loop_rewatch(struct loop *loop, struct watch *w, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = w};

	if (w->events == events)
		return;
	w->events = events;
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, w->fd, &event);
}

void
loop_unwatch(struct loop *loop, struct watch *w)
{
	int i;

	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	/* An event of this very round may still point at it. */
	for (i = loop->at; i < loop->pending; i++) {
		if (loop->events[i].data.ptr == w)
			loop->events[i].events = 0;
	}
}

static void
heap_place(struct loop *loop, size_t i, struct timer *t)
{
	loop->heap[i] = t;
	t->place = i;
}

static void
heap_up(struct loop *loop, struct timer *t, size_t i)
{
	while (i > 1 && loop->heap[i / 2]->due_ms > t->due_ms) {
		heap_place(loop, i, loop->heap[i / 2]);
		i /= 2;
	}
	heap_place(loop, i, t);
}

static void
heap_down(struct loop *loop, struct timer *t, size_t i)
{
	size_t child;

	while ((child = 2 * i) <= loop->n) {
		if (child < loop->n &&
		    loop->heap[child + 1]->due_ms < loop->heap[child]->due_ms)
			child++;
		if (loop->heap[child]->due_ms >= t->due_ms)
			break;
		heap_place(loop, i, loop->heap[child]);
		i = child;
	}
	heap_place(loop, i, t);
}

void
loop_timer_clear(struct loop *loop, struct timer *t)
{
	size_t i = t->place;
	struct timer *last;

	if (i == 0)
		return;
	t->place = 0;
	last = loop->heap[loop->n--];
	if (last == t)
		return;
	if (i > 1 && loop->heap[i / 2]->due_ms > last->due_ms)
		heap_up(loop, last, i);
	else
		heap_down(loop, last, i);
}

void
loop_timer_set(struct loop *loop, struct timer *t, int64_t delay_ms)
{
	loop_timer_clear(loop, t);
	if (loop->n + 2 > loop->cap) {
		loop->cap = loop->cap != 0 ? loop->cap * 2 : 64;
		loop->heap =
		    xrealloc(loop->heap, loop->cap * sizeof(*loop->heap));
	}
	t->due_ms = clock_mono_ms() + delay_ms;
	loop->n++;
	heap_up(loop, t, loop->n);
}

static void
wake(const struct loop *loop)
{
	const uint64_t one = 1;
	ssize_t n = write(loop->wake_fd, &one, sizeof(one));

	(void)n; /* full means that it is awake already */
}

void
loop_post(struct loop *loop, struct task *t)
{
	bool was_empty;

	t->next = NULL;
	(void)pthread_mutex_lock(&loop->mutex);
	was_empty = loop->first == NULL;
	*loop->last = t;
	loop->last = &t->next;
	(void)pthread_mutex_unlock(&loop->mutex);
	if (was_empty)
		wake(loop);
}

void
loop_stop(struct loop *loop)
{
	atomic_store(&loop->stopped, true);
	wake(loop);
}

void
loop_set_round(struct loop *loop, void (*round)(void *arg), void *arg)
{
	loop->round = round;
	loop->round_arg = arg;
}

static void
run_tasks(struct loop *loop)
{
	struct task *t, *next;

	(void)pthread_mutex_lock(&loop->mutex);
	t = loop->first;
	loop->first = NULL;
	loop->last = &loop->first;
	(void)pthread_mutex_unlock(&loop->mutex);
	for (; t != NULL; t = next) {
		next = t->next;
		t->run(t);
	}
}

static void
run_timers(struct loop *loop)
{
	int64_t now = clock_mono_ms();
	struct timer *t;

	while (loop->n > 0 && loop->heap[1]->due_ms <= now) {
		t = loop->heap[1];
		loop_timer_clear(loop, t);
		t->fire(t);
	}
}

static void
run_events(struct loop *loop, int n)
{
	struct watch *w;
	uint32_t events;

	loop->pending = n;
	for (loop->at = 0; loop->at < loop->pending;) {
		w = loop->events[loop->at].data.ptr;
		events = loop->events[loop->at].events;
		loop->at++;
		if (w == NULL)
			wake_ready(loop);
		else if (events != 0)
			w->ready(w, events);
	}
	loop->pending = 0;
}

static int
wait_ms(const struct loop *loop)
{
	int64_t left;

	if (loop->n == 0)
		return -1;
	left = loop->heap[1]->due_ms - clock_mono_ms();
	if (left < 0)
		return 0;
	return left > 60000 ? 60000 : (int)left;
}

int
loop_run(struct loop *loop, struct diag *d)
{
	int n;

	while (!atomic_load(&loop->stopped)) {
		n = epoll_wait(
		    loop->epoll_fd, loop->events, ROUND_EVENTS, wait_ms(loop));
		if (n < 0 && errno != EINTR)
			return diag_errno(d, ERR_INTERNAL, "epoll_wait");
		run_events(loop, n < 0 ? 0 : n);
		run_tasks(loop);
		run_timers(loop);
		if (loop->round != NULL)
			loop->round(loop->round_arg);
	}
	atomic_store(&loop->stopped, false);
	return 0;
}
