/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why something failed: one sentence on its way up to the person who asked.
 *
 * The caller owns the struct (usually on its stack, zeroed with DIAG_INIT) and
 * passes it down. Whoever finds the fault fills it in and returns its code:
 *
 *	return diag_set(d, ERR_CSR, "the CSR has %zu names, at most %d are "
 *	    "allowed", n, CSR_MAX_NAMES);
 *
 * Sentences start in lower case, have no full stop, and say what was wanted
 * and what came. Lower rooms never print; the top of each request does, once.
 */
#ifndef LIB_DIAG_H
#define LIB_DIAG_H

#include "lib/err.h"

#define DIAG_TEXT_MAX 512
#define DIAG_REF_MAX 64

struct diag {
	int code;                 /* 0 or a negative ERR_ value */
	unsigned long native;     /* CK_RV or errno, 0 if there is none */
	char ref[DIAG_REF_MAX];   /* "RFC 5280 4.2.1.6" or "" */
	char text[DIAG_TEXT_MAX]; /* the sentence */
};

#define DIAG_INIT            \
	{                    \
		0, 0, "", "" \
	}

/* Fills *d and returns code. d may be NULL: then only the code is returned. */
int diag_set(struct diag *d, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with errno kept as the native value and told at the end. */
int diag_errno(struct diag *d, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Names the rule that was broken; returns d->code so that it ends a line. */
int diag_ref(struct diag *d, const char *ref);

/* Puts "prefix: " before the sentence that is there. Returns d->code. */
int diag_prefix(struct diag *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
