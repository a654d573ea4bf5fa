/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A syntax error in the words of libyaml, and a hint for the mistakes that
 * these files invite: patterns start with stars, variables with braces.
 */
#include "lib/yaml_syntax.h"

#include <string.h>

/* Marks count characters; this is the byte at one, 0 beyond the end. */
static uint8_t
byte_at(struct span text, size_t index)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if ((text.data[i] & 0xc0) == 0x80)
			continue;
		if (index-- == 0)
			return text.data[i];
	}
	return 0;
}

static bool
is_about(const char *words, const char *what)
{
	return words != NULL && strstr(words, what) != NULL;
}

static const char *
hint(struct span text, const yaml_parser_t *parser)
{
	size_t index = parser->problem_mark.index;

	if (is_about(parser->context, "alias"))
		return "; a text that starts with * is written in quotes";
	if (is_about(parser->problem, "cannot start any token"))
		return byte_at(text, index) == '\t'
			   ? "; lines are indented with blanks, not tabs"
			   : "; a text that starts like this is written in "
			     "quotes";
	if (index > 0 && byte_at(text, index - 1) == '}')
		return "; a text that starts with { is written in quotes";
	return "";
}

/* Reader errors come with an offset in bytes instead of a mark. */
static void
offset_place(struct span text, size_t offset, unsigned *line, unsigned *column)
{
	size_t i;

	*line = *column = 1;
	for (i = 0; i < offset && i < text.len; i++) {
		bool ends = text.data[i] == '\n';

		*line += ends;
		*column = ends ? 1 : *column + 1;
	}
}

void
yaml_syntax_find(struct yaml_findings *f, const char *file, struct span text,
    const yaml_parser_t *parser)
{
	unsigned line = (unsigned)parser->problem_mark.line + 1;
	unsigned column = (unsigned)parser->problem_mark.column + 1;
	bool is_reader = parser->error == YAML_READER_ERROR;

	if (is_reader)
		offset_place(text, parser->problem_offset, &line, &column);
	yaml_find(f, file, line, column, "%s%s%s%s%s",
	    parser->problem != NULL ? parser->problem : "this is not YAML",
	    parser->context != NULL ? " (" : "",
	    parser->context != NULL ? parser->context : "",
	    parser->context != NULL ? ")" : "",
	    is_reader ? "" : hint(text, parser));
}
