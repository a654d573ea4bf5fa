/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON for people. The agent's answers may grow members that this version has
 * never heard of: they are shown all the same, because nothing here names one.
 */
#include <string.h>

#include "cli/out.h"
#include "lib/mem.h"

#define COLUMNS_MAX 12

static void plain_at(json_t *value, int indent);

static void
scalar_add(struct buf *out, json_t *value)
{
	const char *s;

	switch (json_typeof(value)) {
	case JSON_STRING:
		s = json_string_value(value);
		buf_add_str(out, s[0] != '\0' ? s : "-");
		break;
	case JSON_INTEGER:
		buf_printf(out, "%lld", (long long)json_integer_value(value));
		break;
	case JSON_REAL:
		buf_printf(out, "%g", json_real_value(value));
		break;
	case JSON_TRUE:
		buf_add_str(out, "yes");
		break;
	case JSON_FALSE:
		buf_add_str(out, "no");
		break;
	default:
		buf_add_str(out, "-");
	}
}

static bool
is_nested(json_t *value)
{
	return json_is_object(value) || json_is_array(value);
}

/* Lists of words on one line. */
static bool
is_flat_list(json_t *value)
{
	size_t i;

	if (!json_is_array(value))
		return false;
	for (i = 0; i < json_array_size(value); i++) {
		if (is_nested(json_array_get(value, i)))
			return false;
	}
	return true;
}

static void
cell_add(struct buf *out, json_t *value)
{
	size_t i;

	if (!is_nested(value)) {
		scalar_add(out, value);
		return;
	}
	if (!is_flat_list(value) || json_array_size(value) == 0) {
		buf_add_str(out, json_array_size(value) == 0 ? "-" : "...");
		return;
	}
	for (i = 0; i < json_array_size(value); i++) {
		if (i > 0)
			buf_add_str(out, ", ");
		scalar_add(out, json_array_get(value, i));
	}
}

/* "not_after" -> "NOT AFTER" */
static char *
head_of(const char *key)
{
	char *head = xstrdup(key), *p;

	for (p = head; *p != '\0'; p++) {
		if (*p == '_')
			*p = ' ';
		else if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	}
	return head;
}

static void
row_add(struct table *table, json_t *object, const char *const *keys, size_t n)
{
	struct buf cells[COLUMNS_MAX] = {BUF_INIT};
	const char *texts[COLUMNS_MAX];
	json_t *value;
	size_t i;

	for (i = 0; i < n; i++) {
		value = json_object_get(object, keys[i]);
		if (value != NULL)
			cell_add(&cells[i], value);
		texts[i] = value != NULL ? buf_cstr(&cells[i]) : NULL;
	}
	table_add(table, texts);
	for (i = 0; i < n; i++)
		buf_free(&cells[i]);
}

/* The columns are the members of the first object. */
static void
table_of(json_t *list)
{
	json_t *first = json_array_get(list, 0);
	const char *keys[COLUMNS_MAX];
	char *heads[COLUMNS_MAX];
	struct table *table;
	void *it;
	size_t i, n = 0;

	for (it = json_object_iter(first); it != NULL && n < COLUMNS_MAX;
	     it = json_object_iter_next(first, it))
		keys[n++] = json_object_iter_key(it);
	for (i = 0; i < n; i++)
		heads[i] = head_of(keys[i]);
	table = table_new(n, (const char *const *)heads);
	for (i = 0; i < json_array_size(list); i++)
		row_add(table, json_array_get(list, i), keys, n);
	table_print(table, stdout);
	table_free(table);
	for (i = 0; i < n; i++)
		mem_free(&heads[i]);
}

static size_t
widest_key(json_t *object)
{
	size_t len, widest = 0;
	void *it;

	for (it = json_object_iter(object); it != NULL;
	     it = json_object_iter_next(object, it)) {
		len = strlen(json_object_iter_key(it));
		widest = len > widest ? len : widest;
	}
	return widest;
}

static void
member_print(const char *key, json_t *value, size_t width, int indent)
{
	BUF_CLEANUP text = BUF_INIT;
	const char *p;

	(void)printf("%*s", indent, "");
	for (p = key; *p != '\0'; p++)
		(void)fputc(*p == '_' ? ' ' : *p, stdout);
	if (is_nested(value) && !is_flat_list(value)) {
		(void)fputs(":\n", stdout);
		plain_at(value, indent + 2);
		return;
	}
	cell_add(&text, value);
	(void)printf("%*s", (int)(width - strlen(key)) + 2, "");
	out_span(stdout, buf_span(&text));
	(void)fputc('\n', stdout);
}

static void
plain_at(json_t *value, int indent)
{
	BUF_CLEANUP text = BUF_INIT;
	size_t width;
	void *it;

	if (json_is_object(value)) {
		width = widest_key(value);
		for (it = json_object_iter(value); it != NULL;
		     it = json_object_iter_next(value, it))
			member_print(json_object_iter_key(it),
			    json_object_iter_value(it), width, indent);
		return;
	}
	if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
		table_of(value);
		return;
	}
	cell_add(&text, value);
	(void)printf("%*s%s\n", indent, "", buf_cstr(&text));
}

void
out_plain(json_t *value)
{
	plain_at(value, 0);
}
