/* SPDX-License-Identifier: Apache-2.0 */
/* privyseal: what people type. Global options, then the row of a command. */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "cli/out.h"
#include "cli/report.h"
#include "lib/mem.h"

static int
command_run(struct cli *cli, int argc, char **argv, struct diag *d)
{
	int used, rc;

	rc = options_take_global(cli, argc, argv, &used, d);
	if (rc != 0)
		return rc;
	argc -= used;
	argv += used;
	if (argc == 0) {
		help_all();
		cli->told = true;
		return ERR_USAGE;
	}
	cli->command = command_find(argc, argv, &used);
	if (cli->command == NULL)
		return command_unknown(argc, argv, d);
	/* The last word of its name is what getopt takes for argv[0]. */
	return cli->command->run(cli, argc - used + 1, argv + used - 1, d);
}

int
main(int argc, char **argv)
{
	struct cli cli = {.config_path = CONFIG_DEFAULT_PATH};
	struct diag d = DIAG_INIT;
	int rc, status;

	rc = command_run(&cli, argc, argv, &d);
	if (rc >= 0)
		rc = out_finish(&d);
	if (rc < 0)
		report(&cli, &d);
	status = report_exit(&cli, rc);
	if (cli.abrupt) {
		(void)fflush(NULL);
		_exit(status);
	}
	json_decref(cli.problem);
	config_free(cli.config);
	return status;
}
