/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite side of the index: opening, versions, statements, errors. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>

#include "store/index.h"

enum statement {
#define STATEMENT(symbol, sql) symbol,
#include "store/statements.def"
#undef STATEMENT
	STATEMENTS
};

struct index {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *statement[STATEMENTS];
	bool begun;
};

/* Fills d from what SQLite said; always ERR_INDEX. */
int db_fail(const struct index *index, struct diag *d);

/* Runs a statement that gives no rows, and makes it ready again. */
int db_run(struct index *index, enum statement which, struct diag *d);

/* Opens, checks whose file it is, brings it up to date, prepares. */
int db_open(struct index *index, enum index_mode mode, struct diag *d);
void db_close(struct index *index);

#endif
