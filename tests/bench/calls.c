/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#11 calls a certificate; see calls.h and tests/fake/p11_shim.c. */
#include "tests/bench/calls.h"

#include <string.h>

#include "lib/file.h"
#include "lib/mem.h"
#include "tests/bench/server.h"

#define CONNS 8
#define LENGTH_MS 100

static void
log_read(const char *path, struct buf *out)
{
	struct diag d = DIAG_INIT;

	buf_reset(out);
	if (file_read(path, FILE_ANY, 64 << 20, out, &d) != 0)
		bench_die("%s", d.text);
}

/* Each line begins with the call's name. */
static void
lines_add(const char *text, json_t *counts)
{
	const char *line, *end;
	char name[64];
	size_t len;

	for (line = text; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)
			return;
		len = strcspn(line, " \n");
		if (len == 0 || len >= sizeof(name))
			continue;
		memcpy(name, line, len);
		name[len] = '\0';
		(void)json_object_set_new(counts, name,
		    json_integer(
			json_integer_value(json_object_get(counts, name)) + 1));
	}
}

json_t *
calls_count(const struct setup *setup, const char *program, const char *shim)
{
	json_t *counts = json_object(), *each = json_object();
	BUF_CLEANUP text = BUF_INIT;
	struct server agent;
	struct sample sample;
	const char *name;
	json_t *count;
	size_t before, answers;
	char *path;

	server_agent(&agent, setup, program, "counted", shim);
	path = xasprintf("%s/calls", agent.base);
	log_read(path, &text);
	before = text.len;
	answers = load_run(&agent.target, CONNS, LENGTH_MS, &sample);
	log_read(path, &text);
	lines_add(buf_cstr(&text) + before, counts);
	json_object_foreach(counts, name, count)(void)
	    json_object_set_new(each, name,
		json_real((double)json_integer_value(count) / (double)answers));
	json_decref(counts);
	mem_free(&path);
	server_stop(&agent);
	return each;
}
