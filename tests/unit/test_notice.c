/* SPDX-License-Identifier: Apache-2.0 */
/* lib/notice: one line a call, whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "lib/notice.h"

static int saved = -1, out[2];

/* Standard error becomes a pipe for one notice. */
static void
catch_stderr(void)
{
	assert_int_equal(pipe(out), 0);
	saved = dup(STDERR_FILENO);
	(void)dup2(out[1], STDERR_FILENO);
	(void)close(out[1]);
}

static const char *
caught(void)
{
	static char text[8192];
	size_t len = 0;
	ssize_t n;

	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	while ((n = read(out[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	(void)close(out[0]);
	text[len] = '\0';
	return text;
}

static void
lines_have_prefix_and_speaker(void **state)
{
	(void)state;
	catch_stderr();
	notice_open("privyseald[core]", NOTICE_INFO);
	notice(NOTICE_INFO, "issued %d", 7);
	notice(NOTICE_ERROR, "no disk");
	assert_string_equal(caught(),
	    "<6>privyseald[core]: issued 7\n<3>privyseald[core]: no disk\n");
}

static void
quiet_levels_are_dropped(void **state)
{
	(void)state;
	catch_stderr();
	notice_open("x", NOTICE_WARNING);
	notice(NOTICE_INFO, "not this");
	notice(NOTICE_DEBUG, "nor this");
	notice(NOTICE_WARNING, "this");
	assert_string_equal(caught(), "<4>x: this\n");
}

/* A caller's name cannot forge a line or move the cursor. */
static void
control_bytes_are_shown(void **state)
{
	(void)state;
	catch_stderr();
	notice_open("x", NOTICE_INFO);
	notice(NOTICE_INFO, "%s", "a\nb\r\x1b[2J\x7f\xc3\xa4\t");
	assert_string_equal(
	    caught(), "<6>x: a\\x0ab\\x0d\\x1b[2J\\x7f\\xc3\\xa4\\x09\n");
}

static void
long_lines_are_cut(void **state)
{
	char text[5000];
	const char *line;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	catch_stderr();
	notice_open("x", NOTICE_INFO);
	notice(NOTICE_INFO, "%s", text);
	line = caught();
	assert_in_range(strlen(line), 1000, 1100);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

static void
a_diag_is_told_whole(void **state)
{
	struct diag d = DIAG_INIT;

	(void)state;
	(void)diag_set(&d, ERR_PEM, "two blocks");
	(void)diag_ref(&d, "RFC 7468 2");
	catch_stderr();
	notice_open("x", NOTICE_INFO);
	notice_diag(NOTICE_WARNING, "request 7", &d);
	d = (struct diag){.code = ERR_BUSY};
	notice_diag(NOTICE_WARNING, "request 8", &d);
	assert_string_equal(caught(),
	    "<4>x: request 7: two blocks (pem.invalid, RFC 7468 2)\n"
	    "<4>x: request 8: too many requests are waiting (busy)\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_have_prefix_and_speaker),
	    cmocka_unit_test(quiet_levels_are_dropped),
	    cmocka_unit_test(control_bytes_are_shown),
	    cmocka_unit_test(long_lines_are_cut),
	    cmocka_unit_test(a_diag_is_told_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
