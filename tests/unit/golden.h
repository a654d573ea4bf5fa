/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files with the answer beside them: for each NAME.yaml of a directory, what
 * render() makes of it must be the content of NAME.want, byte for byte.
 *
 * With GOLDEN_UPDATE=1 in the environment the .want files are written instead;
 * then read the difference as you would read code.
 */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

#include "lib/buf.h"
#include "lib/yaml.h"

/* Ends the test when one differs, or when there are fewer than least files. */
void golden_each(const char *dir, size_t least,
    void (*render)(const char *file, struct span text, struct buf *out));

/* The content of a file below the source tree. */
void golden_read(const char *path, struct buf *out);

/* The literal text under EXAMPLES of a manual below the source tree. */
void golden_example(const char *page, struct buf *out);

/* Findings as lines. Empties them. */
void golden_findings(struct yaml_findings *f, struct buf *out);

#endif
