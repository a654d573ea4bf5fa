/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The append-only log: the truth about what was signed.
 *
 * A file of records {length, sequence, time, kind, hash of the record before,
 * body, checksum}; the hash of each record, SHA-256(0x00 || record), is a leaf
 * of an RFC 6962 Merkle tree. One writer process (flock), one writer thread:
 * callers append from any thread, the writer gathers what is there, writes it
 * at once, makes it durable with one fdatasync, and then tells everybody.
 *
 * A failed write or fdatasync is final: every waiting and later append fails
 * with ERR_LOG, nothing is retried (Linux may have dropped the pages).
 */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include "lib/buf.h"
#include "lib/diag.h"
#include "log/event.h"

#define LOG_HASH_LEN 32
#define LOG_BODY_MAX 65536 /* bytes of one record's body */

struct log;

/* One append; owned by the caller until done() is called. */
struct log_entry {
	struct log_entry *next;
	enum event_kind kind;
	struct buf body; /* taken by the log: empty when done() is called */
	/*
	 * Called on the writer thread once the record is durable, or has
	 * failed. It must not block. rc is 0, or ERR_LOG, and then for all
	 * that come later too; two refusals concern this entry alone:
	 * ERR_TOO_LARGE for a body over LOG_BODY_MAX, ERR_INTERNAL for one
	 * that would leave a log that does not verify (a body that is not of
	 * its kind; an ISSUED or FAILED whose intent is not open).
	 */
	void (*done)(struct log_entry *entry, int rc);
	uint64_t seq;    /* set before done() */
	int64_t time_ms; /* UTC, set before done() */
	int64_t at; /* offset of the record in the file, set before done() */
};

struct log_options {
	unsigned gather_us; /* how long to wait for company under load: 1000 */
	bool no_sync;       /* for measurements only */
};

/* What opening found. */
struct log_recovery {
	uint64_t records;
	uint64_t cut_bytes;    /* of a torn last record */
	uint64_t open_intents; /* closed as FAILED, possibly signed */
};

struct log_head {
	uint64_t size; /* records */
	uint8_t root[LOG_HASH_LEN];
	int64_t bytes; /* of the file */
};

/*
 * Opens or creates (0600). Reads the whole file: checks lengths, checksums,
 * sequence and chain; cuts a torn last record, never a middle one
 * (ERR_LOG_CORRUPT, with the offset); appends a FAILED for each INTENT that
 * has neither ISSUED nor FAILED. ERR_LOG_BUSY when somebody else writes it.
 */
int log_open(struct log **out, const char *path,
    const struct log_options *options, struct log_recovery *recovery,
    struct diag *d);

/* Any thread. done() is always called, also when the log has failed. */
void log_append(struct log *log, struct log_entry *entry);

/* The sentence that goes with what done() was given; returns the code. */
int log_why(const struct log *log, int rc, struct diag *d);

/* Appends and waits. */
int log_append_wait(struct log *log, enum event_kind kind, struct span body,
    uint64_t *seq, struct diag *d);

/* 0, or ERR_LOG for ever after the first failure. Any thread. */
int log_health(const struct log *log, struct diag *d);

/* What is durable. Any thread. */
void log_head(struct log *log, struct log_head *out);

/* Writes what is queued, then closes. */
void log_close(struct log *log);

#endif
