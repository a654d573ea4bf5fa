/* SPDX-License-Identifier: Apache-2.0 */
/* The functions behind the rows of commands.def. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

#define COMMAND(function, name, operands, min, max, summary) \
	int function(struct cli *cli, int argc, char **argv, struct diag *d);
#include "cli/commands.def"
#undef COMMAND

#endif
