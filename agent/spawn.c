/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fork and exec of a role. The child starts from a clean sheet: its own
 * descriptors and no others, default signals except those that are the
 * parent's to act on, and death with its parent.
 */
#include "agent/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent/sandbox.h"

#define HIGH_FD 64 /* out of the way of the numbers roles are born with */

/* A terminal sends these to the whole group; only the parent decides. */
static const int ignored_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

static void
signals_reset(void)
{
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ignored_signals) / sizeof(ignored_signals[0]);
	     i++)
		(void)signal(ignored_signals[i], SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* By way of high numbers, so that no move overwrites one still needed. */
static int
descriptors_place(const struct spawn *spawn)
{
	const int from[3] = {
	    spawn->control_fd, spawn->agent_fd, spawn->admin_fd};
	int high[3], i;

	for (i = 0; i < 3; i++) {
		high[i] = from[i] < 0 ? -1 : fcntl(from[i], F_DUPFD, HIGH_FD);
		if (from[i] >= 0 && high[i] < 0)
			return -1;
	}
	for (i = 0; i < 3; i++) {
		if (high[i] >= 0 && dup2(high[i], ROLE_FD_CONTROL + i) < 0)
			return -1;
	}
	sandbox_close_from(
	    spawn->admin_fd >= 0 ? ROLE_FD_ADMIN + 1 : ROLE_FD_CONTROL + 1);
	return 0;
}

static void
become(const struct spawn *spawn)
{
	char place[16], level[16];
	const char *argv[] = {"privyseald", "--role", role_name(spawn->role),
	    "-c", spawn->args->config_path, "--place", place, "--level", level,
	    spawn->pin_refused ? "--pin-refused" : NULL, NULL};

	(void)snprintf(place, sizeof(place), "%u", spawn->place);
	(void)snprintf(level, sizeof(level), "%d", (int)spawn->args->level);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	signals_reset();
	if (descriptors_place(spawn) == 0)
		(void)execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
	_exit(ROLE_EXIT_FAILED);
}

int
spawn_role(const struct spawn *spawn, pid_t *pid, struct diag *d)
{
	pid_t child = fork();

	if (child == 0)
		become(spawn);
	(void)close(spawn->control_fd);
	if (child < 0)
		return diag_errno(d, ERR_INTERNAL, "%s cannot be started",
		    role_name(spawn->role));
	*pid = child;
	return 0;
}
