/* SPDX-License-Identifier: Apache-2.0 */
/* Files that decide something; see file.h. */
#include "lib/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mem.h"

static int
owner_check(const char *path, const struct stat *st, struct diag *d)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return diag_set(d, ERR_FILE,
		    "%s: the owner must be root or uid %u, it is uid %u", path,
		    geteuid(), st->st_uid);
	if (st->st_nlink != 1)
		return diag_set(d, ERR_FILE,
		    "%s: the file has %ju names, it must have one", path,
		    (uintmax_t)st->st_nlink);
	return 0;
}

static int
mode_check(const char *path, const struct stat *st, enum file_trust trust,
    struct diag *d)
{
	mode_t forbidden = trust == FILE_SECRET ? 077 : 022;

	if ((st->st_mode & forbidden) == 0)
		return 0;
	return diag_set(d, ERR_FILE,
	    "%s: mode %04o lets others %s it; run chmod %s on it", path,
	    st->st_mode & 07777, trust == FILE_SECRET ? "use" : "write",
	    trust == FILE_SECRET ? "600" : "go-w");
}

static int
file_check(int fd, const char *path, enum file_trust trust, struct diag *d)
{
	struct stat st;
	int rc;

	if (fstat(fd, &st) != 0)
		return diag_errno(d, ERR_FILE, "%s", path);
	if (trust == FILE_ANY)
		return S_ISDIR(st.st_mode)
			   ? diag_set(d, ERR_FILE, "%s: is a directory", path)
			   : 0;
	if (!S_ISREG(st.st_mode))
		return diag_set(
		    d, ERR_FILE, "%s: must be a regular file", path);
	rc = owner_check(path, &st, d);
	return rc != 0 ? rc : mode_check(path, &st, trust, d);
}

int
file_open(const char *path, enum file_trust trust, int *fd, struct diag *d)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY;
	int opened, rc;

	if (trust != FILE_ANY)
		flags |= O_NOFOLLOW | O_NONBLOCK;
	opened = open(path, flags);
	if (opened < 0 && errno == ELOOP && trust != FILE_ANY)
		return diag_set(d, ERR_FILE,
		    "%s: is a symbolic link, it must be the file itself", path);
	if (opened < 0)
		return diag_errno(d, ERR_FILE, "%s", path);
	rc = file_check(opened, path, trust, d);
	if (rc != 0) {
		(void)close(opened);
		return rc;
	}
	*fd = opened;
	return 0;
}

static int
read_all(
    int fd, const char *path, size_t max_len, struct buf *out, struct diag *d)
{
	ssize_t n;

	for (;;) {
		buf_reserve(out, 4096);
		n = read(fd, out->data + out->len, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_errno(d, ERR_FILE, "%s", path);
		if (n == 0)
			return 0;
		out->len += (size_t)n;
		if (out->len > max_len)
			return diag_set(d, ERR_TOO_LARGE,
			    "%s: has more than %zu bytes", path, max_len);
	}
}

int
file_read(const char *path, enum file_trust trust, size_t max_len,
    struct buf *out, struct diag *d)
{
	int fd, rc;

	buf_reset(out);
	if (trust == FILE_ANY && strcmp(path, "-") == 0)
		return read_all(
		    STDIN_FILENO, "standard input", max_len, out, d);
	rc = file_open(path, trust, &fd, d);
	if (rc != 0)
		return rc;
	rc = read_all(fd, path, max_len, out, d);
	(void)close(fd);
	return rc;
}

int
fd_write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
dir_sync(const char *path)
{
	const char *slash = strrchr(path, '/');
	MEM_CLEANUP char *dir =
	    slash == NULL
		? xstrdup(".")
		: xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	(void)close(fd);
	return rc;
}

int
file_write(const char *path, unsigned mode, struct span content, struct diag *d)
{
	MEM_CLEANUP char *temporary = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC);

	if (fd < 0)
		return diag_errno(d, ERR_FILE, "%s", temporary);
	if (fchmod(fd, mode) != 0 ||
	    fd_write_all(fd, content.data, content.len) != 0 ||
	    fsync(fd) != 0) {
		(void)diag_errno(d, ERR_FILE, "%s", temporary);
		(void)close(fd);
		(void)unlink(temporary);
		return ERR_FILE;
	}
	(void)close(fd);
	if (rename(temporary, path) != 0) {
		(void)diag_errno(d, ERR_FILE, "%s", path);
		(void)unlink(temporary);
		return ERR_FILE;
	}
	return dir_sync(path) == 0 ? 0 : diag_errno(d, ERR_FILE, "%s", path);
}

int
file_make_dir(const char *path, unsigned mode, struct diag *d)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return diag_errno(d, ERR_FILE, "%s", path);
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return diag_set(
		    d, ERR_FILE, "%s: is there, but is no directory", path);
	return 0;
}

static bool
has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcmp(name + n - m, suffix) == 0 && name[0] != '.';
}

static int
name_order(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

int
file_list(const char *dir, const char *suffix, char ***names, size_t *n,
    struct diag *d)
{
	DIR *handle = opendir(dir);
	struct dirent *entry;
	char **list = NULL;
	size_t count = 0;

	if (handle == NULL)
		return diag_errno(d, ERR_FILE, "%s", dir);
	while ((entry = readdir(handle)) != NULL) {
		if (!has_suffix(entry->d_name, suffix))
			continue;
		list = xrealloc(list, (count + 1) * sizeof(*list));
		list[count++] = xstrdup(entry->d_name);
	}
	(void)closedir(handle);
	if (count > 0)
		qsort(list, count, sizeof(*list), name_order);
	*names = list;
	*n = count;
	return 0;
}

void
file_names_free(char **names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
}
