/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the log record by record; see read.h.
 *
 * The file is read in large pieces into a window that always holds whole
 * records. A log in memory is a window that is never refilled.
 */
#include "log/read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/mem.h"
#include "log/reader.h"
#include "log/record.h"
#include "log/tree.h"

#define PIECE_MIN 4096
#define PIECE_MAX (256 * 1024)
#define LOOKS 3 /* at a record that does not add up */

struct log_reader {
	int fd;      /* -1: in memory */
	bool shared; /* a file of our own: somebody may be writing it */
	struct buf window;
	size_t piece;        /* to be read at once */
	const uint8_t *data; /* window.data, or the memory */
	size_t start;        /* of what is not yet read, in data */
	size_t len;          /* of data */
	int64_t at;          /* of data[start] in the file */
	uint64_t seq;        /* expected next */
	bool chained;        /* before is known */
	uint8_t before[LOG_HASH_LEN];
	uint8_t origin[LOG_HASH_LEN]; /* of the header */
	struct hasher hasher;
};

/* Reads until out has want bytes more, or the file ends. */
static int
fd_read_at(int fd, int64_t at, size_t want, struct buf *out, struct diag *d)
{
	size_t have = 0;
	ssize_t n;

	buf_reserve(out, want);
	while (have < want) {
		n = pread(
		    fd, out->data + out->len, want - have, at + (int64_t)have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_errno(d, ERR_LOG, "the log cannot be read");
		if (n == 0)
			return 0;
		out->len += (size_t)n;
		have += (size_t)n;
	}
	return 0;
}

/* Forgets what was read ahead: the file may be changing there. */
static void
window_drop(struct log_reader *r)
{
	if (r->fd < 0)
		return;
	buf_reset(&r->window);
	r->start = 0;
	r->len = 0;
	r->piece = PIECE_MIN;
}

/* Tries to have want bytes at data[start]; how many there are. */
static ssize_t
window_fill(struct log_reader *r, size_t want, struct diag *d)
{
	int rc;

	if (r->fd < 0 || r->len - r->start >= want)
		return (ssize_t)(r->len - r->start);
	buf_consume(&r->window, r->start);
	r->start = 0;
	if (r->piece < want)
		r->piece = want;
	rc = fd_read_at(
	    r->fd, r->at + (int64_t)r->window.len, r->piece, &r->window, d);
	if (rc != 0)
		return rc;
	/* One record wanted, little read; many, large pieces. */
	r->piece = r->piece < PIECE_MAX / 2 ? r->piece * 2 : PIECE_MAX;
	r->data = r->window.data;
	r->len = r->window.len;
	return (ssize_t)r->len;
}

int
log_reader_peek(struct log_reader *r, int64_t at, size_t len, struct buf *out,
    struct diag *d)
{
	size_t from = (size_t)at;

	buf_reset(out);
	if (r->fd >= 0)
		return fd_read_at(r->fd, at, len, out, d);
	if (from < r->len)
		buf_add(out, r->data + from,
		    len < r->len - from ? len : r->len - from);
	return 0;
}

static int
header_take(struct log_reader *r, struct diag *d)
{
	ssize_t have = window_fill(r, RECORD_HEADER_LEN, d);
	struct span header;
	int rc;

	if (have < 0)
		return (int)have;
	header = span_of(r->data + r->start,
	    have < RECORD_HEADER_LEN ? (size_t)have : RECORD_HEADER_LEN);
	rc = record_header_check(header, d);
	if (rc != 0)
		return rc;
	hash_plain(&r->hasher, header, r->origin);
	memcpy(r->before, r->origin, sizeof(r->before));
	r->chained = true;
	r->start += RECORD_HEADER_LEN;
	r->at += RECORD_HEADER_LEN;
	return 0;
}

static int
reader_begin(struct log_reader *r, struct log_reader **out, struct diag *d)
{
	int rc = hasher_new(&r->hasher, d);

	r->piece = PIECE_MIN;
	if (rc == 0)
		rc = header_take(r, d);
	if (rc != 0) {
		log_reader_close(r);
		return rc;
	}
	*out = r;
	return 0;
}

int
log_reader_open_fd(int fd, struct log_reader **out, struct diag *d)
{
	struct log_reader *r = xcalloc(1, sizeof(*r));

	r->fd = fd;
	return reader_begin(r, out, d);
}

int
log_reader_open(const char *path, struct log_reader **out, struct diag *d)
{
	struct log_reader *r;
	int fd, rc;

	rc = file_open(path, FILE_ANY, &fd, d);
	if (rc != 0)
		return rc;
	r = xcalloc(1, sizeof(*r));
	r->fd = fd;
	r->shared = true;
	rc = reader_begin(r, out, d);
	return rc != 0 && d != NULL ? diag_prefix(d, "%s", path) : rc;
}

int
log_reader_open_memory(
    struct span file, struct log_reader **out, struct diag *d)
{
	struct log_reader *r = xcalloc(1, sizeof(*r));

	r->fd = -1;
	r->data = file.data;
	r->len = file.len;
	return reader_begin(r, out, d);
}

void
log_reader_close(struct log_reader *r)
{
	if (r == NULL)
		return;
	if (r->shared)
		(void)close(r->fd);
	buf_free(&r->window);
	hasher_free(&r->hasher);
	free(r);
}

int64_t
log_reader_at(const struct log_reader *r)
{
	return r->at;
}

bool
log_reader_is_memory(const struct log_reader *r)
{
	return r->fd < 0;
}

const uint8_t *
log_reader_origin(const struct log_reader *r)
{
	return r->origin;
}

/* Bytes of the file or the memory; negative is an error. */
static int64_t
source_size(const struct log_reader *r, struct diag *d)
{
	struct stat st;

	if (r->fd < 0)
		return (int64_t)r->len;
	if (fstat(r->fd, &st) != 0)
		return diag_errno(d, ERR_LOG, "the log cannot be read");
	return st.st_size;
}

int
log_reader_seek(struct log_reader *r, int64_t at, uint64_t seq, struct diag *d)
{
	int64_t size = source_size(r, d);

	if (size < 0)
		return (int)size;
	if (at == 0)
		at = RECORD_HEADER_LEN;
	if (at < RECORD_HEADER_LEN || at > size)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "no record begins at byte %" PRId64
		    " of the log, which has %" PRId64 " bytes",
		    at, size);
	window_drop(r);
	if (r->fd < 0)
		r->start = (size_t)at;
	r->at = at;
	r->seq = seq;
	r->chained = at == RECORD_HEADER_LEN;
	memcpy(r->before, r->origin, sizeof(r->before));
	return 0;
}

static int
record_check(
    const struct log_reader *r, const struct record *rec, struct diag *d)
{
	if (rec->seq != r->seq)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "record %" PRIu64 " at byte %" PRId64
		    " is missing, record %" PRIu64 " is there",
		    r->seq, r->at, rec->seq);
	if (r->chained &&
	    memcmp(rec->before, r->before, sizeof(r->before)) != 0)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "record %" PRIu64 " at byte %" PRId64
		    " does not name the record before it by its hash",
		    rec->seq, r->at);
	if (rec->synced > (uint64_t)r->at)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "record %" PRIu64 " at byte %" PRId64
		    " says that more than what is before it was durable",
		    rec->seq, r->at);
	return 0;
}

static void
record_give(struct log_reader *r, struct span whole, const struct record *rec,
    struct log_record *out)
{
	hash_leaf(&r->hasher, whole, out->leaf);
	out->seq = rec->seq;
	out->time_ms = rec->time_ms;
	out->synced = rec->synced;
	out->kind = rec->kind;
	out->body = rec->body;
	out->whole = whole;
	out->at = r->at;
	memcpy(r->before, out->leaf, sizeof(r->before));
	r->chained = true;
	r->seq++;
	r->at += (int64_t)whole.len;
	r->start += whole.len;
}

enum look { LOOK_RECORD, LOOK_END, LOOK_TORN, LOOK_LENGTH, LOOK_CHECKSUM };

/* What is at r->at; negative is an error. */
static int
record_look(struct log_reader *r, struct span *whole, struct record *rec,
    struct diag *d)
{
	ssize_t have = window_fill(r, RECORD_LENGTH_LEN, d);
	const uint8_t *first = r->data + r->start;
	size_t len;

	if (have < 0)
		return (int)have;
	if (have < RECORD_LENGTH_LEN)
		return have == 0 ? LOOK_END : LOOK_TORN;
	len = record_len(first);
	if (len == 0)
		return memcmp(first, "\0\0\0", RECORD_LENGTH_LEN) == 0
			   ? LOOK_END
			   : LOOK_LENGTH;
	have = window_fill(r, len, d);
	if (have < 0)
		return (int)have;
	if ((size_t)have < len)
		return LOOK_TORN;
	*whole = span_of(r->data + r->start, len);
	if (record_parse(*whole, rec))
		return LOOK_RECORD;
	/* Not written as far as its checksum. */
	return memcmp(whole->data + len - 4, "\0\0\0", 4) == 0 ? LOOK_TORN
							       : LOOK_CHECKSUM;
}

/*
 * Reading while the writer writes can show half of each: look again. And an
 * end that was read ahead, some time ago, may be none any more.
 */
static int
record_look_again(struct log_reader *r, struct span *whole, struct record *rec,
    struct diag *d)
{
	const struct timespec pause = {0, 1000000};
	int look = LOOK_END, i;
	bool is_old;

	for (i = 0; i < LOOKS; i++) {
		if (i > 0 && look != LOOK_END)
			(void)nanosleep(&pause, NULL);
		is_old = r->len > r->start;
		look = record_look(r, whole, rec, d);
		if (look == LOOK_RECORD || look < 0)
			return look;
		window_drop(r);
		if (!r->shared ||
		    (!is_old && (look == LOOK_END || look == LOOK_TORN)))
			return look;
	}
	return look;
}

int
log_reader_next(
    struct log_reader *r, struct log_record *out, bool *torn, struct diag *d)
{
	struct record rec;
	struct span whole;
	int look = record_look_again(r, &whole, &rec, d);
	int rc;

	*torn = look == LOOK_TORN;
	if (look < 0)
		return look;
	if (look == LOOK_END || look == LOOK_TORN)
		return 0;
	if (look != LOOK_RECORD)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "record %" PRIu64 " at byte %" PRId64 " %s", r->seq, r->at,
		    look == LOOK_LENGTH ? "has a length that no record has"
					: "does not have the checksum it says");
	rc = record_check(r, &rec, d);
	if (rc != 0)
		return rc;
	record_give(r, whole, &rec, out);
	return 1;
}
