/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privyseal.yaml: what the agent is to serve, as a struct.
 *
 * Paths that are not absolute are taken from the directory of the file. Every
 * string is owned by the config. Nothing is opened here.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <sys/types.h>

#include "lib/alg.h"
#include "lib/yaml.h"

#define CONFIG_DEFAULT_PATH "/etc/privyseal/privyseal.yaml"
#define CONFIG_MAX_TOKENS 16
#define CONFIG_MAX_ISSUERS 64
#define CONFIG_MAX_WRITABLE 8  /* directories a token's module may write */
#define CONFIG_FILE_MAX 262144 /* bytes */

/* A PKCS#11 token and how to get in. One signer process each. */
struct config_token {
	char *name;
	char *module;         /* path of the shared object */
	char *uri;            /* pkcs11:token=... (RFC 7512), names the token */
	char *pin_file;       /* a file, or NULL */
	char *pin_credential; /* of systemd's LoadCredential=, or NULL */
	bool pin_ask;         /* asked once, by privyseal unlock */
	unsigned sessions;    /* 0: one a core */
	int64_t deadline_ms;  /* of one signature; default 5000 */
	char **accept_risks;  /* attribute names accepted although unsafe */
	size_t n_accept_risks;
	char **env; /* "NAME=value", set before the module is loaded */
	size_t n_env;
	char *writable[CONFIG_MAX_WRITABLE]; /* directories the module writes */
	size_t n_writable;
	bool network; /* the module speaks to a network HSM */
	unsigned line;
};

/* A CA: certificate and key. */
struct config_issuer {
	char *name;
	char *token;        /* name of a config_token */
	size_t token_place; /* its place in tokens[] */
	char *key;          /* pkcs11:object=...;id=... (RFC 7512) */
	char *certificate;  /* PEM file */
	char *chain; /* PEM file from issuer's issuer up to the root, or NULL */
	enum sig_alg alg; /* SIG_NONE: by the key */
	unsigned line;
};

struct config {
	char *path;           /* of the file */
	char *socket;         /* agent.sock */
	unsigned socket_mode; /* 0660 */
	char *socket_group;   /* or NULL */
	char *admin_socket;   /* admin.sock, 0600 */
	char *unlock_socket;  /* unlock.sock, 0600 */
	char *policy_dir;     /* policy.d */
	char *state_dir;      /* log, index, latch */
	char *log_path;       /* state_dir/privyseal.log */
	char *index_path;     /* state_dir/index.db */
	char *user;           /* to run as when started as root, or NULL */
	struct config_token tokens[CONFIG_MAX_TOKENS];
	size_t n_tokens;
	struct config_issuer issuers[CONFIG_MAX_ISSUERS];
	size_t n_issuers;
	/* limits */
	unsigned max_connections;         /* in all, 256 */
	unsigned max_connections_per_uid; /* 64 */
	unsigned max_waiting;             /* requests in core, 4096 */
};

/*
 * Parses the text. On ERR_CONFIG everything wrong is in findings and *out is
 * not set. path is used for messages and for relative paths.
 */
int config_parse(const char *path, struct span text, struct config **out,
    struct yaml_findings *findings);
void config_free(struct config *config);

const struct config_issuer *config_issuer_find(
    const struct config *config, const char *name);

#endif
