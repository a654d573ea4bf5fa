/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. */
#ifndef CONFIG_PRIVATE_H
#define CONFIG_PRIVATE_H

#include "config/config.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))

#define CONFIG_TEXT_MAX 1024 /* bytes of a path or URI */

/* value.c: *out is replaced when the value is good, else there is a finding. */
void config_name_take(
    struct yaml_walk *w, const struct yaml_node *node, char **out);
void config_account_take(
    struct yaml_walk *w, const struct yaml_node *node, char **out);
bool config_path_take(
    struct yaml_walk *w, const struct yaml_node *node, char **out);
void config_uri_take(
    struct yaml_walk *w, const struct yaml_node *node, char **out);
/* Paths that are not absolute start at the directory of the file. */
char *config_path_resolve(const char *config_path, const char *path);

/* A take() function for a field of one of these kinds. */
#define TAKE_NAME(function, type, field)                                \
	static void function(                                           \
	    struct yaml_walk *w, const struct yaml_node *node)          \
	{                                                               \
		config_name_take(w, node, &((type *)w->target)->field); \
	}
#define TAKE_ACCOUNT(function, type, field)                                \
	static void function(                                              \
	    struct yaml_walk *w, const struct yaml_node *node)             \
	{                                                                  \
		config_account_take(w, node, &((type *)w->target)->field); \
	}
#define TAKE_PATH(function, type, field)                                      \
	static void function(                                                 \
	    struct yaml_walk *w, const struct yaml_node *node)                \
	{                                                                     \
		(void)config_path_take(w, node, &((type *)w->target)->field); \
	}
#define TAKE_URI(function, type, field)                                \
	static void function(                                          \
	    struct yaml_walk *w, const struct yaml_node *node)         \
	{                                                              \
		config_uri_take(w, node, &((type *)w->target)->field); \
	}
#define TAKE_COUNT(function, type, field, min, max)                   \
	static void function(                                         \
	    struct yaml_walk *w, const struct yaml_node *node)        \
	{                                                             \
		int64_t value;                                        \
                                                                      \
		if (yaml_take_int(w, node, min, max, &value))         \
			((type *)w->target)->field = (unsigned)value; \
	}

/* token.c; target: the config. */
void config_tokens_take(struct yaml_walk *w, const struct yaml_node *node);
void config_token_clear(struct config_token *token);

/* A finding when the path does not fit into a socket address. */
bool config_socket_check(
    struct yaml_walk *w, const struct yaml_node *node, const char *path);

/*
 * What needs the whole file: names are unique, references lead somewhere,
 * sockets differ.
 */
void config_check(struct yaml_walk *w, const struct config *config);

/* Fills in what follows from other values, once nothing was wrong. */
void config_complete(struct config *config);

#endif
