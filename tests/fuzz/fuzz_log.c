/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log's reader and verifier over any bytes.
 *
 * What begins with '+' is not taken as a file but as a recipe: a kind, a
 * 16-bit length and a body for each record, from which a log with true
 * checksums and hashes is made; so that what lies behind them is reached too.
 */
#include <stdint.h>
#include <stdlib.h>

#include "lib/buf.h"
#include "log/reader.h"
#include "log/record.h"
#include "log/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The sum of what was read must be the same by both ways. */
static void
read_all(struct span file)
{
	struct log_summary sum = {0};
	struct log_record record;
	struct log_reader *reader;
	uint64_t n = 0;
	bool torn;

	if (log_reader_open_memory(file, &reader, NULL) != 0)
		return;
	while (log_reader_next(reader, &record, &torn, NULL) == 1)
		n++;
	if (log_reader_seek(reader, 0, 0, NULL) != 0)
		abort();
	if (log_verify_reader(reader, NULL, NULL, &sum, NULL) == 0 &&
	    sum.records != n)
		abort();
	log_reader_close(reader);
}

static void
cook(struct reader *recipe, struct buf *file)
{
	static const char header[] = "privyseal.log.1\n0123456789abcdef";
	struct record record = {.synced = RECORD_HEADER_LEN};
	struct hasher h;
	size_t start;

	if (hasher_new(&h, NULL) != 0)
		abort();
	buf_add(file, header, RECORD_HEADER_LEN);
	hash_plain(&h, buf_span(file), record.before);
	while (reader_left(recipe) > 0) {
		start = file->len;
		record.kind = reader_u8(recipe);
		record.body = reader_take(recipe, reader_u16(recipe));
		record_encode(&record, file);
		hash_leaf(&h, span_of(file->data + start, file->len - start),
		    record.before);
		record.seq++;
	}
	hasher_free(&h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader recipe = reader_of(span_of(data, size));
	BUF_CLEANUP file = BUF_INIT;

	if (reader_u8(&recipe) == '+') {
		cook(&recipe, &file);
		read_all(buf_span(&file));
	} else {
		read_all(span_of(data, size));
	}
	return 0;
}
