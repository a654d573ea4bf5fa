/* SPDX-License-Identifier: Apache-2.0 */
/* Other processes by fork, exec and /proc; see process.h. */
#include "tests/bench/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mem.h"
#include "tests/bench/die.h"

#define STOP_PATIENCE_MS 12000 /* an agent that drains has ten seconds */

/* In the child: nothing here may take a lock or allocate. */
static void
become(const char *const *argv, int out_fd, int err_fd)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(out_fd, STDOUT_FILENO) >= 0 &&
	    dup2(err_fd, STDERR_FILENO) >= 0)
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void
read_all(int fd, struct buf *out)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		if (out != NULL)
			buf_add(out, chunk, (size_t)n);
	}
	(void)close(fd);
}

int
process_run(const char *const *argv, struct buf *out)
{
	int fds[2], status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become(argv, fds[1], STDERR_FILENO);
	(void)close(fds[1]);
	read_all(fds[0], out);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

pid_t
process_start(const char *const *argv, const char *log_path)
{
	int fd =
	    open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	pid_t pid;

	if (fd < 0)
		bench_die("%s: %s", log_path, strerror(errno));
	pid = fork();
	if (pid == 0)
		become(argv, fd, fd);
	(void)close(fd);
	if (pid < 0)
		bench_die("fork: %s", strerror(errno));
	return pid;
}

bool
process_is_alive(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == 0;
}

void
process_stop(pid_t pid)
{
	int ms;

	if (pid <= 0 || kill(pid, SIGTERM) != 0)
		return;
	for (ms = 0; ms < STOP_PATIENCE_MS; ms += 10) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		(void)usleep(10000);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* A small file of /proc as a string; empty when it is not there. */
static void
proc_read(char *text, size_t size, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	if (fd >= 0) {
		n = read(fd, text, size - 1);
		(void)close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
}

static pid_t
parent_of(pid_t pid)
{
	char path[64], text[512];
	const char *p;
	int parent;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	proc_read(text, sizeof(text), path);
	p = strrchr(text, ')');
	if (p == NULL || sscanf(p, ") %*c %d", &parent) != 1)
		return -1;
	return parent;
}

/* "--role core" among the arguments, else the program's name. */
static void
name_of(pid_t pid, char *out, size_t size)
{
	char path[64], text[1024];
	const char *p;

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	memset(text, 0, sizeof(text));
	proc_read(text, sizeof(text) - 1, path);
	for (p = text; *p != '\0'; p += strlen(p) + 1) {
		if (strncmp(p, "--role", 6) != 0)
			continue;
		p += 7; /* behind "=", or the NUL that ends the word */
		(void)snprintf(out, size, "%s", p);
		return;
	}
	p = strrchr(text, '/');
	(void)snprintf(out, size, "%s", p != NULL ? p + 1 : text);
}

static void
process_add(struct processes *set, pid_t pid)
{
	struct process *p;

	if (set->n == PROCESS_MAX)
		return;
	p = &set->at[set->n++];
	p->pid = pid;
	name_of(pid, p->name, sizeof(p->name));
}

void
processes_find(pid_t root, struct processes *out)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	pid_t pid;

	out->n = 0;
	process_add(out, root);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (parent_of(pid) == root)
			process_add(out, pid);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

/* Calls add() with the text of a file of each thread. */
static void
threads_each(pid_t pid, const char *file,
    void (*add)(void *arg, const char *text), void *arg)
{
	char path[320], text[2048];
	const struct dirent *entry;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/task/%s/%s", pid,
		    entry->d_name, file);
		proc_read(text, sizeof(text), path);
		add(arg, text);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

static void
cpu_add(void *arg, const char *text)
{
	*(double *)arg += (double)strtoull(text, NULL, 10) / 1000.0;
}

double
process_cpu_us(pid_t pid)
{
	double us = 0;

	threads_each(pid, "schedstat", cpu_add, &us);
	return us;
}

double
processes_cpu_us(const struct processes *set)
{
	double us = 0;
	size_t i;

	for (i = 0; i < set->n; i++)
		us += process_cpu_us(set->at[i].pid);
	return us;
}

static unsigned long
number_after(const char *text, const char *key)
{
	const char *p = strstr(text, key);

	return p == NULL ? 0 : strtoul(p + strlen(key), NULL, 10);
}

static void
switches_add(void *arg, const char *text)
{
	*(unsigned long *)arg +=
	    number_after(text, "\nvoluntary_ctxt_switches:") +
	    number_after(text, "\nnonvoluntary_ctxt_switches:");
}

unsigned long
processes_switches(const struct processes *set)
{
	unsigned long n = 0;
	size_t i;

	for (i = 0; i < set->n; i++)
		threads_each(set->at[i].pid, "status", switches_add, &n);
	return n;
}

static unsigned long
memory_kib(const struct processes *set, const char *file, const char *key)
{
	char path[64], text[4096];
	unsigned long kib = 0;
	size_t i;

	for (i = 0; i < set->n; i++) {
		(void)snprintf(
		    path, sizeof(path), "/proc/%d/%s", set->at[i].pid, file);
		proc_read(text, sizeof(text), path);
		kib += number_after(text, key);
	}
	return kib;
}

unsigned long
processes_rss_kib(const struct processes *set)
{
	return memory_kib(set, "status", "\nVmRSS:");
}

unsigned long
processes_pss_kib(const struct processes *set)
{
	return memory_kib(set, "smaps_rollup", "\nPss:");
}
