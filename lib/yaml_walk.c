/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree against tables of keys, and the findings that come of it; see
 * yaml.h. Every finding is text that a person reads beside the file.
 */
#include "lib/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/suggest.h"

static const char *const type_names[] = {
    [YAML_SCALAR] = "a single value",
    [YAML_MAP] = "a map (key: value)",
    [YAML_LIST] = "a list",
};

/* Findings quote the file, and the file may hold anything. */
static void
make_printable(char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	}
}

/* Findings are kept in the order of the lines, the way they are mended. */
static bool
is_later(const struct yaml_finding *at, const char *file, unsigned line,
    unsigned column)
{
	if (strcmp(at->file, file) != 0)
		return false;
	return at->line > line || (at->line == line && at->column > column);
}

__attribute__((format(printf, 5, 0))) static void
find_va(struct yaml_findings *f, const char *file, unsigned line,
    unsigned column, const char *fmt, va_list ap)
{
	char text[512];
	size_t place = f->n;

	if (f->n == YAML_MAX_FINDINGS) {
		f->dropped++;
		return;
	}
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	make_printable(text);
	for (; place > 0 && is_later(&f->at[place - 1], file, line, column);
	     place--)
		f->at[place] = f->at[place - 1];
	f->at[place] =
	    (struct yaml_finding){xstrdup(file), line, column, xstrdup(text)};
	f->n++;
}

void
yaml_find(struct yaml_findings *f, const char *file, unsigned line,
    unsigned column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	find_va(f, file, line, column, fmt, ap);
	va_end(ap);
}

void
yaml_findings_free(struct yaml_findings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		free(f->at[i].file);
		free(f->at[i].text);
	}
	f->n = f->dropped = 0;
}

void
yaml_findings_print(const struct yaml_findings *f, struct buf *out)
{
	const struct yaml_finding *at;
	size_t i;

	for (i = 0; i < f->n; i++) {
		at = &f->at[i];
		if (at->line == 0)
			buf_printf(out, "%s: %s\n", at->file, at->text);
		else
			buf_printf(out, "%s:%u:%u: %s\n", at->file, at->line,
			    at->column, at->text);
	}
	if (f->dropped > 0)
		buf_printf(out, "... and %zu more\n", f->dropped);
}

void
yaml_blame(
    struct yaml_walk *w, const struct yaml_node *node, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	find_va(w->f, yaml_file(w->doc), node->line, node->column, fmt, ap);
	va_end(ap);
}

static size_t
n_found(const struct yaml_walk *w)
{
	return w->f->n + w->f->dropped;
}

static void
unknown_blame(struct yaml_walk *w, const struct yaml_node *entry,
    const struct yaml_key *keys, size_t n_keys)
{
	struct suggest s = suggest_for(entry->key);
	size_t i;

	for (i = 0; i < n_keys; i++)
		suggest_offer(&s, keys[i].key);
	yaml_find(w->f, yaml_file(w->doc), entry->key_line, entry->key_column,
	    "\"%s\" is not a key here%s%s%s", entry->key,
	    s.best != NULL ? "; did you mean \"" : "",
	    s.best != NULL ? s.best : "", s.best != NULL ? "\"?" : "");
}

static const char bare_variable_hint[] =
    "; a text that starts with { is written in quotes";

/* {caller.user} without quotes is a map with one key and no value. */
static bool
is_bare_variable(const struct yaml_node *node, enum yaml_type wanted)
{
	const struct yaml_node *only = node->child;

	return wanted == YAML_SCALAR && node->type == YAML_MAP &&
	       only != NULL && only->next == NULL &&
	       only->type == YAML_SCALAR && !only->quoted &&
	       only->text[0] == '\0';
}

bool
yaml_type_check(struct yaml_walk *w, const struct yaml_node *node,
    enum yaml_type type, const char *what)
{
	bool empty =
	    node->type == YAML_SCALAR && !node->quoted && node->text[0] == '\0';

	if (empty)
		yaml_blame(w, node, "%s has no value, %s was wanted", what,
		    type_names[type]);
	else if (node->type != type)
		yaml_blame(w, node, "%s must be %s, this is %s%s", what,
		    type_names[type], type_names[node->type],
		    is_bare_variable(node, type) ? bare_variable_hint : "");
	return !empty && node->type == type;
}

static const struct yaml_key *
key_find(const struct yaml_key *keys, size_t n_keys, const char *key)
{
	size_t i;

	for (i = 0; i < n_keys; i++) {
		if (strcmp(keys[i].key, key) == 0)
			return &keys[i];
	}
	return NULL;
}

static void
entry_walk(struct yaml_walk *w, const struct yaml_node *entry,
    const struct yaml_key *keys, size_t n_keys)
{
	const struct yaml_key *key = key_find(keys, n_keys, entry->key);
	char what[80];

	if (key == NULL) {
		unknown_blame(w, entry, keys, n_keys);
		return;
	}
	(void)snprintf(what, sizeof(what), "\"%s\"", key->key);
	if (yaml_type_check(w, entry, key->type, what))
		key->take(w, entry);
}

const struct yaml_node *
yaml_entry(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *entry;

	for (entry = map->child; entry != NULL; entry = entry->next) {
		if (strcmp(entry->key, key) == 0)
			return entry;
	}
	return NULL;
}

size_t
yaml_walk(struct yaml_walk *w, const struct yaml_node *map,
    const struct yaml_key *keys, size_t n_keys)
{
	const struct yaml_node *entry;
	size_t before = n_found(w);
	size_t i;

	if (!yaml_type_check(w, map, YAML_MAP, "this"))
		return 1;
	for (entry = map->child; entry != NULL; entry = entry->next)
		entry_walk(w, entry, keys, n_keys);
	for (i = 0; i < n_keys; i++) {
		if (keys[i].required && yaml_entry(map, keys[i].key) == NULL)
			yaml_blame(w, map, "\"%s\" is missing", keys[i].key);
	}
	return n_found(w) - before;
}

size_t
yaml_walk_into(struct yaml_walk *w, const struct yaml_node *map, void *target,
    const struct yaml_key *keys, size_t n_keys)
{
	struct yaml_walk inner = {w->doc, w->f, target};

	return yaml_walk(&inner, map, keys, n_keys);
}

void
yaml_each(struct yaml_walk *w, const struct yaml_node *list,
    enum yaml_type type,
    void (*take)(struct yaml_walk *w, const struct yaml_node *node))
{
	const struct yaml_node *item;

	for (item = list->child; item != NULL; item = item->next) {
		if (yaml_type_check(w, item, type, "an entry of this list"))
			take(w, item);
	}
}

bool
yaml_take_text(struct yaml_walk *w, const struct yaml_node *node,
    size_t max_len, char **out)
{
	const char *p;

	if (node->text[0] == '\0') {
		yaml_blame(w, node, "the text must not be empty");
		return false;
	}
	if (strlen(node->text) > max_len) {
		yaml_blame(w, node,
		    "the text has %zu bytes, at most %zu "
		    "are allowed",
		    strlen(node->text), max_len);
		return false;
	}
	for (p = node->text; *p != '\0'; p++) {
		if ((unsigned char)*p >= 0x20 && *p != 0x7f)
			continue;
		yaml_blame(w, node, "the text has a control character");
		return false;
	}
	free(*out);
	*out = xstrdup(node->text);
	return true;
}

/* Digits only, no sign but a leading '-', no leading zero. */
static bool
number_read(const char *s, const char **end, int64_t *out)
{
	bool negative = *s == '-';
	int64_t value = 0;

	s += negative;
	if (*s < '0' || *s > '9' || (*s == '0' && s[1] >= '0' && s[1] <= '9'))
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (value > (INT64_MAX - 9) / 10)
			return false;
		value = value * 10 + (*s - '0');
	}
	*end = s;
	*out = negative ? -value : value;
	return true;
}

bool
yaml_take_int(struct yaml_walk *w, const struct yaml_node *node, int64_t min,
    int64_t max, int64_t *out)
{
	const char *end = "x";
	int64_t value = 0;

	if (!number_read(node->text, &end, &value) || *end != '\0' ||
	    value < min || value > max) {
		yaml_blame(w, node,
		    "a whole number from %jd to %jd was wanted, not \"%s\"",
		    (intmax_t)min, (intmax_t)max, node->text);
		return false;
	}
	*out = value;
	return true;
}

/* YAML 1.1 reads yes, on and y as booleans; one spelling each is enough. */
bool
yaml_take_bool(struct yaml_walk *w, const struct yaml_node *node, bool *out)
{
	bool yes = !node->quoted && strcmp(node->text, "true") == 0;
	bool no = !node->quoted && strcmp(node->text, "false") == 0;

	if (!yes && !no) {
		yaml_blame(w, node, "true or false was wanted, not \"%s\"",
		    node->text);
		return false;
	}
	*out = yes;
	return true;
}

static int64_t
unit_seconds(const char *unit)
{
	if (unit[0] == '\0' || unit[1] != '\0')
		return 0;
	switch (unit[0]) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	default:
		return 0;
	}
}

/* The largest unit that divides it: people wrote it that way. */
static void
duration_format(int64_t seconds, char *out, size_t size)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	size_t i = 0;

	while (seconds == 0 ? i < 3 : seconds % units[i].seconds != 0)
		i++;
	(void)snprintf(out, size, "%jd%c",
	    (intmax_t)(seconds / units[i].seconds), units[i].unit);
}

bool
yaml_take_duration(struct yaml_walk *w, const struct yaml_node *node,
    int64_t min_s, int64_t max_s, int64_t *out_s)
{
	char least[32], most[32];
	const char *unit = "";
	int64_t value = 0, scale;

	if (!number_read(node->text, &unit, &value))
		unit = "";
	scale = unit_seconds(unit);
	if (scale != 0 && value >= 0 && value <= max_s / scale &&
	    value * scale >= min_s) {
		*out_s = value * scale;
		return true;
	}
	duration_format(min_s, least, sizeof(least));
	duration_format(max_s, most, sizeof(most));
	yaml_blame(w, node,
	    "a time from %s to %s was wanted (90s, 5m, 12h, 30d), not \"%s\"",
	    least, most, node->text);
	return false;
}
