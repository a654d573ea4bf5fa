/* SPDX-License-Identifier: Apache-2.0 */
/* lib/secret: secrets are read whole, and gone afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/secret.h"

/* Reads what was written into a pipe; the text may have any bytes. */
static int
read_from_pipe(struct secret *s, const void *text, size_t len, struct diag *d)
{
	int fds[2], rc;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, len), len);
	(void)close(fds[1]);
	rc = secret_read(s, fds[0], d);
	(void)close(fds[0]);
	return rc;
}

static void
expect(const char *text, const char *secret)
{
	struct secret s = SECRET_INIT;
	struct diag d = DIAG_INIT;
	int rc = read_from_pipe(&s, text, strlen(text), &d);

	if (secret == NULL) {
		assert_int_equal(rc, ERR_FILE);
		assert_null(s.data);
		return;
	}
	assert_int_equal(rc, 0);
	assert_true(span_is(span_of(s.data, s.len), secret));
	secret_free(&s);
	assert_null(s.data);
	assert_int_equal(s.len, 0);
	secret_free(&s);
}

static void
the_first_line_is_the_secret(void **state)
{
	(void)state;
	expect("1234", "1234");
	expect("1234\n", "1234");
	expect("12 34\r\nmore\n", "12 34\r");
	expect(" 1234 \n", " 1234 ");
	expect("", NULL);
	expect("\n", NULL);
	expect("\n1234\n", NULL);
}

static void
secrets_end_at_their_limit(void **state)
{
	char text[SECRET_MAX_LEN + 2];
	struct secret s = SECRET_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(read_from_pipe(&s, text, SECRET_MAX_LEN - 1, &d), 0);
	assert_int_equal(s.len, SECRET_MAX_LEN - 1);
	secret_free(&s);
	assert_int_equal(read_from_pipe(&s, text, SECRET_MAX_LEN, &d), 0);
	assert_int_equal(s.len, SECRET_MAX_LEN);
	secret_free(&s);
	text[SECRET_MAX_LEN] = '\n';
	assert_int_equal(read_from_pipe(&s, text, SECRET_MAX_LEN + 1, &d), 0);
	assert_int_equal(s.len, SECRET_MAX_LEN);
	secret_free(&s);
	text[SECRET_MAX_LEN] = 'a';
	assert_int_equal(
	    read_from_pipe(&s, text, SECRET_MAX_LEN + 1, &d), ERR_FILE);
	assert_null(s.data);
}

static void
a_descriptor_that_cannot_be_read(void **state)
{
	struct secret s = SECRET_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(secret_read(&s, -1, &d), ERR_FILE);
	assert_null(s.data);
}

static void
files_of_others_are_refused(void **state)
{
	char path[] = "/tmp/test_secret.XXXXXX", link_path[64];
	struct secret s = SECRET_INIT;
	struct diag d = DIAG_INIT;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "1234\n", 5), 5);
	assert_int_equal(secret_read_file(&s, path, &d), 0);
	assert_int_equal(s.len, 4);
	secret_free(&s);
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_int_equal(secret_read_file(&s, path, &d), ERR_FILE);
	assert_non_null(strstr(d.text, "lets others use it"));
	assert_int_equal(fchmod(fd, 0600), 0);
	(void)snprintf(link_path, sizeof(link_path), "%s.link", path);
	assert_int_equal(symlink(path, link_path), 0);
	assert_int_equal(secret_read_file(&s, link_path, &d), ERR_FILE);
	assert_non_null(strstr(d.text, "symbolic link"));
	(void)unlink(link_path);
	(void)unlink(path);
	assert_int_equal(secret_read_file(&s, path, &d), ERR_FILE);
	(void)close(fd);
}

/* A child that was forked finds nothing there. */
static void
children_do_not_inherit(void **state)
{
	struct secret s = SECRET_INIT;
	struct diag d = DIAG_INIT;
	int status = -1;
	pid_t pid;

	(void)state;
	assert_int_equal(read_from_pipe(&s, "1234", 4, &d), 0);
	pid = fork();
	if (pid == 0)
		_exit(s.data[0] == 0 && s.data[3] == 0 ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(s.data[0], '1');
	secret_free(&s);
}

static void
the_process_leaves_no_core(void **state)
{
	struct diag d = DIAG_INIT;
	struct rlimit limit;
	int status = -1;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(secret_harden_process(&d) == 0 &&
			      getrlimit(RLIMIT_CORE, &limit) == 0 &&
			      limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0
			  ? 0
			  : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_line_is_the_secret),
	    cmocka_unit_test(secrets_end_at_their_limit),
	    cmocka_unit_test(a_descriptor_that_cannot_be_read),
	    cmocka_unit_test(files_of_others_are_refused),
	    cmocka_unit_test(children_do_not_inherit),
	    cmocka_unit_test(the_process_leaves_no_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
