/* SPDX-License-Identifier: Apache-2.0 */
/* A SoftHSM2 token of one's own; see tests/fake/softhsm.h. */
#include "tests/fake/softhsm.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
softhsm_module(void)
{
	static const char *const places[] = {
	    "/usr/lib/softhsm/libsofthsm2.so",
	    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
	    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (access(places[i], R_OK) == 0)
			return places[i];
	}
	return NULL;
}

void
softhsm_secret(struct secret *out, const char *text)
{
	struct diag d = DIAG_INIT;

	if (secret_new(out, &d) != 0) {
		fprintf(stderr, "softhsm: %s\n", d.text);
		abort();
	}
	out->len = strlen(text);
	memcpy(out->data, text, out->len);
}

static int
complain(const char *what, const struct diag *d)
{
	fprintf(stderr, "softhsm: %s: %s\n", what, d->text);
	return -1;
}

static int
conf_write(struct softhsm *hsm)
{
	char tokens[160];
	FILE *f;

	snprintf(tokens, sizeof(tokens), "%s/tokens", hsm->dir);
	snprintf(hsm->conf, sizeof(hsm->conf), "%s/softhsm2.conf", hsm->dir);
	if (mkdir(tokens, 0700) != 0)
		return -1;
	f = fopen(hsm->conf, "w");
	if (f == NULL)
		return -1;
	fprintf(f,
	    "directories.tokendir = %s\n"
	    "objectstore.backend = file\n"
	    "log.level = ERROR\n"
	    "slots.removable = false\n",
	    tokens);
	if (fclose(f) != 0)
		return -1;
	return setenv("SOFTHSM2_CONF", hsm->conf, 1);
}

static int
token_make(const struct softhsm *hsm, struct diag *d)
{
	SECRET_CLEANUP so_pin = SECRET_INIT;
	SECRET_CLEANUP pin = SECRET_INIT;
	struct module *module;
	int rc;

	rc = module_open(hsm->module, &module, d);
	if (rc != 0)
		return rc;
	softhsm_secret(&so_pin, hsm->so_pin);
	softhsm_secret(&pin, hsm->pin);
	rc = token_init(module, hsm->label, &so_pin, &pin, d);
	module_close(module);
	return rc;
}

int
softhsm_setup(
    struct softhsm *hsm, const char *label, const char *so_pin, const char *pin)
{
	const char *tmp = getenv("TMPDIR"), *module = softhsm_module();
	struct diag d = DIAG_INIT;

	memset(hsm, 0, sizeof(*hsm));
	if (module == NULL) {
		fprintf(stderr, "softhsm: libsofthsm2.so is not installed\n");
		return -1;
	}
	snprintf(hsm->module, sizeof(hsm->module), "%s", module);
	snprintf(hsm->label, sizeof(hsm->label), "%s", label);
	snprintf(hsm->uri, sizeof(hsm->uri), "pkcs11:token=%s", label);
	snprintf(hsm->so_pin, sizeof(hsm->so_pin), "%s", so_pin);
	snprintf(hsm->pin, sizeof(hsm->pin), "%s", pin);
	snprintf(hsm->dir, sizeof(hsm->dir), "%s/privyseal-hsm-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(hsm->dir) == NULL || conf_write(hsm) != 0) {
		perror("softhsm: cannot make a token directory");
		return -1;
	}
	if (token_make(hsm, &d) != 0) {
		softhsm_teardown(hsm);
		return complain("cannot make a token", &d);
	}
	return 0;
}

int
softhsm_open(
    const struct softhsm *hsm, struct module **module, struct token **token)
{
	SECRET_CLEANUP pin = SECRET_INIT;
	struct diag d = DIAG_INIT;

	if (module_open(hsm->module, module, &d) != 0)
		return complain("module", &d);
	if (token_open(*module, hsm->uri, token, &d) != 0) {
		module_close(*module);
		return complain("token", &d);
	}
	softhsm_secret(&pin, hsm->pin);
	if (token_login(*token, &pin, &d) != 0) {
		softhsm_close(*module, *token);
		return complain("login", &d);
	}
	return 0;
}

void
softhsm_close(struct module *module, struct token *token)
{
	token_close(token);
	module_close(module);
}

static int
entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
softhsm_teardown(struct softhsm *hsm)
{
	if (hsm->dir[0] != '\0')
		nftw(hsm->dir, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
	hsm->dir[0] = '\0';
	unsetenv("SOFTHSM2_CONF");
}
