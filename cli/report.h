/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong, told once and at the end: a sentence with its code and the
 * reasons for people, one problem document (RFC 9457) for programs.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/cli.h"

/* On standard error. */
void report(const struct cli *cli, const struct diag *d);

/* The same document the agent would send. */
json_t *report_problem(const struct diag *d);

/* By class, also for a code that only a newer agent knows. */
int report_exit(const struct cli *cli, int rc);

/*
 * An answer that says no: fills *d from the document and keeps it in
 * cli->problem. Takes problem over. Returns the code.
 */
int report_take(struct cli *cli, long status, json_t *problem, struct diag *d);

#endif
