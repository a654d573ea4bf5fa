/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for the operator; see notice.h. */
#include "lib/notice.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/file.h"

static const char *speaker = "privyseal";
static enum notice_level loudest = NOTICE_INFO;
static bool on_terminal;

void
notice_open(const char *who, enum notice_level max_level)
{
	speaker = who;
	loudest = max_level;
	on_terminal = isatty(STDERR_FILENO) == 1;
}

/* A caller's bytes may be in the sentence: nothing may look like a new line. */
static void
add_printable(struct buf *line, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= ' ' && *text <= '~')
			buf_add(line, text, 1);
		else
			buf_printf(line, "\\x%02x", (unsigned char)*text);
	}
}

void
notice(enum notice_level level, const char *fmt, ...)
{
	BUF_CLEANUP line = BUF_INIT;
	char text[1024];
	va_list ap;

	if (level > loudest)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!on_terminal)
		buf_printf(&line, "<%d>", (int)level);
	buf_printf(&line, "%s: ", speaker);
	add_printable(&line, text);
	buf_add_str(&line, "\n");
	(void)fd_write_all(STDERR_FILENO, line.data, line.len);
}

void
notice_diag(enum notice_level level, const char *what, const struct diag *d)
{
	notice(level, "%s: %s (%s%s%s)", what,
	    d->text[0] != '\0' ? d->text : err_text(d->code), err_code(d->code),
	    d->ref[0] != '\0' ? ", " : "", d->ref);
}
