/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The servers that are asked over a socket: an agent of ours, and cfssl with
 * its key in a file.
 */
#ifndef TESTS_BENCH_SERVER_H
#define TESTS_BENCH_SERVER_H

#include "tests/bench/load.h"
#include "tests/bench/setup.h"

struct server {
	pid_t pid;
	char *base; /* its directory */
	struct processes processes;
	struct target target;
};

/* Starts privyseald and waits until it has issued a certificate, which is
 * checked. shim: see setup_agent(). */
void server_agent(struct server *out, const struct setup *setup,
    const char *program, const char *name, const char *shim);

/* False, with a line of explanation, when cfssl is not installed. */
bool server_cfssl(struct server *out, const struct setup *setup);

void server_stop(struct server *server);

#endif
