/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that keeps the index; see indexer.h. */
#include "agent/indexer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/notice.h"

#define BEHIND_MS 50 /* company for a transaction is worth this wait */

struct indexer {
	struct index *index;
	struct log *log;
	char *log_path;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool woken, hurry, closing;
	uint64_t asked, served; /* rounds wanted by sync, rounds done */
	int err;
	char text[DIAG_TEXT_MAX];
};

static void
round_run(struct indexer *x, struct follower *f, struct diag *d)
{
	struct log_head head;
	size_t n;
	int rc;

	log_head(x->log, &head);
	do {
		rc = follower_step(f, head.size, &n, d);
	} while (rc == 0 && n == FOLLOW_STEP);
	if (rc == 0)
		return;
	notice_diag(NOTICE_ERROR,
	    "the index is not kept any more; issuing goes on. Stop the agent "
	    "and run privyseal index rebuild",
	    d);
	(void)pthread_mutex_lock(&x->mutex);
	x->err = d->code;
	memcpy(x->text, d->text, sizeof(x->text));
	(void)pthread_mutex_unlock(&x->mutex);
}

static void
deadline_in(struct timespec *ts, int64_t ms)
{
	(void)clock_gettime(CLOCK_MONOTONIC, ts);
	ts->tv_sec += ms / 1000;
	ts->tv_nsec += ms % 1000 * 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_nsec -= 1000000000;
		ts->tv_sec++;
	}
}

/* Waits to be woken, and then a little for company; false: it is over. */
static bool
round_wait(struct indexer *x, uint64_t *round)
{
	struct timespec until;
	bool goes_on;

	(void)pthread_mutex_lock(&x->mutex);
	while (!x->woken && !x->closing)
		(void)pthread_cond_wait(&x->changed, &x->mutex);
	deadline_in(&until, BEHIND_MS);
	while (!x->hurry && !x->closing) {
		if (pthread_cond_timedwait(&x->changed, &x->mutex, &until) != 0)
			break;
	}
	x->woken = false;
	x->hurry = false;
	*round = x->asked;
	goes_on = !x->closing && x->err == 0;
	(void)pthread_mutex_unlock(&x->mutex);
	return goes_on;
}

static void
round_done(struct indexer *x, uint64_t round)
{
	(void)pthread_mutex_lock(&x->mutex);
	x->served = round;
	(void)pthread_cond_broadcast(&x->changed);
	(void)pthread_mutex_unlock(&x->mutex);
}

static void *
indexer_main(void *arg)
{
	struct indexer *x = arg;
	struct follower *f = NULL;
	struct diag d = DIAG_INIT;
	uint64_t round = 0;

	(void)prctl(PR_SET_NAME, "index");
	if (follower_open(x->index, x->log_path, &f, &d) != 0) {
		(void)pthread_mutex_lock(&x->mutex);
		x->err = d.code;
		memcpy(x->text, d.text, sizeof(x->text));
		(void)pthread_mutex_unlock(&x->mutex);
		notice_diag(NOTICE_ERROR, "index", &d);
	} else {
		round_run(x, f, &d);
	}
	while (round_wait(x, &round)) {
		round_run(x, f, &d);
		round_done(x, round);
	}
	follower_close(f);
	return NULL;
}

int
indexer_open(const char *index_path, const char *log_path, struct log *log,
    struct indexer **out, struct diag *d)
{
	struct indexer *x = xcalloc(1, sizeof(*x));
	pthread_condattr_t attr;
	sigset_t all, old;
	int rc;

	rc = index_open(index_path, INDEX_WRITE, &x->index, d);
	if (rc != 0) {
		free(x);
		return rc;
	}
	x->log = log;
	x->log_path = xstrdup(log_path);
	(void)pthread_mutex_init(&x->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&x->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&x->thread, NULL, indexer_main, x);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0)
		return diag_set(
		    d, ERR_INTERNAL, "the index thread cannot be started");
	*out = x;
	return 0;
}

void
indexer_wake(struct indexer *x)
{
	if (x == NULL)
		return;
	(void)pthread_mutex_lock(&x->mutex);
	if (!x->woken) {
		x->woken = true;
		(void)pthread_cond_broadcast(&x->changed);
	}
	(void)pthread_mutex_unlock(&x->mutex);
}

int
indexer_sync(struct indexer *x, int64_t timeout_ms, struct diag *d)
{
	struct timespec until;
	uint64_t round;
	int rc = 0;

	if (x == NULL)
		return indexer_health(x, d);
	deadline_in(&until, timeout_ms);
	(void)pthread_mutex_lock(&x->mutex);
	round = ++x->asked;
	x->woken = true;
	x->hurry = true;
	(void)pthread_cond_broadcast(&x->changed);
	while (x->served < round && x->err == 0 && rc == 0)
		rc = pthread_cond_timedwait(&x->changed, &x->mutex, &until);
	(void)pthread_mutex_unlock(&x->mutex);
	if (indexer_health(x, d) != 0)
		return ERR_INDEX;
	return rc == 0 ? 0
		       : diag_set(d, ERR_INDEX,
			     "the index is too far behind the log; try again");
}

int
indexer_health(struct indexer *x, struct diag *d)
{
	int err;

	if (x == NULL)
		return diag_set(d, ERR_INDEX,
		    "the index cannot be opened; stop the agent and run "
		    "privyseal index rebuild");
	(void)pthread_mutex_lock(&x->mutex);
	err = x->err;
	if (err != 0)
		(void)diag_set(d, ERR_INDEX, "%s", x->text);
	(void)pthread_mutex_unlock(&x->mutex);
	return err != 0 ? ERR_INDEX : 0;
}

void
indexer_close(struct indexer *x)
{
	if (x == NULL)
		return;
	(void)pthread_mutex_lock(&x->mutex);
	x->closing = true;
	(void)pthread_cond_broadcast(&x->changed);
	(void)pthread_mutex_unlock(&x->mutex);
	(void)pthread_join(x->thread, NULL);
	index_close(x->index);
	(void)pthread_cond_destroy(&x->changed);
	(void)pthread_mutex_destroy(&x->mutex);
	free(x->log_path);
	free(x);
}
