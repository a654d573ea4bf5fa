/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "did you mean": the known word that is closest to an unknown one.
 *
 *	struct suggest s = suggest_for(typed);
 *	for (i = 0; i < n; i++)
 *		suggest_offer(&s, table[i].name);
 *	if (s.best != NULL)
 *		... "did you mean %s", s.best
 *
 * Nothing is allocated; words are borrowed.
 */
#ifndef LIB_SUGGEST_H
#define LIB_SUGGEST_H

#include <stddef.h>

struct suggest {
	const char *word;
	const char *best; /* NULL: nothing offered so far is close */
	unsigned distance;
};

struct suggest suggest_for(const char *word);
void suggest_offer(struct suggest *s, const char *choice);

/*
 * Inserted, lost, changed and swapped neighbouring letters between two words;
 * case does not count. Words over 64 bytes are never close: UINT_MAX.
 */
unsigned suggest_distance(const char *a, const char *b);

#endif
