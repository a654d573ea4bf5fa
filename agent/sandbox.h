/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a role may still do once it has opened what it needs.
 *
 * no_new_privs, not dumpable, no core files; Landlock for files (front: none
 * at all) and, from ABI 4, for TCP; a seccomp allow-list from sandbox.def.
 * Landlock binds only the calling thread and those it starts afterwards:
 * enter the sandbox before the first thread.
 */
#ifndef AGENT_SANDBOX_H
#define AGENT_SANDBOX_H

#include "agent/message.h"

/* A directory or file that stays reachable. */
struct sandbox_path {
	const char *path;
	bool writable;
};

struct sandbox {
	enum role role;
	const struct sandbox_path *paths;
	size_t n_paths;
	bool network; /* signer only: the module speaks to a network HSM */
};

/*
 * Enters it, for good. A path that does not exist is ERR_CONFIG; a kernel
 * without Landlock is told in the notice and lived with; one without seccomp
 * is ERR_INTERNAL. Built with sanitizers there is no seccomp filter.
 */
int sandbox_enter(const struct sandbox *sandbox, struct diag *d);

/* "landlock-abi-7 seccomp", as status shows it. */
const char *sandbox_text(void);

/* Closes every descriptor from first on. */
void sandbox_close_from(int first);

#endif
