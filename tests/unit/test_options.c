/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options, cli/commands: words into options, names into commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"

static const struct command command = {
    "try it", NULL, "[A [B]]", 0, 2, "a command that only tests have"};

/* What a command would have on its stack. */
struct taken {
	struct cli cli;
	struct diag d;
	bool flag;
	const char *text;
	struct option_list list;
	int64_t number, duration;
};

static int
take(struct taken *t, char **argv)
{
	const struct option_row rows[] = {
	    {'f', "flag", OPTION_FLAG, NULL, &t->flag, ""},
	    {'t', "text", OPTION_TEXT, "TEXT", &t->text, ""},
	    {0, "list", OPTION_LIST, "ITEM", &t->list, ""},
	    {'n', "number", OPTION_NUMBER, "N", &t->number, ""},
	    {0, "time", OPTION_DURATION, "TIME", &t->duration, ""},
	};
	int argc = 0;

	memset(t, 0, sizeof(*t));
	t->cli.command = &command;
	while (argv[argc] != NULL)
		argc++;
	return OPTIONS_TAKE(&t->cli, rows, argc, argv, &t->d);
}

#define TAKE(t, ...) take(t, (char *[]){"it", __VA_ARGS__, NULL})

static void
every_type_is_taken(void **state)
{
	struct taken t;

	(void)state;
	assert_int_equal(TAKE(&t, "-f", "--text", "a b", "--list=x", "--list",
			     "y", "-n42", "--time", "12h"),
	    0);
	assert_true(t.flag);
	assert_string_equal(t.text, "a b");
	assert_int_equal(t.list.n, 2);
	assert_string_equal(t.list.at[1], "y");
	assert_int_equal(t.number, 42);
	assert_int_equal(t.duration, 12 * 3600);
	assert_int_equal(t.cli.n_operands, 0);
}

static void
operands_may_stand_anywhere(void **state)
{
	struct taken t;

	(void)state;
	assert_int_equal(TAKE(&t, "a", "-f", "b"), 0);
	assert_int_equal(t.cli.n_operands, 2);
	assert_string_equal(t.cli.operands[0], "a");
	assert_string_equal(t.cli.operands[1], "b");
	assert_int_equal(TAKE(&t, "--", "-f"), 0);
	assert_false(t.flag);
	assert_string_equal(t.cli.operands[0], "-f");
}

static void
global_options_are_everywhere(void **state)
{
	struct taken t;

	(void)state;
	assert_int_equal(
	    TAKE(&t, "--json", "-q", "-s", "sock", "-c", "conf"), 0);
	assert_true(t.cli.json && t.cli.quiet && t.cli.config_given);
	assert_string_equal(t.cli.socket, "sock");
	assert_string_equal(t.cli.config_path, "conf");
}

static void
mistakes_are_named(void **state)
{
	static const struct {
		const char *word, *says;
	} rows[] = {
	    {"--txet", "did you mean --text?"},
	    {"--zebra", "there is no option --zebra"},
	    {"-z", "there is no option -z"},
	    {"--text", "--text needs a value"},
	    {"-n", "-n needs a value"},
	    {"--flag=1", "--flag takes no value"},
	    {"--json=1", "--json takes no value"},
	    {"--number=1x", "--number takes a number, not 1x"},
	    {"--number=-1", "--number takes a number, not -1"},
	    {"--number=", "--number takes a number, not "},
	    {"--number=99999999999999999999", "--number takes a number"},
	};
	struct taken t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(TAKE(&t, (char *)rows[i].word), ERR_USAGE);
		if (strstr(t.d.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].word, t.d.text);
	}
	assert_int_equal(TAKE(&t, "a", "b", "c"), ERR_USAGE);
	assert_non_null(strstr(t.d.text, "try it does not take c"));
}

static void
a_list_has_an_end(void **state)
{
	char *argv[OPTION_LIST_MAX + 3] = {"it"};
	struct taken t;
	int i;

	(void)state;
	for (i = 1; i <= OPTION_LIST_MAX; i++)
		argv[i] = "--list=x";
	assert_int_equal(take(&t, argv), 0);
	assert_int_equal(t.list.n, OPTION_LIST_MAX);
	argv[i] = "--list=x";
	assert_int_equal(take(&t, argv), ERR_USAGE);
}

static void
completion_gets_every_option(void **state)
{
	char *argv[] = {"it", NULL};
	BUF_CLEANUP words = BUF_INIT;
	struct cli cli = {.command = &command, .words = &words};
	const struct option_row rows[] = {
	    {'f', "flag", OPTION_FLAG, NULL, NULL, ""}};
	struct diag d;

	(void)state;
	assert_int_equal(OPTIONS_TAKE(&cli, rows, 1, argv, &d), OPTIONS_TOLD);
	assert_non_null(strstr(buf_cstr(&words), "--flag\n"));
	assert_non_null(strstr(buf_cstr(&words), "--json\n"));
}

static void
durations(void **state)
{
	static const char *const bad[] = {"", "1", "d", "0d", "-1d", "1.5h",
	    "1d ", " 1d", "1w", "1dd", "3651d", "999999999999999999999s"};
	struct diag d = DIAG_INIT;
	int64_t s;
	size_t i;

	(void)state;
	assert_int_equal(duration_parse("90s", &s, &d), 0);
	assert_int_equal(s, 90);
	assert_int_equal(duration_parse("5m", &s, &d), 0);
	assert_int_equal(s, 300);
	assert_int_equal(duration_parse("3650d", &s, &d), 0);
	assert_int_equal(s, 3650 * (int64_t)86400);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(duration_parse(bad[i], &s, &d), ERR_USAGE);
}

static void
the_longest_name_wins(void **state)
{
	char *check[] = {"policy", "check", "dir"};
	char *explain[] = {"explain", "x"};
	char *nothing[] = {"policy", "x"};
	char *part[] = {"polic"};
	int used;

	(void)state;
	assert_string_equal(
	    command_find(3, check, &used)->name, "policy check");
	assert_int_equal(used, 2);
	assert_string_equal(command_find(2, explain, &used)->name, "explain");
	assert_int_equal(used, 1);
	assert_null(command_find(2, nothing, &used));
	assert_null(command_find(1, nothing, &used));
	assert_null(command_find(1, part, &used));
	assert_null(command_find(0, part, &used));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_is_taken),
	    cmocka_unit_test(operands_may_stand_anywhere),
	    cmocka_unit_test(global_options_are_everywhere),
	    cmocka_unit_test(mistakes_are_named),
	    cmocka_unit_test(a_list_has_an_end),
	    cmocka_unit_test(completion_gets_every_option),
	    cmocka_unit_test(durations),
	    cmocka_unit_test(the_longest_name_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
