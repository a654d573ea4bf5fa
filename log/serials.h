/* SPDX-License-Identifier: Apache-2.0 */
/* The serials that were seen: a set that only grows. */
#ifndef LOG_SERIALS_H
#define LOG_SERIALS_H

#include "lib/buf.h"
#include "log/event.h"

struct serial_slot {
	uint8_t octets[EVENT_SERIAL_MAX];
	uint32_t len; /* 0: free */
};

/* All zero is empty. */
struct serials {
	struct serial_slot *slot;
	size_t n, cap; /* cap is a power of two */
	uint64_t seed; /* so that no file can be made to be slow */
};

void serials_free(struct serials *set);

/* false when it was there before. 1 to EVENT_SERIAL_MAX octets. */
bool serials_add(struct serials *set, struct span serial);

#endif
