/* SPDX-License-Identifier: Apache-2.0 */
/* The closest known word; see suggest.h. */
#include "lib/suggest.h"

#include <limits.h>
#include <string.h>

#define WORD_MAX 64

static unsigned
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned)(c - 'A' + 'a')
				    : (unsigned char)c;
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/*
 * Optimal string alignment: the table of edit distances row by row; a swap of
 * two neighbours looks back two rows, so three are kept.
 */
unsigned
suggest_distance(const char *a, const char *b)
{
	unsigned rows[3][WORD_MAX + 1];
	size_t n = strlen(a), m = strlen(b), i, j;

	if (n > WORD_MAX || m > WORD_MAX)
		return UINT_MAX;
	for (j = 0; j <= m; j++)
		rows[0][j] = (unsigned)j;
	for (i = 1; i <= n; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];
		const unsigned *higher = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (j = 1; j <= m; j++) {
			unsigned cost = lower(a[i - 1]) != lower(b[j - 1]);

			row[j] = least(
			    above[j] + 1, row[j - 1] + 1, above[j - 1] + cost);
			if (i > 1 && j > 1 &&
			    lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]) &&
			    higher[j - 2] + 1 < row[j])
				row[j] = higher[j - 2] + 1;
		}
	}
	return rows[n % 3][m];
}

struct suggest
suggest_for(const char *word)
{
	return (struct suggest){word, NULL, UINT_MAX};
}

void
suggest_offer(struct suggest *s, const char *choice)
{
	size_t len = strlen(s->word);
	/* One slip in a short word, more in a long one; never a new word. */
	unsigned allowed = len < 3 ? 1 : (unsigned)(len + 1) / 3;
	unsigned distance = suggest_distance(s->word, choice);

	if (distance > allowed || distance >= s->distance)
		return;
	s->best = choice;
	s->distance = distance;
}
