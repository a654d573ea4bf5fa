/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of the log's file; docs/log.md tells them to outsiders.
 *
 *	header	"privyseal.log.1\n", 16 random bytes
 *	record	u32 length of what follows | u64 sequence | u64 time (UTC, ms) |
 *		u64 synced | u8 kind | 32 bytes hash of the record before |
 *		body | u32 CRC-32C of all of the record before it
 *	room	zeros, written ahead so that a sync need not change the file's
 *		size; cut when the log is closed
 *
 * Numbers are big-endian. The hash of a record covers all its bytes, from the
 * length to the checksum. The first record's "record before" is the SHA-256
 * of the header, so that no record can be carried into another log.
 *
 * synced is how many bytes of the file were durable when the record was
 * written: it tells, after a power cut, an end that nobody was told of from
 * damage to what was promised.
 */
#ifndef LOG_RECORD_H
#define LOG_RECORD_H

#include "lib/buf.h"
#include "lib/diag.h"
#include "log/log.h"

#define RECORD_HEADER_LEN 32 /* of the file */
#define RECORD_MAGIC_LEN 16  /* of that, the same in every log */
#define RECORD_LENGTH_LEN 4
#define RECORD_FIXED_LEN (8 + 8 + 8 + 1 + LOG_HASH_LEN + 4)
#define RECORD_MIN_LEN (RECORD_LENGTH_LEN + RECORD_FIXED_LEN)
#define RECORD_MAX_LEN (RECORD_MIN_LEN + LOG_BODY_MAX)
#define RECORD_BATCH_MAX \
	(1024 * 1024) /* bytes in a batch, or one record more */

struct record {
	uint64_t seq;
	int64_t time_ms;
	uint64_t synced;
	uint8_t kind;
	uint8_t before[LOG_HASH_LEN];
	struct span body; /* borrowed */
};

/* The file's header: a new one, and whether one is ours. */
int record_header_encode(struct buf *out, struct diag *d);
int record_header_check(struct span header, struct diag *d);

/* Appends a whole record. The body has LOG_BODY_MAX bytes at most. */
void record_encode(const struct record *r, struct buf *out);

/*
 * The length of the whole record from its first RECORD_LENGTH_LEN bytes; 0
 * when no record has that length.
 */
size_t record_len(const uint8_t *first);

/* false when the checksum is wrong or whole is not one whole record. */
bool record_parse(struct span whole, struct record *out);

#endif
