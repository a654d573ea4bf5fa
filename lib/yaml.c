/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyaml's events as a tree; see yaml.h.
 *
 * A builder takes one event at a time and keeps the open maps and lists on a
 * stack of its own. What YAML allows and this subset does not is reported and
 * read on, so that one run tells everything; a syntax error ends the run,
 * because libyaml has lost its place then.
 */
#include "lib/yaml.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/yaml_syntax.h"

#define CHUNK_NODES 128

/* Nodes come in chunks, so that a document is a handful of allocations. */
struct chunk {
	struct chunk *next;
	struct yaml_node nodes[CHUNK_NODES];
	size_t used;
};

struct yaml_doc {
	char *file;
	struct chunk *chunks;
	struct yaml_node *root;
	size_t n_nodes;
};

/* One open map or list. */
struct level {
	struct yaml_node *node;
	struct yaml_node *last;
	struct yaml_node *pending; /* an entry whose value is not there yet */
	size_t n_keys;
};

struct builder {
	struct yaml_doc *doc;
	struct yaml_findings *f;
	struct span text;
	struct level levels[YAML_MAX_DEPTH];
	size_t depth;
	size_t n_documents;
	size_t added;      /* findings that leave no tree */
	size_t duplicates; /* and those that do */
	bool stop;
};

void
yaml_doc_free(struct yaml_doc *doc)
{
	struct chunk *chunk, *next;
	size_t i;

	if (doc == NULL)
		return;
	for (chunk = doc->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		for (i = 0; i < chunk->used; i++) {
			/* They are const for the readers only. */
			free((void *)(uintptr_t)chunk->nodes[i].key);
			free((void *)(uintptr_t)chunk->nodes[i].text);
		}
		free(chunk);
	}
	free(doc->file);
	free(doc);
}

const char *
yaml_file(const struct yaml_doc *doc)
{
	return doc->file;
}

const struct yaml_node *
yaml_root(const struct yaml_doc *doc)
{
	return doc->root;
}

static struct yaml_node *
node_new(struct yaml_doc *doc)
{
	struct chunk *chunk = doc->chunks;

	if (chunk == NULL || chunk->used == CHUNK_NODES) {
		chunk = xcalloc(1, sizeof(*chunk));
		chunk->next = doc->chunks;
		doc->chunks = chunk;
	}
	doc->n_nodes++;
	return &chunk->nodes[chunk->used++];
}

static void
complain(struct builder *b, const yaml_mark_t *mark, const char *text)
{
	yaml_find(b->f, b->doc->file, (unsigned)mark->line + 1,
	    (unsigned)mark->column + 1, "%s", text);
	b->added++;
}

/* Anchor and tag, as the event has them. */
static void
properties_check(struct builder *b, const yaml_event_t *event,
    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor != NULL)
		complain(b, &event->start_mark, "anchors (&) are not accepted");
	if (tag != NULL)
		complain(b, &event->start_mark, "tags (!) are not accepted");
}

static void
node_place(struct yaml_node *node, const yaml_mark_t *mark)
{
	node->line = (unsigned)mark->line + 1;
	node->column = (unsigned)mark->column + 1;
}

static bool
has_key(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *entry;

	for (entry = map->child; entry != NULL; entry = entry->next) {
		if (strcmp(entry->key, key) == 0)
			return true;
	}
	return false;
}

static void
append(struct level *level, struct yaml_node *node)
{
	if (level->last == NULL)
		level->node->child = node;
	else
		level->last->next = node;
	level->last = node;
}

/* A scalar where a map wants a key: the entry whose value comes next. */
static void
key_take(struct builder *b, struct level *level, const yaml_event_t *event)
{
	const char *key = (const char *)event->data.scalar.value;
	const yaml_mark_t *mark = &event->start_mark;
	struct yaml_node *node;

	if (key[0] == '\0')
		complain(b, mark, "a key must not be empty");
	if (strcmp(key, "<<") == 0)
		complain(b, mark, "merge keys (<<) are not accepted");
	if (++level->n_keys > YAML_MAX_KEYS) {
		complain(b, mark, "there are too many keys in this map");
		b->stop = true;
		return;
	}
	if (has_key(level->node, key)) {
		yaml_find(b->f, b->doc->file, (unsigned)mark->line + 1,
		    (unsigned)mark->column + 1, "\"%s\" is there twice", key);
		b->duplicates++;
	}
	node = node_new(b->doc);
	node->key = xstrdup(key);
	node->key_line = (unsigned)mark->line + 1;
	node->key_column = (unsigned)mark->column + 1;
	append(level, node);
	level->pending = node;
}

/* The node that an event's value goes to. */
static struct yaml_node *
value_take(struct builder *b)
{
	struct level *level;
	struct yaml_node *node;

	if (b->depth == 0) {
		b->doc->root = node_new(b->doc);
		return b->doc->root;
	}
	level = &b->levels[b->depth - 1];
	node = level->pending;
	level->pending = NULL;
	if (node != NULL)
		return node;
	node = node_new(b->doc);
	append(level, node);
	return node;
}

static bool
wants_key(const struct builder *b)
{
	const struct level *level =
	    b->depth > 0 ? &b->levels[b->depth - 1] : NULL;

	return level != NULL && level->node->type == YAML_MAP &&
	       level->pending == NULL;
}

static void
scalar_take(struct builder *b, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	struct yaml_node *node;

	if (strlen(text) != event->data.scalar.length)
		complain(b, &event->start_mark, "a NUL is not accepted");
	if (wants_key(b)) {
		key_take(b, &b->levels[b->depth - 1], event);
		return;
	}
	node = value_take(b);
	node_place(node, &event->start_mark);
	node->type = YAML_SCALAR;
	node->text = xstrdup(text);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

static void
collection_open(
    struct builder *b, const yaml_event_t *event, enum yaml_type type)
{
	struct yaml_node *node;

	if (wants_key(b)) {
		complain(b, &event->start_mark,
		    "a key must be a text, not a map or list");
		b->stop = true;
		return;
	}
	if (b->depth == YAML_MAX_DEPTH) {
		complain(b, &event->start_mark,
		    "maps and lists are nested too deep");
		b->stop = true;
		return;
	}
	node = value_take(b);
	node_place(node, &event->start_mark);
	node->type = type;
	b->levels[b->depth++] = (struct level){.node = node};
}

/* An alias stands for a value; an empty text keeps the tree whole. */
static void
alias_take(struct builder *b, const yaml_event_t *event)
{
	struct yaml_node *node;

	complain(b, &event->start_mark,
	    "aliases (*) are not accepted; a text that starts "
	    "with * is written in quotes");
	if (wants_key(b)) {
		b->stop = true;
		return;
	}
	node = value_take(b);
	node_place(node, &event->start_mark);
	node->type = YAML_SCALAR;
	node->text = xstrdup("");
}

static void
document_open(struct builder *b, const yaml_event_t *event)
{
	if (++b->n_documents > 1) {
		complain(
		    b, &event->start_mark, "a second document is not accepted");
		b->stop = true;
	}
	if (event->data.document_start.version_directive != NULL ||
	    event->data.document_start.tag_directives.start !=
		event->data.document_start.tag_directives.end)
		complain(
		    b, &event->start_mark, "directives (%) are not accepted");
}

static void
event_take(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		document_open(b, event);
		break;
	case YAML_ALIAS_EVENT:
		alias_take(b, event);
		break;
	case YAML_SCALAR_EVENT:
		properties_check(b, event, event->data.scalar.anchor,
		    event->data.scalar.tag);
		scalar_take(b, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		properties_check(b, event, event->data.sequence_start.anchor,
		    event->data.sequence_start.tag);
		collection_open(b, event, YAML_LIST);
		break;
	case YAML_MAPPING_START_EVENT:
		properties_check(b, event, event->data.mapping_start.anchor,
		    event->data.mapping_start.tag);
		collection_open(b, event, YAML_MAP);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		assert(b->depth > 0);
		b->depth--;
		break;
	default:
		break;
	}
	if (b->doc->n_nodes > YAML_MAX_NODES) {
		complain(b, &event->start_mark, "there are too many entries");
		b->stop = true;
	}
}

static void
events_run(struct builder *b)
{
	yaml_parser_t parser;
	yaml_event_t event;
	yaml_event_type_t type = YAML_NO_EVENT;

	if (yaml_parser_initialize(&parser) == 0)
		mem_exhausted();
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, b->text.data, b->text.len);
	while (!b->stop && type != YAML_STREAM_END_EVENT) {
		if (yaml_parser_parse(&parser, &event) == 0) {
			if (parser.error == YAML_MEMORY_ERROR)
				mem_exhausted();
			yaml_syntax_find(b->f, b->doc->file, b->text, &parser);
			b->added++;
			break;
		}
		type = event.type;
		event_take(b, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
}

/* The first of two stays; nodes are the document's, nothing is freed. */
static void
duplicates_prune(struct yaml_node *node)
{
	struct yaml_node *child, **later;

	for (child = node->child; child != NULL; child = child->next) {
		later = &child->next;
		while (node->type == YAML_MAP && *later != NULL) {
			if (strcmp((*later)->key, child->key) == 0)
				*later = (*later)->next;
			else
				later = &(*later)->next;
		}
		duplicates_prune(child);
	}
}

int
yaml_parse(const char *file, struct span text, struct yaml_doc **doc,
    struct yaml_findings *f)
{
	static const uint8_t nothing[1];
	struct builder b = {.f = f, .text = text};

	if (text.len == 0)
		b.text = span_of(nothing, 0);
	b.doc = xcalloc(1, sizeof(*b.doc));
	b.doc->file = xstrdup(file);
	events_run(&b);
	if (b.added == 0 && b.doc->root == NULL) {
		yaml_find(f, file, 0, 0, "there is nothing in the file");
		b.added++;
	}
	if (b.added > 0) {
		yaml_doc_free(b.doc);
		return ERR_CONFIG;
	}
	*doc = b.doc;
	if (b.duplicates == 0)
		return 0;
	duplicates_prune(b.doc->root);
	return ERR_CONFIG;
}
