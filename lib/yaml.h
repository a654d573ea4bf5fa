/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict subset of YAML as a tree with positions, and a walker that checks
 * it against tables.
 *
 * One document; mappings with plain string keys, sequences, scalars. Refused:
 * anchors, aliases, tags, merge keys, a second document, duplicate keys, bytes
 * that are not UTF-8, more than YAML_MAX_DEPTH levels or YAML_MAX_NODES nodes.
 * Scalars have no types: "no" is the string "no" until a rule reads it.
 *
 * Findings collect everything that is wrong, with file:line:column, so that a
 * person mends a file in one go.
 */
#ifndef LIB_YAML_H
#define LIB_YAML_H

#include "lib/buf.h"
#include "lib/diag.h"

#define YAML_MAX_DEPTH 16
#define YAML_MAX_NODES 20000
#define YAML_MAX_KEYS 256 /* of one map */
#define YAML_MAX_FINDINGS 64

struct yaml_finding {
	char *file;
	unsigned line, column; /* from 1; 0: the whole file */
	char *text;
};

struct yaml_findings {
	struct yaml_finding at[YAML_MAX_FINDINGS];
	size_t n;       /* kept */
	size_t dropped; /* more than were kept */
};

#define YAML_FINDINGS_INIT           \
	{                            \
		.n = 0, .dropped = 0 \
	}

void yaml_find(struct yaml_findings *f, const char *file, unsigned line,
    unsigned column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void yaml_findings_free(struct yaml_findings *f);
/* One "file:line:column: text" a line. */
void yaml_findings_print(const struct yaml_findings *f, struct buf *out);

enum yaml_type { YAML_SCALAR, YAML_MAP, YAML_LIST };

struct yaml_node {
	enum yaml_type type;
	unsigned line, column; /* from 1 */
	const char *key;       /* of an entry of a map, else NULL */
	unsigned key_line, key_column;
	const char *text;        /* scalar: NUL-terminated, no NUL inside */
	bool quoted;             /* scalar: was written in quotes */
	struct yaml_node *child; /* first of a map or list */
	struct yaml_node *next;  /* sibling */
};

struct yaml_doc; /* owns the nodes; freed with yaml_doc_free() */

/*
 * ERR_CONFIG when anything was wrong. *doc is left alone when there is no tree;
 * keys that are there twice still leave one, with the first of each, so that a
 * walk can tell what else is wrong. Freed with yaml_doc_free().
 */
int yaml_parse(const char *file, struct span text, struct yaml_doc **doc,
    struct yaml_findings *f);
void yaml_doc_free(struct yaml_doc *doc);
const char *yaml_file(const struct yaml_doc *doc);
const struct yaml_node *yaml_root(const struct yaml_doc *doc);

/*
 * A schema is a table of keys. yaml_walk() checks the type of each entry,
 * calls its take() function with the target struct, and reports unknown keys
 * (with a suggestion when one is close) and missing ones.
 */
struct yaml_walk {
	struct yaml_doc *doc;
	struct yaml_findings *f;
	void *target;
};

struct yaml_key {
	const char *key;
	enum yaml_type type;
	bool required;
	void (*take)(struct yaml_walk *w, const struct yaml_node *node);
};

/* Returns how many findings it added. */
size_t yaml_walk(struct yaml_walk *w, const struct yaml_node *map,
    const struct yaml_key *keys, size_t n_keys);

/* The same for a map inside another, with a target of its own. */
size_t yaml_walk_into(struct yaml_walk *w, const struct yaml_node *map,
    void *target, const struct yaml_key *keys, size_t n_keys);

/* take() for each entry of a list that has the type; a finding for others. */
void yaml_each(struct yaml_walk *w, const struct yaml_node *list,
    enum yaml_type type,
    void (*take)(struct yaml_walk *w, const struct yaml_node *node));

/* A finding, and false, unless the node has the type (and a value at all). */
bool yaml_type_check(struct yaml_walk *w, const struct yaml_node *node,
    enum yaml_type type, const char *what);

/* An entry of a map by its key, or NULL. */
const struct yaml_node *yaml_entry(
    const struct yaml_node *map, const char *key);

/* Reports at a node; for take() functions. */
void yaml_blame(struct yaml_walk *w, const struct yaml_node *node,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Scalars read with a finding on failure; return false then. */
/* A copy of a text without control characters; what *out had is freed. */
bool yaml_take_text(struct yaml_walk *w, const struct yaml_node *node,
    size_t max_len, char **out);
bool yaml_take_int(struct yaml_walk *w, const struct yaml_node *node,
    int64_t min, int64_t max, int64_t *out);
bool yaml_take_bool(
    struct yaml_walk *w, const struct yaml_node *node, bool *out);
/* "90s", "5m", "12h", "30d": seconds. */
bool yaml_take_duration(struct yaml_walk *w, const struct yaml_node *node,
    int64_t min_s, int64_t max_s, int64_t *out_s);

#endif
