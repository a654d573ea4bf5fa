/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instruction counts by callgrind; see insn.h. The difference between a long
 * and a short run leaves out start, login and end.
 */
#include "tests/bench/insn.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/mem.h"
#include "tests/bench/process.h"
#include "tests/bench/report.h"
#include "tests/bench/work.h"

#define FEW 20
#define MANY 120

struct kind {
	const char *name;
	void (*run)(struct work *w);
};

static const struct kind kinds[] = {
    {"raw", work_raw},
    {"verify", work_verify},
    {"limit", work_limit},
    {"issue", work_issue},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))
enum { KIND_RAW, KIND_VERIFY, KIND_LIMIT, KIND_ISSUE };

void
insn_work(const char *name, unsigned count, const char *dir)
{
	struct setup setup = {.module = NULL};
	struct work work;
	unsigned i, k;

	setup_adopt(&setup, dir);
	setup_open(&setup);
	work_init(&work, &setup, 0);
	for (k = 0; k < N_KINDS; k++) {
		for (i = 0; i < count && strcmp(kinds[k].name, name) == 0; i++)
			kinds[k].run(&work);
	}
	if (work.certificate.len > 0)
		work_check(&setup, buf_span(&work.certificate));
	work_free(&work);
	setup_close(&setup);
}

/* The "summary:" line of callgrind's file: instructions of all threads. */
static double
summary_read(const char *path)
{
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	const char *line;

	if (file_read(path, FILE_ANY, 64 << 20, &text, &d) != 0)
		bench_die("%s", d.text);
	line = strstr(buf_cstr(&text), "\nsummary: ");
	if (line == NULL)
		bench_die("%s has no summary", path);
	return strtod(line + strlen("\nsummary: "), NULL);
}

static double
count(const struct setup *setup, const char *program, const char *name,
    unsigned times)
{
	MEM_CLEANUP char *path = xasprintf("%s/callgrind", setup->hsm.dir);
	MEM_CLEANUP char *out = xasprintf("--callgrind-out-file=%s", path);
	MEM_CLEANUP char *messages =
	    xasprintf("--log-file=%s/valgrind", setup->hsm.dir);
	MEM_CLEANUP char *times_text = xasprintf("%u", times);
	const char *const argv[] = {"valgrind", "--tool=callgrind", out,
	    messages, program, "--work", name, "--count", times_text, "--dir",
	    setup->hsm.dir, NULL};

	if (process_run(argv, NULL) != 0)
		bench_die(
		    "valgrind does not run %s (apt install valgrind)", program);
	return summary_read(path);
}

void
insn_measure(
    const struct setup *setup, const char *program, const char *json_path)
{
	double each[N_KINDS];
	json_t *json;
	size_t k;

	printf("instructions each, from %d and %d runs under callgrind\n", FEW,
	    MANY);
	for (k = 0; k < N_KINDS; k++) {
		each[k] = (count(setup, program, kinds[k].name, MANY) -
			      count(setup, program, kinds[k].name, FEW)) /
			  (MANY - FEW);
		printf("  %-8s %10.0f\n", kinds[k].name, each[k]);
	}
	printf("issue / L: %.3f (wanted <= 1.35)\n",
	    each[KIND_ISSUE] / each[KIND_LIMIT]);
	json = report_read(json_path);
	(void)json_object_set_new(
	    json, "insn_ratio", json_real(each[KIND_ISSUE] / each[KIND_LIMIT]));
	(void)json_object_set_new(
	    json, "insn_issue", json_integer((json_int_t)each[KIND_ISSUE]));
	(void)json_object_set_new(
	    json, "insn_limit", json_integer((json_int_t)each[KIND_LIMIT]));
	report_write(json_path, json);
	json_decref(json);
}
