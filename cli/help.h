/* SPDX-License-Identifier: Apache-2.0 */
/* What privyseal says about itself, on standard output. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cli.h"

void help_version(void);
/* All commands, one line each: a screen. */
void help_all(void);
/* The commands whose names begin with these words; false when none does. */
bool help_group(const char *prefix);
/* One command with its options. */
void help_command(
    const struct command *command, const struct option_row *rows, size_t n);

#endif
