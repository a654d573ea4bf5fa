/* SPDX-License-Identifier: Apache-2.0 */
/* The agent as a child; see server.h. */
#include "tests/bench/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/mem.h"
#include "tests/bench/work.h"

#define START_PATIENCE_MS 20000

static void
log_show(const char *path)
{
	char line[512];
	FILE *f = fopen(path, "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		(void)fprintf(stderr, "  %s", line);
	if (f != NULL)
		(void)fclose(f);
}

/* Asks until the first certificate comes. */
static void
wait_issued(struct server *server, struct buf *answer, const char *log_path)
{
	int ms, status = -1;

	for (ms = 0; status != 200 && ms < START_PATIENCE_MS; ms += 10) {
		if (!process_is_alive(server->pid))
			break;
		(void)usleep(10000);
		buf_reset(answer);
		status = load_once(&server->target, answer);
	}
	if (status == 200)
		return;
	log_show(log_path);
	bench_die("%s issues no certificate (status %d): %s",
	    server->target.name, status, buf_cstr(answer));
}

void
server_agent(struct server *out, const struct setup *setup, const char *program,
    const char *name, const char *shim)
{
	char *base = setup_agent(setup, name, shim);
	MEM_CLEANUP char *config = xasprintf("%s/privyseal.yaml", base);
	MEM_CLEANUP char *socket_path = xasprintf("%s/agent.sock", base);
	MEM_CLEANUP char *log_path = xasprintf("%s/messages", base);
	const char *const argv[] = {program, "-c", config, NULL};
	BUF_CLEANUP answer = BUF_INIT;

	*out = (struct server){.base = base, .target = {.name = "the agent"}};
	target_unix(&out->target, socket_path);
	target_post(&out->target, "/api/v1/policies/" SETUP_POLICY "/sign",
	    "application/x-pem-file", buf_span(&setup->csr_pem));
	out->pid = process_start(argv, log_path);
	wait_issued(out, &answer, log_path);
	work_check_answer(setup, buf_span(&answer));
	processes_find(out->pid, &out->processes);
	out->target.servers = &out->processes;
}

void
server_stop(struct server *server)
{
	process_stop(server->pid);
	target_free(&server->target);
	free(server->base);
	server->pid = 0;
	server->base = NULL;
}
