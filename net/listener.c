/* SPDX-License-Identifier: Apache-2.0 */
/* Unix stream sockets, bound safely; see listener.h. */
#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/mem.h"

#define INHERITED_FIRST 3
#define INHERITED_MAX 16

/* Whoever can write the directory can put another socket in our place. */
static int
directory_check(const char *path, struct diag *d)
{
	const char *slash = strrchr(path, '/');
	MEM_CLEANUP char *dir =
	    slash == NULL
		? xstrdup(".")
		: xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	struct stat st;

	if (stat(dir, &st) != 0)
		return diag_errno(d, ERR_FILE, "%s", dir);
	if (!S_ISDIR(st.st_mode))
		return diag_set(d, ERR_FILE, "%s: is no directory", dir);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return diag_set(d, ERR_FILE,
		    "%s: the directory of a socket must belong to root or uid "
		    "%u, it belongs to uid %u",
		    dir, geteuid(), st.st_uid);
	if ((st.st_mode & 022) != 0)
		return diag_set(d, ERR_FILE,
		    "%s: mode %04o lets others replace the socket; run "
		    "chmod go-w on it",
		    dir, st.st_mode & 07777);
	return 0;
}

static const char *
kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a regular file";
	case S_IFDIR:
		return "a directory";
	case S_IFLNK:
		return "a symbolic link";
	default:
		return "a special file";
	}
}

/* Only a refused connection proves that nobody listens. */
static bool
somebody_answers(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool refused;

	if (fd < 0)
		return true;
	refused =
	    connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) != 0 &&
	    errno == ECONNREFUSED;
	(void)close(fd);
	return !refused;
}

/* Takes away what an earlier run of ours left behind, and nothing else. */
static int
make_room(const struct sockaddr_un *addr, struct diag *d)
{
	const char *path = addr->sun_path;
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0
				       : diag_errno(d, ERR_FILE, "%s", path);
	if (!S_ISSOCK(st.st_mode))
		return diag_set(d, ERR_FILE,
		    "%s: is %s, a socket is to be there; it is left alone",
		    path, kind_of(st.st_mode));
	if (st.st_uid != geteuid())
		return diag_set(d, ERR_FILE,
		    "%s: this socket belongs to uid %u; it is left alone", path,
		    st.st_uid);
	if (somebody_answers(addr))
		return diag_set(d, ERR_FILE,
		    "%s: another process listens on this socket", path);
	if (unlink(path) != 0)
		return diag_errno(d, ERR_FILE, "%s", path);
	return 0;
}

/* Nobody can connect before listen(), so the rights are right by then. */
static int
bind_and_listen(int fd, const struct sockaddr_un *addr, mode_t mode, gid_t gid,
    struct diag *d)
{
	const char *path = addr->sun_path;
	mode_t old = umask(0177);
	int rc = bind(fd, (const struct sockaddr *)addr, sizeof(*addr));

	(void)umask(old);
	if (rc != 0)
		return diag_errno(d, ERR_FILE, "%s", path);
	if (gid != (gid_t)-1 && lchown(path, (uid_t)-1, gid) != 0)
		rc = diag_errno(d, ERR_FILE, "%s: group %u", path, gid);
	else if (chmod(path, mode) != 0)
		rc = diag_errno(d, ERR_FILE, "%s: mode %04o", path, mode);
	else if (listen(fd, SOMAXCONN) != 0)
		rc = diag_errno(d, ERR_FILE, "%s", path);
	if (rc != 0)
		(void)unlink(path);
	return rc;
}

int
listener_open(const char *path, mode_t mode, gid_t gid, int *fd, struct diag *d)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int opened, rc;

	if (path[0] == '\0' || strlen(path) >= sizeof(addr.sun_path))
		return diag_set(d, ERR_FILE,
		    "%s: a socket's path must have 1 to %zu bytes", path,
		    sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, path, strlen(path));
	rc = directory_check(path, d);
	if (rc == 0)
		rc = make_room(&addr, d);
	if (rc != 0)
		return rc;
	opened = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (opened < 0)
		return diag_errno(d, ERR_INTERNAL, "no socket can be made");
	rc = bind_and_listen(opened, &addr, mode, gid, d);
	if (rc != 0) {
		(void)close(opened);
		return rc;
	}
	*fd = opened;
	return 0;
}

/* A whole number without sign or blank, or -1. */
static long
number_of(const char *text)
{
	char *end;
	long value;

	if (text == NULL || *text < '0' || *text > '9')
		return -1;
	errno = 0;
	value = strtol(text, &end, 10);
	return errno != 0 || *end != '\0' ? -1 : value;
}

int
listener_inherited(void)
{
	long pid = number_of(getenv("LISTEN_PID"));
	long n = number_of(getenv("LISTEN_FDS"));
	int fd;

	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	if (pid != (long)getpid() || n <= 0 || n > INHERITED_MAX)
		return 0;
	for (fd = INHERITED_FIRST; fd < INHERITED_FIRST + (int)n; fd++) {
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	}
	return (int)n;
}
