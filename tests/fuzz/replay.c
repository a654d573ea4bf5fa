/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over its corpus, without a fuzzer: this is how `make
 * check` keeps every input that ever mattered. The corpus of fuzz_csr is
 * tests/fuzz/corpus/csr; an empty or missing one is a failure.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
replay_file(const char *path)
{
	BUF_CLEANUP content = BUF_INIT;
	struct diag d = DIAG_INIT;
	uint8_t *exact;

	if (file_read(path, FILE_ANY, 1 << 24, &content, &d) != 0) {
		fprintf(stderr, "%s\n", d.text);
		exit(1);
	}
	/* An allocation of just this size, so that ASan sees one byte more. */
	exact = malloc(content.len != 0 ? content.len : 1);
	if (exact == NULL)
		exit(1);
	if (content.len > 0)
		memcpy(exact, content.data, content.len);
	(void)LLVMFuzzerTestOneInput(exact, content.len);
	free(exact);
	return 1;
}

static size_t
replay_dir(const char *dir)
{
	DIR *handle = opendir(dir);
	struct dirent *entry;
	char path[4096];
	size_t n = 0;

	if (handle == NULL)
		return 0;
	while ((entry = readdir(handle)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		n += replay_file(path);
	}
	(void)closedir(handle);
	return n;
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	const char *name = strrchr(argv[0], '/');
	char dir[4096];
	size_t n;

	if (argc > 1)
		return replay_file(argv[1]) == 1 ? 0 : 1;
	name = name != NULL ? name + 1 : argv[0];
	if (strncmp(name, "fuzz_", 5) != 0)
		return 1;
	(void)snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s",
	    top != NULL ? top : ".", name + 5);
	n = replay_dir(dir);
	printf("%s: %zu inputs replayed\n", name, n);
	return n > 0 ? 0 : 1;
}
