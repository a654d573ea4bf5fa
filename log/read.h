/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the log: record by record, and checking all of it.
 * Needs no lock: a record that is being written looks like a torn one.
 */
#ifndef LOG_READ_H
#define LOG_READ_H

#include "log/log.h"

struct log_record {
	uint64_t seq;    /* from 0 */
	int64_t time_ms; /* UTC */
	uint64_t synced; /* bytes of the file that were durable before it */
	uint8_t kind;
	struct span body;  /* borrowed until the next call */
	struct span whole; /* the record as hashed */
	uint8_t leaf[LOG_HASH_LEN];
	int64_t at; /* offset in the file */
};

struct log_reader;

int log_reader_open(const char *path, struct log_reader **out, struct diag *d);
/* The same over the bytes of a log in memory, which must outlive it. */
int log_reader_open_memory(
    struct span file, struct log_reader **out, struct diag *d);
/*
 * From a record's offset, as told in log_record.at; 0 is the first record.
 * The chain is not checked for the first record after going elsewhere.
 */
int log_reader_seek(
    struct log_reader *r, int64_t at, uint64_t seq, struct diag *d);
/*
 * 1 and a record, 0 at the end, ERR_LOG_CORRUPT otherwise, with the offset.
 * *torn is set when the file ends inside a record. After 0 it may be called
 * again: when the file has grown, it goes on.
 */
int log_reader_next(
    struct log_reader *r, struct log_record *out, bool *torn, struct diag *d);
/* Where the next record begins: behind the last whole one. */
int64_t log_reader_at(const struct log_reader *r);
void log_reader_close(struct log_reader *r);

/*
 * Checks the whole file: chain, tree, roots kept in START and STOP records,
 * every ISSUED after its INTENT and once, serials unique, certificate built
 * from the intent's bytes. check() joins in the X.509 side: it gets the
 * intent's issuer name and TBS and the finished certificate, and verifies the
 * signature; NULL skips that and the summary says so.
 */
struct log_summary {
	uint64_t records, intents, issued, refused, failed, open_intents;
	uint64_t signatures_checked;
	bool torn;
	struct log_head head;
};

typedef int log_cert_check(void *arg, struct span issuer, struct span tbs,
    struct span certificate, struct diag *d);

int log_verify(const char *path, log_cert_check *check, void *arg,
    struct log_summary *out, struct diag *d);

/*
 * Whether the log begins with what a head that was kept elsewhere covers (see
 * log/checkpoint.h): ERR_LOG_CORRUPT when it was cut or rewritten since.
 */
int log_contains(const char *path, const struct log_head *head, struct diag *d);

#endif
