/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line's own front door: one run of `privyseal`, the table of its
 * commands, and how a command reads its options.
 *
 * A command is a function of one file, cmd_*.c, and a row of commands.def. It
 * describes its options in a table, hands that to options_take(), and returns
 * 0 or a negative ERR_; main() says what went wrong and chooses the exit code.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>

#include "config/config.h"
#include "lib/buf.h"
#include "lib/diag.h"

struct command;

/* One run. */
struct cli {
	const char *socket;      /* -s, or NULL: as the configuration says */
	const char *config_path; /* -c, or CONFIG_DEFAULT_PATH */
	bool config_given;
	bool json, quiet;
	const struct command *command;
	char **operands; /* what is left after the options */
	size_t n_operands;
	struct config *config; /* by setup_config() */
	json_t *problem;       /* of the agent's last refusal, or NULL */
	bool told;   /* the answer itself says what is wrong: no message */
	bool abrupt; /* a library in use must not run its exit handlers */
	struct buf *words; /* completion: options_take() lists them here */
};

/* What options_take() returns when help was asked for and has been given. */
#define OPTIONS_TOLD 1

struct command {
	const char *name; /* "policy check" */
	int (*run)(struct cli *cli, int argc, char **argv, struct diag *d);
	const char *operands; /* "[FILE...]", or "" */
	size_t min, max;      /* how many of them */
	const char *summary;
};

extern const struct command commands[];
extern const size_t n_commands;

/* The longest name that argv begins with; *used is how many words it took. */
const struct command *command_find(int argc, char **argv, int *used);
/* ERR_USAGE with the nearest name. */
int command_unknown(int argc, char **argv, struct diag *d);

enum option_type {
	OPTION_FLAG,    /* bool */
	OPTION_TEXT,    /* const char * */
	OPTION_LIST,    /* struct option_list, may be given often */
	OPTION_NUMBER,  /* int64_t, not negative */
	OPTION_DURATION /* int64_t, seconds: "30d", "12h", "5m", "90s" */
};

#define OPTION_LIST_MAX 100
struct option_list {
	const char *at[OPTION_LIST_MAX];
	size_t n;
};

struct option_row {
	char letter;      /* or 0 */
	const char *name; /* without the dashes */
	enum option_type type;
	const char *arg; /* its word in the help; NULL for a flag */
	void *to;
	const char *help;
};

/*
 * Reads argv (argv[0] is the command), the table's options and the global
 * ones, and leaves the operands in *cli. Returns 0, OPTIONS_TOLD, ERR_USAGE.
 */
int options_take(struct cli *cli, const struct option_row *rows, size_t n,
    int argc, char **argv, struct diag *d);
#define OPTIONS_TAKE(cli, rows, argc, argv, d) \
	options_take(cli, rows, sizeof(rows) / sizeof((rows)[0]), argc, argv, d)

/* The options before the command; *used is how many words they took. */
int options_take_global(
    struct cli *cli, int argc, char **argv, int *used, struct diag *d);

/* "90s" and so on, up to ten years; ERR_USAGE. */
int duration_parse(const char *text, int64_t *out_s, struct diag *d);

#endif
