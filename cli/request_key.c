/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that sign CSRs: new ones in software, and libp11's; see request.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <libp11.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "cli/request.h"
#include "lib/file.h"

#define SOFTWARE_RSA_BITS 3072
#define LIBP11_S                                                     \
	60 /* libp11 0.4.12 waits for ever on a failed C_OpenSession \
	    */

static EVP_PKEY *
key_new(enum key_kind kind)
{
	switch (kind) {
	case KEY_EC_P256:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	case KEY_EC_P384:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
	case KEY_EC_P521:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
	case KEY_RSA:
		return EVP_PKEY_Q_keygen(
		    NULL, NULL, "RSA", (size_t)SOFTWARE_RSA_BITS);
	case KEY_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	default:
		return NULL;
	}
}

static int
key_write(EVP_PKEY *key, const char *path, struct diag *d)
{
	/* Memory that OpenSSL clears when it is freed. */
	BIO *memory = BIO_new(BIO_s_secmem());
	char *pem = NULL;
	int fd, rc = 0;
	long len;

	if (memory == NULL || PEM_write_bio_PKCS8PrivateKey(memory, key, NULL,
				  NULL, 0, NULL, NULL) != 1) {
		BIO_free(memory);
		return diag_set(d, ERR_INTERNAL, "the key cannot be encoded");
	}
	len = BIO_get_mem_data(memory, &pem);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || fd_write_all(fd, pem, (size_t)len) != 0 || fsync(fd) != 0)
		rc = diag_errno(d, ERR_FILE, "%s", path);
	if (fd >= 0)
		(void)close(fd);
	if (fd >= 0 && rc != 0)
		(void)unlink(path);
	BIO_free(memory);
	return rc;
}

int
request_key_make(
    enum key_kind kind, const char *path, EVP_PKEY **out, struct diag *d)
{
	EVP_PKEY *key = key_new(kind);
	int rc;

	if (key == NULL)
		return diag_set(d, ERR_INTERNAL, "no new %s key can be made",
		    key_kind_name(kind));
	rc = key_write(key, path, d);
	if (rc != 0) {
		EVP_PKEY_free(key);
		return rc;
	}
	*out = key;
	return 0;
}

static PKCS11_SLOT *
slot_find(PKCS11_SLOT *slots, unsigned n, const struct token_info *token)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		if (slots[i].token != NULL &&
		    strcmp(slots[i].token->label, token->label) == 0 &&
		    strcmp(slots[i].token->serialnr, token->serial) == 0)
			return &slots[i];
	}
	return NULL;
}

static EVP_PKEY *
key_pick(PKCS11_TOKEN *token, const struct key *key)
{
	PKCS11_KEY *keys;
	unsigned n, i;

	if (PKCS11_enumerate_keys(token, &keys, &n) != 0)
		return NULL;
	for (i = 0; i < n; i++) {
		if (keys[i].id_len == key->id_len &&
		    memcmp(keys[i].id, key->id, key->id_len) == 0 &&
		    keys[i].label != NULL &&
		    strcmp(keys[i].label, key->label) == 0)
			return PKCS11_get_private_key(&keys[i]);
	}
	return NULL;
}

static void
waited_too_long(int signal_number)
{
	static const char text[] =
	    "privyseal: libp11 does not come back from the token (token)\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)signal_number;
	(void)n;
	_exit(5); /* the exit code of the class TOKEN */
}

/*
 * The module is ours: initialised, logged in. libp11 gets neither the PIN nor
 * a session of ours, and is never unloaded: its unloading would end Cryptoki
 * under our feet.
 */
int
request_libp11_key(const char *module, const struct token_info *token,
    const struct key *key, EVP_PKEY **out, struct diag *d)
{
	PKCS11_CTX *ctx = PKCS11_CTX_new();
	PKCS11_SLOT *slots, *slot;
	EVP_PKEY *found;
	unsigned n;

	(void)signal(SIGALRM, waited_too_long);
	(void)alarm(LIBP11_S);
	if (ctx == NULL || PKCS11_CTX_load(ctx, module) != 0 ||
	    PKCS11_enumerate_slots(ctx, &slots, &n) != 0)
		return diag_set(d, ERR_TOKEN, "libp11 cannot use %s", module);
	slot = slot_find(slots, n, token);
	found = slot != NULL ? key_pick(slot->token, key) : NULL;
	ERR_clear_error();
	if (found == NULL)
		return diag_set(d, ERR_TOKEN,
		    "libp11 cannot list the keys of token %s", token->label);
	*out = found;
	return 0;
}
