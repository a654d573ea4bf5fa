/* SPDX-License-Identifier: Apache-2.0 */
/* Issuers: certificates, chains and the keys they are checked with. */
#include "issue/issuer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/mem.h"
#include "x509/pem.h"

#define CHAIN_FILE_MAX 131072 /* bytes; twice fits into an answer */

static int
certificate_read(struct issuer *issuer, const char *path, struct diag *d)
{
	BUF_CLEANUP pem = BUF_INIT;
	int rc;

	rc = file_read(path, FILE_TRUSTED, CHAIN_FILE_MAX, &pem, d);
	if (rc == 0)
		rc = pem_decode(buf_span(&pem), PEM_CERT, &issuer->der, d);
	if (rc == 0)
		rc = cert_parse(buf_span(&issuer->der), &issuer->cert, d);
	return rc != 0 ? diag_prefix(d, "%s", path) : 0;
}

/* RFC 5280 4.2.1.9 and 4.2.1.3: who may sign certificates at all. */
static int
authority_check(const struct cert *cert, struct diag *d)
{
	if (!cert->is_ca) {
		(void)diag_set(d, ERR_CONFIG,
		    "the certificate is not a CA's (basicConstraints)");
		return diag_ref(d, "RFC 5280 4.2.1.9");
	}
	if ((cert->key_usage & KU_KEY_CERT_SIGN) == 0) {
		(void)diag_set(d, ERR_CONFIG,
		    "the certificate may not sign others: keyUsage lacks "
		    "keyCertSign");
		return diag_ref(d, "RFC 5280 4.2.1.3");
	}
	if (cert->subject_key_id.len == 0) {
		(void)diag_set(d, ERR_CONFIG,
		    "the certificate has no subjectKeyIdentifier");
		return diag_ref(d, "RFC 5280 4.2.1.2");
	}
	return 0;
}

static int
algorithm_choose(
    struct issuer *issuer, const struct config_issuer *config, struct diag *d)
{
	enum key_kind kind = issuer->cert.spki.kind;

	issuer->alg =
	    config->alg != SIG_NONE ? config->alg : sig_alg_default(kind);
	if (sig_alg_family(issuer->alg) != key_kind_family(kind))
		return diag_set(d, ERR_CONFIG,
		    "signature %s does not fit the certificate's %s key",
		    sig_alg_name(issuer->alg), key_kind_name(kind));
	return 0;
}

/* The chain as it is read: each certificate must have signed the one before. */
struct chain {
	struct issuer *issuer;
	struct cert below;
	struct buf kept[8]; /* memory behind below */
	size_t n;
};

static bool
is_self_issued(const struct cert *cert)
{
	return span_eq(cert->issuer, cert->subject);
}

static int
link_check(const struct cert *below, const struct cert *above, struct diag *d)
{
	EVP_PKEY *key;
	int rc;

	if (!span_eq(below->issuer, above->subject))
		return diag_set(d, ERR_CONFIG,
		    "the chain does not link: it must go from the issuer's "
		    "issuer up to the root");
	rc = spki_open(&above->spki, &key, d);
	if (rc != 0)
		return rc;
	rc = signature_verify(key, below->alg, below->tbs, below->signature, d);
	EVP_PKEY_free(key);
	return rc != 0 ? diag_prefix(d, "the chain does not link") : 0;
}

static int
chain_add(void *arg, struct span der, struct diag *d)
{
	struct chain *chain = arg;
	struct cert above;
	int rc;

	if (span_eq(der, buf_span(&chain->issuer->der)))
		return 0; /* the issuer itself, as full chains have it */
	if (chain->n == sizeof(chain->kept) / sizeof(chain->kept[0]))
		return diag_set(d, ERR_CONFIG, "the chain is too long");
	buf_add_span(&chain->kept[chain->n], der);
	rc = cert_parse(buf_span(&chain->kept[chain->n++]), &above, d);
	if (rc == 0)
		rc = link_check(&chain->below, &above, d);
	if (rc != 0)
		return rc;
	chain->below = above;
	pem_encode(der, PEM_CERT,
	    is_self_issued(&above) ? &chain->issuer->root_pem
				   : &chain->issuer->chain_pem);
	return 0;
}

static int
chain_read(struct issuer *issuer, const char *path, struct diag *d)
{
	struct chain chain = {.issuer = issuer, .below = issuer->cert};
	BUF_CLEANUP pem = BUF_INIT;
	size_t i;
	int rc;

	rc = file_read(path, FILE_TRUSTED, CHAIN_FILE_MAX, &pem, d);
	if (rc == 0)
		rc = pem_each(buf_span(&pem), PEM_CERT, chain_add, &chain, d);
	for (i = 0; i < chain.n; i++)
		buf_free(&chain.kept[i]);
	return rc != 0 ? diag_prefix(d, "%s", path) : 0;
}

static int
issuer_open(
    struct issuer *issuer, const struct config_issuer *config, struct diag *d)
{
	int rc;

	issuer->name = config->name;
	issuer->token_place = config->token_place;
	rc = certificate_read(issuer, config->certificate, d);
	if (rc == 0)
		rc = authority_check(&issuer->cert, d);
	if (rc == 0)
		rc = algorithm_choose(issuer, config, d);
	if (rc == 0)
		rc = spki_open(&issuer->cert.spki, &issuer->key, d);
	if (rc != 0)
		return rc;
	if (is_self_issued(&issuer->cert))
		pem_encode(buf_span(&issuer->der), PEM_CERT, &issuer->root_pem);
	else
		pem_encode(
		    buf_span(&issuer->der), PEM_CERT, &issuer->chain_pem);
	if (config->chain != NULL)
		rc = chain_read(issuer, config->chain, d);
	return rc;
}

int
issuers_open(const struct config *config, struct issuers *out, struct diag *d)
{
	size_t i;
	int rc;

	*out = (struct issuers){
	    xcalloc(config->n_issuers, sizeof(struct issuer)), 0};
	for (i = 0; i < config->n_issuers; i++) {
		out->at[i].place = i;
		out->n = i + 1;
		rc = issuer_open(&out->at[i], &config->issuers[i], d);
		if (rc != 0) {
			(void)diag_prefix(
			    d, "issuer %s", config->issuers[i].name);
			issuers_free(out);
			return rc;
		}
	}
	return 0;
}

void
issuers_free(struct issuers *issuers)
{
	size_t i;

	for (i = 0; i < issuers->n; i++) {
		EVP_PKEY_free(issuers->at[i].key);
		buf_free(&issuers->at[i].der);
		buf_free(&issuers->at[i].chain_pem);
		buf_free(&issuers->at[i].root_pem);
	}
	free(issuers->at);
	*issuers = (struct issuers){NULL, 0};
}

const struct issuer *
issuer_find(const struct issuers *issuers, const char *name)
{
	size_t i;

	for (i = 0; i < issuers->n; i++) {
		if (strcmp(issuers->at[i].name, name) == 0)
			return &issuers->at[i];
	}
	return NULL;
}
