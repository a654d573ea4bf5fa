/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privyseal index rebuild: the index again from the log, built aside and put
 * in its place when it is whole. The log's lock is held meanwhile, so that no
 * agent starts on an index that is about to be replaced.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "cli/setup.h"
#include "issue/follow.h"
#include "lib/file.h"
#include "lib/mem.h"

static int
log_lock(const char *path, int *fd, struct diag *d)
{
	int rc = file_open(path, FILE_TRUSTED, fd, d);

	if (rc != 0)
		return rc;
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	rc = errno == EWOULDBLOCK ? diag_set(d, ERR_LOG_BUSY,
					"%s: an agent writes this log and "
					"keeps its index; stop it "
					"first",
					path)
				  : diag_errno(d, ERR_LOG, "%s", path);
	(void)close(*fd);
	return rc;
}

static void
progress_tell(void *arg, uint64_t records)
{
	const struct cli *cli = arg;

	if (!cli->quiet && !cli->json && isatty(STDERR_FILENO) == 1)
		(void)fprintf(stderr, "\r%ju records", (uintmax_t)records);
}

/* SQLite's companions; one that stays behind would be read into the next. */
static void
remove_all(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		MEM_CLEANUP char *name = xasprintf("%s%s", path, ends[i]);

		(void)unlink(name);
	}
}

static int
index_build(struct cli *cli, const char *path, uint64_t *rows, struct diag *d)
{
	struct index *index;
	int rc;

	rc = index_open(path, INDEX_WRITE, &index, d);
	if (rc != 0)
		return rc;
	rc =
	    index_catch_up(index, cli->config->log_path, progress_tell, cli, d);
	if (rc == 0)
		rc = index_count(index, rows, d);
	index_close(index);
	if (isatty(STDERR_FILENO) == 1 && !cli->quiet && !cli->json)
		(void)fputs("\r", stderr);
	return rc;
}

static int
rebuild(struct cli *cli, uint64_t *rows, struct diag *d)
{
	const char *path = cli->config->index_path;
	MEM_CLEANUP char *aside = xasprintf("%s.new", path);
	int rc;

	remove_all(aside);
	rc = index_build(cli, aside, rows, d);
	if (rc != 0) {
		remove_all(aside);
		return rc;
	}
	remove_all(path);
	if (rename(aside, path) != 0)
		return diag_errno(d, ERR_INDEX, "%s", path);
	return 0;
}

int
cmd_index_rebuild(struct cli *cli, int argc, char **argv, struct diag *d)
{
	uint64_t rows = 0;
	int lock, rc;

	rc = options_take(cli, NULL, 0, argc, argv, d);
	if (rc == 0)
		rc = setup_config(cli, d);
	if (rc == 0)
		rc = log_lock(cli->config->log_path, &lock, d);
	if (rc != 0)
		return rc;
	rc = rebuild(cli, &rows, d);
	(void)close(lock);
	if (rc != 0)
		return rc;
	if (cli->json)
		out_json(json_pack("{s:s, s:I}", "index",
		    cli->config->index_path, "certificates", (json_int_t)rows));
	else
		out_say(cli, "%s: %ju certificates", cli->config->index_path,
		    (uintmax_t)rows);
	return 0;
}
