/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening an index, and knowing whose file it is; see db.h.
 *
 * The application id in the file's header says that it is ours, the user
 * version which migrations it has seen. Both are in the main file before it is
 * switched to a write-ahead log, so that they can be read without SQLite.
 */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"

#define APPLICATION_ID 0x50536c69 /* "PSli" */
#define BUSY_MS 5000
#define REBUILD "run 'privyseal index rebuild'"

static const char *const migrations[] = {
#define MIGRATION(number, sql) [(number)-1] = sql,
#include "store/migrations.def"
#undef MIGRATION
};
#define VERSION_KNOWN ((int)(sizeof(migrations) / sizeof(migrations[0])))

static const char *const statement_sql[STATEMENTS] = {
#define STATEMENT(symbol, sql) [symbol] = sql,
#include "store/statements.def"
#undef STATEMENT
};

int
db_fail(const struct index *index, struct diag *d)
{
	int rc = index->db != NULL ? sqlite3_errcode(index->db) : SQLITE_NOMEM;
	const char *said =
	    index->db != NULL ? sqlite3_errmsg(index->db) : "no memory";

	switch (rc) {
	case SQLITE_NOTADB:
		return diag_set(d, ERR_INDEX,
		    "%s: is not a database; if this was the index, move it "
		    "away and " REBUILD,
		    index->path);
	case SQLITE_CORRUPT:
		return diag_set(d, ERR_INDEX,
		    "%s: the index is damaged (%s); " REBUILD, index->path,
		    said);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return diag_set(d, ERR_INDEX,
		    "%s: another process writes the index", index->path);
	default:
		return diag_set(d, ERR_INDEX, "%s: %s", index->path, said);
	}
}

int
db_run(struct index *index, enum statement which, struct diag *d)
{
	sqlite3_stmt *st = index->statement[which];
	int rc = 0;

	if (sqlite3_step(st) != SQLITE_DONE)
		rc = db_fail(index, d);
	(void)sqlite3_reset(st);
	return rc;
}

static int
db_exec(struct index *index, const char *sql, struct diag *d)
{
	if (sqlite3_exec(index->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(index, d);
	return 0;
}

static int
db_number(struct index *index, const char *sql, int *out, struct diag *d)
{
	sqlite3_stmt *st = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(index->db, sql, -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW)
		rc = db_fail(index, d);
	else
		*out = sqlite3_column_int(st, 0);
	(void)sqlite3_finalize(st);
	return rc;
}

static int
version_set(struct index *index, int version, struct diag *d)
{
	MEM_CLEANUP char *sql =
	    xasprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;",
		APPLICATION_ID, version);

	return db_exec(index, sql, d);
}

static int
migrate(struct index *index, int version, struct diag *d)
{
	int rc = db_exec(index, "BEGIN IMMEDIATE", d);

	for (; rc == 0 && version < VERSION_KNOWN; version++)
		rc = db_exec(index, migrations[version], d);
	if (rc == 0)
		rc = version_set(index, VERSION_KNOWN, d);
	if (rc == 0)
		return db_exec(index, "COMMIT", d);
	(void)sqlite3_exec(index->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* A file without anything in it is ours to begin; any other must say so. */
static int
owner_check(struct index *index, int id, struct diag *d)
{
	int tables = 0;
	int rc = 0;

	if (id == APPLICATION_ID)
		return 0;
	if (id == 0)
		rc = db_number(
		    index, "SELECT count(*) FROM sqlite_schema", &tables, d);
	if (rc != 0)
		return rc;
	if (id != 0 || tables != 0)
		return diag_set(d, ERR_INDEX,
		    "%s: is a database, but no index of privyseal; name "
		    "another file",
		    index->path);
	return 0;
}

static int
version_check(struct index *index, enum index_mode mode, struct diag *d)
{
	int id = 0, version = 0;
	int rc = db_number(index, "PRAGMA application_id", &id, d);

	if (rc == 0)
		rc = db_number(index, "PRAGMA user_version", &version, d);
	if (rc == 0)
		rc = owner_check(index, id, d);
	if (rc != 0)
		return rc;
	if (version < 0 || version > VERSION_KNOWN)
		return diag_set(d, ERR_INDEX,
		    "%s: the index has version %d, this program knows "
		    "%d; " REBUILD,
		    index->path, version, VERSION_KNOWN);
	if (version == VERSION_KNOWN)
		return 0;
	if (mode == INDEX_READ)
		return diag_set(d, ERR_INDEX,
		    "%s: the index has version %d, %d is needed; " REBUILD,
		    index->path, version, VERSION_KNOWN);
	return migrate(index, version, d);
}

static int
file_begin(const char *path, struct diag *d)
{
	/* SQLite gives its other files the mode that this one has. */
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return diag_errno(d, ERR_INDEX, "%s", path);
	(void)close(fd);
	return 0;
}

static int
file_open_db(struct index *index, enum index_mode mode, struct diag *d)
{
	int flags =
	    mode == INDEX_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;

	if (access(index->path, F_OK) != 0)
		return diag_errno(d, ERR_INDEX,
		    "%s: there is no index here (" REBUILD ")", index->path);
	if (sqlite3_open_v2(index->path, &index->db,
		flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return db_fail(index, d);
	(void)sqlite3_busy_timeout(index->db, BUSY_MS);
	/* The file may have been made by somebody with ideas. */
	(void)sqlite3_db_config(index->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(
	    index->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(
	    index->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	return 0;
}

static int
statements_prepare(struct index *index, struct diag *d)
{
	int i;

	for (i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(index->db, statement_sql[i], -1,
			SQLITE_PREPARE_PERSISTENT, &index->statement[i],
			NULL) != SQLITE_OK)
			return diag_set(d, ERR_INDEX,
			    "%s: the index lacks what it should have "
			    "(%s); " REBUILD,
			    index->path, sqlite3_errmsg(index->db));
	return 0;
}

/* The file's header, SQLite file format section 1.3: magic, application id. */
static int
header_check(const char *path, int fd, struct diag *d)
{
	static const char magic[16] = "SQLite format 3";
	uint8_t header[72];
	ssize_t n = pread(fd, header, sizeof(header), 0);
	struct reader r;

	if (n < 0)
		return diag_errno(d, ERR_INDEX, "%s", path);
	r = reader_of(span_of(header, (size_t)n));
	(void)reader_take(&r, 68);
	if (n == 0 ||
	    (n == sizeof(header) && reader_u32(&r) == APPLICATION_ID &&
		memcmp(header, magic, sizeof(magic)) == 0))
		return 0;
	return diag_set(d, ERR_INDEX,
	    "%s: does not look like an index of privyseal and is not removed; "
	    "move it away by hand",
	    path);
}

static int
file_remove(const char *path, const char *suffix, struct diag *d)
{
	MEM_CLEANUP char *name = xasprintf("%s%s", path, suffix);

	if (unlink(name) != 0 && errno != ENOENT)
		return diag_errno(d, ERR_INDEX, "%s", name);
	return 0;
}

int
index_remove(const char *path, struct diag *d)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int rc;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return diag_errno(d, ERR_INDEX, "%s", path);
	rc = header_check(path, fd, d);
	(void)close(fd);
	if (rc == 0)
		rc = file_remove(path, "-wal", d);
	if (rc == 0)
		rc = file_remove(path, "-shm", d);
	return rc != 0 ? rc : file_remove(path, "", d);
}

int
db_open(struct index *index, enum index_mode mode, struct diag *d)
{
	int rc = mode == INDEX_WRITE ? file_begin(index->path, d) : 0;

	if (rc == 0)
		rc = file_open_db(index, mode, d);
	if (rc == 0)
		rc = version_check(index, mode, d);
	/* NORMAL: a power cut may cost the last rows, which the log still
	 * has; it never costs the file. */
	if (rc == 0 && mode == INDEX_WRITE)
		rc = db_exec(index,
		    "PRAGMA journal_mode = WAL;"
		    "PRAGMA synchronous = NORMAL;"
		    "PRAGMA cache_size = -2048;",
		    d);
	return rc != 0 ? rc : statements_prepare(index, d);
}

void
db_close(struct index *index)
{
	int i;

	for (i = 0; i < STATEMENTS; i++)
		(void)sqlite3_finalize(index->statement[i]);
	(void)sqlite3_close(index->db);
	free(index->path);
	free(index);
}
