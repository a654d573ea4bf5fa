/* SPDX-License-Identifier: Apache-2.0 */
/* Where the log is: the operand, or the configuration's. */
#ifndef CLI_LOGFILE_H
#define CLI_LOGFILE_H

#include "cli/cli.h"

int logfile_path(struct cli *cli, const char **path, struct diag *d);

#endif
