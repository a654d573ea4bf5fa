/* SPDX-License-Identifier: Apache-2.0 */
/* The intents that have not ended yet; see intents.h. */
#include "log/intents.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

void
intents_free(struct intents *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		buf_free(&set->at[i].body);
	free(set->at);
	*set = (struct intents){NULL, 0, 0};
}

static void
intents_add(struct intents *set, const struct log_record *record, bool keep)
{
	struct intent_open *o;

	if (set->n == set->cap) {
		set->cap = set->cap != 0 ? set->cap * 2 : 64;
		set->at = xrealloc(set->at, set->cap * sizeof(*set->at));
	}
	o = &set->at[set->n++];
	o->seq = record->seq;
	o->body = (struct buf)BUF_INIT;
	if (keep)
		buf_add_span(&o->body, record->body);
}

/* Records come in order, so the set is sorted and most ends are near. */
static bool
intents_take(struct intents *set, uint64_t seq, struct intent_open *out)
{
	size_t low = 0, high = set->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (set->at[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == set->n || set->at[low].seq != seq)
		return false;
	*out = set->at[low];
	set->n--;
	memmove(&set->at[low], &set->at[low + 1],
	    (set->n - low) * sizeof(*set->at));
	return true;
}

static int
intents_end(struct intents *set, const struct log_record *record,
    uint64_t intent_seq, struct intent_open *ended, struct diag *d)
{
	if (intents_take(set, intent_seq, ended))
		return 0;
	return diag_set(d, ERR_LOG_CORRUPT,
	    "%s ends intent %" PRIu64
	    ", but there is no open intent by that number",
	    event_kind_name(record->kind), intent_seq);
}

int
intents_follow(struct intents *set, const struct log_record *record, bool keep,
    struct intent_open *ended, struct diag *d)
{
	struct event_intent intent;
	struct event_issued issued;
	struct event_failed failed;
	int rc;

	ended->seq = UINT64_MAX;
	ended->body = (struct buf)BUF_INIT;
	switch (record->kind) {
	case EVENT_INTENT:
		rc = event_intent_parse(record->body, &intent, d);
		if (rc == 0)
			intents_add(set, record, keep);
		return rc;
	case EVENT_ISSUED:
		rc = event_issued_parse(record->body, &issued, d);
		return rc != 0 ? rc
			       : intents_end(
				     set, record, issued.intent_seq, ended, d);
	case EVENT_FAILED:
		rc = event_failed_parse(record->body, &failed, d);
		return rc != 0 ? rc
			       : intents_end(
				     set, record, failed.intent_seq, ended, d);
	default:
		return 0;
	}
}
