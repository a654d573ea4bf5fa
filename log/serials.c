/* SPDX-License-Identifier: Apache-2.0 */
/* A set of serials by open addressing; see serials.h. */
#include "log/serials.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/mem.h"

#define CAP_MIN 1024

static uint64_t
mix(uint64_t h, const uint8_t *p, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, p, len);
	h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

static size_t
slot_of(const struct serials *set, const struct serial_slot *s)
{
	uint64_t h = set->seed ^ s->len;

	h = mix(h, s->octets, 8);
	h = mix(h, s->octets + 8, 8);
	h = mix(h, s->octets + 16, EVENT_SERIAL_MAX - 16);
	return (size_t)(h & (set->cap - 1));
}

/* The slot that has it, or the free one where it belongs. */
static struct serial_slot *
slot_find(const struct serials *set, const struct serial_slot *want)
{
	size_t i = slot_of(set, want);

	while (set->slot[i].len != 0 &&
	       (set->slot[i].len != want->len ||
		   memcmp(set->slot[i].octets, want->octets, want->len) != 0))
		i = (i + 1) & (set->cap - 1);
	return &set->slot[i];
}

static void
serials_grow(struct serials *set)
{
	struct serials old = *set;
	size_t i;

	set->cap = old.cap != 0 ? old.cap * 2 : CAP_MIN;
	set->slot = xcalloc(set->cap, sizeof(*set->slot));
	for (i = 0; i < old.cap; i++)
		if (old.slot[i].len != 0)
			*slot_find(set, &old.slot[i]) = old.slot[i];
	free(old.slot);
}

bool
serials_add(struct serials *set, struct span serial)
{
	struct serial_slot want = {.len = (uint32_t)serial.len}, *at;

	assert(serial.len > 0 && serial.len <= EVENT_SERIAL_MAX);
	/* Without random bytes it is only easier to slow down. */
	if (set->cap == 0 && getrandom(&set->seed, sizeof(set->seed), 0) < 0)
		set->seed = 0;
	if (set->n >= set->cap / 2)
		serials_grow(set);
	memcpy(want.octets, serial.data, serial.len);
	at = slot_find(set, &want);
	if (at->len != 0)
		return false;
	*at = want;
	set->n++;
	return true;
}

void
serials_free(struct serials *set)
{
	free(set->slot);
	*set = (struct serials){NULL, 0, 0, 0};
}
