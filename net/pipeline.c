/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in the order of the requests; see pipeline.h. */
#include "net/pipeline.h"

#include <assert.h>

static struct pipeline_slot *
slot_of(struct pipeline *p, uint32_t number)
{
	return &p->slots[number % PIPELINE_MAX];
}

void
pipeline_free(struct pipeline *p)
{
	size_t i;

	for (i = 0; i < PIPELINE_MAX; i++)
		buf_free(&p->slots[i].answer);
}

bool
pipeline_is_full(const struct pipeline *p)
{
	return p->next - p->first == PIPELINE_MAX;
}

bool
pipeline_is_empty(const struct pipeline *p)
{
	return p->next == p->first;
}

uint32_t
pipeline_push(struct pipeline *p, const struct http1_answer *how)
{
	struct pipeline_slot *slot = slot_of(p, p->next);

	assert(!pipeline_is_full(p));
	slot->how = *how;
	slot->is_answered = false;
	return p->next++;
}

static void
send_early_ones(struct pipeline *p, struct buf *out)
{
	struct pipeline_slot *slot;

	while (!pipeline_is_empty(p)) {
		slot = slot_of(p, p->first);
		if (!slot->is_answered)
			break;
		buf_add_span(out, buf_span(&slot->answer));
		buf_free(&slot->answer);
		p->first++;
	}
}

void
pipeline_answer(struct pipeline *p, uint32_t number,
    const struct http_response *response, struct buf *out)
{
	struct pipeline_slot *slot = slot_of(p, number);

	assert(number - p->first < p->next - p->first && !slot->is_answered);
	if (number != p->first) {
		http1_encode(&slot->answer, response, &slot->how);
		slot->is_answered = true;
		return;
	}
	http1_encode(out, response, &slot->how);
	p->first++;
	send_early_ones(p, out);
}

void
pipeline_end(struct pipeline *p)
{
	if (!pipeline_is_empty(p))
		slot_of(p, p->next - 1)->how.keep_alive = false;
}
