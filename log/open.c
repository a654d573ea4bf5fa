/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a log: the file, its lock, its end; see log.h. */
#include "log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/mem.h"
#include "log/disk.h"
#include "log/record.h"
#include "log/recover.h"
#include "log/writer.h"

#define SETTLE_LEN (8 * 1024 * 1024) /* more than a batch and its room */

static int
file_check(int fd, const char *path, struct diag *d)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return diag_errno(d, ERR_LOG, "%s", path);
	if (!S_ISREG(st.st_mode))
		return diag_set(d, ERR_LOG, "%s: must be a regular file", path);
	if (st.st_uid != geteuid())
		return diag_set(d, ERR_LOG,
		    "%s: the owner must be uid %u, it is uid %u", path,
		    geteuid(), st.st_uid);
	if ((st.st_mode & 022) != 0)
		return diag_set(d, ERR_LOG,
		    "%s: mode %04o lets others write it; run chmod 600 on it",
		    path, st.st_mode & 07777);
	return 0;
}

static int
file_lock(int fd, const char *path, struct diag *d)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return diag_set(
		    d, ERR_LOG_BUSY, "%s: another process writes it", path);
	return diag_errno(d, ERR_LOG, "%s", path);
}

static int
file_take(const char *path, int *out, struct diag *d)
{
	int fd = -1, rc;

	fd = open(path,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
	    0600);
	if (fd < 0)
		return diag_errno(d, ERR_LOG, "%s", path);
	rc = file_check(fd, path, d);
	if (rc == 0)
		rc = file_lock(fd, path, d);
	if (rc != 0) {
		(void)close(fd);
		return rc;
	}
	*out = fd;
	return 0;
}

static int
dir_sync(const char *path, struct diag *d)
{
	const char *slash = strrchr(path, '/');
	MEM_CLEANUP char *dir =
	    slash == NULL
		? xstrdup(".")
		: xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return diag_errno(d, ERR_LOG, "%s", dir);
	rc = fsync(fd);
	(void)close(fd);
	return rc == 0 ? 0 : diag_errno(d, ERR_LOG, "%s", dir);
}

/*
 * A file without a whole header is new, or was never finished: it is begun
 * (again) when what is there could be the beginning of a header.
 */
static int
header_make(int fd, const char *path, struct diag *d)
{
	BUF_CLEANUP header = BUF_INIT;
	uint8_t have[RECORD_HEADER_LEN];
	ssize_t n = pread(fd, have, sizeof(have), 0);
	int rc;

	if (n < 0)
		return diag_errno(d, ERR_LOG, "%s", path);
	if (n == RECORD_HEADER_LEN)
		return 0;
	rc = record_header_encode(&header, d);
	if (rc != 0)
		return rc;
	if (memcmp(have, header.data,
		n < RECORD_MAGIC_LEN ? (size_t)n : RECORD_MAGIC_LEN) != 0)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "%s: this is no log of privyseal", path);
	if (ftruncate(fd, 0) != 0 ||
	    fd_write_all(fd, header.data, header.len) != 0 || fsync(fd) != 0)
		return diag_errno(d, ERR_LOG, "%s", path);
	return 0;
}

/* A torn record, and room that was not cut because of a crash. */
static int
tail_cut(int fd, const char *path, const struct log_end *end, struct diag *d)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return diag_errno(d, ERR_LOG, "%s", path);
	if (st.st_size == end->bytes)
		return 0;
	if (ftruncate(fd, (off_t)end->bytes) != 0 || fsync(fd) != 0)
		return diag_errno(d, ERR_LOG,
		    "%s: what is behind the last record cannot be cut", path);
	return 0;
}

/*
 * What is read below must be what the disk has. Records of a writer that died
 * may still be in the page cache only, so they are synced; and after a sync
 * that failed the cache may hold pages that Linux has given up and calls
 * clean, so the end, where they can be, is read anew.
 */
static int
disk_settle(int fd, const char *path, struct diag *d)
{
	struct stat st;
	off_t from;

	if (fstat(fd, &st) != 0 || log_disk.sync(fd) != 0)
		return diag_errno(d, ERR_LOG, "%s", path);
	from = st.st_size > SETTLE_LEN ? st.st_size - SETTLE_LEN : 0;
	(void)posix_fadvise(fd, from, 0, POSIX_FADV_DONTNEED);
	return 0;
}

static int
log_read_end(struct log *log, struct log_end *end, struct diag *d)
{
	int rc = header_make(log->fd, log->path, d);

	/* Always: an earlier start may have died before it came to this. */
	if (rc == 0)
		rc = dir_sync(log->path, d);
	if (rc == 0)
		rc = disk_settle(log->fd, log->path, d);
	if (rc != 0)
		return rc;
	rc = recover_read(log->fd, &log->hasher, end, d);
	if (rc != 0 && d != NULL)
		return diag_prefix(d, "%s", log->path);
	return rc != 0 ? rc : tail_cut(log->fd, log->path, end, d);
}

static struct log *
log_new(int fd, const char *path, const struct log_options *options)
{
	struct log *log = xcalloc(1, sizeof(*log));

	log->fd = fd;
	log->path = xstrdup(path);
	log->options = *options;
	log->last = &log->first;
	(void)pthread_mutex_init(&log->lock, NULL);
	(void)sem_init(&log->wake, 0, 0);
	return log;
}

/* FAILED for every intent that was open when the last writer ended. */
static int
intents_close(struct log *log, const uint64_t *seqs, size_t n, struct diag *d)
{
	BUF_CLEANUP body = BUF_INIT;
	struct event_failed failed = {.err = ERR_UNAVAILABLE,
	    .text = span_str("the agent ended before this intent did"),
	    .possibly_signed = true};
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		failed.intent_seq = seqs[i];
		buf_reset(&body);
		event_failed_encode(&failed, &body);
		rc = log_append_wait(
		    log, EVENT_FAILED, buf_span(&body), NULL, d);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
log_begin(struct log *log, struct log_recovery *recovery, struct diag *d)
{
	MEM_CLEANUP uint64_t *seqs = NULL;
	struct log_end end = {0};
	size_t i, n;
	int rc;

	rc = log_read_end(log, &end, d);
	log->open = end.open;
	if (rc != 0)
		return rc;
	tree_copy(&log->tree, &end.tree);
	tree_copy(&log->durable, &end.tree);
	memcpy(log->before, end.before, sizeof(log->before));
	log->end = end.bytes;
	log->durable_bytes = end.bytes;
	log->room_end = end.bytes;
	n = log->open.n;
	seqs = xcalloc(n + 1, sizeof(*seqs));
	for (i = 0; i < n; i++)
		seqs[i] = log->open.at[i].seq;
	rc = log_start(log, d);
	if (rc != 0)
		return rc;
	rc = intents_close(log, seqs, n, d);
	if (rc != 0) {
		log_stop(log);
		return rc;
	}
	*recovery = (struct log_recovery){.records = end.tree.size,
	    .cut_bytes = (uint64_t)end.cut_bytes,
	    .open_intents = n};
	return 0;
}

int
log_open(struct log **out, const char *path, const struct log_options *options,
    struct log_recovery *recovery, struct diag *d)
{
	struct log *log;
	int fd = -1, rc;

	rc = file_take(path, &fd, d);
	if (rc != 0)
		return rc;
	log = log_new(fd, path, options);
	rc = hasher_new(&log->hasher, d);
	if (rc == 0)
		rc = hasher_new(&log->head_hasher, d);
	if (rc == 0)
		rc = log_begin(log, recovery, d);
	if (rc != 0) {
		log_free(log);
		return rc;
	}
	*out = log;
	return 0;
}
