/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who would be asking: a caller for dry runs, from "user=deploy,group=ssl".
 */
#ifndef CLI_CALLER_H
#define CLI_CALLER_H

#include "policy/policy.h"

#define CALLER_MAX_GROUPS 64

/* The strings that caller points into are owned here. */
struct caller {
	struct policy_caller caller;
	char *user;
	gid_t gids[CALLER_MAX_GROUPS];
	char *groups[CALLER_MAX_GROUPS];
	size_t n;
};

/*
 * text: user=NAME, group=NAME (more than once), uid=N, comma-separated. The
 * machine fills in what was not said; names that it does not know are taken
 * as they are, because the policy may be meant for another one. NULL: whoever
 * runs this. ERR_USAGE.
 */
int caller_parse(const char *text, struct caller *out, struct diag *d);
void caller_free(struct caller *caller);
#define CALLER_CLEANUP __attribute__((cleanup(caller_free))) struct caller

#endif
