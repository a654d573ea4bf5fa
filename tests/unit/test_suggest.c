/* SPDX-License-Identifier: Apache-2.0 */
/* lib/suggest: slips of the finger find their word, other words do not. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/suggest.h"

static const char *const words[] = {
    "version", "socket", "socket-mode", "tokens", "issuers", "ip", "dns"};

static const char *
closest(const char *word)
{
	struct suggest s = suggest_for(word);
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		suggest_offer(&s, words[i]);
	return s.best;
}

static void
distances_count_single_slips(void **state)
{
	(void)state;
	assert_int_equal(suggest_distance("socket", "socket"), 0);
	assert_int_equal(suggest_distance("SOCKET", "socket"), 0);
	assert_int_equal(suggest_distance("scoket", "socket"), 1);
	assert_int_equal(suggest_distance("sockt", "socket"), 1);
	assert_int_equal(suggest_distance("sockeet", "socket"), 1);
	assert_int_equal(suggest_distance("sorket", "socket"), 1);
	assert_int_equal(suggest_distance("", "abc"), 3);
	assert_int_equal(suggest_distance("abc", ""), 3);
	assert_int_equal(suggest_distance("kitten", "sitting"), 3);
}

static void
slips_find_their_word(void **state)
{
	(void)state;
	assert_string_equal(closest("sokcet"), "socket");
	assert_string_equal(closest("Version"), "version");
	assert_string_equal(closest("isuers"), "issuers");
	assert_string_equal(closest("dn"), "dns");
	assert_string_equal(closest("socket_mode"), "socket-mode");
}

static void
other_words_find_nothing(void **state)
{
	(void)state;
	assert_null(closest("banana"));
	assert_null(closest("x"));
	assert_null(closest("uri"));
}

static void
the_first_of_equals_stays(void **state)
{
	struct suggest s = suggest_for("cat");

	(void)state;
	suggest_offer(&s, "car");
	suggest_offer(&s, "cab");
	assert_string_equal(s.best, "car");
	suggest_offer(&s, "cat");
	assert_string_equal(s.best, "cat");
}

static void
very_long_words_are_never_close(void **state)
{
	char word[200];

	(void)state;
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_true(suggest_distance(word, word) == UINT_MAX);
	assert_null(closest(word));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(distances_count_single_slips),
	    cmocka_unit_test(slips_find_their_word),
	    cmocka_unit_test(other_words_find_nothing),
	    cmocka_unit_test(the_first_of_equals_stays),
	    cmocka_unit_test(very_long_words_are_never_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
