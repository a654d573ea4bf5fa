/* SPDX-License-Identifier: Apache-2.0 */
/* What config.c and check.c share. */
#ifndef CONFIG_PRIVATE_H
#define CONFIG_PRIVATE_H

#include "config/config.h"

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
