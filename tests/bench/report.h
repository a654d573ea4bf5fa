/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was measured, for people and for bench.json: a table of cells, ratios
 * taken round by round, single figures.
 */
#ifndef TESTS_BENCH_REPORT_H
#define TESTS_BENCH_REPORT_H

#include <jansson.h>

#include "tests/bench/sample.h"

/* CELL(symbol, name for --only, what it says in the table) */
#define CELLS                                                      \
	CELL(CELL_RAW_1, "raw1", "C_SignInit + C_Sign, 1 thread")  \
	CELL(CELL_RAW_2, "raw2", "C_SignInit + C_Sign, 2 threads") \
	CELL(CELL_VERIFY_1, "verify1", "verify, 1 thread")         \
	CELL(CELL_LIMIT_1, "limit1", "L: the limit, 1 thread")     \
	CELL(CELL_LIMIT_2, "limit2", "L: the limit, 2 threads")    \
	CELL(CELL_ISSUE_1, "issue1", "issue, 1 thread")            \
	CELL(CELL_ISSUE_2, "issue2", "issue, 2 threads")           \
	CELL(CELL_LOG_64, "log64", "issue + log, 64 outstanding")  \
	CELL(CELL_SOCKET_1, "socket1", "agent, 1 connection")      \
	CELL(CELL_SOCKET_8, "socket8", "agent, 8 connections")     \
	CELL(CELL_SOCKET_64, "socket64", "agent, 64 connections")  \
	CELL(CELL_CFSSL_64, "cfssl64", "cfssl serve, 64 connections")

enum cell {
#define CELL(symbol, name, text) symbol,
	CELLS
#undef CELL
	    CELL_COUNT
};

#define ROUNDS_MAX 99

struct results {
	struct sample at[CELL_COUNT][ROUNDS_MAX];
	unsigned rounds;
	unsigned long rss_kib, pss_kib; /* all roles of an idle agent */
	unsigned long busy_rss_kib;     /* the same after the rounds */
	json_t *calls; /* PKCS#11 call -> times a certificate; or NULL */
};

void report_print(const struct results *r);

/* Puts what is known into the object; other keys stay. */
void report_merge(const struct results *r, json_t *into);

/* The object in a file, empty when there is none; writes it back. */
json_t *report_read(const char *path);
void report_write(const char *path, json_t *object);

#endif
