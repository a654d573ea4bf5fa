/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking up a log where it ended; see recover.h. What may be cut and what
 * not is decided in tail.c.
 */
#include "log/recover.h"

#include <inttypes.h>
#include <string.h>

#include "log/record.h"
#include "log/tail.h"

static int
take_record(struct log_end *end, struct hasher *h,
    const struct log_record *record, struct diag *d)
{
	struct intent_open ended;
	int rc;

	/* A kind that a later version wrote must not be overlooked. */
	rc = event_check(record->kind, record->body, d);
	if (rc == 0)
		rc = intents_follow(&end->open, record, false, &ended, d);
	if (rc != 0 && d != NULL)
		return diag_prefix(d, "record %" PRIu64 " at byte %" PRId64,
		    record->seq, record->at);
	if (rc != 0)
		return rc;
	tree_append(&end->tree, h, record->leaf);
	memcpy(end->before, record->leaf, sizeof(end->before));
	return 0;
}

static int
take_records(
    struct log_reader *r, struct hasher *h, struct log_end *end, struct diag *d)
{
	struct log_record record;
	bool torn;
	int rc;

	while ((rc = log_reader_next(r, &record, &torn, d)) == 1) {
		rc = take_record(end, h, &record, d);
		if (rc != 0)
			return rc;
		end->bytes = log_reader_at(r);
	}
	return rc;
}

/* said: what the reader found wrong with the record at the end, if anything. */
static int
take_tail(struct log_reader *r, struct log_end *end, const struct diag *said,
    struct diag *d)
{
	enum tail tail;
	int64_t len;
	int rc = tail_judge(r, end->tree.size, &tail, &len, d);

	if (rc != 0)
		return rc;
	if (tail != TAIL_DAMAGED) {
		end->cut_bytes = len;
		return 0;
	}
	if (said->code != 0)
		return diag_set(d, ERR_LOG_CORRUPT, "%s", said->text);
	return diag_set(d, ERR_LOG_CORRUPT,
	    "record %" PRIu64 " at byte %" PRId64
	    " is damaged, not just unfinished",
	    end->tree.size, end->bytes);
}

static int
take_all(
    struct log_reader *r, struct hasher *h, struct log_end *end, struct diag *d)
{
	struct diag said = DIAG_INIT;
	int rc = take_records(r, h, end, &said);

	/* Wrong by itself, or not readable where the next record begins? */
	if (rc == 0 ||
	    (rc == ERR_LOG_CORRUPT && end->bytes == log_reader_at(r)))
		return take_tail(r, end, &said, d);
	if (d != NULL)
		*d = said;
	return rc;
}

int
recover_read(int fd, struct hasher *h, struct log_end *end, struct diag *d)
{
	struct log_reader *r;
	int rc;

	*end = (struct log_end){.bytes = RECORD_HEADER_LEN};
	rc = log_reader_open_fd(fd, &r, d);
	if (rc != 0)
		return rc;
	memcpy(end->before, log_reader_origin(r), sizeof(end->before));
	rc = take_all(r, h, end, d);
	log_reader_close(r);
	if (rc != 0)
		intents_free(&end->open);
	return rc;
}
