/* SPDX-License-Identifier: Apache-2.0 */
/* The index follows the log; see follow.h. */
#include "issue/follow.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "x509/cert.h"

#define MAX_SANS 100

/* An INTENT whose end has not been read yet. */
struct open_intent {
	struct open_intent *next;
	uint64_t seq;
	int64_t at;
	uint32_t uid;
	char *issuer, *policy, *user;
};

struct follower {
	struct index *index;
	struct log_reader *reader;
	struct open_intent *first; /* in the log's order */
	struct open_intent **last;
	uint64_t next_seq; /* of the first record not read */
	int64_t next_at;
};

static int
reader_place(struct follower *f, struct diag *d)
{
	int rc;

	rc = log_reader_seek(f->reader, f->next_at, f->next_seq, d);
	if (rc != ERR_LOG_CORRUPT)
		return rc;
	f->next_at = 0;
	f->next_seq = 0;
	rc = index_reset(f->index, d);
	return rc != 0 ? rc : log_reader_seek(f->reader, 0, 0, d);
}

int
follower_open(struct index *index, const char *log_path, struct follower **out,
    struct diag *d)
{
	struct follower *f = xcalloc(1, sizeof(*f));
	int rc;

	f->index = index;
	f->last = &f->first;
	rc = index_position(index, &f->next_seq, &f->next_at, d);
	if (rc == 0)
		rc = log_reader_open(log_path, &f->reader, d);
	if (rc == 0)
		rc = reader_place(f, d);
	if (rc != 0) {
		follower_close(f);
		return rc;
	}
	*out = f;
	return 0;
}

static void
intent_free(struct open_intent *intent)
{
	free(intent->issuer);
	free(intent->policy);
	free(intent->user);
	free(intent);
}

void
follower_close(struct follower *f)
{
	struct open_intent *intent, *next;

	if (f == NULL)
		return;
	for (intent = f->first; intent != NULL; intent = next) {
		next = intent->next;
		intent_free(intent);
	}
	log_reader_close(f->reader);
	free(f);
}

static char *
span_dup(struct span s)
{
	return xstrndup(s.len > 0 ? (const char *)s.data : "", s.len);
}

static int
intent_keep(struct follower *f, const struct log_record *r, struct diag *d)
{
	struct open_intent *intent;
	struct event_intent event;
	int rc;

	rc = event_intent_parse(r->body, &event, d);
	if (rc != 0)
		return rc;
	intent = xcalloc(1, sizeof(*intent));
	intent->seq = r->seq;
	intent->at = r->at;
	intent->uid = event.request.uid;
	intent->issuer = span_dup(event.issuer);
	intent->policy = span_dup(event.request.policy);
	intent->user = span_dup(event.request.user);
	*f->last = intent;
	f->last = &intent->next;
	return 0;
}

/* Intents end nearly in the order they came: the search is short. */
static struct open_intent *
intent_take(struct follower *f, uint64_t seq)
{
	struct open_intent **p, *intent;

	for (p = &f->first; (intent = *p) != NULL; p = &intent->next) {
		if (intent->seq != seq)
			continue;
		*p = intent->next;
		if (f->last == &intent->next)
			f->last = p;
		return intent;
	}
	return NULL;
}

static int
names_print(const struct cert *cert, struct buf *out, struct diag *d)
{
	struct san sans[MAX_SANS];
	size_t n, i;
	int rc;

	rc = cert_sans(cert, sans, MAX_SANS, &n, d);
	for (i = 0; rc == 0 && i < n; i++) {
		buf_printf(out, "%s%s:", i > 0 ? "," : "",
		    san_kind_name(sans[i].kind));
		san_print(&sans[i], out);
	}
	return rc;
}

static int
row_add(struct follower *f, const struct log_record *r,
    const struct event_issued *event, const struct open_intent *intent,
    struct diag *d)
{
	BUF_CLEANUP subject = BUF_INIT;
	BUF_CLEANUP names = BUF_INIT;
	struct index_row row;
	struct cert cert;
	int rc;

	rc = cert_parse(event->certificate, &cert, d);
	if (rc == 0)
		rc = names_print(&cert, &names, d);
	if (rc != 0)
		return rc;
	name_print(cert.subject, &subject);
	row = (struct index_row){
	    .seq = r->seq,
	    .intent_seq = intent->seq,
	    .issued_ms = r->time_ms,
	    .serial = cert.serial,
	    .issuer = intent->issuer,
	    .policy = intent->policy,
	    .user = intent->user,
	    .uid = intent->uid,
	    .subject = buf_cstr(&subject),
	    .names = buf_cstr(&names),
	    .not_before = cert.not_before,
	    .not_after = cert.not_after,
	    .certificate = event->certificate,
	};
	return index_add(f->index, &row, d);
}

static int
issued_apply(struct follower *f, const struct log_record *r, struct diag *d)
{
	struct open_intent *intent;
	struct event_issued event;
	int rc;

	rc = event_issued_parse(r->body, &event, d);
	if (rc != 0)
		return rc;
	intent = intent_take(f, event.intent_seq);
	if (intent == NULL)
		return 0; /* applied before: we started at an older intent */
	rc = row_add(f, r, &event, intent, d);
	intent_free(intent);
	return rc;
}

static int
failed_apply(struct follower *f, const struct log_record *r, struct diag *d)
{
	struct open_intent *intent;
	struct event_failed event;
	int rc;

	rc = event_failed_parse(r->body, &event, d);
	if (rc != 0)
		return rc;
	intent = intent_take(f, event.intent_seq);
	if (intent != NULL)
		intent_free(intent);
	return 0;
}

static int
record_apply(struct follower *f, const struct log_record *r, struct diag *d)
{
	switch (r->kind) {
	case EVENT_INTENT:
		return intent_keep(f, r, d);
	case EVENT_ISSUED:
		return issued_apply(f, r, d);
	case EVENT_FAILED:
		return failed_apply(f, r, d);
	default:
		return 0;
	}
}

static int
records_apply(struct follower *f, uint64_t until, size_t *n, struct diag *d)
{
	struct log_record record;
	bool torn;
	int rc;

	while (*n < FOLLOW_STEP && f->next_seq < until) {
		rc = log_reader_next(f->reader, &record, &torn, d);
		if (rc != 1)
			return rc;
		rc = record_apply(f, &record, d);
		if (rc != 0)
			return diag_prefix(
			    d, "record %ju", (uintmax_t)record.seq);
		f->next_seq = record.seq + 1;
		f->next_at = record.at + (int64_t)record.whole.len;
		(*n)++;
	}
	return 0;
}

int
follower_step(struct follower *f, uint64_t until, size_t *n, struct diag *d)
{
	int rc;

	*n = 0;
	rc = index_begin(f->index, d);
	if (rc != 0)
		return rc;
	rc = records_apply(f, until, n, d);
	if (rc == 0 && *n > 0)
		rc = index_commit(f->index,
		    f->first != NULL ? f->first->seq : f->next_seq,
		    f->first != NULL ? f->first->at : f->next_at, d);
	else
		index_rollback(f->index);
	return rc;
}

int
index_catch_up(struct index *index, const char *log_path,
    void (*progress)(void *arg, uint64_t records), void *arg, struct diag *d)
{
	struct follower *f;
	uint64_t total = 0;
	size_t n;
	int rc;

	rc = follower_open(index, log_path, &f, d);
	if (rc != 0)
		return rc;
	do {
		rc = follower_step(f, FOLLOW_ALL, &n, d);
		total += n;
		if (rc == 0 && n > 0 && progress != NULL)
			progress(arg, total);
	} while (rc == 0 && n > 0);
	follower_close(f);
	return rc;
}
