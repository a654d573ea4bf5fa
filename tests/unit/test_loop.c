/* SPDX-License-Identifier: Apache-2.0 */
/* lib/loop: events, timers, tasks, and what may be removed when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"

static struct loop *loop;
static char journal[256]; /* one letter for each thing that happened */

static void
note(char c)
{
	size_t len = strlen(journal);

	assert_true(len + 1 < sizeof(journal));
	journal[len] = c;
	journal[len + 1] = '\0';
}

static int
make_loop(void **state)
{
	struct diag d = DIAG_INIT;

	(void)state;
	journal[0] = '\0';
	return loop_new(&loop, &d);
}

static int
free_loop(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static void
run(void)
{
	struct diag d = DIAG_INIT;

	assert_int_equal(loop_run(loop, &d), 0);
}

static void
fire(struct timer *t)
{
	note(*(const char *)t->arg);
	if (*(const char *)t->arg == '.')
		loop_stop(loop);
}

static struct timer
timer_of(const char *letter)
{
	union {
		const char *in;
		void *out;
	} name = {letter};

	return (struct timer){0, 0, fire, name.out};
}

static void
timers_fire_in_their_order(void **state)
{
	struct timer c = timer_of("c"), a = timer_of("a"), b = timer_of("b");
	struct timer end = timer_of("."), gone = timer_of("x");
	int64_t begun = clock_mono_ms();

	(void)state;
	loop_timer_set(loop, &end, 40);
	loop_timer_set(loop, &c, 30);
	loop_timer_set(loop, &gone, 15);
	loop_timer_set(loop, &a, 0);
	loop_timer_set(loop, &b, 35);
	loop_timer_set(loop, &b, 10); /* moved */
	loop_timer_clear(loop, &gone);
	loop_timer_clear(loop, &gone);
	run();
	assert_string_equal(journal, "abc.");
	assert_true(clock_mono_ms() >= begun + 40);
	assert_int_equal(a.place, 0);
}

static int64_t last_due;

static void
fire_in_order(struct timer *t)
{
	assert_true(t->due_ms >= last_due);
	assert_int_equal(t->place, 0);
	last_due = t->due_ms;
	if (t->arg != NULL)
		loop_stop(loop);
}

/* The heap holds what a list would. */
static void
many_timers_keep_their_order(void **state)
{
	struct timer timers[300];
	unsigned seed = 12345;
	size_t i;

	(void)state;
	last_due = 0;
	for (i = 0; i < 300; i++) {
		seed = seed * 1103515245 + 12345;
		timers[i] = (struct timer){0, 0, fire_in_order, NULL};
		loop_timer_set(loop, &timers[i], seed >> 16 & 15);
	}
	for (i = 0; i < 300; i += 3)
		loop_timer_clear(loop, &timers[i]);
	for (i = 1; i < 300; i += 3)
		loop_timer_set(loop, &timers[i], (int64_t)(i % 7));
	timers[0].arg = &last_due;
	loop_timer_set(loop, &timers[0], 20);
	run();
	for (i = 0; i < 300; i++)
		assert_int_equal(timers[i].place, 0);
}

static struct timer first, second;

static void
clear_the_second(struct timer *t)
{
	(void)t;
	note('1');
	loop_timer_clear(loop, &second);
}

static void
a_timer_may_clear_another(void **state)
{
	struct timer end = timer_of(".");

	(void)state;
	first = (struct timer){0, 0, clear_the_second, NULL};
	second = timer_of("2");
	loop_timer_set(loop, &first, 0);
	loop_timer_set(loop, &second, 0);
	loop_timer_set(loop, &end, 10);
	run();
	assert_string_equal(journal, "1.");
}

static struct watch left, right;

/* Whichever comes first removes and forgets the other. */
static void
remove_the_other(struct watch *w, uint32_t events)
{
	struct watch *other = w == &left ? &right : &left;

	assert_true((events & EPOLLIN) != 0);
	note('r');
	loop_unwatch(loop, other);
	memset(other, 0xff, sizeof(*other));
	loop_unwatch(loop, w);
	loop_stop(loop);
}

static void
a_removed_watch_is_not_called(void **state)
{
	struct diag d = DIAG_INIT;
	int a[2], b[2];

	(void)state;
	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	left = (struct watch){a[0], 0, remove_the_other, NULL};
	right = (struct watch){b[0], 0, remove_the_other, NULL};
	assert_int_equal(loop_watch(loop, &left, EPOLLIN, &d), 0);
	assert_int_equal(loop_watch(loop, &right, EPOLLIN, &d), 0);
	assert_int_equal(write(a[1], "x", 1), 1);
	assert_int_equal(write(b[1], "x", 1), 1);
	run();
	assert_string_equal(journal, "r");
	(void)close(a[0]);
	(void)close(a[1]);
	(void)close(b[0]);
	(void)close(b[1]);
}

static void
note_events(struct watch *w, uint32_t events)
{
	note((events & EPOLLIN) != 0 ? 'i' : 'o');
	loop_rewatch(loop, w, (events & EPOLLIN) != 0 ? EPOLLOUT : 0);
}

static void
interests_change(void **state)
{
	struct timer end = timer_of(".");
	struct diag d = DIAG_INIT;
	struct watch w;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	w = (struct watch){fds[0], 0, note_events, NULL};
	assert_int_equal(loop_watch(loop, &w, EPOLLIN, &d), 0);
	loop_timer_set(loop, &end, 20);
	run();
	assert_string_equal(journal, "io.");
	loop_unwatch(loop, &w);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
what_cannot_be_watched_is_refused(void **state)
{
	struct diag d = DIAG_INIT;
	struct watch w = {.fd = -1};

	(void)state;
	assert_int_equal(loop_watch(loop, &w, EPOLLIN, &d), ERR_INTERNAL);
	assert_true(d.native != 0);
}

struct numbered {
	struct task task;
	int number;
};

static int expected;

static void
run_numbered(struct task *t)
{
	struct numbered *n = (struct numbered *)t;

	assert_int_equal(n->number, expected);
	expected++;
	free(n);
	if (expected == 2000)
		loop_stop(loop);
}

static void *
post_many(void *arg)
{
	struct numbered *n;
	int i;

	for (i = 0; i < 2000; i++) {
		n = xcalloc(1, sizeof(*n));
		n->task.run = run_numbered;
		n->number = i;
		loop_post(loop, &n->task);
	}
	return arg;
}

static void
tasks_of_another_thread_run_in_order(void **state)
{
	pthread_t thread;

	(void)state;
	expected = 0;
	assert_int_equal(pthread_create(&thread, NULL, post_many, NULL), 0);
	run();
	(void)pthread_join(thread, NULL);
	assert_int_equal(expected, 2000);
}

static struct task again;

static void
run_again(struct task *t)
{
	note('t');
	if (strlen(journal) < 3)
		loop_post(loop, t);
	else
		loop_stop(loop);
}

/* What posts itself does not starve the rest: it waits for the next round. */
static void
a_task_may_post_itself(void **state)
{
	(void)state;
	again.run = run_again;
	loop_post(loop, &again);
	run();
	assert_string_equal(journal, "ttt");
}

static void
note_round(void *arg)
{
	note(*(const char *)arg);
}

static void
rounds_end_with_their_callback(void **state)
{
	struct timer end = timer_of(".");

	(void)state;
	loop_set_round(loop, note_round, (char[]){"|"});
	loop_timer_set(loop, &end, 0);
	run();
	assert_string_equal(journal + strlen(journal) - 2, ".|");
}

static void
a_stop_before_the_run_is_not_lost(void **state)
{
	(void)state;
	loop_stop(loop);
	run();
	loop_stop(loop);
	run();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_loop, free_loop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(timers_fire_in_their_order),
	    TEST(many_timers_keep_their_order),
	    TEST(a_timer_may_clear_another),
	    TEST(a_removed_watch_is_not_called),
	    TEST(interests_change),
	    TEST(what_cannot_be_watched_is_refused),
	    TEST(tasks_of_another_thread_run_in_order),
	    TEST(a_task_may_post_itself),
	    TEST(rounds_end_with_their_callback),
	    TEST(a_stop_before_the_run_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
