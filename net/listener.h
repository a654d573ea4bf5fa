/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unix stream sockets, bound safely.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <sys/types.h>

#include "lib/diag.h"

/*
 * Binds and listens; the descriptor is non-blocking and close-on-exec. The
 * directory must belong to us or root and not be writable by others. A socket
 * that is there already is replaced only when it is ours and nobody answers on
 * it; a file of another kind is never touched (ERR_FILE, with what is there).
 * gid (gid_t)-1 leaves the group alone.
 */
int listener_open(
    const char *path, mode_t mode, gid_t gid, int *fd, struct diag *d);

/* Who is at the other end, as of connect(2). Refuses what is not AF_UNIX. */
#define PEER_MAX_GROUPS 64
struct peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;                     /* for the log only: pids are reused */
	gid_t groups[PEER_MAX_GROUPS]; /* gid first, then supplementary */
	size_t n_groups;
};
int peer_of(int fd, struct peer *out, struct diag *d);

/*
 * Descriptors handed over by socket activation (LISTEN_FDS, LISTEN_PID): how
 * many, from descriptor 3; at most 16. They are made non-blocking and
 * close-on-exec. The variables are removed from the environment.
 */
int listener_inherited(void);

#endif
