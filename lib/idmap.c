/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids to pointers: open addressing with linear probing, at most half full;
 * removal closes the gap, so there are no tombstones.
 */
#include "lib/idmap.h"

#include <stdlib.h>

#include "lib/mem.h"

static size_t
slot_of(const struct idmap *map, uint64_t id)
{
	return (size_t)((id * 0x9e3779b97f4a7c15ULL) >> 32) & (map->cap - 1);
}

static struct idmap_slot *
slot_find(const struct idmap *map, uint64_t id)
{
	size_t i = slot_of(map, id);

	while (map->slots[i].id != 0 && map->slots[i].id != id)
		i = (i + 1) & (map->cap - 1);
	return &map->slots[i];
}

static void
grow(struct idmap *map)
{
	struct idmap old = *map;
	size_t i;

	map->cap = old.cap != 0 ? old.cap * 2 : 64;
	map->slots = xcalloc(map->cap, sizeof(*map->slots));
	for (i = 0; i < old.cap; i++) {
		if (old.slots[i].id != 0)
			*slot_find(map, old.slots[i].id) = old.slots[i];
	}
	free(old.slots);
}

void
idmap_put(struct idmap *map, uint64_t id, void *value)
{
	struct idmap_slot *slot;

	if ((map->n + 1) * 2 > map->cap)
		grow(map);
	slot = slot_find(map, id);
	if (slot->id == 0)
		map->n++;
	*slot = (struct idmap_slot){id, value};
}

void *
idmap_find(const struct idmap *map, uint64_t id)
{
	return map->n == 0 ? NULL : slot_find(map, id)->value;
}

/* Moves later entries of the run forward where that brings them home. */
static void
gap_close(struct idmap *map, size_t gap)
{
	size_t mask = map->cap - 1, i = gap, home;

	for (;;) {
		i = (i + 1) & mask;
		if (map->slots[i].id == 0)
			break;
		home = slot_of(map, map->slots[i].id);
		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		map->slots[gap] = map->slots[i];
		gap = i;
	}
	map->slots[gap] = (struct idmap_slot){0, NULL};
}

void *
idmap_take(struct idmap *map, uint64_t id)
{
	struct idmap_slot *slot;
	void *value;

	if (map->n == 0)
		return NULL;
	slot = slot_find(map, id);
	if (slot->id == 0)
		return NULL;
	value = slot->value;
	map->n--;
	gap_close(map, (size_t)(slot - map->slots));
	return value;
}

void
idmap_free(struct idmap *map)
{
	free(map->slots);
	*map = (struct idmap)IDMAP_INIT;
}

void
idmap_each(
    const struct idmap *map, void (*visit)(void *value, void *arg), void *arg)
{
	size_t i;

	for (i = 0; i < map->cap; i++) {
		if (map->slots[i].id != 0)
			visit(map->slots[i].value, arg);
	}
}
