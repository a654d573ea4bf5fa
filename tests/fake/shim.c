/* SPDX-License-Identifier: Apache-2.0 */
/* The fault-injecting module for C tests; see tests/fake/shim.h. */
#include "tests/fake/shim.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
place(const struct softhsm *hsm, const char *name, char *out, size_t max)
{
	snprintf(out, max, "%s/shim.%s", hsm->dir, name);
}

int
shim_setup(struct softhsm *hsm)
{
	const char *build = getenv("top_builddir");
	char path[PATH_MAX], full[PATH_MAX];

	snprintf(path, sizeof(path), "%s/tests/fake/p11_shim.so",
	    build != NULL ? build : ".");
	if (realpath(path, full) == NULL ||
	    strlen(full) >= sizeof(hsm->module)) {
		perror(path);
		return -1;
	}
	setenv("P11_SHIM_MODULE", hsm->module, 1);
	memcpy(hsm->module, full, strlen(full) + 1);
	place(hsm, "rules", path, sizeof(path));
	setenv("P11_SHIM_RULES", path, 1);
	place(hsm, "log", path, sizeof(path));
	setenv("P11_SHIM_LOG", path, 1);
	return 0;
}

static void
overwrite(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len) {
		perror(path);
		abort();
	}
	close(fd);
}

/* The file is mapped by the module: overwritten in place, never made shorter.
 */
static void
counts_clear(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct stat st;
	char zero = 0;
	off_t i;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0) {
		for (i = 0; i < st.st_size; i++) {
			if (pwrite(fd, &zero, 1, i) != 1)
				abort();
		}
	}
	close(fd);
}

void
shim_rules(const struct softhsm *hsm, const char *rules)
{
	char path[256];

	place(hsm, "rules.state", path, sizeof(path));
	counts_clear(path);
	place(hsm, "rules", path, sizeof(path));
	overwrite(path, rules, strlen(rules));
}

unsigned
shim_count(const struct softhsm *hsm, const char *call)
{
	char path[256], line[512], wanted[64];
	unsigned n = 0;
	FILE *f;

	place(hsm, "log", path, sizeof(path));
	snprintf(wanted, sizeof(wanted), "%s rv=", call != NULL ? call : "");
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (call != NULL ? strncmp(line, wanted, strlen(wanted)) == 0
				 : strstr(line, " session=") != NULL)
			n++;
	}
	fclose(f);
	return n;
}

void
shim_forget(const struct softhsm *hsm)
{
	char path[256];

	place(hsm, "log", path, sizeof(path));
	overwrite(path, "", 0);
}
