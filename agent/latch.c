/* SPDX-License-Identifier: Apache-2.0 */
/* The PIN latch, one file a token; see latch.h. */
#include "agent/latch.h"

#include <unistd.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/mem.h"

static char *
latch_path(const struct config *config, const char *token)
{
	return xasprintf("%s/pin-refused.%s", config->state_dir, token);
}

bool
latch_is_set(const struct config *config, const char *token)
{
	MEM_CLEANUP char *path = latch_path(config, token);

	return access(path, F_OK) == 0;
}

int
latch_set(const struct config *config, const char *token, struct diag *d)
{
	MEM_CLEANUP char *path = latch_path(config, token);
	BUF_CLEANUP text = BUF_INIT;
	char now[CLOCK_TEXT_LEN];

	clock_format(clock_now_s(), now);
	buf_printf(&text, "token %s refused its PIN at %s\n", token, now);
	return file_write(path, 0600, buf_span(&text), d);
}

void
latch_clear(const struct config *config, const char *token)
{
	MEM_CLEANUP char *path = latch_path(config, token);

	(void)unlink(path);
}
