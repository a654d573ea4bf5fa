/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling an unfinished end from damage; see tail.h.
 *
 * A crash leaves the last batch in pieces: cut short, or, when the power went,
 * with zeros where sectors never reached the disk. So an end is torn when
 *
 *  - its first record is unfinished: the file ends inside it, or its checksum
 *    or a sector of it is missing, and the lengths from there on make sense;
 *    and
 *  - no whole record behind it says that this place was durable before it was
 *    written.
 *
 * Everything else is damage. To cut that would forget what was promised.
 */
#include "log/tail.h"

#include <string.h>

#include "log/record.h"

#define SECTOR 512         /* bytes a disk writes whole, or a multiple */
#define SECTOR_SHARE_MIN 4 /* fewer zeros than this prove nothing */
#define TAIL_MAX (RECORD_BATCH_MAX + 2 * RECORD_MAX_LEN)
#define PIECE (256 * 1024)

static bool
is_zero(const uint8_t *data, size_t len)
{
	return len == 0 ||
	       (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
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

/* The sector that should have had the length, or its last byte, is missing. */
static bool
length_is_missing(struct span tail, int64_t at)
{
	size_t last = RECORD_LENGTH_LEN - 1;
	size_t share = SECTOR - (size_t)((at + (int64_t)last) % SECTOR);
	size_t len = last + share;

	return is_zero(tail.data, len < tail.len ? len : tail.len);
}

/* Cheap, before a checksum is made: the sequence is one that could be there. */
static bool
is_later(const uint8_t *record, uint64_t seq, size_t tail_len)
{
	struct reader r = reader_of(span_of(record + RECORD_LENGTH_LEN, 8));
	uint64_t found = reader_u64(&r);

	return found > seq && found - seq <= tail_len / RECORD_MIN_LEN;
}

/*
 * A whole record of a later sequence that begins in the first `extent` bytes
 * behind the start, written when `synced` bytes were durable.
 */
static bool
has_record_inside(
    struct span tail, size_t extent, uint64_t seq, uint64_t synced)
{
	struct record rec;
	size_t i, len;

	for (i = 1; i < extent && tail.len - i >= RECORD_MIN_LEN; i++) {
		len = record_len(tail.data + i);
		if (len != 0 && len <= tail.len - i &&
		    is_later(tail.data + i, seq, tail.len) &&
		    record_parse(span_of(tail.data + i, len), &rec) &&
		    rec.synced >= synced)
			return true;
	}
	return false;
}

/*
 * All of a record is there up to the zeros, only its length is not what it
 * was. Its checksum may end in zeros too.
 */
static bool
has_bad_length_only(struct span tail, size_t used)
{
	BUF_CLEANUP mended = BUF_INIT;
	struct record rec;
	size_t len;

	for (len = used; len < used + 4 && len <= tail.len; len++) {
		if (len < RECORD_MIN_LEN)
			continue;
		buf_reset(&mended);
		buf_add(&mended, tail.data, len);
		buf_put_u32_at(&mended, 0, (uint32_t)(len - RECORD_LENGTH_LEN));
		if (record_parse(buf_span(&mended), &rec))
			return true;
	}
	return false;
}

/*
 * Every record begins where the one before says it ends, up to a missing
 * sector or the zeros: so the lengths are what they were.
 */
static bool
lengths_line_up(struct span tail, size_t used, int64_t at)
{
	size_t i = 0, len;

	while (i < used && tail.len - i >= RECORD_LENGTH_LEN) {
		len = record_len(tail.data + i);
		if (len == 0)
			return length_is_missing(
			    span_of(tail.data + i, tail.len - i),
			    at + (int64_t)i);
		if (len > tail.len - i)
			return true;
		i += len;
	}
	return true;
}

/* used: bytes up to the zeros that end the file. */
static bool
is_torn(struct span tail, size_t used, int64_t at, uint64_t seq)
{
	struct record rec;
	size_t len;

	if (!lengths_line_up(tail, used, at))
		return false;
	if (tail.len < RECORD_LENGTH_LEN)
		return true;
	len = record_len(tail.data);
	if (len == 0)
		return true;
	if (has_bad_length_only(tail, used) ||
	    has_record_inside(tail, len, seq, 0))
		return false;
	if (len > tail.len)
		return true;
	tail.len = len;
	return !record_parse(tail, &rec) &&
	       (is_zero(tail.data + len - 4, 4) || has_hole(tail, at));
}

/* Reads on to find where the zeros begin that reach the end of the file. */
static int
zeros_skip(struct log_reader *r, int64_t at, int64_t *end, struct diag *d)
{
	BUF_CLEANUP piece = BUF_INIT;
	int64_t last = at; /* behind the last byte that is not zero */
	size_t i;
	int rc;

	for (;; at += (int64_t)piece.len) {
		rc = log_reader_peek(r, at, PIECE, &piece, d);
		if (rc != 0)
			return rc;
		if (piece.len == 0)
			break;
		if (is_zero(piece.data, piece.len))
			continue;
		for (i = piece.len; piece.data[i - 1] == 0; i--)
			continue;
		last = at + (int64_t)i;
	}
	*end = last;
	return 0;
}

int
tail_judge(struct log_reader *r, uint64_t seq, enum tail *out, int64_t *len,
    struct diag *d)
{
	BUF_CLEANUP tail = BUF_INIT;
	int64_t at = log_reader_at(r), end;
	int rc = zeros_skip(r, at, &end, d);

	if (rc != 0)
		return rc;
	*len = end - at;
	*out = TAIL_DAMAGED;
	if (end == at)
		*out = TAIL_CLEAN;
	if (*out == TAIL_CLEAN || end - at > TAIL_MAX)
		return 0;
	/* With the zeros of the first record, if it ends in some. */
	rc = log_reader_peek(
	    r, at, (size_t)(end - at) + RECORD_MAX_LEN, &tail, d);
	if (rc != 0)
		return rc;
	if (!has_record_inside(
		buf_span(&tail), tail.len, seq, (uint64_t)at + 1) &&
	    is_torn(buf_span(&tail), (size_t)*len, at, seq))
		*out = TAIL_TORN;
	return 0;
}
