/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The benchmark: how near issuing comes to the work that cannot be skipped.
 *
 * The machine's speed drifts, so every cell is run for a moment in every
 * round, and only ratios of cells of the same round are worth keeping.
 * docs/performance.md says what the numbers mean.
 */
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/mem.h"
#include "log/read.h"
#include "tests/bench/calls.h"
#include "tests/bench/inside.h"
#include "tests/bench/insn.h"
#include "tests/bench/report.h"
#include "tests/bench/server.h"

#define OUTSTANDING 64
#define TMPFS_MAGIC 0x01021994

static const char *const cell_names[] = {
#define CELL(symbol, name, text) name,
    CELLS
#undef CELL
};

struct options {
	unsigned rounds, cell_ms;
	bool check_runs, insn;
	const char *agent, *shim, *json, *only;
	const char *work, *dir; /* of a run under callgrind */
	unsigned count;
};

struct bench {
	const struct options *options;
	struct setup setup;
	struct server agent, cfssl;
	bool has_cfssl;
	struct log *log;
	struct results results;
};

static struct bench bench;
static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* However it ends: no child and no directory is left behind. */
static void
clean_up(void)
{
	process_stop(bench.agent.pid);
	process_stop(bench.cfssl.pid);
	softhsm_teardown(&bench.setup.hsm);
}

static void
cell_run(enum cell cell, struct sample *out)
{
	const struct setup *setup = &bench.setup;
	unsigned ms = bench.options->cell_ms;

	switch (cell) {
	case CELL_RAW_1:
		inside_run(setup, work_raw, 1, ms, out);
		break;
	case CELL_RAW_2:
		inside_run(setup, work_raw, 2, ms, out);
		break;
	case CELL_VERIFY_1:
		inside_run(setup, work_verify, 1, ms, out);
		break;
	case CELL_LIMIT_1:
		inside_run(setup, work_limit, 1, ms, out);
		break;
	case CELL_LIMIT_2:
		inside_run(setup, work_limit, 2, ms, out);
		break;
	case CELL_ISSUE_1:
		inside_run(setup, work_issue, 1, ms, out);
		break;
	case CELL_ISSUE_2:
		inside_run(setup, work_issue, 2, ms, out);
		break;
	case CELL_LOG_64:
		inside_log_run(setup, bench.log, OUTSTANDING, ms, out);
		break;
	case CELL_SOCKET_1:
		(void)load_run(&bench.agent.target, 1, ms, out);
		break;
	case CELL_SOCKET_8:
		(void)load_run(&bench.agent.target, 8, ms, out);
		break;
	case CELL_SOCKET_64:
		(void)load_run(&bench.agent.target, 64, ms, out);
		break;
	case CELL_CFSSL_64:
		if (bench.has_cfssl)
			(void)load_run(&bench.cfssl.target, 64, ms, out);
		break;
	case CELL_COUNT:
		break;
	}
}

/* --only: names with commas in between; without it, all. */
static bool
is_wanted(enum cell cell)
{
	const char *only = bench.options->only, *name = cell_names[cell];
	size_t len = strlen(name);

	for (; only != NULL; only = strchr(only, ',')) {
		only += *only == ',';
		if (strncmp(only, name, len) == 0 &&
		    (only[len] == ',' || only[len] == '\0'))
			return true;
	}
	return bench.options->only == NULL;
}

static void
rounds_run(void)
{
	struct results *r = &bench.results;
	unsigned round, i;

	for (round = 0; round < bench.options->rounds; round++) {
		printf("\rround %u of %u", round + 1, bench.options->rounds);
		(void)fflush(stdout);
		for (i = 0; i < CELL_COUNT; i++) {
			if (interrupted != 0)
				exit(130);
			if (is_wanted((enum cell)i))
				cell_run((enum cell)i, &r->at[i][round]);
		}
		r->rounds = round + 1;
	}
	puts("");
}

static void
log_make(void)
{
	MEM_CLEANUP char *path = xasprintf("%s/log", bench.setup.hsm.dir);
	const struct log_options options = {.gather_us = 1000};
	struct log_recovery recovery;
	struct diag d = DIAG_INIT;

	if (log_open(&bench.log, path, &options, &recovery, &d) != 0)
		bench_die("%s", d.text);
}

static void
disk_tell(void)
{
	struct statfs st;

	if (statfs(bench.setup.hsm.dir, &st) == 0 && st.f_type == TMPFS_MAGIC)
		printf("%s is in memory: syncing the log costs nothing there; "
		       "set TMPDIR to a directory on a disk\n",
		    bench.setup.hsm.dir);
}

static void
memory_take(void)
{
	/* What starting took is given back or not within a moment. */
	(void)usleep(300000);
	bench.results.rss_kib = processes_rss_kib(&bench.agent.processes);
	bench.results.pss_kib = processes_pss_kib(&bench.agent.processes);
}

/* Every certificate that was handed out has its record, and the log holds. */
static void
records_check(const char *base)
{
	MEM_CLEANUP char *path = xasprintf("%s/state/privyseal.log", base);
	struct log_summary summary;
	struct diag d = DIAG_INIT;
	double answers = 0;
	unsigned i;

	for (i = 0; i < bench.results.rounds; i++)
		answers += bench.results.at[CELL_SOCKET_1][i].ops +
			   bench.results.at[CELL_SOCKET_8][i].ops +
			   bench.results.at[CELL_SOCKET_64][i].ops;
	if (log_verify(path, NULL, NULL, &summary, &d) != 0)
		bench_die("%s", d.text);
	if ((double)summary.issued < answers)
		bench_die("%.0f certificates, %lu records", answers,
		    (unsigned long)summary.issued);
}

static void
measure(void)
{
	const struct options *o = bench.options;
	MEM_CLEANUP char *base = NULL;
	json_t *json;

	disk_tell();
	setup_open(&bench.setup);
	log_make();
	server_agent(&bench.agent, &bench.setup, o->agent, "agent", NULL);
	memory_take();
	bench.has_cfssl = is_wanted(CELL_CFSSL_64) &&
			  server_cfssl(&bench.cfssl, &bench.setup);
	rounds_run();
	bench.results.busy_rss_kib = processes_rss_kib(&bench.agent.processes);
	base = xstrdup(bench.agent.base);
	server_stop(&bench.agent);
	server_stop(&bench.cfssl);
	records_check(base);
	if (o->shim != NULL)
		bench.results.calls =
		    calls_count(&bench.setup, o->agent, o->shim);
	log_close(bench.log);
	setup_close(&bench.setup);
	if (o->check_runs)
		puts("every cell has run, what was issued is right");
	else
		report_print(&bench.results);
	if (o->json != NULL) {
		json = report_read(o->json);
		report_merge(&bench.results, json);
		report_write(o->json, json);
		json_decref(json);
	}
	json_decref(bench.results.calls);
}

static const char usage[] =
    "usage: bench [--rounds N] [--cell-ms MS] [--agent PROGRAM]\n"
    "             [--shim MODULE] [--json FILE] [--only CELL,...]\n"
    "             [--insn] [--check-runs]\n"
    "\n"
    "  --rounds N       each runs every cell once (7)\n"
    "  --cell-ms MS     how long a cell runs (400)\n"
    "  --agent PROGRAM  privyseald (agent/privyseald)\n"
    "  --shim MODULE    counts PKCS#11 calls by this module\n"
    "  --json FILE      merges the figures into this file\n"
    "  --only CELL,...  raw1 raw2 verify1 limit1 limit2 issue1 issue2 "
    "log64\n"
    "                   socket1 socket8 socket64 cfssl64\n"
    "  --insn           instructions a certificate, by callgrind\n"
    "  --check-runs     as a test: only whether everything works\n";

enum option_id {
	OPT_ROUNDS = 256,
	OPT_CELL_MS,
	OPT_CHECK,
	OPT_AGENT,
	OPT_SHIM,
	OPT_JSON,
	OPT_ONLY,
	OPT_INSN,
	OPT_WORK,
	OPT_COUNT,
	OPT_DIR
};

static const struct option long_options[] = {
    {"rounds", required_argument, NULL, OPT_ROUNDS},
    {"cell-ms", required_argument, NULL, OPT_CELL_MS},
    {"check-runs", no_argument, NULL, OPT_CHECK},
    {"agent", required_argument, NULL, OPT_AGENT},
    {"shim", required_argument, NULL, OPT_SHIM},
    {"json", required_argument, NULL, OPT_JSON},
    {"only", required_argument, NULL, OPT_ONLY},
    {"insn", no_argument, NULL, OPT_INSN},
    /* How a run under callgrind is started. */
    {"work", required_argument, NULL, OPT_WORK},
    {"count", required_argument, NULL, OPT_COUNT},
    {"dir", required_argument, NULL, OPT_DIR},
    {NULL, 0, NULL, 0},
};

static unsigned
number(const char *text, unsigned max)
{
	unsigned long value = strtoul(text, NULL, 10);

	if (value < 1 || value > max)
		bench_die("%s: a number from 1 to %u was wanted", text, max);
	return (unsigned)value;
}

static void
option_take(struct options *o, int c)
{
	switch (c) {
	case OPT_ROUNDS:
		o->rounds = number(optarg, ROUNDS_MAX);
		break;
	case OPT_CELL_MS:
		o->cell_ms = number(optarg, 60000);
		break;
	case OPT_CHECK:
		o->check_runs = true;
		break;
	case OPT_AGENT:
		o->agent = optarg;
		break;
	case OPT_SHIM:
		o->shim = optarg;
		break;
	case OPT_JSON:
		o->json = optarg;
		break;
	case OPT_ONLY:
		o->only = optarg;
		break;
	case OPT_INSN:
		o->insn = true;
		break;
	case OPT_WORK:
		o->work = optarg;
		break;
	case OPT_COUNT:
		o->count = number(optarg, INT_MAX);
		break;
	case OPT_DIR:
		o->dir = optarg;
		break;
	default:
		(void)fputs(usage, stderr);
		exit(2);
	}
}

static const char *
own_path(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		bench_die("/proc is not there");
	path[n] = '\0';
	return path;
}

int
main(int argc, char **argv)
{
	struct options o = {
	    .rounds = 7, .cell_ms = 400, .agent = "agent/privyseald"};
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		option_take(&o, c);
	bench.options = &o;
	if (o.work != NULL && o.dir != NULL) {
		insn_work(o.work, o.count, o.dir);
		return 0;
	}
	(void)signal(SIGINT, on_signal);
	(void)signal(SIGTERM, on_signal);
	(void)atexit(clean_up);
	setup_make(&bench.setup);
	if (o.insn)
		insn_measure(&bench.setup, own_path(),
		    o.json != NULL ? o.json : "bench.json");
	else
		measure();
	return 0;
}
