/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the log: a directory of its own, bodies of each kind, and
 * certificates that are just DER enough to be checked against their intents,
 * and images: the bytes of a log, made record by record, right or wrong.
 */
#ifndef TESTS_UNIT_LOG_SAMPLE_H
#define TESTS_UNIT_LOG_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "log/read.h"
#include "log/record.h"
#include "log/tree.h"

static char sample_dir[64];
static char sample_path[96];

static inline int
sample_setup(void **state)
{
	(void)state;
	/* In memory where there is such a place: these tests sync a lot. */
	(void)snprintf(sample_dir, sizeof(sample_dir),
	    "%s/privyseal-log-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(sample_dir) == NULL)
		return -1;
	(void)snprintf(sample_path, sizeof(sample_path), "%s/log", sample_dir);
	return 0;
}

static inline int
sample_teardown(void **state)
{
	(void)state;
	(void)unlink(sample_path);
	return rmdir(sample_dir);
}

/* A TBSCertificate as far as its serial: 30 len, a0 03 02 01 02, 02 len .. */
static inline void
sample_tbs(uint8_t serial, struct buf *out)
{
	const uint8_t tbs[] = {0x30, 0x0d, 0xa0, 0x03, 0x02, 0x01, 0x02, 0x02,
	    0x02, 0x11, serial, 0x04, 0x02, 'h', 'i'};

	buf_add(out, tbs, sizeof(tbs));
}

static inline void
sample_certificate(uint8_t serial, struct buf *out)
{
	static const uint8_t rest[] = {
	    0x30, 0x02, 0x05, 0x00, 0x03, 0x02, 0x00, 0x55};

	buf_add_u8(out, 0x30);
	buf_add_u8(out, 15 + sizeof(rest));
	sample_tbs(serial, out);
	buf_add(out, rest, sizeof(rest));
}

static inline void
sample_intent(uint8_t serial, struct buf *out)
{
	BUF_CLEANUP tbs = BUF_INIT;
	const uint8_t octets[] = {0x11, serial};
	struct event_intent e = {.request = {.uid = 1000,
				     .gid = 1000,
				     .pid = 77,
				     .user = span_str("deploy"),
				     .policy = span_str("web")},
	    .issuer = span_str("issuing-1"),
	    .serial = span_of(octets, sizeof(octets))};

	sample_tbs(serial, &tbs);
	e.tbs = buf_span(&tbs);
	event_intent_encode(&e, out);
}

static inline void
sample_issued(uint64_t intent_seq, uint8_t serial, struct buf *out)
{
	BUF_CLEANUP certificate = BUF_INIT;
	struct event_issued e = {.intent_seq = intent_seq};

	sample_certificate(serial, &certificate);
	e.certificate = buf_span(&certificate);
	event_issued_encode(&e, out);
}

static inline void
sample_refused(const char *reasons, struct buf *out)
{
	struct event_refused e = {
	    .request = {.uid = 1001, .user = span_str("mallory")},
	    .count = 1,
	    .err = ERR_DENIED,
	    .reasons = span_str(reasons)};

	event_refused_encode(&e, out);
}

static inline void
sample_failed(uint64_t intent_seq, struct buf *out)
{
	struct event_failed e = {.intent_seq = intent_seq,
	    .err = ERR_TOKEN_TIMEOUT,
	    .text = span_str("the token did not answer in 5000 ms"),
	    .possibly_signed = true};

	event_failed_encode(&e, out);
}

static inline void
sample_agent(struct buf *out)
{
	struct event_agent e = {.version = span_str("0.1.0")};

	event_agent_encode(&e, out);
}

static inline void
sample_read(struct buf *out)
{
	struct diag d = DIAG_INIT;

	if (file_read(sample_path, FILE_ANY, 1 << 26, out, &d) != 0)
		abort();
}

static inline void
sample_write(struct span content)
{
	FILE *f = fopen(sample_path, "wb");

	if (f == NULL ||
	    fwrite(content.data, 1, content.len, f) != content.len ||
	    fclose(f) != 0)
		abort();
}

/* The bytes of a log in the making. */
struct image {
	struct buf file;
	struct tree tree;
	struct hasher hasher;
	uint8_t before[LOG_HASH_LEN];
	uint64_t seq;
	uint64_t synced; /* where the batch began */
	size_t last;     /* where the last record begins */
};

static inline void
image_begin(struct image *image)
{
	*image = (struct image){.file = BUF_INIT};
	if (hasher_new(&image->hasher, NULL) != 0 ||
	    record_header_encode(&image->file, NULL) != 0)
		abort();
	hash_plain(&image->hasher, buf_span(&image->file), image->before);
	image->synced = image->file.len;
}

static inline void
image_end(struct image *image)
{
	buf_free(&image->file);
	hasher_free(&image->hasher);
}

/* Whatever is added was durable when what comes next is written. */
static inline void
image_sync(struct image *image)
{
	image->synced = image->file.len;
}

/* Takes the body. */
static inline void
image_add(struct image *image, uint8_t kind, struct buf *body)
{
	struct record record = {.seq = image->seq++,
	    .time_ms = 1790000000000,
	    .synced = image->synced,
	    .kind = kind,
	    .body = buf_span(body)};

	memcpy(record.before, image->before, sizeof(record.before));
	image->last = image->file.len;
	record_encode(&record, &image->file);
	hash_leaf(&image->hasher,
	    span_of(
		image->file.data + image->last, image->file.len - image->last),
	    image->before);
	tree_append(&image->tree, &image->hasher, image->before);
	buf_reset(body);
}

/* The head as a START or STOP must tell it. */
static inline void
image_add_agent(struct image *image, uint8_t kind, struct buf *body)
{
	struct event_agent e = {
	    .version = span_str("0.1.0"), .size = image->tree.size};

	tree_root(&image->tree, &image->hasher, e.root);
	event_agent_encode(&e, body);
	image_add(image, kind, body);
}

/* Without syncs: tests that cut the power say so themselves. */
static inline struct log *
sample_open(struct log_recovery *recovery)
{
	const struct log_options options = {.gather_us = 1000, .no_sync = true};
	struct log_recovery unused;
	struct diag d = DIAG_INIT;
	struct log *log = NULL;
	int rc = log_open(&log, sample_path, &options,
	    recovery != NULL ? recovery : &unused, &d);

	if (rc != 0)
		fail_msg("%s", d.text);
	return log;
}

/* Takes the body. */
static inline uint64_t
sample_append(struct log *log, enum event_kind kind, struct buf *body)
{
	struct diag d = DIAG_INIT;
	uint64_t seq = UINT64_MAX;

	if (log_append_wait(log, kind, buf_span(body), &seq, &d) != 0)
		fail_msg("%s", d.text);
	buf_reset(body);
	return seq;
}

/* The file verifies. */
static inline void
sample_verify(struct log_summary *sum)
{
	struct log_summary unused;
	struct diag d = DIAG_INIT;

	if (log_verify(
		sample_path, NULL, NULL, sum != NULL ? sum : &unused, &d) != 0)
		fail_msg("%s", d.text);
}

#endif
