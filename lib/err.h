/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error table: names, wire numbers, classes, stable codes.
 *
 * Fallible functions return 0 or a negative ERR_ value and put the reason
 * into the caller's struct diag (lib/diag.h). Threads: all of this is constant.
 */
#ifndef LIB_ERR_H
#define LIB_ERR_H

#include <stdbool.h>

enum err {
#define ERR(name, number, class, code, text) name = -(number),
#include "lib/err.def"
#undef ERR
};

enum err_class {
#define CLASS(name, http, vault, grpc, exit, retry) CLASS_##name,
#include "lib/err_class.def"
#undef CLASS
};

/* The stable word for programs, e.g. "csr.signature". Never NULL. */
const char *err_code(int err);

/* The row of a stable word: a negative ERR_, or 0 when there is none. */
int err_find(const char *code);

/* A whole sentence without a full stop. Never NULL. */
const char *err_text(int err);

enum err_class err_class(int err);
const char *err_class_name(int err);

/* The HTTP status; a few INPUT rows have one of their own (404, 405, 413). */
int err_http(int err);

/* The exit code of the command line. */
int err_exit(int err);

/* Whether the same request may succeed later without being changed. */
bool err_is_retryable(int err);

/* Whether a number off the wire names a row: 0 is success and is known. */
bool err_is_known(int err);

#endif
