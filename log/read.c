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
#include <unistd.h>

#include "lib/file.h"
#include "lib/mem.h"
#include "log/reader.h"
#include "log/record.h"
#include "log/tree.h"

#define PIECE (256 * 1024)

struct log_reader {
	int fd; /* -1: in memory */
	bool owns_fd;
	struct buf window;
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

/* Tries to have want bytes at data[start]; how many there are. */
static ssize_t
window_fill(struct log_reader *r, size_t want, struct diag *d)
{
	ssize_t n;

	if (r->fd < 0 || r->len - r->start >= want)
		return (ssize_t)(r->len - r->start);
	buf_consume(&r->window, r->start);
	r->start = 0;
	while (r->window.len < want) {
		buf_reserve(&r->window, PIECE);
		n = pread(r->fd, r->window.data + r->window.len, PIECE,
		    r->at + (int64_t)r->window.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_errno(d, ERR_LOG, "the log cannot be read");
		if (n == 0)
			break;
		r->window.len += (size_t)n;
	}
	r->data = r->window.data;
	r->len = r->window.len;
	return (ssize_t)r->len;
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
	r->owns_fd = true;
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
	if (r->owns_fd)
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
	if (r->fd < 0) {
		r->start = (size_t)at;
	} else {
		buf_reset(&r->window);
		r->start = 0;
		r->len = 0;
	}
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
		    "record %" PRIu64 " must begin at byte %" PRId64
		    ", record %" PRIu64 " is there",
		    r->seq, r->at, rec->seq);
	if (r->chained &&
	    memcmp(rec->before, r->before, sizeof(r->before)) != 0)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "record %" PRIu64 " at byte %" PRId64
		    " does not name the record before it by its hash",
		    rec->seq, r->at);
	return 0;
}

static int
record_give(struct log_reader *r, struct span whole, struct log_record *out,
    struct diag *d)
{
	struct record rec;
	int rc;

	if (!record_parse(whole, &rec))
		return diag_set(d, ERR_LOG_CORRUPT,
		    "record %" PRIu64 " at byte %" PRId64
		    " does not have the checksum it says",
		    r->seq, r->at);
	rc = record_check(r, &rec, d);
	if (rc != 0)
		return rc;
	hash_leaf(&r->hasher, whole, out->leaf);
	out->seq = rec.seq;
	out->time_ms = rec.time_ms;
	out->kind = rec.kind;
	out->body = rec.body;
	out->whole = whole;
	out->at = r->at;
	memcpy(r->before, out->leaf, sizeof(r->before));
	r->chained = true;
	r->seq++;
	r->at += (int64_t)whole.len;
	r->start += whole.len;
	return 1;
}

int
log_reader_next(
    struct log_reader *r, struct log_record *out, bool *torn, struct diag *d)
{
	ssize_t have = window_fill(r, RECORD_LENGTH_LEN, d);
	size_t len;

	*torn = false;
	if (have < 0)
		return (int)have;
	if (have == 0)
		return 0;
	if (have < RECORD_LENGTH_LEN) {
		*torn = true;
		return 0;
	}
	len = record_len(r->data + r->start);
	if (len == 0)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "record %" PRIu64 " at byte %" PRId64
		    " has a length that no record has",
		    r->seq, r->at);
	have = window_fill(r, len, d);
	if (have < 0)
		return (int)have;
	if ((size_t)have < len) {
		*torn = true;
		return 0;
	}
	return record_give(r, span_of(r->data + r->start, len), out, d);
}
