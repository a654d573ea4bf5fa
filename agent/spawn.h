/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a role: fork, then this same program again. */
#ifndef AGENT_SPAWN_H
#define AGENT_SPAWN_H

#include <sys/types.h>

#include "agent/role.h"

struct spawn {
	enum role role;
	const struct role_args *args; /* of the parent: configuration, level */
	unsigned place;
	bool pin_refused;
	int control_fd; /* becomes ROLE_FD_CONTROL; closed in the parent */
	int agent_fd, admin_fd; /* core only, else -1; stay open */
};

int spawn_role(const struct spawn *spawn, pid_t *pid, struct diag *d);

#endif
