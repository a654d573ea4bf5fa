/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking the agent: HTTP over its Unix socket, by libcurl.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/setup.h"

struct client_request {
	enum setup_socket socket;
	const char *method; /* "GET", "POST" */
	const char *path;   /* below /api/v1, with its query */
	const char *content_type;
	const char *accept; /* NULL: application/json */
	struct span body;
};

/*
 * *body gets the answer when its status is 2xx. Everything else comes back as
 * an error: the agent's code and sentence, with its reasons in cli->problem.
 * ERR_UNREACHABLE says what to do about it.
 */
int client_call(struct cli *cli, const struct client_request *request,
    struct buf *body, struct diag *d);

/* The same, with a JSON answer: the caller releases it. */
int client_json(struct cli *cli, const struct client_request *request,
    json_t **out, struct diag *d);
int client_get(struct cli *cli, enum setup_socket socket, const char *path,
    json_t **out, struct diag *d);

/* Adds "?name=value" or "&name=value", escaped; nothing when value is NULL. */
void client_query(struct buf *path, const char *name, const char *value);

#endif
