/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end of a Unix socket; see listener.h. */
#include <errno.h>
#include <sys/socket.h>

#include "lib/mem.h"
#include "net/listener.h"

/*
 * SO_PEERCRED on a TCP descriptor does not fail: it tells uid -1 and pid 0. So
 * the family decides first, and uid -1 is nobody in any family.
 */
static int
credentials_take(int fd, struct ucred *cred, struct diag *d)
{
	int family = 0;
	socklen_t len = sizeof(family);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) != 0)
		return diag_errno(
		    d, ERR_INTERNAL, "the peer's family is not known");
	if (family != AF_UNIX)
		return diag_set(d, ERR_DENIED,
		    "the peer must be on a Unix socket, its family is %d",
		    family);
	len = sizeof(*cred);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, cred, &len) != 0)
		return diag_errno(
		    d, ERR_INTERNAL, "the peer's uid is not known");
	if (len != sizeof(*cred) || cred->uid == (uid_t)-1 ||
	    cred->gid == (gid_t)-1)
		return diag_set(
		    d, ERR_DENIED, "the kernel does not say who the peer is");
	return 0;
}

/*
 * The kernel gives all groups or none, so it is asked for their number first.
 * More than there is room for are dropped: that can only take rights away.
 */
static int
groups_take(int fd, struct peer *peer, struct diag *d)
{
	MEM_CLEANUP gid_t *all = NULL;
	socklen_t len = 0;
	size_t i, n;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) != 0 &&
	    errno != ERANGE)
		return diag_errno(
		    d, ERR_INTERNAL, "the peer's groups are not known");
	all = xcalloc(len / sizeof(*all) + 1, sizeof(*all));
	if (len > 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, all, &len) != 0)
		return diag_errno(
		    d, ERR_INTERNAL, "the peer's groups are not known");
	n = len / sizeof(*all);
	for (i = 0; i < n && peer->n_groups < PEER_MAX_GROUPS; i++) {
		if (all[i] != peer->gid)
			peer->groups[peer->n_groups++] = all[i];
	}
	return 0;
}

int
peer_of(int fd, struct peer *out, struct diag *d)
{
	struct peer peer = {.n_groups = 1};
	struct ucred cred;
	int rc;

	rc = credentials_take(fd, &cred, d);
	if (rc != 0)
		return rc;
	peer.uid = cred.uid;
	peer.gid = cred.gid;
	peer.pid = cred.pid;
	peer.groups[0] = cred.gid;
	rc = groups_take(fd, &peer, d);
	if (rc != 0)
		return rc;
	*out = peer;
	return 0;
}
