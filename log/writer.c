/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that writes the log.
 *
 * It takes all that is queued, makes records of it, writes them with one
 * write(), makes them durable with one fdatasync(), and tells their owners.
 * An entry that comes alone is committed at once. When entries come in
 * company, it waits up to gather_us for more, so that one fdatasync serves
 * many; it stops waiting when a quarter of that time brought nobody new.
 */
#include "log/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "log/disk.h"
#include "log/record.h"

#define GATHER_SLICES 4
#define ROOM_PIECE (64 * 1024)
#define ROOM_PIECES 8

/*
 * Zeros ahead of the end: a sync that changes neither the file's size nor its
 * extents takes half the time (110 us instead of 180 for one record, 150
 * instead of 300 for twenty; ext4 on virtio).
 */
static ssize_t
disk_extend(int fd, off_t at)
{
	static uint8_t zeros[ROOM_PIECE];
	struct iovec pieces[ROOM_PIECES];
	int i;

	for (i = 0; i < ROOM_PIECES; i++)
		pieces[i] = (struct iovec){zeros, sizeof(zeros)};
	return pwritev(fd, pieces, ROOM_PIECES, at);
}

struct log_disk log_disk = {pwrite, fdatasync, disk_extend};

static bool
is_head_kind(enum event_kind kind)
{
	return kind == EVENT_START || kind == EVENT_STOP;
}

/* What would leave a log that does not verify is the caller's mistake. */
static int
body_check(struct log *log, struct log_entry *entry, int64_t at)
{
	struct log_record record = {.seq = log->tree.size,
	    .kind = (uint8_t)entry->kind,
	    .body = buf_span(&entry->body),
	    .at = at};
	uint8_t root[LOG_HASH_LEN];
	struct intent_open ended;

	if (entry->body.len > LOG_BODY_MAX)
		return ERR_TOO_LARGE;
	if (event_check(record.kind, record.body, NULL) != 0 ||
	    intents_follow(&log->open, &record, false, &ended, NULL) != 0)
		return ERR_INTERNAL;
	if (is_head_kind(entry->kind)) {
		tree_root(&log->tree, &log->hasher, root);
		(void)event_agent_fill(&entry->body, log->tree.size, root);
	}
	return 0;
}

static void
entry_encode(struct log *log, struct log_entry *entry, int64_t now_ms)
{
	size_t start = log->batch.len;
	struct record record = {.seq = log->tree.size,
	    .time_ms = now_ms,
	    .synced = (uint64_t)log->end,
	    .kind = (uint8_t)entry->kind,
	    .body = buf_span(&entry->body)};

	memcpy(record.before, log->before, sizeof(record.before));
	record_encode(&record, &log->batch);
	hash_leaf(&log->hasher,
	    span_of(log->batch.data + start, log->batch.len - start),
	    log->before);
	tree_append(&log->tree, &log->hasher, log->before);
	entry->seq = record.seq;
	entry->time_ms = now_ms;
	entry->at = log->end + (int64_t)start;
}

static int
log_fail(struct log *log, const char *what)
{
	struct diag failure = DIAG_INIT;

	(void)diag_errno(&failure, ERR_LOG,
	    "%s: %s; nothing more is written before a restart", log->path,
	    what);
	(void)pthread_mutex_lock(&log->lock);
	log->failure = failure;
	(void)pthread_mutex_unlock(&log->lock);
	return ERR_LOG;
}

/* A disk that has no room for it is only slower, until a write fails. */
static void
room_make(struct log *log, int64_t end)
{
	ssize_t n;

	if (end <= log->room_end || log->room_failed)
		return;
	n = log_disk.extend(log->fd, (off_t)end);
	if (n > 0)
		log->room_end = end + n;
	log->room_failed = n < ROOM_PIECE;
}

/* One write, one fdatasync. A short write is not continued: it means that
 * the disk is full or the file at its limit. */
static int
batch_write(struct log *log)
{
	ssize_t n;

	n = log_disk.write(
	    log->fd, log->batch.data, log->batch.len, (off_t)log->end);
	if (n < 0)
		return log_fail(log, "a write failed");
	if ((size_t)n != log->batch.len) {
		errno = ENOSPC;
		return log_fail(log, "a write was cut short");
	}
	room_make(log, log->end + n);
	if (!log->options.no_sync && log_disk.sync(log->fd) != 0)
		return log_fail(log, "fdatasync failed");
	log->end += n;
	(void)pthread_mutex_lock(&log->lock);
	tree_copy(&log->durable, &log->tree);
	log->durable_bytes = log->end;
	(void)pthread_mutex_unlock(&log->lock);
	return 0;
}

static bool
has_failed(struct log *log)
{
	bool failed;

	(void)pthread_mutex_lock(&log->lock);
	failed = log->failure.code != 0;
	(void)pthread_mutex_unlock(&log->lock);
	return failed;
}

/* Makes records of as much as fits a batch; what is left comes back. */
static struct log_entry *
batch_fill(struct log *log, struct log_entry *first)
{
	int64_t now_ms = clock_now_ms();
	struct log_entry *entry;
	int rc;

	buf_reset(&log->batch);
	for (entry = first; entry != NULL && log->batch.len < RECORD_BATCH_MAX;
	     entry = entry->next) {
		rc = body_check(log, entry, log->end + (int64_t)log->batch.len);
		if (rc == 0)
			entry_encode(log, entry, now_ms);
		else
			entry->at = rc; /* negative: told in batch_tell() */
	}
	return entry;
}

static void
batch_tell(struct log_entry *first, const struct log_entry *end, int rc)
{
	struct log_entry *entry = first, *next;

	for (; entry != end; entry = next) {
		next = entry->next;
		buf_free(&entry->body);
		entry->done(
		    entry, rc == 0 && entry->at < 0 ? (int)entry->at : rc);
	}
}

static void
commit(struct log *log, struct log_entry *first)
{
	struct log_entry *rest;
	int rc;

	for (; first != NULL; first = rest) {
		rest = NULL;
		rc = has_failed(log) ? ERR_LOG : 0;
		if (rc == 0)
			rest = batch_fill(log, first);
		if (rc == 0 && log->batch.len > 0)
			rc = batch_write(log);
		batch_tell(first, rest, rc);
	}
}

static void
sleep_us(unsigned us)
{
	struct timespec ts = {us / 1000000, (long)(us % 1000000) * 1000};

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

static void
gather(struct log *log)
{
	size_t before = atomic_load(&log->queued), now;
	unsigned i;

	for (i = 0; i < GATHER_SLICES; i++) {
		sleep_us(log->options.gather_us / GATHER_SLICES);
		now = atomic_load(&log->queued);
		if (now == before)
			return;
		before = now;
	}
}

/* With the lock held: until there is something, or it is over. */
static void
idle_wait(struct log *log)
{
	log->idle = true;
	(void)pthread_mutex_unlock(&log->lock);
	while (sem_wait(&log->wake) != 0)
		continue;
	(void)pthread_mutex_lock(&log->lock);
}

/* Waits for work; NULL when there is none and will be none. */
static struct log_entry *
queue_take(struct log *log, bool busy)
{
	struct log_entry *first;

	(void)pthread_mutex_lock(&log->lock);
	if (log->first == NULL && !log->stopping) {
		busy = false;
		idle_wait(log);
	}
	if (busy && !log->stopping && log->options.gather_us > 0) {
		(void)pthread_mutex_unlock(&log->lock);
		gather(log);
		(void)pthread_mutex_lock(&log->lock);
	}
	first = log->first;
	log->first = NULL;
	log->last = &log->first;
	(void)pthread_mutex_unlock(&log->lock);
	return first;
}

void *
writer_run(void *arg)
{
	struct log *log = arg;
	struct log_entry *first;
	size_t taken;
	bool busy = false;

	while ((first = queue_take(log, busy)) != NULL) {
		taken = atomic_load(&log->queued);
		busy = first->next != NULL;
		commit(log, first);
		/* Company, then or meanwhile: more is likely on its way. */
		busy = busy || atomic_load(&log->queued) != taken;
	}
	return NULL;
}
