/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options by table: getopt_long() does the reading, the table gives types,
 * help and completion, so that none of the three can forget an option.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "lib/suggest.h"

#define ROWS_MAX 40
#define LONG_BASE 1000 /* getopt's value of the first row */

enum global_value {
	G_SOCKET = 500, /* above every letter */
	G_CONFIG,
	G_JSON,
	G_QUIET,
	G_HELP,
	G_VERSION
};

static const struct option globals[] = {
    {"socket", required_argument, NULL, G_SOCKET},
    {"config", required_argument, NULL, G_CONFIG},
    {"json", no_argument, NULL, G_JSON},
    {"quiet", no_argument, NULL, G_QUIET},
    {"help", no_argument, NULL, G_HELP},
};
#define N_GLOBALS (sizeof(globals) / sizeof(globals[0]))

int
duration_parse(const char *text, int64_t *out_s, struct diag *d)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	char *end;
	long n;
	size_t i;

	errno = 0;
	n = strtol(text, &end, 10);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (*end != units[i].unit || end[1] != '\0')
			continue;
		if (text[0] < '0' || text[0] > '9' || errno != 0 || n < 1 ||
		    n > 3650 * 86400L / units[i].seconds)
			break;
		*out_s = n * units[i].seconds;
		return 0;
	}
	return diag_set(d, ERR_USAGE,
	    "%s is not a time such as 90s, 5m, 12h or 30d (at most 3650d)",
	    text);
}

static int
number_parse(const char *name, const char *text, int64_t *out, struct diag *d)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || errno != 0 || *end != '\0')
		return diag_set(
		    d, ERR_USAGE, "--%s takes a number, not %s", name, text);
	*out = n;
	return 0;
}

static int
list_take(const struct option_row *row, const char *text, struct diag *d)
{
	struct option_list *list = row->to;

	if (list->n == OPTION_LIST_MAX)
		return diag_set(d, ERR_USAGE,
		    "--%s was given more than %d times", row->name,
		    OPTION_LIST_MAX);
	list->at[list->n++] = text;
	return 0;
}

static int
row_take(const struct option_row *row, const char *text, struct diag *d)
{
	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)row->to = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)row->to = text;
		return 0;
	case OPTION_LIST:
		return list_take(row, text, d);
	case OPTION_NUMBER:
		return number_parse(row->name, text, row->to, d);
	case OPTION_DURATION:
		return duration_parse(text, row->to, d);
	}
	return 0;
}

static int
global_take(struct cli *cli, int value, struct diag *d)
{
	(void)d;
	switch (value) {
	case 's':
	case G_SOCKET:
		cli->socket = optarg;
		return 0;
	case 'c':
	case G_CONFIG:
		cli->config_path = optarg;
		cli->config_given = true;
		return 0;
	case G_JSON:
		cli->json = true;
		return 0;
	case 'q':
	case G_QUIET:
		cli->quiet = true;
		return 0;
	default:
		return OPTIONS_TOLD;
	}
}

/* The option that getopt stumbled over, with the nearest name there is. */
static int
refuse(const struct option *longs, char **argv, int value, struct diag *d)
{
	const char *word = argv[optind - 1];
	struct suggest near;

	if (value == ':')
		return diag_set(d, ERR_USAGE, "%s needs a value", word);
	if (optopt > 0 && optopt < 256)
		return diag_set(d, ERR_USAGE, "there is no option -%c", optopt);
	if (optopt >= 256)
		return diag_set(d, ERR_USAGE, "%.*s takes no value",
		    (int)strcspn(word, "="), word);
	near = suggest_for(word + 2);
	for (; longs->name != NULL; longs++)
		suggest_offer(&near, longs->name);
	if (near.best == NULL)
		return diag_set(d, ERR_USAGE, "there is no option %s", word);
	return diag_set(d, ERR_USAGE,
	    "there is no option %s; did you mean --%s?", word, near.best);
}

/* getopt's two tables from ours and the global one. */
static void
tables_make(const struct option_row *rows, size_t n, struct option *longs,
    char *letters)
{
	size_t i, at = 0;

	letters = stpcpy(letters, ":s:c:qh");
	for (i = 0; i < n && i < ROWS_MAX; i++) {
		longs[at++] = (struct option){rows[i].name,
		    rows[i].type == OPTION_FLAG ? no_argument
						: required_argument,
		    NULL, LONG_BASE + (int)i};
		if (rows[i].letter == 0)
			continue;
		*letters++ = rows[i].letter;
		if (rows[i].type != OPTION_FLAG)
			*letters++ = ':';
	}
	*letters = '\0';
	memcpy(longs + at, globals, sizeof(globals));
	memset(longs + at + N_GLOBALS, 0, sizeof(*longs));
}

static const struct option_row *
row_of(const struct option_row *rows, size_t n, int value)
{
	size_t i;

	if (value >= LONG_BASE)
		return &rows[value - LONG_BASE];
	for (i = 0; i < n; i++) {
		if (rows[i].letter != 0 && rows[i].letter == value)
			return &rows[i];
	}
	return NULL;
}

static int
operands_check(const struct cli *cli, struct diag *d)
{
	const struct command *command = cli->command;

	if (cli->n_operands >= command->min && cli->n_operands <= command->max)
		return 0;
	if (cli->n_operands > command->max)
		return diag_set(d, ERR_USAGE,
		    "%s does not take %s; see "
		    "privyseal help %s",
		    command->name, cli->operands[command->max], command->name);
	return diag_set(d, ERR_USAGE, "%s needs %s; see privyseal help %s",
	    command->name, command->operands, command->name);
}

static void
words_list(struct cli *cli, const struct option *longs)
{
	for (; longs->name != NULL; longs++)
		buf_printf(cli->words, "--%s\n", longs->name);
}

int
options_take(struct cli *cli, const struct option_row *rows, size_t n, int argc,
    char **argv, struct diag *d)
{
	struct option longs[ROWS_MAX + N_GLOBALS + 1];
	char letters[2 * ROWS_MAX + 16];
	const struct option_row *row;
	int value, rc;

	tables_make(rows, n, longs, letters);
	if (cli->words != NULL) {
		words_list(cli, longs);
		return OPTIONS_TOLD;
	}
	opterr = 0;
	optind = 0; /* GNU: start again from the beginning */
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (value == '?' || value == ':')
			return refuse(longs, argv, value, d);
		row = row_of(rows, n, value);
		rc = row != NULL ? row_take(row, optarg, d)
				 : global_take(cli, value, d);
		if (rc == OPTIONS_TOLD)
			help_command(cli->command, rows, n);
		if (rc != 0)
			return rc;
	}
	cli->operands = argv + optind;
	cli->n_operands = (size_t)(argc - optind);
	return operands_check(cli, d);
}

int
options_take_global(
    struct cli *cli, int argc, char **argv, int *used, struct diag *d)
{
	struct option longs[N_GLOBALS + 2] = {
	    {"version", no_argument, NULL, G_VERSION}};
	int value, rc;

	memcpy(longs + 1, globals, sizeof(globals));
	opterr = 0;
	optind = 0;
	while (
	    (value = getopt_long(argc, argv, "+:s:c:qhV", longs, NULL)) != -1) {
		if (value == '?' || value == ':')
			return refuse(longs, argv, value, d);
		if (value == 'V' || value == G_VERSION) {
			help_version();
			return OPTIONS_TOLD;
		}
		rc = global_take(cli, value, d);
		if (rc == OPTIONS_TOLD)
			help_all();
		if (rc != 0)
			return rc;
	}
	*used = optind;
	return 0;
}
