/* SPDX-License-Identifier: Apache-2.0 */
/* The callers' side of an open log; see log.h. The writing is in writer.c. */
#include "log/log.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/writer.h"

int
log_start(struct log *log, struct diag *d)
{
	sigset_t all, old;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&log->thread, NULL, writer_run, log);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0) {
		errno = rc;
		return diag_errno(
		    d, ERR_INTERNAL, "the log's thread cannot be started");
	}
	(void)pthread_setname_np(log->thread, "log");
	return 0;
}

/*
 * A writer that is at work looks at the queue by itself. One that sleeps waits
 * for exactly one post, and so the log is not gone before it.
 */
void
log_append(struct log *log, struct log_entry *entry)
{
	bool wake;

	entry->next = NULL;
	(void)pthread_mutex_lock(&log->lock);
	*log->last = entry;
	log->last = &entry->next;
	wake = log->idle;
	log->idle = false;
	atomic_fetch_add(&log->queued, 1);
	(void)pthread_mutex_unlock(&log->lock);
	if (wake)
		(void)sem_post(&log->wake);
}

struct waiter {
	struct log_entry entry; /* first: done() gets back from it */
	sem_t ready;
	int rc;
};

static void
waiter_done(struct log_entry *entry, int rc)
{
	struct waiter *w = (struct waiter *)entry;

	w->rc = rc;
	(void)sem_post(&w->ready);
}

int
log_why(const struct log *log, int rc, struct diag *d)
{
	if (rc == 0)
		return 0;
	if (log_health(log, d) != 0)
		return ERR_LOG;
	if (rc == ERR_TOO_LARGE)
		return diag_set(d, rc,
		    "a record of the log has %d bytes at most", LOG_BODY_MAX);
	return diag_set(
	    d, rc, "the log does not take a record that would leave it wrong");
}

int
log_append_wait(struct log *log, enum event_kind kind, struct span body,
    uint64_t *seq, struct diag *d)
{
	struct waiter w = {.entry = {.kind = kind, .done = waiter_done}};

	(void)sem_init(&w.ready, 0, 0);
	buf_add_span(&w.entry.body, body);
	log_append(log, &w.entry);
	while (sem_wait(&w.ready) != 0 && errno == EINTR)
		continue;
	(void)sem_destroy(&w.ready);
	if (w.rc != 0)
		return log_why(log, w.rc, d);
	if (seq != NULL)
		*seq = w.entry.seq;
	return 0;
}

int
log_health(const struct log *log, struct diag *d)
{
	/* The lock is no part of what a caller sees as constant. */
	struct log *inside = (struct log *)(uintptr_t)log;
	int rc;

	(void)pthread_mutex_lock(&inside->lock);
	rc = log->failure.code;
	if (rc != 0 && d != NULL)
		*d = log->failure;
	(void)pthread_mutex_unlock(&inside->lock);
	return rc;
}

void
log_head(struct log *log, struct log_head *out)
{
	(void)pthread_mutex_lock(&log->lock);
	out->size = log->durable.size;
	out->bytes = log->durable_bytes;
	tree_root(&log->durable, &log->head_hasher, out->root);
	(void)pthread_mutex_unlock(&log->lock);
}

void
log_stop(struct log *log)
{
	bool wake;

	(void)pthread_mutex_lock(&log->lock);
	log->stopping = true;
	wake = log->idle;
	log->idle = false;
	(void)pthread_mutex_unlock(&log->lock);
	if (wake)
		(void)sem_post(&log->wake);
	(void)pthread_join(log->thread, NULL);
}

void
log_free(struct log *log)
{
	(void)pthread_mutex_destroy(&log->lock);
	(void)sem_destroy(&log->wake);
	intents_free(&log->open);
	buf_free(&log->batch);
	hasher_free(&log->hasher);
	hasher_free(&log->head_hasher);
	(void)close(log->fd);
	free(log->path);
	free(log);
}

/* The next opening would cut it too; a closed log is just its records. */
static void
room_cut(const struct log *log)
{
	if (log->failure.code != 0 || log->room_end <= log->end)
		return;
	if (ftruncate(log->fd, (off_t)log->end) != 0)
		return;
}

void
log_close(struct log *log)
{
	if (log == NULL)
		return;
	log_stop(log);
	room_cut(log);
	log_free(log);
}
