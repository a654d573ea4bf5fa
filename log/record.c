/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of the log's file; see record.h. */
#include "log/record.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

#include "log/crc32c.h"

#define MAGIC "privyseal.log."
#define FORMAT "1\n"
#define ID_LEN 16

int
record_header_encode(struct buf *out, struct diag *d)
{
	uint8_t id[ID_LEN];

	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return diag_errno(
		    d, ERR_INTERNAL, "the kernel gave no random bytes");
	buf_add_str(out, MAGIC FORMAT);
	buf_add(out, id, sizeof(id));
	return 0;
}

int
record_header_check(struct span header, struct diag *d)
{
	struct reader r = reader_of(header);

	if (!span_is(reader_take(&r, strlen(MAGIC)), MAGIC))
		return diag_set(d, ERR_LOG_CORRUPT,
		    "this is no log of privyseal: it must begin with \"%s\"",
		    MAGIC);
	if (!span_is(reader_take(&r, strlen(FORMAT)), FORMAT))
		return diag_set(d, ERR_LOG_CORRUPT,
		    "the log has a format that this version does not know");
	(void)reader_take(&r, ID_LEN);
	if (!reader_done(&r))
		return diag_set(d, ERR_LOG_CORRUPT,
		    "the log's header must have %d bytes, it has %zu",
		    RECORD_HEADER_LEN, header.len);
	return 0;
}

void
record_encode(const struct record *r, struct buf *out)
{
	size_t start = out->len;
	uint32_t crc;

	assert(r->body.len <= LOG_BODY_MAX);
	buf_reserve(out, RECORD_MIN_LEN + r->body.len);
	buf_add_u32(out, (uint32_t)(RECORD_FIXED_LEN + r->body.len));
	buf_add_u64(out, r->seq);
	buf_add_u64(out, (uint64_t)r->time_ms);
	buf_add_u64(out, r->synced);
	buf_add_u8(out, r->kind);
	buf_add(out, r->before, sizeof(r->before));
	buf_add_span(out, r->body);
	crc = crc32c(0, span_of(out->data + start, out->len - start));
	buf_add_u32(out, crc);
}

size_t
record_len(const uint8_t *first)
{
	struct reader r = reader_of(span_of(first, RECORD_LENGTH_LEN));
	uint32_t len = reader_u32(&r);

	if (len < RECORD_FIXED_LEN || len > RECORD_FIXED_LEN + LOG_BODY_MAX)
		return 0;
	return RECORD_LENGTH_LEN + len;
}

bool
record_parse(struct span whole, struct record *out)
{
	struct reader r = reader_of(whole);
	uint32_t crc;

	if (whole.len < RECORD_MIN_LEN || record_len(whole.data) != whole.len)
		return false;
	(void)reader_u32(&r);
	out->seq = reader_u64(&r);
	out->time_ms = (int64_t)reader_u64(&r);
	out->synced = reader_u64(&r);
	out->kind = reader_u8(&r);
	reader_copy(&r, out->before, sizeof(out->before));
	out->body = reader_take(&r, whole.len - RECORD_MIN_LEN);
	crc = crc32c(0, span_of(whole.data, whole.len - 4));
	return reader_u32(&r) == crc && reader_done(&r);
}
