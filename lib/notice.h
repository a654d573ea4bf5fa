/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines for the operator on standard error, with the priority prefix that
 * journald reads ("<6>privyseald[core]: ..."). Colour never; one line a call;
 * bytes outside printable ASCII are shown as \xNN. Threads: safe.
 *
 * Only the top of a request and the roles themselves call this.
 */
#ifndef LIB_NOTICE_H
#define LIB_NOTICE_H

#include "lib/diag.h"

enum notice_level {
	NOTICE_ERROR = 3,
	NOTICE_WARNING = 4,
	NOTICE_INFO = 6,
	NOTICE_DEBUG = 7
};

/* The word in brackets; kept, not copied. Lines above max_level are dropped. */
void notice_open(const char *who, enum notice_level max_level);

/* Terminals get no <N> prefix; everything else does. */
void notice(enum notice_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "what: sentence (code, RFC)" */
void notice_diag(
    enum notice_level level, const char *what, const struct diag *d);

#endif
