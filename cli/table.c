/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of text for people, in columns as wide as their widest cell. */
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "lib/mem.h"

struct table {
	size_t columns, rows;
	char **cells; /* row by row; row 0 are the heads */
};

struct table *
table_new(size_t columns, const char *const *heads)
{
	struct table *table = xcalloc(1, sizeof(*table));

	table->columns = columns;
	table_add(table, heads);
	return table;
}

void
table_add(struct table *table, const char *const *cells)
{
	size_t i, at = table->rows * table->columns;

	table->cells = xrealloc(
	    table->cells, (at + table->columns) * sizeof(*table->cells));
	for (i = 0; i < table->columns; i++)
		table->cells[at + i] =
		    xstrdup(cells[i] != NULL ? cells[i] : "-");
	table->rows++;
}

/* Columns on the screen: bytes that continue a UTF-8 character take none. */
static size_t
width_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (((unsigned char)*text & 0xc0) != 0x80)
			n++;
	}
	return n;
}

static size_t
width_of_column(const struct table *table, size_t column)
{
	size_t row, width, widest = 0;

	for (row = 0; row < table->rows; row++) {
		width = width_of(table->cells[row * table->columns + column]);
		widest = width > widest ? width : widest;
	}
	return widest;
}

static void
cell_print(const char *text, size_t width, bool last, FILE *to)
{
	size_t used = width_of(text);

	out_text(to, text);
	if (!last)
		(void)fprintf(to, "%*s", (int)(width - used) + 2, "");
}

void
table_print(const struct table *table, FILE *to)
{
	size_t row, column, *widths;

	widths = xcalloc(table->columns, sizeof(*widths));
	for (column = 0; column < table->columns; column++)
		widths[column] = width_of_column(table, column);
	for (row = 0; row < table->rows; row++) {
		for (column = 0; column < table->columns; column++)
			cell_print(table->cells[row * table->columns + column],
			    widths[column], column + 1 == table->columns, to);
		(void)fputc('\n', to);
	}
	free(widths);
}

void
table_free(struct table *table)
{
	size_t i;

	if (table == NULL)
		return;
	for (i = 0; i < table->rows * table->columns; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}
