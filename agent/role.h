/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four roles of privyseald: one binary, started again with a role.
 *
 * Each main is one screen: open what it needs, drop what it does not, enter
 * its sandbox, loop. They return an exit code.
 */
#ifndef AGENT_ROLE_H
#define AGENT_ROLE_H

#include "agent/link.h"
#include "config/config.h"
#include "lib/notice.h"

/* Descriptors a role is born with. */
enum role_fd {
	ROLE_FD_CONTROL = 3, /* the link to the parent */
	ROLE_FD_AGENT = 4,   /* core: the listening sockets */
	ROLE_FD_ADMIN = 5
};

struct role_args {
	const char *config_path;
	unsigned place;   /* signer: which token */
	bool pin_refused; /* signer: the latch is set; do not log in */
	enum notice_level level;
};

/* Exit codes that the parent acts on. */
enum role_exit {
	ROLE_EXIT_OK = 0,
	ROLE_EXIT_FAILED = 1,  /* start it again */
	ROLE_EXIT_CONFIG = 78, /* EX_CONFIG: starting it again will not help */
	ROLE_EXIT_LOG = 74     /* EX_IOERR: the log cannot be written */
};

int parent_main(const struct role_args *args);
int core_main(const struct role_args *args);
int front_main(const struct role_args *args);
int signer_main(const struct role_args *args);

/* Reads and parses the configuration; prints every finding. */
int role_config(const char *path, struct config **out);

/* From root to the configured user, for good; nothing when not root. */
int role_drop_user(const struct config *config, struct diag *d);

#endif
