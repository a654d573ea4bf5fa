/* SPDX-License-Identifier: Apache-2.0 */
/* privyseal help, privyseal version. */
#include <string.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/out.h"

int
cmd_version(struct cli *cli, int argc, char **argv, struct diag *d)
{
	int rc = options_take(cli, NULL, 0, argc, argv, d);

	if (rc != 0)
		return rc;
	if (cli->json)
		out_json(json_pack("{s:s}", "version", PACKAGE_VERSION));
	else
		help_version();
	return 0;
}

/* A command tells its options itself, because its table is its own. */
static int
help_of(struct cli *cli, const struct command *command, struct diag *d)
{
	char name[] = "help", option[] = "--help";
	char *argv[] = {name, option, NULL};

	cli->command = command;
	return command->run(cli, 2, argv, d);
}

int
cmd_help(struct cli *cli, int argc, char **argv, struct diag *d)
{
	const struct command *command;
	int used, rc;

	rc = options_take(cli, NULL, 0, argc, argv, d);
	if (rc != 0)
		return rc;
	if (cli->n_operands == 0) {
		help_all();
		return 0;
	}
	command = command_find((int)cli->n_operands, cli->operands, &used);
	if (command != NULL)
		return help_of(cli, command, d);
	if (cli->n_operands == 1 && help_group(cli->operands[0]))
		return 0;
	return command_unknown((int)cli->n_operands, cli->operands, d);
}
