/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new CA in a directory of its own.
 *
 * Everything is made in a hidden directory beside where it will stand, and
 * moved into place when all of it is right: a run that fails leaves nothing
 * behind, and nothing that was there is ever touched.
 */
#ifndef CLI_INIT_H
#define CLI_INIT_H

#include "cli/cli.h"
#include "lib/alg.h"

#define INIT_NAME_MAX 40

struct init {
	const char *dir;
	const char *name;   /* of the organization in the certificates */
	const char *domain; /* what the first policies allow */
	enum key_kind kind;
	/* A token that is there already; NULL: a SoftHSM2 token is made. */
	const char *module, *uri, *pin_file;

	/* Filled in as it goes. */
	char *path;  /* dir, absolute */
	char *stage; /* where it is being made */
	bool made_dir;
	struct buf facts;             /* what the token said about the keys */
	struct buf issuing_key;       /* URI */
	char *module_path, *pin_path; /* absolute */
	char *user;                   /* who may ask, by the first policies */
};

/* ERR_FILE with everything that is in the way; nothing is changed then. */
int init_run(struct init *init, struct diag *d);
void init_free(struct init *init);

/* The files, as text; init_files.c. */
void init_config_text(const struct init *init, struct buf *out);
void init_softhsm_text(const char *tokens_dir, struct buf *out);
void init_server_text(const struct init *init, struct buf *out);
void init_client_text(const struct init *init, struct buf *out);

/* The label of a token that is made here, and its URI. */
#define INIT_TOKEN_LABEL "privyseal"
#define INIT_ROOT_LABEL "root"
#define INIT_ISSUING_LABEL "issuing-1"

#endif
