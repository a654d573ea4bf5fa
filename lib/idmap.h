/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table from 64-bit ids to pointers: what is in flight. Ids are not 0.
 * Threads: no locking; one owner.
 */
#ifndef LIB_IDMAP_H
#define LIB_IDMAP_H

#include <stddef.h>
#include <stdint.h>

struct idmap {
	struct idmap_slot *slots;
	size_t cap; /* a power of two, or 0 */
	size_t n;
};

struct idmap_slot {
	uint64_t id; /* 0: free */
	void *value;
};

#define IDMAP_INIT         \
	{                  \
		NULL, 0, 0 \
	}

void idmap_put(struct idmap *map, uint64_t id, void *value);
void *idmap_find(const struct idmap *map, uint64_t id); /* NULL: not there */
void *idmap_take(struct idmap *map, uint64_t id);       /* and removes it */
void idmap_free(struct idmap *map);

/* Every value once, in no order; the map must not be changed meanwhile. */
void idmap_each(
    const struct idmap *map, void (*visit)(void *value, void *arg), void *arg);

#endif
