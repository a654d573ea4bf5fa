/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/sandbox: each profile is entered for real, in a child process, and
 * then what it must refuse is tried. The child answers with an exit code.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/sandbox.h"
#include "lib/mem.h"

enum { REFUSED = 0, ALLOWED = 1, NO_SANDBOX = 2 };

/* Sanitizers need calls of their own: such a build has no filter. */
#ifdef PS_SANITIZED
static const bool has_seccomp = false;
#else
static const bool has_seccomp = true;
#endif

static char dir[] = "/tmp/privyseal-sandbox-XXXXXX";

/* Runs try() inside the sandbox; what it returns, or -signal. */
static int
inside(const struct sandbox *sandbox, int (*try)(void))
{
	struct diag d = DIAG_INIT;
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (sandbox_enter(sandbox, &d) != 0)
			_exit(NO_SANDBOX);
		_exit(try());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int
try_read_file(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0 ? ALLOWED : REFUSED;
}

static int
try_read_own_file(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/file", dir);
	return open(path, O_RDONLY) >= 0 ? ALLOWED : REFUSED;
}

static int
try_write_own_file(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/file", dir);
	return open(path, O_WRONLY) >= 0 ? ALLOWED : REFUSED;
}

static int
try_socket_tcp(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? ALLOWED : REFUSED;
}

static int
try_socket_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? ALLOWED : REFUSED;
}

static int inherited = -1;

static int
try_connect(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(9);
	if (connect(inherited, (struct sockaddr *)&to, sizeof(to)) == 0)
		return ALLOWED;
	return errno == EPERM || errno == EACCES ? REFUSED : ALLOWED;
}

static int
try_exec(void)
{
	(void)execl("/bin/true", "true", (char *)NULL);
	return REFUSED;
}

static int
try_fork(void)
{
	return fork() >= 0 ? ALLOWED : REFUSED;
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
try_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, nothing, NULL) != 0)
		return REFUSED;
	return pthread_join(thread, NULL) == 0 ? ALLOWED : REFUSED;
}

static int
try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED
		   ? ALLOWED
		   : REFUSED;
}

static int
try_privileges(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1 ? ALLOWED : REFUSED;
}

static struct sandbox
sandbox_for(enum role role, const struct sandbox_path *path)
{
	return (struct sandbox){
	    .role = role, .paths = path, .n_paths = path != NULL ? 1 : 0};
}

static void
front_has_no_file_no_network_no_program(void **state)
{
	struct sandbox s = sandbox_for(ROLE_FRONT, NULL);

	(void)state;
	assert_int_equal(inside(&s, try_read_file), REFUSED);
	assert_int_equal(inside(&s, try_read_own_file), REFUSED);
	if (has_seccomp) {
		assert_int_equal(inside(&s, try_socket_tcp), REFUSED);
		assert_int_equal(inside(&s, try_socket_unix), REFUSED);
		assert_int_equal(inside(&s, try_connect), REFUSED);
		assert_int_equal(inside(&s, try_exec), -SIGSYS);
		assert_int_equal(inside(&s, try_fork), REFUSED);
		assert_int_equal(inside(&s, try_code), REFUSED);
	}
}

static void
front_can_still_work(void **state)
{
	struct sandbox s = sandbox_for(ROLE_FRONT, NULL);

	(void)state;
	assert_int_equal(inside(&s, try_thread), ALLOWED);
}

static void
core_has_its_files_and_no_network(void **state)
{
	const struct sandbox_path own = {dir, true};
	struct sandbox s = sandbox_for(ROLE_CORE, &own);

	(void)state;
	assert_int_equal(inside(&s, try_write_own_file), ALLOWED);
	assert_int_equal(inside(&s, try_read_file), REFUSED);
	assert_int_equal(inside(&s, try_thread), ALLOWED);
	if (has_seccomp) {
		assert_int_equal(inside(&s, try_socket_tcp), REFUSED);
		assert_int_equal(inside(&s, try_socket_unix), REFUSED);
		assert_int_equal(inside(&s, try_connect), REFUSED);
		assert_int_equal(inside(&s, try_exec), -SIGSYS);
		assert_int_equal(inside(&s, try_fork), REFUSED);
		assert_int_equal(inside(&s, try_code), REFUSED);
	}
}

static void
what_is_readable_is_not_writable(void **state)
{
	const struct sandbox_path own = {dir, false};
	struct sandbox s = sandbox_for(ROLE_SIGNER, &own);

	(void)state;
	assert_int_equal(inside(&s, try_read_own_file), ALLOWED);
	assert_int_equal(inside(&s, try_write_own_file), REFUSED);
}

static void
the_signer_has_a_network_only_when_told(void **state)
{
	const struct sandbox_path own = {dir, false};
	struct sandbox s = sandbox_for(ROLE_SIGNER, &own);

	(void)state;
	if (has_seccomp) {
		assert_int_equal(inside(&s, try_socket_tcp), REFUSED);
		assert_int_equal(inside(&s, try_exec), -SIGSYS);
	}
	s.network = true;
	assert_int_equal(inside(&s, try_socket_tcp), ALLOWED);
}

static void
nobody_can_look_into_any_of_them(void **state)
{
	enum role role;

	(void)state;
	for (role = ROLE_CORE; role < ROLES; role++) {
		struct sandbox s = sandbox_for(role, NULL);

		/* PR_GET_DUMPABLE is refused, or says 0: never "yes". */
		assert_int_equal(inside(&s, try_privileges), REFUSED);
	}
}

static void
a_path_that_is_not_there_is_an_error(void **state)
{
	const struct sandbox_path missing = {"/nonexistent/privyseal", false};
	struct sandbox s = sandbox_for(ROLE_CORE, &missing);

	(void)state;
	assert_int_equal(inside(&s, try_thread), NO_SANDBOX);
}

static int
setup(void **state)
{
	char path[64];
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	inherited = socket(AF_INET, SOCK_STREAM, 0);
	return inherited >= 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	(void)unlink(path);
	(void)rmdir(dir);
	(void)close(inherited);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(front_has_no_file_no_network_no_program),
	    cmocka_unit_test(front_can_still_work),
	    cmocka_unit_test(core_has_its_files_and_no_network),
	    cmocka_unit_test(what_is_readable_is_not_writable),
	    cmocka_unit_test(the_signer_has_a_network_only_when_told),
	    cmocka_unit_test(nobody_can_look_into_any_of_them),
	    cmocka_unit_test(a_path_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
