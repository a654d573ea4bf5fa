/* SPDX-License-Identifier: Apache-2.0 */
/* Data and messages; see out.h. */
#include "cli/out.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/mem.h"

void
out_say(const struct cli *cli, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (cli->quiet)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)fputs("privyseal: ", stderr);
	out_text(stderr, text);
	(void)fputc('\n', stderr);
}

/* C0, DEL, and the C1 controls as UTF-8 writes them (c2 80 to c2 9f). */
static bool
is_control(const uint8_t *p, const uint8_t *end)
{
	if (*p == '\n')
		return false;
	if (*p < ' ' || *p == 0x7f)
		return true;
	return *p == 0xc2 && p + 1 < end && p[1] >= 0x80 && p[1] <= 0x9f;
}

void
out_span(FILE *to, struct span text)
{
	const uint8_t *p = text.data, *end = text.data + text.len;

	for (; p < end; p++) {
		if (is_control(p, end))
			(void)fprintf(to, "\\x%02x", *p);
		else
			(void)fputc(*p, to);
	}
}

void
out_text(FILE *to, const char *text)
{
	out_span(to, span_str(text));
}

void
out_json(json_t *value)
{
	(void)json_dumpf(value, stdout, JSON_INDENT(2));
	(void)fputc('\n', stdout);
	json_decref(value);
}

void
out_json_line(json_t *value)
{
	(void)json_dumpf(value, stdout, JSON_COMPACT);
	(void)fputc('\n', stdout);
	json_decref(value);
}

json_t *
out_json_span(struct span text)
{
	BUF_CLEANUP safe = BUF_INIT;
	json_t *value =
	    json_stringn(text.len > 0 ? (const char *)text.data : "", text.len);
	size_t i;

	if (value != NULL)
		return value;
	for (i = 0; i < text.len; i++) {
		if (text.data[i] < 0x80)
			buf_add_u8(&safe, text.data[i]);
		else
			buf_printf(&safe, "\\x%02x", text.data[i]);
	}
	return json_stringn((const char *)safe.data, safe.len);
}

json_t *
out_json_time(int64_t utc_s)
{
	char text[CLOCK_TEXT_LEN];

	clock_format(utc_s, text);
	return json_string(text);
}

json_t *
out_json_hex(struct span bytes)
{
	MEM_CLEANUP char *text = xcalloc(1, 2 * bytes.len + 1);

	hex_encode(bytes, text);
	return json_string(text);
}

void
out_mark(FILE *to, bool good, const char *word)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	bool colour = isatty(fileno(to)) == 1 &&
		      (no_color == NULL || no_color[0] == '\0') &&
		      term != NULL && strcmp(term, "dumb") != 0;

	if (colour)
		(void)fprintf(to, "\033[%dm%s\033[0m", good ? 32 : 31, word);
	else
		(void)fputs(word, to);
}

int
out_finish(struct diag *d)
{
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return diag_errno(d, ERR_FILE, "standard output");
	return 0;
}
