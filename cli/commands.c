/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and how a command line finds its row. */
#include "cli/commands.h"

#include <string.h>

#include "lib/mem.h"
#include "lib/suggest.h"

const struct command commands[] = {
#define COMMAND(function, name, operands, min, max, summary) \
	{name, function, operands, min, max, summary},
#include "cli/commands.def"
#undef COMMAND
};
const size_t n_commands = sizeof(commands) / sizeof(commands[0]);

/* How many words of argv spell the name; 0 when they do not. */
static int
words_match(const char *name, int argc, char **argv)
{
	size_t len;
	int i;

	for (i = 0; i < argc; i++) {
		len = strlen(argv[i]);
		if (strncmp(name, argv[i], len) != 0 || len == 0)
			return 0;
		if (name[len] == '\0')
			return i + 1;
		if (name[len] != ' ')
			return 0;
		name += len + 1;
	}
	return 0;
}

const struct command *
command_find(int argc, char **argv, int *used)
{
	const struct command *found = NULL;
	size_t i;
	int words;

	*used = 0;
	for (i = 0; i < n_commands; i++) {
		words = words_match(commands[i].name, argc, argv);
		if (words > *used) {
			*used = words;
			found = &commands[i];
		}
	}
	return found;
}

/* "policy" is not a command, "policy check" is. */
static bool
is_group(const char *word)
{
	size_t i, len = strlen(word);

	for (i = 0; i < n_commands; i++) {
		if (strncmp(commands[i].name, word, len) == 0 &&
		    commands[i].name[len] == ' ')
			return true;
	}
	return false;
}

int
command_unknown(int argc, char **argv, struct diag *d)
{
	struct suggest near;
	MEM_CLEANUP char *words = NULL;
	size_t i;

	if (is_group(argv[0]) && argc == 1)
		return diag_set(d, ERR_USAGE,
		    "%s needs another word; see privyseal help %s", argv[0],
		    argv[0]);
	words = is_group(argv[0]) ? xasprintf("%s %s", argv[0], argv[1])
				  : xstrdup(argv[0]);
	near = suggest_for(words);
	for (i = 0; i < n_commands; i++)
		suggest_offer(&near, commands[i].name);
	if (near.best == NULL)
		return diag_set(d, ERR_USAGE,
		    "there is no command %s; see privyseal help", words);
	return diag_set(d, ERR_USAGE,
	    "there is no command %s; did you mean %s?", words, near.best);
}
