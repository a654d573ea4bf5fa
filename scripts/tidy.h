/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read by clang-tidy before each file (scripts/lint), never compiled. The
 * analyser sees one file at a time and so cannot know that these return the
 * code that they are given: it would take every refusal for a success too.
 */
#ifndef SCRIPTS_TIDY_H
#define SCRIPTS_TIDY_H

#include "lib/diag.h"

#define diag_set(d, code, ...) ((void)diag_set(d, code, __VA_ARGS__), (code))
#define diag_errno(d, code, ...) \
	((void)diag_errno(d, code, __VA_ARGS__), (code))

#endif
