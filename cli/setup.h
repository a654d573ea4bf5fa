/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command stands on: the configuration, the sockets, a token with its
 * PIN. Everything is opened when it is first asked for.
 */
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

#include "cli/cli.h"
#include "pkcs11/token.h"

/*
 * Reads the configuration into cli->config, once. What is wrong with it goes
 * to standard error with file, line and column. ERR_CONFIG, ERR_FILE.
 */
int setup_config(struct cli *cli, struct diag *d);

enum setup_socket { SETUP_AGENT, SETUP_ADMIN, SETUP_UNLOCK };

/*
 * -s, else the configuration's, else (no -c and no file at the default place)
 * the one below /run/privyseal. Borrowed from cli or constant.
 */
int setup_socket(struct cli *cli, enum setup_socket which, const char **path,
    struct diag *d);

/* Prints findings on standard error, one a line. */
void setup_findings(const struct yaml_findings *findings);

/* Where a token is: from options, or a row of the configuration. */
struct setup_where {
	const char *name; /* in the configuration, or NULL */
	const char *module, *uri, *pin_file;
};

struct setup_token {
	struct module *module;
	struct token *token;
	struct session *session;
};

/*
 * Loads the module; with uri the token; with login also a session, after its
 * PIN was taken from the file, the credential, the terminal or standard input.
 */
enum setup_depth { SETUP_MODULE, SETUP_TOKEN, SETUP_READ, SETUP_WRITE };
int setup_token_open(struct cli *cli, const struct setup_where *where,
    enum setup_depth depth, struct setup_token *out, struct diag *d);
void setup_token_close(struct setup_token *access);
#define SETUP_TOKEN_CLEANUP \
	__attribute__((cleanup(setup_token_close))) struct setup_token

/* The token's place in the configuration by name, or its only one. */
int setup_token_find(struct cli *cli, const char *name,
    const struct config_token **out, struct diag *d);

#endif
