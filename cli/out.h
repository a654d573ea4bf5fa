/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes to people and programs: data on standard output, messages on
 * standard error. Text that came from elsewhere never reaches a terminal with
 * control bytes in it.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdio.h>

#include "cli/cli.h"

/* A message on standard error, "privyseal: ..."; nothing with --quiet. */
void out_say(const struct cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Text with control bytes shown as \xNN; a newline is kept. */
void out_text(FILE *to, const char *text);
void out_span(FILE *to, struct span text);

/* Prints and releases. */
void out_json(json_t *value);
/* One line, for streams of objects. */
void out_json_line(json_t *value);
/* A string; bytes that are not UTF-8 come as \xNN. */
json_t *out_json_span(struct span text);
json_t *out_json_time(int64_t utc_s);
json_t *out_json_hex(struct span bytes);

/* Any JSON for people: aligned keys, lists of objects as tables. */
void out_plain(json_t *value);

/* "ok" and its like, coloured when that helps a person. */
void out_mark(FILE *to, bool good, const char *word);

/* Everything reached its file: ERR_FILE when the disk is full. */
int out_finish(struct diag *d);

/* A table of text, columns as wide as needed. */
struct table;
struct table *table_new(size_t columns, const char *const *heads);
void table_add(struct table *table, const char *const *cells);
void table_print(const struct table *table, FILE *to);
void table_free(struct table *table);

#endif
