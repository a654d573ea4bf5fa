/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/policy.schema.json is what editors know of policies. It is held against
 * the loader: what loads conforms, what is malformed does not, each property
 * is a key that loads, and the words are the loader's. The checker here knows
 * as much of JSON Schema as that file uses, and fails on more.
 */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/unit/golden.h"
#include "policy/private.h"

static json_t *schema; /* the whole file */

static bool conforms(json_t *rule, const struct yaml_node *node);

static bool
fits(const char *pattern, const char *text)
{
	regex_t regex;
	bool yes;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	yes = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return yes;
}

/* How a YAML 1.2 reader would type the node. */
static const char *
type_of(const struct yaml_node *node)
{
	if (node->type != YAML_SCALAR)
		return node->type == YAML_MAP ? "object" : "array";
	if (node->quoted)
		return "string";
	if (fits("^-?[0-9]+$", node->text))
		return "integer";
	if (fits("^(true|false)$", node->text))
		return "boolean";
	return fits("^(null|~|)$", node->text) ? "null" : "string";
}

static bool
is_value(const json_t *value, const struct yaml_node *node)
{
	if (json_is_integer(value))
		return strcmp(type_of(node), "integer") == 0 &&
		       strtoll(node->text, NULL, 10) ==
			   json_integer_value(value);
	return strcmp(type_of(node), "string") == 0 &&
	       strcmp(node->text, json_string_value(value)) == 0;
}

static size_t
n_children(const struct yaml_node *node)
{
	const struct yaml_node *child;
	size_t n = 0;

	for (child = node->child; child != NULL; child = child->next)
		n++;
	return n;
}

static bool
has_all(const json_t *names, const struct yaml_node *node)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		if (node->type == YAML_MAP &&
		    yaml_entry(node, json_string_value(name)) == NULL)
			return false;
	}
	return true;
}

/* Also marks what was met, for every_property_is_a_key(). */
static bool
properties_conform(json_t *properties, const struct yaml_node *node)
{
	const struct yaml_node *child;
	json_t *rule;

	for (child = node->child; child != NULL; child = child->next) {
		rule = json_object_get(properties, child->key);
		if (rule == NULL || !conforms(rule, child))
			return false;
		(void)json_object_set_new(rule, "met", json_true());
	}
	return true;
}

static bool
items_conform(json_t *rule, const struct yaml_node *node)
{
	const struct yaml_node *child;

	for (child = node->child; child != NULL; child = child->next) {
		if (!conforms(rule, child))
			return false;
	}
	return true;
}

static bool
is_one_of(const json_t *values, const struct yaml_node *node)
{
	const json_t *value;
	size_t i;

	json_array_foreach(values, i, value)
	{
		if (is_value(value, node))
			return true;
	}
	return false;
}

static json_t *
definition(const char *reference)
{
	const char *name = strrchr(reference, '/') + 1;
	json_t *rule = json_object_get(json_object_get(schema, "$defs"), name);

	assert_non_null(rule);
	return rule;
}

static bool
size_conforms(const char *word, json_int_t limit, const struct yaml_node *node)
{
	bool is_text = node->type == YAML_SCALAR;
	json_int_t number = is_text ? strtoll(node->text, NULL, 10) : 0;

	if (strcmp(word, "minimum") == 0)
		return number >= limit;
	if (strcmp(word, "maximum") == 0)
		return number <= limit;
	if (strcmp(word, "minLength") == 0)
		return !is_text || (json_int_t)strlen(node->text) >= limit;
	if (strcmp(word, "maxLength") == 0)
		return !is_text || (json_int_t)strlen(node->text) <= limit;
	if (strcmp(word, "minItems") != 0 && strcmp(word, "minProperties") != 0)
		fail_msg("the schema says \"%s\"", word);
	return is_text || (json_int_t)n_children(node) >= limit;
}

static bool
word_conforms(const char *word, json_t *value, const struct yaml_node *node)
{
	if (word[0] == '$' && strcmp(word, "$ref") == 0)
		return conforms(definition(json_string_value(value)), node);
	if (strcmp(word, "type") == 0)
		return strcmp(json_string_value(value), type_of(node)) == 0;
	if (strcmp(word, "const") == 0)
		return is_value(value, node);
	if (strcmp(word, "enum") == 0)
		return node->type == YAML_SCALAR && is_one_of(value, node);
	if (strcmp(word, "pattern") == 0)
		return node->type == YAML_SCALAR &&
		       fits(json_string_value(value), node->text);
	if (strcmp(word, "properties") == 0)
		return node->type == YAML_MAP &&
		       properties_conform(value, node);
	if (strcmp(word, "required") == 0)
		return has_all(value, node);
	if (strcmp(word, "items") == 0)
		return node->type == YAML_LIST && items_conform(value, node);
	if (json_is_integer(value))
		return size_conforms(word, json_integer_value(value), node);
	/* properties_conform() takes nothing else for granted. */
	if (strcmp(word, "additionalProperties") == 0)
		return json_is_false(value);
	if (!fits("^(title|description|met|[$]schema|[$]defs)$", word))
		fail_msg("the schema says \"%s\"", word);
	return true;
}

static bool
conforms(json_t *rule, const struct yaml_node *node)
{
	const char *word;
	json_t *value;

	json_object_foreach(rule, word, value)
	{
		if (!word_conforms(word, value, node))
			return false;
	}
	return true;
}

static bool
file_conforms(const char *path)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	BUF_CLEANUP text = BUF_INIT;
	struct yaml_doc *doc = NULL;
	bool yes;

	golden_read(path, &text);
	if (yaml_parse(path, buf_span(&text), &doc, &f) != 0)
		fail_msg("%s: %s", path, f.at[0].text);
	yes = conforms(schema, yaml_root(doc));
	yaml_doc_free(doc);
	return yes;
}

static void
what_loads_conforms(void **state)
{
	static const char *const files[] = {
	    "contrib/policy.d/web-server.yaml",
	    "contrib/policy.d/mtls-client.yaml",
	    "contrib/policy.d/spiffe-workload.yaml",
	    "tests/data/policy/good/smallest.yaml",
	    "tests/data/policy/good/failing-tests.yaml",
	    "tests/data/policy/good/everything.yaml",
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(files); i++) {
		if (!file_conforms(files[i]))
			fail_msg("%s", files[i]);
	}
}

static void
what_is_malformed_does_not(void **state)
{
	static const char *const names[] = {"a-word", "nothing-but-version",
	    "unknown-keys", "wrong-types", "no-values", "names", "long-name",
	    "no-callers", "keys", "subject", "counts", "usage", "no-usage",
	    "validity", "no-default", "limits", "tests"};
	size_t i;

	(void)state;
	for (i = 0; i < N(names); i++) {
		BUF_CLEANUP path = BUF_INIT;

		buf_printf(&path, "tests/data/policy/bad/%s.yaml", names[i]);
		if (file_conforms(buf_cstr(&path)))
			fail_msg("%s conforms", names[i]);
	}
}

/* The two files have every key; a property that neither meets is none. */
static void
met_check(json_t *rule, const char *name)
{
	json_t *properties = json_object_get(rule, "properties"), *property;
	const char *key;

	json_object_foreach(properties, key, property)
	{
		if (json_object_get(property, "met") == NULL)
			fail_msg("no policy has \"%s\" of %s", key, name);
		met_check(property, key);
		met_check(json_object_get(property, "items"), key);
	}
}

static void
every_property_is_a_key(void **state)
{
	json_t *definitions = json_object_get(schema, "$defs"), *rule;
	const char *name;

	(void)state;
	assert_true(file_conforms("tests/data/policy/good/everything.yaml"));
	assert_true(file_conforms("tests/data/policy/good/subject-set.yaml"));
	met_check(schema, "the top");
	json_object_foreach(definitions, name, rule)
	{
		if (strcmp(name, "attributes") != 0)
			met_check(rule, name);
	}
}

static json_t *
at(json_t *from, const char *first, const char *second, const char *third)
{
	json_t *found = json_object_get(from, first);

	found = json_object_get(found, second);
	found = json_object_get(found, third);
	assert_non_null(found);
	return found;
}

static void
the_words_are_the_loaders(void **state)
{
	json_t *definitions = json_object_get(schema, "$defs");
	json_t *test = at(definitions, "test", "properties", "reasons");
	json_t *codes = json_object_get(json_object_get(test, "items"), "enum");
	size_t i;

	(void)state;
	assert_int_equal(json_array_size(codes), REASONS);
	for (i = 0; i < REASONS; i++)
		assert_string_equal(json_string_value(json_array_get(codes, i)),
		    reason_code((enum reason)i));
	for (i = 0; i < SUBJECTS; i++)
		(void)at(definitions, "attributes", "properties",
		    subject_name((enum subject)i));
	assert_int_equal(
	    json_array_size(at(definitions, "key-usages", "items", "enum")), 5);
	assert_int_equal(
	    json_array_size(at(definitions, "ext-usages", "items", "enum")), 4);
}

static int
schema_load(void **state)
{
	BUF_CLEANUP text = BUF_INIT;

	(void)state;
	golden_read("api/policy.schema.json", &text);
	schema = json_loadb(
	    (const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	return schema != NULL ? 0 : -1;
}

static int
schema_drop(void **state)
{
	(void)state;
	json_decref(schema);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_loads_conforms),
	    cmocka_unit_test(what_is_malformed_does_not),
	    cmocka_unit_test(every_property_is_a_key),
	    cmocka_unit_test(the_words_are_the_loaders),
	};

	return cmocka_run_group_tests(tests, schema_load, schema_drop);
}
