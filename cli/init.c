/* SPDX-License-Identifier: Apache-2.0 */
/* A new CA in a directory of its own; see init.h. */
#include "cli/init.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/ca.h"
#include "cli/pin.h"
#include "cli/uri.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/mem.h"
#include "x509/pem.h"

#define DAY_S 86400
#define ROOT_DAYS 3650
#define ISSUING_DAYS 1825
#define BACKDATE_S 300

/* What stands in the directory in the end, in the order it is moved there:
 * the configuration comes last, so that it never names what is not there. */
static const char *const parts[] = {"tokens", "softhsm2.conf", "secrets", "ca",
    "policy.d", "state", "privyseal.yaml"};
#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

static const char *const softhsm_paths[] = {
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
};

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Only ever our own hidden directory. */
static void
remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Nothing of ours may be there: half a CA must not be written over. */
static int
absence_check(const struct init *init, struct diag *d)
{
	BUF_CLEANUP found = BUF_INIT;
	struct stat st;
	size_t i;

	for (i = 0; i < N_PARTS; i++) {
		MEM_CLEANUP char *path =
		    xasprintf("%s/%s", init->path, parts[i]);

		if (lstat(path, &st) == 0)
			buf_printf(&found, "%s%s", found.len > 0 ? ", " : "",
			    parts[i]);
	}
	if (found.len == 0)
		return 0;
	return diag_set(d, ERR_FILE,
	    "%s: already there: %s; nothing was changed", init->dir,
	    buf_cstr(&found));
}

static int
dir_open(struct init *init, struct diag *d)
{
	char path[PATH_MAX];
	size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path);

	init->made_dir = mkdir(init->dir, 0755) == 0;
	if (!init->made_dir && errno != EEXIST)
		return diag_errno(d, ERR_FILE, "%s", init->dir);
	if (realpath(init->dir, path) == NULL)
		return diag_errno(d, ERR_FILE, "%s", init->dir);
	init->path = xstrdup(path);
	if (strlen(path) + sizeof("/unlock.sock") > room)
		return diag_set(d, ERR_USAGE,
		    "%s: the path is too long for the sockets in it (%zu "
		    "bytes at most)",
		    path, room - sizeof("/unlock.sock"));
	if (strchr(path, '\'') != NULL || strchr(path, '\n') != NULL)
		return diag_set(d, ERR_USAGE,
		    "%s: a path with a quote or a newline cannot be written "
		    "into the configuration",
		    path);
	return absence_check(init, d);
}

static int
stage_open(struct init *init, struct diag *d)
{
	static const char *const dirs[] = {"ca", "policy.d"};
	static const char *const closed[] = {"secrets", "state"};
	size_t i;
	int rc = 0;

	init->stage = xasprintf("%s/.init-XXXXXX", init->path);
	if (mkdtemp(init->stage) == NULL) {
		rc = diag_errno(d, ERR_FILE, "%s", init->path);
		free(init->stage);
		init->stage = NULL;
		return rc;
	}
	for (i = 0; rc == 0 && i < 2; i++) {
		MEM_CLEANUP char *open_dir =
		    xasprintf("%s/%s", init->stage, dirs[i]);
		MEM_CLEANUP char *closed_dir =
		    xasprintf("%s/%s", init->stage, closed[i]);

		rc = file_make_dir(open_dir, 0755, d);
		if (rc == 0)
			rc = file_make_dir(closed_dir, 0700, d);
	}
	return rc;
}

static int
stage_write(const struct init *init, const char *name, unsigned mode,
    const struct buf *text, struct diag *d)
{
	MEM_CLEANUP char *path = xasprintf("%s/%s", init->stage, name);

	return file_write(path, mode, buf_span(text), d);
}

/* The policies name the person who runs this, as the kernel will. */
static int
user_find(struct init *init, struct diag *d)
{
	const struct passwd *entry = getpwuid(geteuid());

	if (entry == NULL)
		return diag_set(d, ERR_USAGE,
		    "uid %u has no name; the first policies would have nobody "
		    "to name",
		    geteuid());
	init->user = xstrdup(entry->pw_name);
	return 0;
}

static int
module_find(struct init *init, struct diag *d)
{
	char path[PATH_MAX];
	size_t i;

	if (init->module != NULL) {
		if (realpath(init->module, path) == NULL)
			return diag_errno(
			    d, ERR_TOKEN_MODULE, "%s", init->module);
		init->module_path = xstrdup(path);
		return 0;
	}
	for (i = 0; i < sizeof(softhsm_paths) / sizeof(softhsm_paths[0]); i++) {
		if (access(softhsm_paths[i], R_OK) != 0)
			continue;
		init->module_path = xstrdup(softhsm_paths[i]);
		return 0;
	}
	return diag_set(d, ERR_TOKEN_MODULE,
	    "SoftHSM2 is not installed (Debian: apt install softhsm2); or name "
	    "another module with --module, --uri and --pin-file");
}

static int
softhsm_write(const struct init *init, const char *base, struct diag *d)
{
	MEM_CLEANUP char *tokens = xasprintf("%s/tokens", base);
	BUF_CLEANUP text = BUF_INIT;

	init_softhsm_text(tokens, &text);
	return stage_write(init, "softhsm2.conf", 0644, &text, d);
}

static int
pins_make(const struct init *init, struct secret *so_pin, struct secret *pin,
    struct diag *d)
{
	MEM_CLEANUP char *so_path = xasprintf("%s/secrets/so.pin", init->stage);
	MEM_CLEANUP char *path = xasprintf("%s/secrets/user.pin", init->stage);
	int rc;

	rc = pin_make(so_pin, d);
	if (rc == 0)
		rc = pin_make(pin, d);
	if (rc == 0)
		rc = pin_write(so_path, so_pin, d);
	if (rc == 0)
		rc = pin_write(path, pin, d);
	return rc;
}

/* A SoftHSM2 token in the stage, found through a configuration there. */
static int
softhsm_make(struct init *init, struct module **module, struct secret *pin,
    struct diag *d)
{
	MEM_CLEANUP char *tokens = xasprintf("%s/tokens", init->stage);
	MEM_CLEANUP char *conf = xasprintf("%s/softhsm2.conf", init->stage);
	SECRET_CLEANUP so_pin = SECRET_INIT;
	int rc;

	init->pin_path = xstrdup("secrets/user.pin");
	rc = file_make_dir(tokens, 0700, d);
	if (rc == 0)
		rc = softhsm_write(init, init->stage, d);
	if (rc == 0)
		rc = pins_make(init, &so_pin, pin, d);
	if (rc != 0)
		return rc;
	(void)setenv("SOFTHSM2_CONF", conf, 1);
	rc = module_open(init->module_path, module, d);
	if (rc == 0)
		rc = token_init(*module, INIT_TOKEN_LABEL, &so_pin, pin, d);
	return rc;
}

static int
foreign_open(struct init *init, struct module **module, struct secret *pin,
    struct diag *d)
{
	char path[PATH_MAX];
	int rc;

	if (init->pin_file != NULL) {
		if (realpath(init->pin_file, path) == NULL)
			return diag_errno(d, ERR_FILE, "%s", init->pin_file);
		init->pin_path = xstrdup(path);
		rc = secret_read_file(pin, path, d);
	} else {
		rc = pin_ask(init->uri, pin, d);
	}
	return rc != 0 ? rc : module_open(init->module_path, module, d);
}

static int
ca_write(const struct init *init, const char *name, const struct ca *ca,
    struct diag *d)
{
	BUF_CLEANUP pem = BUF_INIT;

	pem_encode(ca->cert.der, PEM_CERT, &pem);
	return stage_write(init, name, 0644, &pem, d);
}

static int
certificates_make(struct init *init, struct session *session, struct ca *root,
    struct ca *issuing, struct diag *d)
{
	MEM_CLEANUP char *root_name = xasprintf("%s Root CA", init->name);
	MEM_CLEANUP char *name = xasprintf("%s Issuing CA 1", init->name);
	int64_t now = clock_now_s();
	struct ca_spec spec = {.organization = init->name,
	    .common_name = root_name,
	    .not_before = now - BACKDATE_S,
	    .not_after = now + (int64_t)ROOT_DAYS * DAY_S - 1,
	    .path_len = 1};
	int rc;

	rc = ca_certify(session, &spec, root, root, d);
	if (rc != 0)
		return diag_prefix(d, "the root certificate");
	spec.common_name = name;
	spec.not_after = now + (int64_t)ISSUING_DAYS * DAY_S - 1;
	spec.path_len = 0;
	rc = ca_certify(session, &spec, root, issuing, d);
	if (rc != 0)
		return diag_prefix(d, "the issuing certificate");
	rc = ca_write(init, "ca/root.pem", root, d);
	if (rc == 0)
		rc =
		    ca_write(init, "ca/" INIT_ISSUING_LABEL ".pem", issuing, d);
	uri_key(issuing->key.label,
	    span_of(issuing->key.id, issuing->key.id_len), &init->issuing_key);
	(void)buf_cstr(&init->issuing_key);
	return rc;
}

static int
files_write(const struct init *init, struct diag *d)
{
	BUF_CLEANUP config = BUF_INIT;
	BUF_CLEANUP server = BUF_INIT;
	BUF_CLEANUP client = BUF_INIT;
	int rc;

	init_config_text(init, &config);
	init_server_text(init, &server);
	init_client_text(init, &client);
	rc = stage_write(init, "privyseal.yaml", 0644, &config, d);
	if (rc == 0)
		rc =
		    stage_write(init, "policy.d/server.yaml", 0644, &server, d);
	if (rc == 0)
		rc =
		    stage_write(init, "policy.d/client.yaml", 0644, &client, d);
	return rc;
}

/* Keys are taken back when what follows them fails. */
static int
keys_use(struct init *init, struct session *session, struct diag *d)
{
	struct ca root = {.spki_der = BUF_INIT, .der = BUF_INIT};
	struct ca issuing = {.spki_der = BUF_INIT, .der = BUF_INIT};
	bool made_root = false, made_issuing = false;
	int rc;

	rc = ca_key_make(
	    session, init->kind, INIT_ROOT_LABEL, &root, &init->facts, d);
	made_root = rc == 0;
	if (rc == 0)
		rc = ca_key_make(session, init->kind, INIT_ISSUING_LABEL,
		    &issuing, &init->facts, d);
	made_issuing = made_root && rc == 0;
	if (rc == 0)
		rc = certificates_make(init, session, &root, &issuing, d);
	if (rc == 0)
		rc = files_write(init, d);
	if (rc != 0 && made_issuing)
		(void)key_destroy(session, &issuing.key, NULL);
	if (rc != 0 && made_root)
		(void)key_destroy(session, &root.key, NULL);
	ca_free(&root);
	ca_free(&issuing);
	return rc;
}

static int
token_use(struct init *init, struct module *module, const struct secret *pin,
    struct diag *d)
{
	const char *uri =
	    init->uri != NULL ? init->uri : "pkcs11:token=" INIT_TOKEN_LABEL;
	struct token *token;
	struct session *session;
	int rc;

	rc = token_open(module, uri, &token, d);
	if (rc != 0)
		return rc;
	rc = token_login(token, pin, d);
	if (rc == 0)
		rc = session_open(token, true, &session, d);
	if (rc == 0) {
		rc = keys_use(init, session, d);
		session_close(session);
	}
	token_close(token);
	return rc;
}

static int
stage_fill(struct init *init, struct diag *d)
{
	SECRET_CLEANUP pin = SECRET_INIT;
	struct module *module = NULL;
	int rc;

	rc = init->module != NULL ? foreign_open(init, &module, &pin, d)
				  : softhsm_make(init, &module, &pin, d);
	if (rc == 0)
		rc = token_use(init, module, &pin, d);
	if (module != NULL)
		module_close(module);
	if (rc == 0 && init->module == NULL)
		rc = softhsm_write(init, init->path, d);
	return rc;
}

/* renameat2(RENAME_NOREPLACE) in effect: absence was checked, and directories
 * are not replaced by rename() unless they are empty. */
static int
stage_move(const struct init *init, struct diag *d)
{
	size_t i;

	for (i = 0; i < N_PARTS; i++) {
		MEM_CLEANUP char *from =
		    xasprintf("%s/%s", init->stage, parts[i]);
		MEM_CLEANUP char *to = xasprintf("%s/%s", init->path, parts[i]);

		if (rename(from, to) != 0 &&
		    (errno != ENOENT || init->module == NULL))
			return diag_errno(d, ERR_FILE, "%s", to);
	}
	return 0;
}

int
init_run(struct init *init, struct diag *d)
{
	int rc;

	rc = user_find(init, d);
	if (rc == 0)
		rc = module_find(init, d);
	if (rc == 0)
		rc = dir_open(init, d);
	if (rc == 0)
		rc = stage_open(init, d);
	if (rc == 0)
		rc = stage_fill(init, d);
	if (rc == 0)
		rc = stage_move(init, d);
	if (init->stage != NULL)
		remove_tree(init->stage);
	if (rc != 0 && init->made_dir)
		(void)rmdir(init->dir);
	return rc;
}

void
init_free(struct init *init)
{
	free(init->path);
	free(init->stage);
	free(init->module_path);
	free(init->pin_path);
	free(init->user);
	buf_free(&init->facts);
	buf_free(&init->issuing_key);
}
