/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, ratios, JSON; see report.h. */
#include "tests/bench/report.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/die.h"

static const char *const cell_texts[] = {
#define CELL(symbol, name, text) text,
    CELLS
#undef CELL
};

/* A figure made of two cells of the same round. */
struct figure {
	const char *key; /* in bench.json */
	const char *text;
	enum cell above, below;
	double (*of)(const struct sample *above, const struct sample *below);
	const char *wanted; /* what the project set itself */
};

static double
rates(const struct sample *above, const struct sample *below)
{
	return above->rate / below->rate;
}

static double
cpus(const struct sample *above, const struct sample *below)
{
	return above->cpu_us / below->cpu_us;
}

/* What the rates would be if nobody else were on the machine and no core ever
 * waited: the asking counts as well. */
static double
cpus_in_all(const struct sample *above, const struct sample *below)
{
	return below->cpu_us / (above->cpu_us + above->load_us);
}

static double
cpus_of_both(const struct sample *above, const struct sample *below)
{
	return (below->cpu_us + below->load_us) /
	       (above->cpu_us + above->load_us);
}

static double
p50_over(const struct sample *above, const struct sample *below)
{
	return above->p50_us - below->p50_us;
}

static double
p99_over(const struct sample *above, const struct sample *below)
{
	return above->p99_us - below->p99_us;
}

static double
p99_ms(const struct sample *above, const struct sample *below)
{
	(void)below;
	return above->p99_us / 1000.0;
}

static const struct figure figures[] = {
    {"inproc_vs_limit_t2", "issue / L, 2 threads", CELL_ISSUE_2, CELL_LIMIT_2,
	rates, ">= 0.65"},
    {"durable_vs_limit_t2", "issue + log / L(2)", CELL_LOG_64, CELL_LIMIT_2,
	rates, ">= 0.55"},
    {"socket64_vs_limit_t2", "agent, 64 conns / L(2)", CELL_SOCKET_64,
	CELL_LIMIT_2, rates, ">= 0.45"},
    {"socket64_vs_limit_t2_cpu", "the same by processor time", CELL_SOCKET_64,
	CELL_LIMIT_2, cpus_in_all, ""},
    {"socket64_vs_cfssl_file_key", "agent / cfssl, 64 conns", CELL_SOCKET_64,
	CELL_CFSSL_64, rates, ">= 1"},
    {"socket64_vs_cfssl_cpu", "the same by processor time", CELL_SOCKET_64,
	CELL_CFSSL_64, cpus_of_both, ""},
    {"agent_cpu_vs_limit_t1", "agent's CPU / CPU of L(1)", CELL_SOCKET_64,
	CELL_LIMIT_1, cpus, "<= 1.60"},
    {"inproc_scaling", "issue, 2 threads / 1", CELL_ISSUE_2, CELL_ISSUE_1,
	rates, ">= 1.5"},
    {"overhead_p50_us", "over raw, 1 conn, p50 us", CELL_SOCKET_1, CELL_RAW_1,
	p50_over, "<= 600"},
    {"overhead_p99_us", "over raw, 1 conn, p99 us", CELL_SOCKET_1, CELL_RAW_1,
	p99_over, "<= 2500"},
    {"socket64_p99_ms", "agent, 64 conns, p99 ms", CELL_SOCKET_64,
	CELL_SOCKET_64, p99_ms, "<= 40"},
};

#define N_FIGURES (sizeof(figures) / sizeof(figures[0]))

/* False when a cell was not run. */
static bool
figure_spread(
    const struct results *r, const struct figure *f, struct spread *out)
{
	double values[ROUNDS_MAX];
	unsigned i;

	for (i = 0; i < r->rounds; i++) {
		if (r->at[f->above][i].ops == 0 || r->at[f->below][i].ops == 0)
			return false;
		values[i] = f->of(&r->at[f->above][i], &r->at[f->below][i]);
	}
	*out = spread_of(values, r->rounds);
	return true;
}

static double
cell_median(const struct results *r, enum cell cell, size_t field)
{
	double values[ROUNDS_MAX];
	unsigned i;

	for (i = 0; i < r->rounds; i++)
		memcpy(&values[i], (const char *)&r->at[cell][i] + field,
		    sizeof(double));
	return spread_of(values, r->rounds).median;
}

static void
cell_print(const struct results *r, enum cell cell)
{
	if (r->at[cell][0].ops == 0)
		return;
	printf("%-32s %8.0f %8.1f %8.1f %8.1f %9.1f %9.1f\n", cell_texts[cell],
	    cell_median(r, cell, offsetof(struct sample, rate)),
	    cell_median(r, cell, offsetof(struct sample, cpu_us)),
	    cell_median(r, cell, offsetof(struct sample, load_us)),
	    cell_median(r, cell, offsetof(struct sample, switches)),
	    cell_median(r, cell, offsetof(struct sample, p50_us)),
	    cell_median(r, cell, offsetof(struct sample, p99_us)));
}

static void
calls_print(const struct results *r)
{
	const char *name;
	json_t *times;

	if (r->calls == NULL)
		return;
	printf("PKCS#11 calls a certificate:");
	json_object_foreach(r->calls, name, times)
	    printf(" %s %g", name, json_number_value(times));
	printf("\n");
}

/* One thread that is alone on its core has all of it. */
static void
neighbours_print(const struct results *r)
{
	double values[ROUNDS_MAX];
	unsigned i;

	if (r->at[CELL_LIMIT_2][0].ops == 0)
		return;
	for (i = 0; i < r->rounds; i++)
		values[i] = r->at[CELL_LIMIT_2][i].cpu_us *
			    r->at[CELL_LIMIT_2][i].rate / 1e6;
	printf("two threads got %.2f cores; with much less than 2 others were "
	       "busy too, and only the figures by processor time hold\n",
	    spread_of(values, r->rounds).median);
}

void
report_print(const struct results *r)
{
	struct spread s;
	size_t i;

	printf("\n%-32s %8s %8s %8s %8s %9s %9s\n", "median of the rounds",
	    "/s", "CPU us", "load us", "switches", "p50 us", "p99 us");
	for (i = 0; i < CELL_COUNT; i++)
		cell_print(r, (enum cell)i);
	printf("\n%-32s %8s %8s %8s   %s\n", "taken round by round", "median",
	    "min", "max", "wanted");
	for (i = 0; i < N_FIGURES; i++) {
		if (figure_spread(r, &figures[i], &s))
			printf("%-32s %8.2f %8.2f %8.2f   %s\n",
			    figures[i].text, s.median, s.min, s.max,
			    figures[i].wanted);
	}
	printf("\nidle agent, all roles: RSS %lu KiB (wanted <= 40960), "
	       "PSS %lu KiB; RSS after the load %lu KiB\n",
	    r->rss_kib, r->pss_kib, r->busy_rss_kib);
	calls_print(r);
	neighbours_print(r);
}

void
report_merge(const struct results *r, json_t *into)
{
	struct spread s;
	size_t i;

	for (i = 0; i < N_FIGURES; i++) {
		if (!figure_spread(r, &figures[i], &s))
			continue;
		(void)json_object_set_new(into, figures[i].key,
		    json_pack("{s:f,s:f,s:f}", "median", s.median, "min", s.min,
			"max", s.max));
	}
	(void)json_object_set_new(
	    into, "idle_rss_kib", json_integer((json_int_t)r->rss_kib));
	if (r->pss_kib != 0)
		(void)json_object_set_new(
		    into, "idle_pss_kib", json_integer((json_int_t)r->pss_kib));
	if (r->calls != NULL)
		(void)json_object_set(into, "p11_calls_per_cert", r->calls);
}

json_t *
report_read(const char *path)
{
	json_t *object = json_load_file(path, 0, NULL);

	if (object != NULL && json_is_object(object))
		return object;
	json_decref(object);
	return json_object();
}

void
report_write(const char *path, json_t *object)
{
	if (json_dump_file(
		object, path, JSON_INDENT(2) | JSON_REAL_PRECISION(4)) != 0)
		bench_die("%s cannot be written", path);
}
