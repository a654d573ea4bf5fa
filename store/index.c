/* SPDX-License-Identifier: Apache-2.0 */
/* The index over the log; see index.h. SQLite itself is met in db.c. */
#include "store/index.h"

#include <inttypes.h>
#include <string.h>

#include "lib/hex.h"
#include "lib/mem.h"
#include "store/db.h"

#define SERIAL_MAX 20

int
index_open(
    const char *path, enum index_mode mode, struct index **out, struct diag *d)
{
	struct index *index = xcalloc(1, sizeof(*index));
	int rc;

	index->path = xstrdup(path);
	rc = db_open(index, mode, d);
	if (rc != 0) {
		db_close(index);
		return rc;
	}
	*out = index;
	return 0;
}

void
index_close(struct index *index)
{
	if (index == NULL)
		return;
	index_rollback(index);
	db_close(index);
}

int
index_begin(struct index *index, struct diag *d)
{
	int rc = db_run(index, ST_BEGIN, d);

	index->begun = rc == 0;
	return rc;
}

void
index_rollback(struct index *index)
{
	if (!index->begun)
		return;
	index->begun = false;
	(void)db_run(index, ST_ROLLBACK, NULL);
}

/* Bound without a copy: the row outlives the step. */
static void
bind_text(sqlite3_stmt *st, int column, const char *text)
{
	(void)sqlite3_bind_text(
	    st, column, text != NULL ? text : "", -1, SQLITE_STATIC);
}

static void
bind_blob(sqlite3_stmt *st, int column, struct span s)
{
	/* A NULL pointer would be bound as NULL instead of as no bytes. */
	(void)sqlite3_bind_blob64(st, column,
	    s.len > 0 ? s.data : (const void *)"", s.len, SQLITE_STATIC);
}

static void
row_bind(sqlite3_stmt *st, const struct index_row *row)
{
	(void)sqlite3_bind_int64(st, 1, (int64_t)row->seq);
	(void)sqlite3_bind_int64(st, 2, (int64_t)row->intent_seq);
	(void)sqlite3_bind_int64(st, 3, row->issued_ms);
	bind_blob(st, 4, row->serial);
	bind_text(st, 5, row->issuer);
	bind_text(st, 6, row->policy);
	bind_text(st, 7, row->user);
	(void)sqlite3_bind_int64(st, 8, row->uid);
	bind_text(st, 9, row->subject);
	bind_text(st, 10, row->names);
	(void)sqlite3_bind_int64(st, 11, row->not_before);
	(void)sqlite3_bind_int64(st, 12, row->not_after);
}

static int
serial_is_taken(
    const struct index *index, const struct index_row *row, struct diag *d)
{
	char serial[2 * SERIAL_MAX + 1];

	hex_encode(row->serial, serial);
	return diag_set(d, ERR_INDEX,
	    "%s: record %" PRIu64 " has the serial %s, which an earlier record "
	    "has; run 'privyseal log verify'",
	    index->path, row->seq, serial);
}

int
index_add(struct index *index, const struct index_row *row, struct diag *d)
{
	sqlite3_stmt *st = index->statement[ST_ADD];
	int rc;

	if (row->serial.len == 0 || row->serial.len > SERIAL_MAX)
		return diag_set(d, ERR_INDEX,
		    "record %" PRIu64 " has a serial of %zu octets, 1 to %d "
		    "are possible",
		    row->seq, row->serial.len, SERIAL_MAX);
	row_bind(st, row);
	rc = sqlite3_step(st);
	(void)sqlite3_reset(st);
	if (rc == SQLITE_CONSTRAINT)
		return serial_is_taken(index, row, d);
	if (rc != SQLITE_DONE)
		return db_fail(index, d);
	st = index->statement[ST_ADD_DER];
	(void)sqlite3_bind_int64(st, 1, (int64_t)row->seq);
	bind_blob(st, 2, row->certificate);
	return db_run(index, ST_ADD_DER, d);
}

int
index_commit(struct index *index, uint64_t next_seq, int64_t at, struct diag *d)
{
	sqlite3_stmt *st = index->statement[ST_POSITION_SET];
	int rc;

	(void)sqlite3_bind_int64(st, 1, (int64_t)next_seq);
	(void)sqlite3_bind_int64(st, 2, at);
	rc = db_run(index, ST_POSITION_SET, d);
	if (rc == 0)
		rc = db_run(index, ST_COMMIT, d);
	if (rc != 0)
		index_rollback(index);
	index->begun = false;
	return rc;
}

int
index_position(
    struct index *index, uint64_t *next_seq, int64_t *at, struct diag *d)
{
	sqlite3_stmt *st = index->statement[ST_POSITION];
	int rc = 0;

	if (sqlite3_step(st) == SQLITE_ROW) {
		*next_seq = (uint64_t)sqlite3_column_int64(st, 0);
		*at = sqlite3_column_int64(st, 1);
	} else {
		rc = db_fail(index, d);
	}
	(void)sqlite3_reset(st);
	return rc;
}

int
index_reset(struct index *index, struct diag *d)
{
	int rc = index_begin(index, d);

	if (rc == 0)
		rc = db_run(index, ST_EMPTY, d);
	if (rc == 0)
		rc = db_run(index, ST_EMPTY_DER, d);
	if (rc == 0)
		return index_commit(index, 0, 0, d);
	index_rollback(index);
	return rc;
}

static const char *
column_text(sqlite3_stmt *st, int column)
{
	const unsigned char *text = sqlite3_column_text(st, column);

	return text != NULL ? (const char *)text : "";
}

static struct span
column_blob(sqlite3_stmt *st, int column)
{
	const void *data = sqlite3_column_blob(st, column);

	return span_of(data, (size_t)sqlite3_column_bytes(st, column));
}

static void
row_read(sqlite3_stmt *st, struct index_row *row)
{
	row->seq = (uint64_t)sqlite3_column_int64(st, 0);
	row->intent_seq = (uint64_t)sqlite3_column_int64(st, 1);
	row->issued_ms = sqlite3_column_int64(st, 2);
	row->serial = column_blob(st, 3);
	row->issuer = column_text(st, 4);
	row->policy = column_text(st, 5);
	row->user = column_text(st, 6);
	row->uid = (uint32_t)sqlite3_column_int64(st, 7);
	row->subject = column_text(st, 8);
	row->names = column_text(st, 9);
	row->not_before = sqlite3_column_int64(st, 10);
	row->not_after = sqlite3_column_int64(st, 11);
	row->certificate = column_blob(st, 12);
}

/* Hands out what the statement finds; *n rows. */
static int
rows_give(struct index *index, enum statement which,
    int (*found)(void *arg, const struct index_row *row), void *arg, size_t *n,
    struct diag *d)
{
	sqlite3_stmt *st = index->statement[which];
	struct index_row row;
	int rc;

	*n = 0;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		row_read(st, &row);
		(*n)++;
		if (found(arg, &row) != 0)
			break;
	}
	rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : db_fail(index, d);
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
	return rc;
}

static void
bind_filter(sqlite3_stmt *st, int column, const char *text)
{
	if (text == NULL)
		(void)sqlite3_bind_null(st, column);
	else
		(void)sqlite3_bind_text(st, column, text, -1, SQLITE_STATIC);
}

int
index_list(struct index *index, const struct index_query *query,
    int (*found)(void *arg, const struct index_row *row), void *arg,
    struct diag *d)
{
	sqlite3_stmt *st = index->statement[ST_LIST];
	int64_t before = INT64_MAX;
	size_t n;

	if (query->limit < 1 || query->limit > INDEX_LIMIT_MAX)
		return diag_set(d, ERR_REQUEST,
		    "a list has 1 to %d rows, %u were asked for",
		    INDEX_LIMIT_MAX, query->limit);
	if (query->before_seq != 0 && query->before_seq < INT64_MAX)
		before = (int64_t)query->before_seq;
	(void)sqlite3_bind_int64(st, 1, before);
	bind_filter(st, 2, query->policy);
	bind_filter(st, 3, query->issuer);
	bind_filter(st, 4, query->name);
	(void)sqlite3_bind_int64(st, 5, query->uid);
	(void)sqlite3_bind_int64(st, 6, query->valid_at);
	(void)sqlite3_bind_int64(st, 7, query->limit);
	return rows_give(index, ST_LIST, found, arg, &n, d);
}

int
index_find(struct index *index, struct span serial,
    int (*found)(void *arg, const struct index_row *row), void *arg,
    struct diag *d)
{
	sqlite3_stmt *st = index->statement[ST_FIND];
	size_t n = 0;
	int rc;

	bind_blob(st, 1, serial);
	rc = rows_give(index, ST_FIND, found, arg, &n, d);
	if (rc == 0 && n == 0)
		return diag_set(d, ERR_NOT_FOUND,
		    "no certificate with that serial is in the index");
	return rc;
}

int
index_count(struct index *index, uint64_t *n, struct diag *d)
{
	sqlite3_stmt *st = index->statement[ST_COUNT];
	int rc = 0;

	if (sqlite3_step(st) == SQLITE_ROW)
		*n = (uint64_t)sqlite3_column_int64(st, 0);
	else
		rc = db_fail(index, d);
	(void)sqlite3_reset(st);
	return rc;
}
