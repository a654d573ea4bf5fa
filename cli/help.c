/* SPDX-License-Identifier: Apache-2.0 */
/* Help, made from the tables of commands and options. */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

void
help_version(void)
{
	(void)printf("privyseal %s\n", PACKAGE_VERSION);
}

static void
summary_print(const struct command *command)
{
	(void)printf("  %-16s %s\n", command->name, command->summary);
}

/* "policy" of "policy check"; 0 for a command of one word. */
static size_t
group_len(const struct command *command)
{
	const char *space = strchr(command->name, ' ');

	return space != NULL ? (size_t)(space - command->name) : 0;
}

static bool
is_same_group(const struct command *a, const struct command *b)
{
	size_t len = group_len(a);

	return len > 0 && group_len(b) == len &&
	       memcmp(a->name, b->name, len) == 0;
}

/* Commands of two words share a line; returns how many it took. */
static size_t
group_print(size_t first)
{
	size_t i, len = group_len(&commands[first]);

	(void)printf("  %.*s ...%*s", (int)len, commands[first].name,
	    (int)(13 - len), "");
	for (i = first;
	     i < n_commands && is_same_group(&commands[first], &commands[i]);
	     i++)
		(void)printf(
		    "%s%s", i > first ? ", " : "", commands[i].name + len + 1);
	(void)printf("\n");
	return i - first;
}

void
help_all(void)
{
	size_t i = 0;

	(void)printf("usage: privyseal [-s SOCKET] [-c CONFIG] [--json] "
		     "[--quiet] COMMAND ...\n");
	while (i < n_commands) {
		if (group_len(&commands[i]) > 0) {
			i += group_print(i);
			continue;
		}
		summary_print(&commands[i++]);
	}
	(void)printf("\n"
		     "-s SOCKET, else as the configuration says; -c CONFIG, "
		     "else\n" CONFIG_DEFAULT_PATH "; --json for programs. "
		     "More: privyseal help COMMAND\n");
}

bool
help_group(const char *prefix)
{
	size_t i, len = strlen(prefix), found = 0;

	for (i = 0; i < n_commands; i++) {
		if (strncmp(commands[i].name, prefix, len) != 0 ||
		    commands[i].name[len] != ' ')
			continue;
		if (found++ == 0)
			(void)printf(
			    "usage: privyseal %s COMMAND ...\n\n", prefix);
		summary_print(&commands[i]);
	}
	return found > 0;
}

static void
option_print(const struct option_row *row)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%c%c%c --%s%s%s",
	    row->letter != 0 ? '-' : ' ', row->letter != 0 ? row->letter : ' ',
	    row->letter != 0 ? ',' : ' ', row->name,
	    row->arg != NULL ? " " : "", row->arg != NULL ? row->arg : "");
	(void)printf("  %-26s %s\n", left, row->help);
}

void
help_command(
    const struct command *command, const struct option_row *rows, size_t n)
{
	size_t i;

	(void)printf("usage: privyseal %s%s%s%s\n\n%s\n", command->name,
	    n > 0 ? " [OPTION...]" : "",
	    command->operands[0] != '\0' ? " " : "", command->operands,
	    command->summary);
	if (n > 0)
		(void)printf("\n");
	for (i = 0; i < n; i++)
		option_print(&rows[i]);
}
