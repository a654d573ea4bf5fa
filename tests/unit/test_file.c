/* SPDX-License-Identifier: Apache-2.0 */
/* lib/file: what is read is what its owner wrote; what is written is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"

static char dir[] = "/tmp/test_file.XXXXXX";
static char path[64], other[64];

static int
make_dir(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	(void)snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void
put(const char *where, unsigned mode, const char *text)
{
	struct diag d = DIAG_INIT;

	if (file_write(where, mode, span_str(text), &d) != 0)
		fail_msg("%s", d.text);
}

static void
expect_read(enum file_trust trust, const char *because)
{
	BUF_CLEANUP out = BUF_INIT;
	struct diag d = DIAG_INIT;
	int rc = file_read(path, trust, 100, &out, &d);

	if (because == NULL) {
		if (rc != 0)
			fail_msg("%s", d.text);
		assert_string_equal(buf_cstr(&out), "text");
		return;
	}
	assert_int_equal(rc, ERR_FILE);
	if (strstr(d.text, because) == NULL)
		fail_msg("'%s' is not in '%s'", because, d.text);
}

static void
modes_decide(void **state)
{
	(void)state;
	put(path, 0600, "text");
	expect_read(FILE_ANY, NULL);
	expect_read(FILE_TRUSTED, NULL);
	expect_read(FILE_SECRET, NULL);
	(void)chmod(path, 0644);
	expect_read(FILE_TRUSTED, NULL);
	expect_read(FILE_SECRET, "mode 0644 lets others use it");
	(void)chmod(path, 0664);
	expect_read(FILE_ANY, NULL);
	expect_read(FILE_TRUSTED, "mode 0664 lets others write it");
	(void)chmod(path, 0606);
	expect_read(FILE_TRUSTED, "lets others write it");
	(void)unlink(path);
}

static void
one_name_and_no_link(void **state)
{
	(void)state;
	put(other, 0600, "text");
	assert_int_equal(symlink(other, path), 0);
	expect_read(FILE_ANY, NULL);
	expect_read(FILE_TRUSTED, "is a symbolic link");
	(void)unlink(path);
	assert_int_equal(link(other, path), 0);
	expect_read(FILE_ANY, NULL);
	expect_read(FILE_TRUSTED, "has 2 names");
	(void)unlink(path);
	(void)unlink(other);
}

static void
the_owner_decides(void **state)
{
	(void)state;
	put(path, 0600, "text");
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 1, (gid_t)-1), 0);
		expect_read(FILE_TRUSTED, "the owner must be root or uid 0");
		expect_read(FILE_ANY, NULL);
	}
	(void)unlink(path);
}

/* Opening one must not wait for somebody to write into it either. */
static void
only_regular_files_are_trusted(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_read(FILE_TRUSTED, "must be a regular file");
	(void)unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	expect_read(FILE_TRUSTED, "must be a regular file");
	expect_read(FILE_ANY, "is a directory");
	(void)rmdir(path);
	expect_read(FILE_ANY, "No such file");
	expect_read(FILE_SECRET, "No such file");
}

static void
sizes_are_bounded(void **state)
{
	BUF_CLEANUP out = BUF_INIT;
	struct diag d = DIAG_INIT;

	(void)state;
	put(path, 0600, "12345678");
	assert_int_equal(file_read(path, FILE_TRUSTED, 8, &out, &d), 0);
	assert_int_equal(out.len, 8);
	assert_int_equal(
	    file_read(path, FILE_TRUSTED, 7, &out, &d), ERR_TOO_LARGE);
	assert_int_equal(
	    file_read("/dev/zero", FILE_ANY, 100000, &out, &d), ERR_TOO_LARGE);
	/* What was in the buffer before does not count, nor stay. */
	assert_int_equal(file_read(path, FILE_TRUSTED, 8, &out, &d), 0);
	assert_true(span_is(buf_span(&out), "12345678"));
	(void)unlink(path);
}

static void
writing_replaces_whole(void **state)
{
	BUF_CLEANUP out = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct stat st;
	int before;

	(void)state;
	put(path, 0644, "old and longer");
	before = open(path, O_RDONLY);
	put(path, 0640, "new");
	assert_int_equal(file_read(path, FILE_ANY, 100, &out, &d), 0);
	assert_true(span_is(buf_span(&out), "new"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* Who had it open still sees the old one, whole. */
	assert_int_equal(fstat(before, &st), 0);
	assert_int_equal(st.st_size, 14);
	(void)close(before);
	(void)unlink(path);
	put(path, 0600, "");
	assert_int_equal(file_read(path, FILE_ANY, 100, &out, &d), 0);
	assert_int_equal(out.len, 0);
	(void)unlink(path);
}

static void
what_cannot_be_written(void **state)
{
	char **names;
	struct diag d = DIAG_INIT;
	size_t n;

	(void)state;
	assert_int_equal(
	    file_write("/nonexistent/file", 0600, span_str("x"), &d), ERR_FILE);
	/* A failed rename leaves no temporary file behind. */
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(file_write(path, 0600, span_str("x"), &d), ERR_FILE);
	assert_int_equal(file_list(dir, "", &names, &n, &d), 0);
	assert_int_equal(n, 1);
	file_names_free(names, n);
	(void)rmdir(path);
}

static void
lists_are_sorted(void **state)
{
	static const char *const files[] = {"b.yaml", "a.yaml", "B.yaml",
	    ".yaml", ".x.yaml", "c.yml", "d.yaml~", "10.yaml", "9.yaml"};
	static const char *const expected[] = {
	    "10.yaml", "9.yaml", "B.yaml", "a.yaml", "b.yaml"};
	char name[96], **names;
	struct diag d = DIAG_INIT;
	size_t n, i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s/%s", dir, files[i]);
		put(name, 0600, "");
	}
	assert_int_equal(file_list(dir, ".yaml", &names, &n, &d), 0);
	assert_int_equal(n, sizeof(expected) / sizeof(expected[0]));
	for (i = 0; i < n; i++)
		assert_string_equal(names[i], expected[i]);
	file_names_free(names, n);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s/%s", dir, files[i]);
		(void)unlink(name);
	}
	assert_int_equal(file_list(dir, ".yaml", &names, &n, &d), 0);
	assert_int_equal(n, 0);
	file_names_free(names, n);
	assert_int_equal(
	    file_list("/nonexistent", ".yaml", &names, &n, &d), ERR_FILE);
}

static void
directories_are_made_once(void **state)
{
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(file_make_dir(path, 0700, &d), 0);
	assert_int_equal(file_make_dir(path, 0700, &d), 0);
	(void)rmdir(path);
	put(path, 0600, "");
	assert_int_equal(file_make_dir(path, 0700, &d), ERR_FILE);
	assert_non_null(strstr(d.text, "is no directory"));
	(void)unlink(path);
	assert_int_equal(file_make_dir("/nonexistent/dir", 0700, &d), ERR_FILE);
}

/* A pipe takes 64 KiB at a time; the other end reads slowly. */
static void
whole_writes_take_several_turns(void **state)
{
	static char text[300000];
	size_t total = 0;
	int fds[2], status;
	pid_t pid;
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0)
		_exit(fd_write_all(fds[1], text, sizeof(text)) == 0 ? 0 : 1);
	(void)close(fds[1]);
	while ((n = read(fds[0], text, 5000)) > 0)
		total += (size_t)n;
	assert_int_equal(total, sizeof(text));
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(fd_write_all(-1, "x", 1), -1);
	assert_int_equal(fd_write_all(-1, NULL, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(modes_decide),
	    cmocka_unit_test(one_name_and_no_link),
	    cmocka_unit_test(the_owner_decides),
	    cmocka_unit_test(only_regular_files_are_trusted),
	    cmocka_unit_test(sizes_are_bounded),
	    cmocka_unit_test(writing_replaces_whole),
	    cmocka_unit_test(what_cannot_be_written),
	    cmocka_unit_test(lists_are_sorted),
	    cmocka_unit_test(directories_are_made_once),
	    cmocka_unit_test(whole_writes_take_several_turns),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
