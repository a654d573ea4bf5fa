/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index over the log: who holds what, until when. SQLite in WAL mode.
 *
 * It is never the truth: it can be deleted and rebuilt from the log. Rows are
 * applied in the log's order, many in one transaction; index_position() says
 * how far it has come.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "lib/buf.h"
#include "lib/diag.h"

#define INDEX_LIMIT_MAX 1000 /* rows of one list */

struct index;

/* One certificate. All borrowed: what found() gets, until it returns. */
struct index_row {
	uint64_t seq; /* of the ISSUED record */
	uint64_t intent_seq;
	int64_t issued_ms;  /* UTC */
	struct span serial; /* octets */
	const char *issuer; /* name in the configuration */
	const char *policy;
	const char *user; /* who asked */
	uint32_t uid;
	const char *subject; /* text */
	const char *names;   /* "dns:a.example,ip:10.0.0.1" */
	int64_t not_before, not_after;
	struct span certificate; /* DER */
};

enum index_mode { INDEX_READ, INDEX_WRITE };

int index_open(
    const char *path, enum index_mode mode, struct index **out, struct diag *d);
void index_close(struct index *index);

/* A transaction: begin, rows, commit with the position behind them. */
int index_begin(struct index *index, struct diag *d);
/*
 * A row whose seq is there already is left as it is; a serial that another row
 * has is ERR_INDEX.
 */
int index_add(struct index *index, const struct index_row *row, struct diag *d);
/* next_seq, at: sequence and file offset of the first record not applied. */
int index_commit(
    struct index *index, uint64_t next_seq, int64_t at, struct diag *d);
void index_rollback(struct index *index);
int index_position(
    struct index *index, uint64_t *next_seq, int64_t *at, struct diag *d);

/* Empties it, for a rebuild. */
int index_reset(struct index *index, struct diag *d);
/*
 * Removes the files of an index that nobody has open, for a rebuild of one
 * that index_open() finds damaged. Fine when there is none; ERR_INDEX when the
 * file does not say that it is an index.
 */
int index_remove(const char *path, struct diag *d);

struct index_query {
	const char *policy; /* NULL: any */
	const char *issuer; /* NULL: any */
	const char *name;   /* a piece of subject or names, any case; or NULL */
	int64_t uid;        /* who asked; -1: anybody */
	int64_t valid_at;   /* 0: any time */
	uint64_t before_seq; /* paging: only rows older than this; 0: newest */
	unsigned limit;      /* 1..INDEX_LIMIT_MAX */
};

/*
 * Newest first. found() may stop by returning non-zero; it must not ask the
 * same index again.
 */
int index_list(struct index *index, const struct index_query *query,
    int (*found)(void *arg, const struct index_row *row), void *arg,
    struct diag *d);

/* ERR_NOT_FOUND. */
int index_find(struct index *index, struct span serial,
    int (*found)(void *arg, const struct index_row *row), void *arg,
    struct diag *d);

int index_count(struct index *index, uint64_t *n, struct diag *d);

#endif
