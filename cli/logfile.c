/* SPDX-License-Identifier: Apache-2.0 */
/* Where the log is; see logfile.h. */
#include "cli/logfile.h"

#include "cli/setup.h"

int
logfile_path(struct cli *cli, const char **path, struct diag *d)
{
	int rc;

	if (cli->n_operands == 1) {
		*path = cli->operands[0];
		return 0;
	}
	rc = setup_config(cli, d);
	if (rc == 0)
		*path = cli->config->log_path;
	return rc;
}
