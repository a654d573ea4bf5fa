/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other processes: started, watched, ended. Processor time is what the
 * scheduler counted for every thread, memory what the kernel says.
 */
#ifndef TESTS_BENCH_PROCESS_H
#define TESTS_BENCH_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/buf.h"

#define PROCESS_MAX 8

struct process {
	pid_t pid;
	char name[16]; /* the role of an agent's process, else the program's */
};

/* A program and its children. */
struct processes {
	struct process at[PROCESS_MAX];
	size_t n;
};

/* Runs to its end; its standard output goes to *out, or nowhere when NULL.
 * The exit status, or -1. */
int process_run(const char *const *argv, struct buf *out);

/* Its output goes to a file. It does not outlive this process. */
pid_t process_start(const char *const *argv, const char *log_path);
void process_stop(pid_t pid);
bool process_is_alive(pid_t pid);

void processes_find(pid_t root, struct processes *out);
double process_cpu_us(pid_t pid);
double processes_cpu_us(const struct processes *set);
unsigned long processes_rss_kib(const struct processes *set);
/* Shared pages divided by who shares them; 0 when we may not know. */
unsigned long processes_pss_kib(const struct processes *set);
/* Voluntary and involuntary context switches of all threads. */
unsigned long processes_switches(const struct processes *set);

#endif
