/* SPDX-License-Identifier: Apache-2.0 */
/* cli/caller: "user=a,group=b" as the kernel would tell it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/caller.h"

static void
root_is_known_everywhere(void **state)
{
	CALLER_CLEANUP by_name = {.n = 0};
	CALLER_CLEANUP by_uid = {.n = 0};
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(caller_parse("user=root", &by_name, &d), 0);
	assert_int_equal(by_name.caller.uid, 0);
	assert_true(by_name.caller.n_groups > 0);
	assert_int_equal(by_name.caller.gids[0], 0);
	assert_int_equal(caller_parse("uid=0", &by_uid, &d), 0);
	assert_string_equal(by_uid.caller.user, "root");
}

static void
names_of_another_machine_are_taken(void **state)
{
	CALLER_CLEANUP caller = {.n = 0};
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(
	    caller_parse("user=no-such-user,group=no-such-a,group=no-such-b",
		&caller, &d),
	    0);
	assert_string_equal(caller.caller.user, "no-such-user");
	assert_true(caller.caller.uid == (uid_t)-1);
	assert_int_equal(caller.caller.n_groups, 2);
	assert_string_equal(caller.caller.groups[1], "no-such-b");
	assert_true(caller.caller.gids[1] == (gid_t)-1);
}

static void
what_was_said_is_not_filled_in(void **state)
{
	CALLER_CLEANUP caller = {.n = 0};
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(
	    caller_parse("user=root,uid=12345,group=x", &caller, &d), 0);
	assert_int_equal(caller.caller.uid, 12345);
	assert_int_equal(caller.caller.n_groups, 1);
}

static void
nothing_said_is_who_runs_it(void **state)
{
	CALLER_CLEANUP caller = {.n = 0};
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(caller_parse(NULL, &caller, &d), 0);
	assert_int_equal(caller.caller.uid, geteuid());
}

static void
nonsense_is_refused(void **state)
{
	static const char *const bad[] = {"", ",", "root",
	    "user=", "uid=", "uid=-1", "uid=4294967295", "uid=1x", "gid=0",
	    "user=a,user=b", "group", "=x"};
	struct caller caller;
	struct diag d = DIAG_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(caller_parse(bad[i], &caller, &d), ERR_USAGE);
}

static void
more_groups_than_there_is_room_for_are_left_out(void **state)
{
	CALLER_CLEANUP caller = {.n = 0};
	struct diag d = DIAG_INIT;
	BUF_CLEANUP text = BUF_INIT;
	int i;

	(void)state;
	for (i = 0; i < CALLER_MAX_GROUPS + 5; i++)
		buf_printf(&text, "group=g%d,", i);
	assert_int_equal(caller_parse(buf_cstr(&text), &caller, &d), 0);
	assert_int_equal(caller.caller.n_groups, CALLER_MAX_GROUPS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(root_is_known_everywhere),
	    cmocka_unit_test(names_of_another_machine_are_taken),
	    cmocka_unit_test(what_was_said_is_not_filled_in),
	    cmocka_unit_test(nothing_said_is_who_runs_it),
	    cmocka_unit_test(nonsense_is_refused),
	    cmocka_unit_test(more_groups_than_there_is_room_for_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
