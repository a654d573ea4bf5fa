/* SPDX-License-Identifier: Apache-2.0 */
/* privyseal list: what was issued, newest first. */
#include <string.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/out.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 1000

struct list {
	const char *policy, *name;
	int64_t limit;
	bool all, everybody;
};

static const char *const heads[] = {
    "LOG", "NOT AFTER", "POLICY", "USER", "NAMES", "SERIAL"};
static const char *const keys[] = {
    "log_seq", "not_after", "policy", "user", "names", "serial"};
#define COLUMNS (sizeof(keys) / sizeof(keys[0]))

/* A list is joined, a number is written out, an empty name is the subject. */
static void
cell_fill(const json_t *row, const char *key, struct buf *out)
{
	const json_t *value = json_object_get(row, key), *item;
	size_t i;

	for (i = 0; i < json_array_size(value); i++) {
		item = json_array_get(value, i);
		buf_printf(out, "%s%s", i > 0 ? "," : "",
		    json_is_string(item) ? json_string_value(item) : "");
	}
	if (json_is_integer(value))
		buf_printf(out, "%lld", (long long)json_integer_value(value));
	if (json_is_string(value))
		buf_add_str(out, json_string_value(value));
	if (out->len == 0 && strcmp(key, "names") == 0)
		cell_fill(row, "subject", out);
}

static void
row_add(struct table *table, const json_t *row)
{
	struct buf cells[COLUMNS] = {BUF_INIT};
	const char *texts[COLUMNS];
	size_t i;

	for (i = 0; i < COLUMNS; i++) {
		cell_fill(row, keys[i], &cells[i]);
		texts[i] = cells[i].len > 0 ? buf_cstr(&cells[i]) : NULL;
	}
	table_add(table, texts);
	for (i = 0; i < COLUMNS; i++)
		buf_free(&cells[i]);
}

static void
rows_show(const json_t *rows)
{
	struct table *table = table_new(COLUMNS, heads);
	size_t i;

	for (i = 0; i < json_array_size(rows); i++)
		row_add(table, json_array_get(rows, i));
	table_print(table, stdout);
	table_free(table);
}

static int
page_get(struct cli *cli, const struct list *list, const char *before,
    json_t **answer, struct diag *d)
{
	BUF_CLEANUP path = BUF_INIT;
	BUF_CLEANUP limit = BUF_INIT;

	buf_add_str(&path, "/certificates");
	buf_printf(&limit, "%jd", (intmax_t)list->limit);
	client_query(&path, "limit", buf_cstr(&limit));
	client_query(&path, "before", before);
	client_query(&path, "policy", list->policy);
	client_query(&path, "name", list->name);
	return client_get(cli, list->everybody ? SETUP_ADMIN : SETUP_AGENT,
	    buf_cstr(&path), answer, d);
}

/* Page after page into one list; *next is where it stopped, or NULL. */
static int
pages_get(struct cli *cli, const struct list *list, json_t *rows, json_t **next,
    struct diag *d)
{
	BUF_CLEANUP before = BUF_INIT;
	json_t *answer;
	int rc;

	do {
		rc = page_get(cli, list,
		    before.len > 0 ? buf_cstr(&before) : NULL, &answer, d);
		if (rc != 0)
			return rc;
		(void)json_array_extend(
		    rows, json_object_get(answer, "certificates"));
		json_decref(*next);
		*next = json_incref(json_object_get(answer, "next"));
		json_decref(answer);
		buf_reset(&before);
		if (json_is_integer(*next))
			buf_printf(&before, "%lld",
			    (long long)json_integer_value(*next));
	} while (list->all && before.len > 0);
	return 0;
}

int
cmd_list(struct cli *cli, int argc, char **argv, struct diag *d)
{
	struct list list = {.limit = PAGE_DEFAULT};
	const struct option_row rows[] = {
	    {'p', "policy", OPTION_TEXT, "NAME", &list.policy,
		"only under this policy"},
	    {'n', "name", OPTION_TEXT, "TEXT", &list.name,
		"only with this in subject or names"},
	    {'l', "limit", OPTION_NUMBER, "N", &list.limit,
		"the newest N: 1 to 1000, else 50"},
	    {'a', "all", OPTION_FLAG, NULL, &list.all, "all of them"},
	    {'e', "everybody", OPTION_FLAG, NULL, &list.everybody,
		"others' too, by the admin socket (owner)"},
	};
	json_t *found, *next = NULL;
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc != 0)
		return rc;
	if (list.limit < 1 || list.limit > PAGE_MAX)
		return diag_set(d, ERR_USAGE,
		    "--limit takes 1 to %d; --all lists everything", PAGE_MAX);
	list.limit = list.all ? PAGE_MAX : list.limit;
	found = json_array();
	rc = pages_get(cli, &list, found, &next, d);
	if (rc == 0 && cli->json)
		out_json(json_pack(
		    "{s:O, s:O?}", "certificates", found, "next", next));
	else if (rc == 0)
		rows_show(found);
	if (rc == 0 && !cli->json && json_is_integer(next))
		out_say(cli, "there are more; --all lists them");
	json_decref(found);
	json_decref(next);
	return rc;
}
