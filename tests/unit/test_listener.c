/* SPDX-License-Identifier: Apache-2.0 */
/* net/listener and net/peer: where we bind, what we replace, who is there. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/listener.h"

static char dir[] = "/tmp/test_listener.XXXXXX";
static char path[64];

static int
make_dir(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/agent.sock", dir);
	return 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static int
connect_to(const char *where)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", where);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static int
open_ok(mode_t mode)
{
	struct diag d = DIAG_INIT;
	int fd = -1;

	if (listener_open(path, mode, (gid_t)-1, &fd, &d) != 0)
		fail_msg("%s", d.text);
	return fd;
}

static void
expect_refusal(const char *where, const char *because)
{
	struct diag d = DIAG_INIT;
	int fd = -2;

	assert_int_equal(
	    listener_open(where, 0600, (gid_t)-1, &fd, &d), ERR_FILE);
	if (strstr(d.text, because) == NULL)
		fail_msg("'%s' is not in '%s'", because, d.text);
	assert_int_equal(fd, -2);
}

static void
a_new_socket_has_its_mode(void **state)
{
	int fd = open_ok(0660), client, server;
	struct stat st;

	(void)state;
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(accept(fd, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	client = connect_to(path);
	server = accept(fd, NULL, NULL);
	assert_true(client >= 0 && server >= 0);
	(void)close(client);
	(void)close(server);
	(void)close(fd);
	(void)unlink(path);
}

static void
a_taken_path_is_refused(void **state)
{
	int fd = open_ok(0600), client;

	(void)state;
	expect_refusal(path, "another process listens on this socket");
	/* The one that listens is none the worse for it. */
	client = connect_to(path);
	assert_true(client >= 0);
	(void)close(client);
	(void)close(fd);
	(void)unlink(path);
}

static void
a_stale_socket_is_replaced(void **state)
{
	struct stat before, after;
	int fd = open_ok(0600), again;

	(void)state;
	assert_int_equal(lstat(path, &before), 0);
	(void)close(fd);
	assert_int_equal(connect_to(path), -1);
	again = open_ok(0600);
	assert_int_equal(lstat(path, &after), 0);
	fd = connect_to(path);
	assert_true(fd >= 0);
	(void)close(fd);
	(void)close(again);
	(void)unlink(path);
}

static void
a_file_is_left_alone(void **state)
{
	FILE *file = fopen(path, "w");
	struct stat st;

	(void)state;
	assert_non_null(file);
	(void)fputs("precious", file);
	(void)fclose(file);
	expect_refusal(path, "is a regular file, a socket is to be there");
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_size, 8);
	(void)unlink(path);
}

static void
links_and_directories_are_left_alone(void **state)
{
	char target[80];
	struct stat st;

	(void)state;
	(void)snprintf(target, sizeof(target), "%s/elsewhere", dir);
	assert_int_equal(symlink(target, path), 0);
	expect_refusal(path, "is a symbolic link");
	assert_int_equal(lstat(target, &st), -1);
	(void)unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	expect_refusal(path, "is a directory");
	(void)rmdir(path);
}

static void
a_foreign_socket_is_left_alone(void **state)
{
	int fd;

	(void)state;
	if (geteuid() != 0) {
		/* Only root can make one; the owner is checked all the same. */
		assert_int_equal(chown(dir, 1, (gid_t)-1), -1);
		return;
	}
	fd = open_ok(0600);
	(void)close(fd);
	assert_int_equal(lchown(path, 1, (gid_t)-1), 0);
	expect_refusal(path, "this socket belongs to uid 1");
	(void)unlink(path);
	assert_int_equal(chown(dir, 1, (gid_t)-1), 0);
	expect_refusal(path, "it belongs to uid 1");
	assert_int_equal(chown(dir, 0, (gid_t)-1), 0);
}

static void
directories_of_others_are_refused(void **state)
{
	(void)state;
	assert_int_equal(chmod(dir, 0770), 0);
	expect_refusal(path, "mode 0770 lets others replace the socket");
	assert_int_equal(chmod(dir, 0702), 0);
	expect_refusal(path, "lets others replace the socket");
	/* The sticky bit keeps others from unlinking, not from being first. */
	expect_refusal("/tmp/test_listener.sock", "lets others replace");
	assert_int_equal(chmod(dir, 0755), 0);
	(void)close(open_ok(0600));
	(void)unlink(path);
	assert_int_equal(chmod(dir, 0700), 0);
}

static void
impossible_paths_are_refused(void **state)
{
	char text[200];

	(void)state;
	expect_refusal("", "must have 1 to 107 bytes");
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	expect_refusal(text, "must have 1 to 107 bytes");
	expect_refusal("/nonexistent/agent.sock", "No such file");
	expect_refusal("/dev/null/agent.sock", "is no directory");
}

static void
an_unknown_group_leaves_nothing_behind(void **state)
{
	struct diag d = DIAG_INIT;
	struct stat st;
	int fd = -1;

	(void)state;
	if (geteuid() == 0) /* root may give it to any group */
		assert_int_equal(listener_open(path, 0660, 12345, &fd, &d), 0);
	else
		assert_int_equal(listener_open(path, 0660, 0, &fd, &d),
		    getegid() == 0 ? 0 : ERR_FILE);
	if (fd < 0) {
		assert_int_equal(lstat(path, &st), -1);
		return;
	}
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_gid, geteuid() == 0 ? 12345 : 0);
	(void)close(fd);
	(void)unlink(path);
}

static void
the_peer_is_ourselves(void **state)
{
	struct diag d = DIAG_INIT;
	struct peer peer;
	int fds[2], n = getgroups(0, NULL);

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(peer_of(fds[0], &peer, &d), 0);
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(peer.gid, getegid());
	assert_int_equal(peer.pid, getpid());
	assert_true(peer.n_groups >= 1 && peer.n_groups <= (size_t)n + 1);
	assert_int_equal(peer.groups[0], getegid());
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* A TCP descriptor "has" uid -1; that must never be taken for a user. */
static void
a_tcp_peer_is_refused(void **state)
{
	struct sockaddr_in addr = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct diag d = DIAG_INIT;
	struct peer peer = {.uid = 77};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0), server;

	(void)state;
	assert_int_equal(
	    bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&addr, &len), 0);
	assert_int_equal(
	    connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
	server = accept(listener, NULL, NULL);
	assert_int_equal(peer_of(server, &peer, &d), ERR_DENIED);
	assert_non_null(strstr(d.text, "must be on a Unix socket"));
	assert_int_equal(peer.uid, 77);
	(void)close(server);
	(void)close(client);
	(void)close(listener);
}

static void
no_socket_has_no_peer(void **state)
{
	struct diag d = DIAG_INIT;
	struct peer peer;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_true(peer_of(fds[0], &peer, &d) < 0);
	assert_true(peer_of(-1, &peer, &d) < 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	/* A listening socket has nobody at its other end. */
	fds[0] = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(peer_of(fds[0], &peer, &d), ERR_DENIED);
	(void)close(fds[0]);
}

static int
inherited(const char *pid, const char *n)
{
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", n, 1);
	return listener_inherited();
}

static void
inherited_sockets_must_be_meant_for_us(void **state)
{
	char pid[32];

	(void)state;
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_int_equal(inherited("1", "1"), 0);
	assert_null(getenv("LISTEN_FDS"));
	assert_null(getenv("LISTEN_PID"));
	assert_int_equal(inherited(pid, "0"), 0);
	assert_int_equal(inherited(pid, "-1"), 0);
	assert_int_equal(inherited(pid, "17"), 0);
	assert_int_equal(inherited(pid, "1x"), 0);
	assert_int_equal(inherited(pid, ""), 0);
	assert_int_equal(inherited("", "1"), 0);
	assert_int_equal(listener_inherited(), 0);
}

static void
inherited_sockets_are_made_safe(void **state)
{
	int saved = fcntl(3, F_DUPFD_CLOEXEC, 10), fds[2];
	char pid[32];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(dup2(fds[0], 3), 3);
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_int_equal(inherited(pid, "1"), 1);
	assert_true((fcntl(3, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(3, F_GETFD) & FD_CLOEXEC) != 0);
	if (saved >= 0)
		(void)dup2(saved, 3);
	else
		(void)close(3);
	if (fds[0] != 3)
		(void)close(fds[0]);
	(void)close(fds[1]);
	(void)close(saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_socket_has_its_mode),
	    cmocka_unit_test(a_taken_path_is_refused),
	    cmocka_unit_test(a_stale_socket_is_replaced),
	    cmocka_unit_test(a_file_is_left_alone),
	    cmocka_unit_test(links_and_directories_are_left_alone),
	    cmocka_unit_test(a_foreign_socket_is_left_alone),
	    cmocka_unit_test(directories_of_others_are_refused),
	    cmocka_unit_test(impossible_paths_are_refused),
	    cmocka_unit_test(an_unknown_group_leaves_nothing_behind),
	    cmocka_unit_test(the_peer_is_ourselves),
	    cmocka_unit_test(a_tcp_peer_is_refused),
	    cmocka_unit_test(no_socket_has_no_peer),
	    cmocka_unit_test(inherited_sockets_must_be_meant_for_us),
	    cmocka_unit_test(inherited_sockets_are_made_safe),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
