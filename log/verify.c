/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking all of a log; see read.h. docs/log.md says what this proves.
 *
 * The reader checks each record by itself and against the one before; here is
 * what the records say of each other.
 */
#include "log/read.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "log/der.h"
#include "log/intents.h"
#include "log/reader.h"
#include "log/serials.h"
#include "log/tail.h"
#include "log/tree.h"

#define LOOKS 5 /* at an end that a writer may be working on */

struct verifier {
	log_cert_check *check;
	void *arg;
	struct log_summary *sum;
	struct hasher hasher;
	struct tree tree;
	struct intents open;
	struct serials serials;
	uint64_t synced; /* of the record before */
	int64_t end;     /* behind the last record */
};

static int
intent_check(struct verifier *v, const struct log_record *r, struct diag *d)
{
	struct event_intent e;
	struct span serial;
	int rc;

	v->sum->intents++;
	rc = event_intent_parse(r->body, &e, d);
	if (rc != 0)
		return rc;
	if (!der_tbs_serial(e.tbs, &serial) || !span_eq(serial, e.serial))
		return diag_set(d, ERR_LOG_CORRUPT,
		    "the serial of the intent is not that of its certificate");
	/* RFC 5280 section 4.1.2.2: unique for each certificate. */
	if (!serials_add(&v->serials, e.serial))
		return diag_set(d, ERR_LOG_CORRUPT,
		    "an earlier intent has the same serial");
	return 0;
}

static int
issued_check(struct verifier *v, const struct log_record *r,
    struct span intent_body, struct diag *d)
{
	struct event_intent intent;
	struct event_issued e;
	int rc;

	v->sum->issued++;
	rc = event_issued_parse(r->body, &e, d);
	if (rc == 0)
		rc = event_intent_parse(intent_body, &intent, d);
	if (rc != 0)
		return rc;
	if (!der_certificate_has_tbs(e.certificate, intent.tbs))
		return diag_set(d, ERR_LOG_CORRUPT,
		    "the certificate was not made of the bytes that intent "
		    "%" PRIu64 " recorded",
		    e.intent_seq);
	if (v->check == NULL)
		return 0;
	rc = v->check(v->arg, intent.issuer, intent.tbs, e.certificate, d);
	if (rc == 0)
		v->sum->signatures_checked++;
	return rc;
}

static int
head_check(struct verifier *v, const struct log_record *r, struct diag *d)
{
	uint8_t root[LOG_HASH_LEN];
	struct event_agent e;
	int rc = event_agent_parse(r->body, &e, d);

	if (rc != 0)
		return rc;
	tree_root(&v->tree, &v->hasher, root);
	if (e.size != v->tree.size || memcmp(e.root, root, sizeof(root)) != 0)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "the root it says the log had is not the root of the "
		    "records before it");
	return 0;
}

static int
kind_check(struct verifier *v, const struct log_record *r,
    struct span intent_body, struct diag *d)
{
	switch (r->kind) {
	case EVENT_INTENT:
		return intent_check(v, r, d);
	case EVENT_ISSUED:
		return issued_check(v, r, intent_body, d);
	case EVENT_START:
	case EVENT_STOP:
		return head_check(v, r, d);
	case EVENT_FAILED:
		v->sum->failed++;
		return 0;
	case EVENT_REFUSED:
		v->sum->refused++;
		return 0;
	default:
		return 0;
	}
}

/* Each batch was begun when all before it was durable. */
static int
synced_check(struct verifier *v, const struct log_record *r, struct diag *d)
{
	if (r->synced != (uint64_t)r->at &&
	    (r->seq == 0 || r->synced != v->synced))
		return diag_set(d, ERR_LOG_CORRUPT,
		    "what it says was durable is not where a batch begins");
	v->synced = r->synced;
	return 0;
}

static int
record_verify(struct verifier *v, const struct log_record *r, struct diag *d)
{
	struct intent_open ended;
	int rc = event_check(r->kind, r->body, d);

	if (rc == 0)
		rc = synced_check(v, r, d);
	if (rc == 0)
		rc = intents_follow(&v->open, r, true, &ended, d);
	if (rc != 0)
		return rc;
	rc = kind_check(v, r, buf_span(&ended.body), d);
	buf_free(&ended.body);
	if (rc != 0)
		return rc;
	tree_append(&v->tree, &v->hasher, r->leaf);
	v->end = r->at + (int64_t)r->whole.len;
	return 0;
}

static int
records_verify(struct verifier *v, struct log_reader *reader, struct diag *d)
{
	struct log_record record;
	bool torn;
	int rc;

	while ((rc = log_reader_next(reader, &record, &torn, d)) == 1) {
		rc = record_verify(v, &record, d);
		if (rc != 0 && d != NULL)
			(void)diag_prefix(d,
			    "record %" PRIu64 " at byte %" PRId64, record.seq,
			    record.at);
		if (rc != 0)
			return rc;
	}
	return rc;
}

static int
tail_blame(const struct verifier *v, const struct diag *said, struct diag *d)
{
	if (said->code != 0)
		return diag_set(d, ERR_LOG_CORRUPT, "%s", said->text);
	return diag_set(d, ERR_LOG_CORRUPT,
	    "record %" PRIu64 " at byte %" PRId64
	    " is damaged, not just unfinished",
	    v->tree.size, v->end);
}

/* A log in use grows meanwhile, and its last batch may be half there. */
static int
all_verify(struct verifier *v, struct log_reader *reader, struct diag *d)
{
	const struct timespec pause = {0, 2000000};
	struct diag said = DIAG_INIT;
	enum tail tail;
	int64_t len, end;
	int rc, looks;

	for (looks = 0; looks < LOOKS; looks++) {
		end = v->end;
		said = (struct diag)DIAG_INIT;
		rc = records_verify(v, reader, &said);
		if (rc != 0 && v->end != log_reader_at(reader))
			return diag_set(d, rc, "%s", said.text);
		rc = tail_judge(reader, v->tree.size, &tail, &len, d);
		if (rc != 0)
			return rc;
		v->sum->torn = tail == TAIL_TORN;
		if (tail != TAIL_DAMAGED)
			return 0;
		if (log_reader_is_memory(reader))
			break;
		if (v->end != end)
			looks = 0;
		(void)nanosleep(&pause, NULL);
	}
	return tail_blame(v, &said, d);
}

int
log_verify_reader(struct log_reader *reader, log_cert_check *check, void *arg,
    struct log_summary *out, struct diag *d)
{
	struct log_summary sum = {0};
	struct verifier v = {.check = check,
	    .arg = arg,
	    .sum = &sum,
	    .end = log_reader_at(reader)};
	int rc = hasher_new(&v.hasher, d);

	if (rc != 0)
		return rc;
	rc = all_verify(&v, reader, d);
	sum.records = v.tree.size;
	sum.open_intents = v.open.n;
	sum.head.size = v.tree.size;
	sum.head.bytes = v.end;
	tree_root(&v.tree, &v.hasher, sum.head.root);
	intents_free(&v.open);
	serials_free(&v.serials);
	hasher_free(&v.hasher);
	if (rc == 0)
		*out = sum;
	return rc;
}

int
log_verify(const char *path, log_cert_check *check, void *arg,
    struct log_summary *out, struct diag *d)
{
	struct log_reader *reader;
	int rc;

	rc = log_reader_open(path, &reader, d);
	if (rc != 0)
		return rc;
	rc = log_verify_reader(reader, check, arg, out, d);
	log_reader_close(reader);
	return rc != 0 && d != NULL ? diag_prefix(d, "%s", path) : rc;
}
