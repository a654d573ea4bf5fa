/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the fault-injecting module: read, counted, matched. */
#ifndef TESTS_FAKE_P11_RULES_H
#define TESTS_FAKE_P11_RULES_H

#include <stdbool.h>
#include <stddef.h>

enum action {
	ACTION_NONE,
	ACTION_RV,
	ACTION_LATEOK,
	ACTION_HANG,
	ACTION_DELAY,
	ACTION_FLIP,
	ACTION_SHORT,
	ACTION_GARBAGE,
	ACTION_OTHERKEY,
	ACTION_LIE,
	ACTION_PINFLAGS,
	ACTION_VANISH,
	ACTION_SEGV,
	ACTION_ABORT,
	ACTION_EXIT
};

struct rule {
	enum action action;
	unsigned long number; /* rv, milliseconds, exit code, flags */
	char text[256];       /* the value as written: lie=TEXT */
	bool before;          /* C_Sign rv=: instead of the real call */
	char line[320];       /* the whole line, for the log */
};

/* Opens the files while that is still allowed; NULL: no rules at all. */
void rules_open(const char *path);

/*
 * The rule that fires for this call now, or false. A rule that does not apply
 * is neither counted nor fired; applies may be NULL. Threads: safe.
 */
bool rules_match(const char *call,
    bool (*applies)(const struct rule *rule, const void *arg), const void *arg,
    struct rule *out);

#endif
