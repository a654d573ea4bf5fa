/* SPDX-License-Identifier: Apache-2.0 */
/* Locked, zeroed, undumpable memory; see secret.h. */
#include "lib/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/file.h"

int
secret_new(struct secret *s, struct diag *d)
{
	void *p = mmap(NULL, SECRET_MAX_LEN, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return diag_errno(d, ERR_INTERNAL, "no memory for a secret");
	/* A limit of zero locked bytes is no reason to refuse to work. */
	(void)mlock(p, SECRET_MAX_LEN);
	if (madvise(p, SECRET_MAX_LEN, MADV_DONTDUMP) != 0 ||
	    madvise(p, SECRET_MAX_LEN, MADV_WIPEONFORK) != 0) {
		(void)munmap(p, SECRET_MAX_LEN);
		return diag_errno(
		    d, ERR_INTERNAL, "memory for a secret cannot be protected");
	}
	s->data = p;
	s->len = 0;
	return 0;
}

void
secret_free(struct secret *s)
{
	if (s->data == NULL)
		return;
	explicit_bzero(s->data, SECRET_MAX_LEN);
	(void)munmap(s->data, SECRET_MAX_LEN);
	*s = (struct secret)SECRET_INIT;
}

static ssize_t
read_some(int fd, void *out, size_t len)
{
	ssize_t n;

	do {
		n = read(fd, out, len);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* When there is no room left, only the end or a newline may follow. */
static int
check_end(int fd)
{
	char last = '\0';
	ssize_t n = read_some(fd, &last, 1);
	bool is_end = n == 0 || (n == 1 && last == '\n');

	explicit_bzero(&last, 1);
	if (n == 1 && !is_end)
		errno = EMSGSIZE;
	return is_end ? 0 : -1;
}

/* One read per round; the newline may arrive with the bytes or alone. */
static int
fill(struct secret *s, int fd)
{
	uint8_t *newline;
	ssize_t n;

	while (s->len < SECRET_MAX_LEN) {
		n = read_some(fd, s->data + s->len, SECRET_MAX_LEN - s->len);
		if (n <= 0)
			return (int)n;
		newline = memchr(s->data + s->len, '\n', (size_t)n);
		if (newline != NULL) {
			s->len = (size_t)(newline - s->data);
			return 0;
		}
		s->len += (size_t)n;
	}
	return check_end(fd);
}

int
secret_read(struct secret *s, int fd, struct diag *d)
{
	int rc = secret_new(s, d);

	if (rc != 0)
		return rc;
	if (fill(s, fd) != 0)
		rc = diag_errno(d, ERR_FILE, "the secret cannot be read");
	else if (s->len == 0)
		rc = diag_set(d, ERR_FILE, "the secret is empty");
	if (rc != 0)
		secret_free(s);
	return rc;
}

int
secret_read_file(struct secret *s, const char *path, struct diag *d)
{
	int fd, rc;

	rc = file_open(path, FILE_SECRET, &fd, d);
	if (rc != 0)
		return rc;
	rc = secret_read(s, fd, d);
	(void)close(fd);
	return rc != 0 ? diag_prefix(d, "%s", path) : 0;
}

int
secret_harden_process(struct diag *d)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return diag_errno(d, ERR_INTERNAL, "RLIMIT_CORE");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return diag_errno(d, ERR_INTERNAL, "PR_SET_DUMPABLE");
	return 0;
}
