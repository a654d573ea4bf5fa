/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies of the log's records: a kind and a body. There is one encoding:
 * what is parsed encodes to the bytes it came from.
 */
#include <stdint.h>
#include <stdlib.h>

#include "log/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Parses and encodes; false when it is refused. */
static bool
agent_again(struct span b, struct buf *out)
{
	struct event_agent e;

	if (event_agent_parse(b, &e, NULL) != 0)
		return false;
	event_agent_encode(&e, out);
	return event_agent_fill(out, e.size, e.root);
}

#define AGAIN(kind)                                              \
	static bool kind##_again(struct span b, struct buf *out) \
	{                                                        \
		struct event_##kind e;                           \
                                                                 \
		if (event_##kind##_parse(b, &e, NULL) != 0)      \
			return false;                            \
		event_##kind##_encode(&e, out);                  \
		return true;                                     \
	}

AGAIN(intent)
AGAIN(issued)
AGAIN(refused)
AGAIN(failed)
AGAIN(policy)
AGAIN(key)

static bool
again(uint8_t kind, struct span b, struct buf *out)
{
	switch (kind) {
	case EVENT_INTENT:
		return intent_again(b, out);
	case EVENT_ISSUED:
		return issued_again(b, out);
	case EVENT_REFUSED:
		return refused_again(b, out);
	case EVENT_FAILED:
		return failed_again(b, out);
	case EVENT_POLICY:
		return policy_again(b, out);
	case EVENT_KEY:
		return key_again(b, out);
	default:
		return agent_again(b, out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_CLEANUP out = BUF_INIT;
	struct span body;

	if (size == 0)
		return 0;
	body = span_of(data + 1, size - 1);
	if (again(data[0] % 10, body, &out) && !span_eq(body, buf_span(&out)))
		abort();
	return 0;
}
