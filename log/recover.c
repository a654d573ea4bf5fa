/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking up a log where it ended; see recover.h.
 *
 * A crash leaves an unfinished record at the end of the file: too short, or,
 * when the power went before all of it was on the disk, with zeros where
 * sectors were not written. Nothing else is taken for a torn record: damage
 * further up, or in a last record that was once whole, is refused, because
 * what would be cut may have been acknowledged.
 */
#include "log/recover.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/reader.h"
#include "log/record.h"

#define SECTOR 512         /* bytes a disk writes at once, or a multiple */
#define SECTOR_SHARE_MIN 4 /* fewer zeros than this prove nothing */

static int
read_at(int fd, int64_t at, size_t len, struct buf *out, struct diag *d)
{
	ssize_t n;

	buf_reset(out);
	buf_reserve(out, len);
	while (out->len < len) {
		n = pread(fd, out->data + out->len, len - out->len,
		    at + (int64_t)out->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_errno(d, ERR_LOG, "the log cannot be read");
		if (n == 0)
			return 0;
		out->len += (size_t)n;
	}
	return 0;
}

static bool
is_zero(const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (data[i] != 0)
			return false;
	return true;
}

/* The size was extended, nothing was written. */
static int
rest_is_zero(int fd, int64_t at, bool *zero, struct diag *d)
{
	BUF_CLEANUP piece = BUF_INIT;
	int rc;

	for (;; at += (int64_t)piece.len) {
		rc = read_at(fd, at, RECORD_MAX_LEN, &piece, d);
		if (rc != 0)
			return rc;
		*zero = is_zero(piece.data, piece.len);
		if (!*zero || piece.len == 0)
			return 0;
	}
}

/* A sector's share of the record that the disk never saw. */
static bool
has_hole(struct span whole, int64_t at)
{
	size_t i = 0, share;

	while (i < whole.len) {
		share = SECTOR - (size_t)((at + (int64_t)i) % SECTOR);
		if (share > whole.len - i)
			share = whole.len - i;
		if (share >= SECTOR_SHARE_MIN && is_zero(whole.data + i, share))
			return true;
		i += share;
	}
	return false;
}

/* A whole record somewhere behind the bad one: then that is a middle one. */
static bool
has_record_inside(struct span tail, uint64_t seq)
{
	struct record rec;
	size_t i, len;

	for (i = 1; tail.len - i >= RECORD_MIN_LEN; i++) {
		len = record_len(tail.data + i);
		if (len != 0 && len <= tail.len - i &&
		    record_parse(span_of(tail.data + i, len), &rec) &&
		    rec.seq > seq)
			return true;
	}
	return false;
}

/* All of a record is there, only its length is not what it was. */
static bool
has_bad_length_only(struct span tail)
{
	BUF_CLEANUP mended = BUF_INIT;
	struct record rec;

	buf_add_span(&mended, tail);
	buf_put_u32_at(&mended, 0, (uint32_t)(tail.len - RECORD_LENGTH_LEN));
	return record_parse(buf_span(&mended), &rec);
}

static bool
is_unfinished(struct span tail, int64_t at, uint64_t seq)
{
	struct record rec;
	size_t len;

	if (tail.len < RECORD_MIN_LEN)
		return tail.len < RECORD_LENGTH_LEN ||
		       record_len(tail.data) != 0;
	len = record_len(tail.data);
	if (len == 0 || len < tail.len)
		return false;
	if (len == tail.len &&
	    (record_parse(tail, &rec) || !has_hole(tail, at)))
		return false;
	return !has_record_inside(tail, seq) && !has_bad_length_only(tail);
}

/* *torn: from byte `at` on there is nothing but one unfinished record. */
static int
tail_judge(int fd, int64_t at, uint64_t seq, bool *torn, struct diag *d)
{
	BUF_CLEANUP tail = BUF_INIT;
	int rc = rest_is_zero(fd, at, torn, d);

	if (rc != 0 || *torn)
		return rc;
	rc = read_at(fd, at, RECORD_MAX_LEN + 1, &tail, d);
	if (rc != 0)
		return rc;
	*torn = tail.len <= RECORD_MAX_LEN &&
		is_unfinished(buf_span(&tail), at, seq);
	return 0;
}

static int
take_record(struct log_end *end, struct hasher *h,
    const struct log_record *record, struct diag *d)
{
	struct intent_open ended;
	int rc;

	if (event_kind_name(record->kind) == NULL)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "record %" PRIu64 " at byte %" PRId64
		    " is of kind %u, which this version does not know",
		    record->seq, record->at, record->kind);
	rc = intents_follow(&end->open, record, false, &ended, d);
	if (rc != 0)
		return rc;
	tree_append(&end->tree, h, record->leaf);
	memcpy(end->before, record->leaf, sizeof(end->before));
	return 0;
}

/* What the reader cannot read may still be a torn end: then *torn is set. */
static int
take_records(struct log_reader *r, struct hasher *h, struct log_end *end,
    bool *torn, struct diag *d)
{
	struct log_record record;
	int rc;

	while ((rc = log_reader_next(r, &record, torn, d)) == 1) {
		rc = take_record(end, h, &record, d);
		if (rc != 0)
			return rc;
		end->bytes = log_reader_at(r);
	}
	*torn = *torn || rc == ERR_LOG_CORRUPT;
	return rc == ERR_LOG_CORRUPT ? 0 : rc;
}

/* why: what the reader said about the record at the end, if anything. */
static int
take_tail(int fd, struct log_end *end, const struct diag *why, struct diag *d)
{
	struct stat st;
	bool torn;
	int rc = tail_judge(fd, end->bytes, end->tree.size, &torn, d);

	if (rc != 0)
		return rc;
	if (!torn && why->code != 0)
		return diag_set(d, ERR_LOG_CORRUPT, "%s", why->text);
	if (!torn)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "record %" PRIu64 " at byte %" PRId64
		    " says it is longer than the file, and is not just "
		    "unfinished",
		    end->tree.size, end->bytes);
	if (fstat(fd, &st) != 0)
		return diag_errno(d, ERR_LOG, "the log cannot be read");
	end->cut_bytes = st.st_size - end->bytes;
	return 0;
}

int
recover_read(int fd, struct hasher *h, struct log_end *end, struct diag *d)
{
	struct diag why = DIAG_INIT;
	struct log_reader *r;
	bool torn = false;
	int rc;

	*end = (struct log_end){.bytes = RECORD_HEADER_LEN};
	rc = log_reader_open_fd(fd, &r, d);
	if (rc != 0)
		return rc;
	memcpy(end->before, log_reader_origin(r), sizeof(end->before));
	rc = take_records(r, h, end, &torn, &why);
	log_reader_close(r);
	if (rc != 0 && d != NULL)
		*d = why;
	if (rc == 0 && torn)
		rc = take_tail(fd, end, &why, d);
	if (rc != 0)
		intents_free(&end->open);
	return rc;
}
