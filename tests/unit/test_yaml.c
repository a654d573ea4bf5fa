/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/yaml: the subset is read as it is written, with positions; what YAML has
 * beyond it is refused, everything at once. The refusals are files in
 * tests/data/yaml/bad, each with its findings beside it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/golden.h"
#include "lib/mem.h"

static struct yaml_doc *
good(const char *text)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct yaml_doc *doc = NULL;

	if (yaml_parse("t", span_str(text), &doc, &f) != 0)
		fail_msg("%s", f.at[0].text);
	assert_int_equal(f.n, 0);
	return doc;
}

/* The findings of a text that must be refused, one string. */
static char *
refused(struct span text)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct yaml_doc *doc = NULL;
	BUF_CLEANUP out = BUF_INIT;

	assert_int_equal(yaml_parse("t", text, &doc, &f), ERR_CONFIG);
	if (doc != NULL)
		yaml_doc_free(
		    doc); /* keys twice: there is a tree all the same */
	assert_true(f.n > 0);
	golden_findings(&f, &out);
	return xstrdup(buf_cstr(&out));
}

static void
a_tree_has_the_text_and_its_place(void **state)
{
	struct yaml_doc *doc = good("# comment\n"
				    "name: web\n"
				    "list: [a, 'b', \"c\\u00e9\"]\n"
				    "map:\n"
				    "  inner: {k: no}\n"
				    "block: |\n"
				    "  one\n"
				    "  two\n");
	const struct yaml_node *root = yaml_root(doc), *node;

	(void)state;
	assert_string_equal(yaml_file(doc), "t");
	assert_int_equal(root->type, YAML_MAP);
	node = yaml_entry(root, "name");
	assert_string_equal(node->text, "web");
	assert_false(node->quoted);
	assert_int_equal(node->key_line, 2);
	assert_int_equal(node->key_column, 1);
	assert_int_equal(node->line, 2);
	assert_int_equal(node->column, 7);
	node = yaml_entry(root, "list")->child;
	assert_string_equal(node->text, "a");
	assert_null(node->key);
	assert_true(node->next->quoted);
	assert_string_equal(node->next->next->text, "c\xc3\xa9");
	assert_null(node->next->next->next);
	node = yaml_entry(yaml_entry(root, "map"), "inner");
	assert_int_equal(node->line, 5);
	assert_int_equal(node->column, 10);
	/* Scalars have no types: the Norway problem stays in Norway. */
	assert_string_equal(yaml_entry(node, "k")->text, "no");
	assert_string_equal(yaml_entry(root, "block")->text, "one\ntwo\n");
	assert_null(yaml_entry(root, "absent"));
	yaml_doc_free(doc);
}

static void
columns_count_characters(void **state)
{
	struct yaml_doc *doc = good("{\xc3\xa4\xc3\xb6: 1, b: 2}");
	const struct yaml_node *node = yaml_entry(yaml_root(doc), "b");

	(void)state;
	assert_int_equal(node->key_column, 9);
	assert_int_equal(node->column, 12);
	yaml_doc_free(doc);
}

static void
bad_render(const char *file, struct span text, struct buf *out)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct yaml_doc *doc = NULL;

	assert_int_equal(yaml_parse(file, text, &doc, &f), ERR_CONFIG);
	if (doc != NULL)
		yaml_doc_free(doc);
	golden_findings(&f, out);
}

static void
every_bad_file_has_its_findings(void **state)
{
	(void)state;
	golden_each("tests/data/yaml/bad", 10, bad_render);
}

static void
bytes_that_are_no_text_are_refused(void **state)
{
	static const char *const texts[] = {
	    "a: \xff\n",             /* no UTF-8 */
	    "a: \xc0\xaf\n",         /* overlong */
	    "a: \xed\xa0\x80\n",     /* a surrogate */
	    "a: \xf4\x90\x80\x80\n", /* beyond Unicode */
	    "a: \x07\n",             /* a bell */
	    ("\xff\xfe"
	     "a\n"), /* the mark of UTF-16 */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(refused(span_str(texts[i])));
	free(refused(span_of("a: b\0c\n", 7)));
	free(refused(span_of("\0", 1)));
}

static void
a_bad_byte_is_found_in_its_line(void **state)
{
	char *text = refused(span_str("a: 1\nb: \xff\n"));

	(void)state;
	assert_memory_equal(text, "t:2:4:", 6);
	free(text);
}

/* n levels of "[". */
static char *
nested(size_t n)
{
	BUF_CLEANUP b = BUF_INIT;
	size_t i;

	for (i = 0; i < n; i++)
		buf_add_u8(&b, '[');
	buf_add_str(&b, "x");
	for (i = 0; i < n; i++)
		buf_add_u8(&b, ']');
	return xstrdup(buf_cstr(&b));
}

static void
depth_has_a_limit(void **state)
{
	char *fits = nested(YAML_MAX_DEPTH), *deep = nested(YAML_MAX_DEPTH + 1);
	char *text;

	(void)state;
	yaml_doc_free(good(fits));
	text = refused(span_str(deep));
	assert_string_equal(
	    text, "t:1:17: maps and lists are nested too deep\n");
	free(text);
	free(fits);
	free(deep);
}

static void
size_has_a_limit(void **state)
{
	BUF_CLEANUP list = BUF_INIT;
	BUF_CLEANUP map = BUF_INIT;
	size_t i;
	char *text;

	(void)state;
	for (i = 0; i < YAML_MAX_NODES; i++)
		buf_add_str(&list, "- a\n");
	text = refused(buf_span(&list));
	assert_non_null(strstr(text, "too many entries"));
	free(text);
	for (i = 0; i <= YAML_MAX_KEYS; i++)
		buf_printf(&map, "k%zu: v\n", i);
	text = refused(buf_span(&map));
	assert_string_equal(
	    text, "t:257:1: there are too many keys in this map\n");
	free(text);
}

static void
findings_beyond_the_kept_are_counted(void **state)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	BUF_CLEANUP out = BUF_INIT;
	unsigned i;

	(void)state;
	for (i = 0; i < YAML_MAX_FINDINGS + 3; i++)
		yaml_find(&f, "t", i + 1, 1, "finding %u", i);
	assert_int_equal(f.n, YAML_MAX_FINDINGS);
	assert_int_equal(f.dropped, 3);
	golden_findings(&f, &out);
	assert_non_null(strstr(buf_cstr(&out), "... and 3 more\n"));
	assert_int_equal(f.n, 0);
}

static void
findings_come_in_the_order_of_lines(void **state)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	BUF_CLEANUP out = BUF_INIT;

	(void)state;
	yaml_find(&f, "z", 9, 1, "first file");
	yaml_find(&f, "a", 3, 1, "three");
	yaml_find(&f, "a", 1, 5, "one, five");
	yaml_find(&f, "a", 1, 2, "one, two \x1b[31m");
	yaml_find(&f, "a", 0, 0, "the file");
	golden_findings(&f, &out);
	assert_string_equal(buf_cstr(&out), "z:9:1: first file\n"
					    "a: the file\n"
					    "a:1:2: one, two ?[31m\n"
					    "a:1:5: one, five\n"
					    "a:3:1: three\n");
}

/* Scalars through the take functions: what came out, or the finding. */
struct scalars {
	int64_t number, seconds;
	bool flag;
	char *text;
};

static void
number_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct scalars *s = w->target;

	(void)yaml_take_int(w, node, -5, 100, &s->number);
}

static void
flag_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct scalars *s = w->target;

	(void)yaml_take_bool(w, node, &s->flag);
}

static void
seconds_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct scalars *s = w->target;

	(void)yaml_take_duration(w, node, 60, 86400, &s->seconds);
}

static void
text_take(struct yaml_walk *w, const struct yaml_node *node)
{
	struct scalars *s = w->target;

	(void)yaml_take_text(w, node, 10, &s->text);
}

/* Returns the findings as text, to be freed. */
static char *
scalars_read(const char *text, struct scalars *out)
{
	static const struct yaml_key keys[] = {
	    {"number", YAML_SCALAR, false, number_take},
	    {"flag", YAML_SCALAR, false, flag_take},
	    {"time", YAML_SCALAR, false, seconds_take},
	    {"text", YAML_SCALAR, false, text_take},
	};
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct yaml_walk w = {good(text), &f, out};
	BUF_CLEANUP lines = BUF_INIT;
	size_t n = yaml_walk(&w, yaml_root(w.doc), keys, 4);

	assert_int_equal(n, f.n);
	yaml_doc_free(w.doc);
	golden_findings(&f, &lines);
	return xstrdup(buf_cstr(&lines));
}

static void
good_scalars_are_taken(void **state)
{
	static const struct {
		const char *text;
		struct scalars want;
	} rows[] = {
	    {"number: 0", {.number = 0}},
	    {"number: 100", {.number = 100}},
	    {"number: -5", {.number = -5}},
	    {"number: '7'", {.number = 7}},
	    {"flag: true", {.flag = true}},
	    {"flag: false", {.flag = false}},
	    {"time: 60s", {.seconds = 60}},
	    {"time: 90m", {.seconds = 5400}},
	    {"time: 24h", {.seconds = 86400}},
	    {"time: 1d", {.seconds = 86400}},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scalars have = {0};
		char *findings = scalars_read(rows[i].text, &have);

		assert_string_equal(findings, "");
		assert_true(have.number == rows[i].want.number);
		assert_true(have.flag == rows[i].want.flag);
		assert_true(have.seconds == rows[i].want.seconds);
		free(findings);
	}
}

static void
bad_scalars_are_found(void **state)
{
	static const char *const rows[] = {
	    "number: 101",
	    "number: -6",
	    "number: 1.5",
	    "number: 0x10",
	    "number: 010",
	    "number: 1 0",
	    "number: +1",
	    "number: ''",
	    "number: '-'",
	    "number: 1_0",
	    "number: 99999999999999999999",
	    "number: -99999999999999999999",
	    "number: 5 apples",
	    "flag: yes",
	    "flag: True",
	    "flag: 'true'",
	    "flag: 1",
	    "flag: ''",
	    "time: 60",
	    "time: 59s",
	    "time: 25h",
	    "time: 2d",
	    "time: 1w",
	    "time: 1 m",
	    "time: -1h",
	    "time: 1h30m",
	    "time: h",
	    "time: ''",
	    "time: 9223372036854775807d",
	    "time: 99999999999999999999d",
	    "time: 1.5h",
	    "text: ''",
	    "text: 12345678901",
	    "text: \"a\\tb\"",
	    "text: \"a\\x7fb\"",
	    "text: |\n  a\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scalars have = {.number = 42, .seconds = 42};
		char *findings = scalars_read(rows[i], &have);

		if (findings[0] == '\0')
			fail_msg("\"%s\" was taken", rows[i]);
		/* The old values are left alone. */
		assert_true(have.number == 42 && have.seconds == 42);
		assert_true(!have.flag && have.text == NULL);
		free(findings);
	}
}

static void
a_finding_says_what_was_wanted(void **state)
{
	struct scalars have = {0};
	char *findings =
	    scalars_read("time: 2d\nnumber: many\nflag: on\ntext: [a]\n"
			 "tiem: 1h\nother:\n",
		&have);

	(void)state;
	assert_string_equal(findings,
	    "t:1:7: a time from 1m to 1d was wanted (90s, 5m, 12h, 30d), not "
	    "\"2d\"\n"
	    "t:2:9: a whole number from -5 to 100 was wanted, not \"many\"\n"
	    "t:3:7: true or false was wanted, not \"on\"\n"
	    "t:4:7: \"text\" must be a single value, this is a list\n"
	    "t:5:1: \"tiem\" is not a key here; did you mean \"time\"?\n"
	    "t:6:1: \"other\" is not a key here\n");
	free(findings);
}

static void
missing_keys_and_wrong_types_are_found(void **state)
{
	static const struct yaml_key keys[] = {
	    {"number", YAML_SCALAR, true, number_take},
	    {"flag", YAML_SCALAR, true, flag_take},
	};
	static const char *const texts[] = {"{}", "[]", "x", "number:"};
	static const size_t counts[] = {2, 1, 1, 2};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct yaml_findings f = YAML_FINDINGS_INIT;
		struct scalars have = {0};
		struct yaml_walk w = {good(texts[i]), &f, &have};

		assert_int_equal(
		    yaml_walk(&w, yaml_root(w.doc), keys, 2), counts[i]);
		yaml_doc_free(w.doc);
		yaml_findings_free(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_tree_has_the_text_and_its_place),
	    cmocka_unit_test(columns_count_characters),
	    cmocka_unit_test(every_bad_file_has_its_findings),
	    cmocka_unit_test(bytes_that_are_no_text_are_refused),
	    cmocka_unit_test(a_bad_byte_is_found_in_its_line),
	    cmocka_unit_test(depth_has_a_limit),
	    cmocka_unit_test(size_has_a_limit),
	    cmocka_unit_test(findings_beyond_the_kept_are_counted),
	    cmocka_unit_test(findings_come_in_the_order_of_lines),
	    cmocka_unit_test(good_scalars_are_taken),
	    cmocka_unit_test(bad_scalars_are_found),
	    cmocka_unit_test(a_finding_says_what_was_wanted),
	    cmocka_unit_test(missing_keys_and_wrong_types_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
