/* SPDX-License-Identifier: Apache-2.0 */
/* privyseal csr: a request for a key that lives on a token, or for a new one.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "cli/request.h"
#include "cli/setup.h"
#include "lib/file.h"
#include "x509/pem.h"

#define CSR_MODE 0644 /* a request holds no secret */

struct csr_run {
	struct cli *cli;
	struct request_names names;
	struct setup_where where;
	const char *key, *new_key, *kind, *out;
	const char *signer; /* for people: who signed it */
};

static int
names_check(const struct csr_run *run, struct diag *d)
{
	const struct request_names *n = &run->names;

	if ((run->key != NULL) == (run->new_key != NULL))
		return diag_set(d, ERR_USAGE,
		    "one of --key 'pkcs11:...' and --new-key FILE is needed");
	if (n->cn == NULL && n->dns.n + n->ip.n + n->uri.n + n->email.n == 0)
		return diag_set(d, ERR_USAGE,
		    "for what name? --dns, --ip, --uri, --email or --cn");
	if (run->kind != NULL && run->new_key == NULL)
		return diag_set(d, ERR_USAGE, "--kind is for --new-key");
	return 0;
}

static int
software_sign(struct csr_run *run, struct buf *der, struct diag *d)
{
	const char *word = run->kind != NULL ? run->kind : "ecdsa-p256";
	enum key_kind kind = key_kind_find(word);
	X509_REQ *request = NULL;
	EVP_PKEY *key;
	int rc;

	if (kind == KEY_NONE)
		return diag_set(d, ERR_USAGE,
		    "--kind takes ecdsa-p256, ecdsa-p384, ecdsa-p521, rsa or "
		    "ed25519, not %s",
		    word);
	rc = request_key_make(kind, run->new_key, &key, d);
	if (rc != 0)
		return rc;
	run->signer = "the new key";
	rc = request_build(&run->names, key, &request, d);
	if (rc == 0)
		rc = request_sign(request, key, kind, d);
	if (rc == 0)
		rc = request_finish(request, der, d);
	X509_REQ_free(request);
	EVP_PKEY_free(key);
	return rc;
}

/* The public half alone, from what the token says. */
static int
public_key_open(struct session *session, const struct key *key, EVP_PKEY **out,
    struct diag *d)
{
	BUF_CLEANUP spki = BUF_INIT;
	const unsigned char *p;
	int rc;

	rc = key_public(session, key, &spki, d);
	if (rc != 0)
		return rc;
	p = spki.data;
	*out = d2i_PUBKEY(NULL, &p, (long)spki.len);
	if (*out == NULL)
		return diag_set(d, ERR_KEY_UNKNOWN,
		    "OpenSSL does not know the public key of %s", key->label);
	return 0;
}

static int
token_sign(struct csr_run *run, const struct setup_token *access,
    const char *module, const struct key *key, X509_REQ *request,
    struct diag *d)
{
	struct diag why = DIAG_INIT;
	struct token_info info;
	EVP_PKEY *handle;
	int rc;

	token_describe(access->token, &info);
	run->cli->abrupt = true; /* libp11's exit handlers are not safe */
	if (request_libp11_key(module, &info, key, &handle, &why) == 0) {
		run->signer = "libp11";
		rc = request_sign(request, handle, key->kind, d);
		EVP_PKEY_free(handle);
		return rc;
	}
	out_say(run->cli, "%s; the token signs directly", why.text);
	run->signer = "the token";
	return request_sign_direct(request, access->session, key, d);
}

static int
key_use(struct csr_run *run, const struct setup_token *access,
    const char *module, struct buf *der, struct diag *d)
{
	X509_REQ *request = NULL;
	EVP_PKEY *public_key;
	struct key key;
	int rc;

	rc = key_find(access->session, run->key, &key, d);
	if (rc == 0)
		rc = public_key_open(access->session, &key, &public_key, d);
	if (rc != 0)
		return rc;
	rc = request_build(&run->names, public_key, &request, d);
	EVP_PKEY_free(public_key);
	if (rc == 0)
		rc = token_sign(run, access, module, &key, request, d);
	if (rc == 0)
		rc = request_finish(request, der, d);
	X509_REQ_free(request);
	return rc;
}

static int
token_use(struct csr_run *run, struct buf *der, struct diag *d)
{
	SETUP_TOKEN_CLEANUP access = {NULL, NULL, NULL};
	const struct config_token *config;
	const char *module = run->where.module;
	int rc;

	if (strncmp(run->key, "pkcs11:", 7) != 0)
		return diag_set(d, ERR_URI,
		    "--key takes a URI like pkcs11:token=LABEL;object=NAME");
	/* A configuration may name an engine or provider for this module. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (module != NULL) {
		run->where.uri = run->key;
	} else {
		rc = setup_token_find(run->cli, run->where.name, &config, d);
		if (rc != 0)
			return rc;
		module = config->module;
	}
	rc = setup_token_open(run->cli, &run->where, SETUP_READ, &access, d);
	return rc != 0 ? rc : key_use(run, &access, module, der, d);
}

static int
csr_show(struct csr_run *run, const struct buf *der, struct diag *d)
{
	BUF_CLEANUP pem = BUF_INIT;
	int rc = 0;

	pem_encode(buf_span(der), PEM_CSR, &pem);
	if (run->out != NULL)
		rc = file_write(run->out, CSR_MODE, buf_span(&pem), d);
	else if (!run->cli->json)
		out_span(stdout, buf_span(&pem));
	if (rc != 0)
		return rc;
	if (run->cli->json)
		out_json(json_pack("{s:s, s:s}", "csr", buf_cstr(&pem),
		    "signed_by", run->signer));
	else if (run->new_key != NULL)
		out_say(run->cli, "the new key is in %s", run->new_key);
	return 0;
}

int
cmd_csr(struct cli *cli, int argc, char **argv, struct diag *d)
{
	struct csr_run run = {.cli = cli};
	const struct option_row rows[] = {
	    {0, "key", OPTION_TEXT, "URI", &run.key,
		"a key on a token: pkcs11:token=LABEL;object=NAME"},
	    {0, "module", OPTION_TEXT, "FILE", &run.where.module,
		"its PKCS#11 module; else as the configuration says"},
	    {0, "token", OPTION_TEXT, "NAME", &run.where.name,
		"the token of that name in the configuration"},
	    {0, "pin-file", OPTION_TEXT, "FILE", &run.where.pin_file,
		"a 0600 file with its PIN; else it is asked for"},
	    {0, "new-key", OPTION_TEXT, "FILE", &run.new_key,
		"or a new key in software, 0600, PKCS#8"},
	    {'k', "kind", OPTION_TEXT, "KIND", &run.kind,
		"of the new key; else ecdsa-p256"},
	    {0, "cn", OPTION_TEXT, "TEXT", &run.names.cn, "common name"},
	    {0, "dns", OPTION_LIST, "NAME", &run.names.dns,
		"DNS name; this and those below more than once"},
	    {0, "ip", OPTION_LIST, "ADDRESS", &run.names.ip, "IP address"},
	    {0, "uri", OPTION_LIST, "URI", &run.names.uri,
		"URI name, e.g. a SPIFFE ID"},
	    {0, "email", OPTION_LIST, "ADDRESS", &run.names.email,
		"e-mail address"},
	    {'o', "out", OPTION_TEXT, "FILE", &run.out, "write the CSR there"},
	};
	BUF_CLEANUP der = BUF_INIT;
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc == 0)
		rc = names_check(&run, d);
	if (rc == 0)
		rc = run.new_key != NULL ? software_sign(&run, &der, d)
					 : token_use(&run, &der, d);
	return rc != 0 ? rc : csr_show(&run, &der, d);
}
