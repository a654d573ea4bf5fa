/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and a CA in memory; see x509.h. */
#include "tests/fake/x509.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/fake/x509v3.h"

static void
must(int ok, const char *what)
{
	if (ok == 1)
		return;
	fprintf(stderr, "tests/fake/x509: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

static EVP_PKEY *
make_key(enum key_kind kind)
{
	switch (kind) {
	case KEY_RSA:
		return EVP_RSA_gen(2048);
	case KEY_EC_P256:
		return EVP_EC_gen("P-256");
	case KEY_EC_P384:
		return EVP_EC_gen("P-384");
	case KEY_EC_P521:
		return EVP_EC_gen("P-521");
	default:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
}

/* Kept to the end of the program, so that sanitizers see them reachable. */
EVP_PKEY *
fake_key(enum key_kind kind, int which)
{
	static EVP_PKEY *kept[KEY_KINDS][2];
	EVP_PKEY **key = &kept[kind][which];

	if (*key == NULL)
		*key = make_key(kind);
	must(*key != NULL, "a key");
	return *key;
}

void
fake_spki(EVP_PKEY *key, struct buf *der)
{
	unsigned char *p = NULL;
	int len = i2d_PUBKEY(key, &p);

	must(len > 0, "i2d_PUBKEY");
	buf_add(der, p, (size_t)len);
	OPENSSL_free(p);
}

static void
start_signing(EVP_MD_CTX *ctx, EVP_PKEY *key, enum sig_alg alg)
{
	EVP_PKEY_CTX *key_ctx = NULL;
	const EVP_MD *md = sig_alg_digest(alg) != NULL
			       ? EVP_get_digestbyname(sig_alg_digest(alg))
			       : NULL;

	must(EVP_DigestSignInit(ctx, &key_ctx, md, NULL, key), "sign init");
	if (!sig_alg_is_pss(alg))
		return;
	must(EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING),
	    "padding");
	must(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, RSA_PSS_SALTLEN_DIGEST),
	    "salt");
}

void
fake_sign(
    EVP_PKEY *key, enum sig_alg alg, struct span bytes, struct buf *signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = 0;

	start_signing(ctx, key, alg);
	must(EVP_DigestSign(ctx, NULL, &len, bytes.data, bytes.len), "size");
	buf_reserve(signature, len);
	must(EVP_DigestSign(ctx, signature->data + signature->len, &len,
		 bytes.data, bytes.len),
	    "sign");
	signature->len += len;
	EVP_MD_CTX_free(ctx);
}

static void
add_subject(X509_REQ *req, const char *subject)
{
	X509_NAME *name = X509_NAME_new();
	char *copy = strdup(subject), *part, *rest = copy;
	char *value;

	while ((part = strsep(&rest, "/")) != NULL) {
		value = strchr(part, '=');
		if (value == NULL)
			continue;
		*value++ = '\0';
		must(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
			 (unsigned char *)value, -1, -1, 0),
		    "a name");
	}
	must(X509_REQ_set_subject_name(req, name), "the subject");
	X509_NAME_free(name);
	free(copy);
}

static void
add_san(X509_REQ *req, const char *san)
{
	STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
	X509_EXTENSION *ext =
	    X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);

	must(ext != NULL, san);
	sk_X509_EXTENSION_push(exts, ext);
	must(X509_REQ_add_extensions(req, exts), "extensions");
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
}

void
fake_csr(EVP_PKEY *key, enum sig_alg alg, const char *subject, const char *san,
    struct buf *der)
{
	X509_REQ *req = X509_REQ_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *p = NULL;
	int len;

	must(X509_REQ_set_version(req, 0), "version");
	must(X509_REQ_set_pubkey(req, key), "key");
	add_subject(req, subject);
	if (san != NULL)
		add_san(req, san);
	start_signing(ctx, key, alg);
	must(X509_REQ_sign_ctx(req, ctx) > 0, "X509_REQ_sign_ctx");
	len = i2d_X509_REQ(req, &p);
	must(len > 0, "i2d_X509_REQ");
	buf_add(der, p, (size_t)len);
	OPENSSL_free(p);
	EVP_MD_CTX_free(ctx);
	X509_REQ_free(req);
}

void
fake_ca_sign(const struct fake_ca *ca, struct span tbs, struct buf *der)
{
	BUF_CLEANUP signature = BUF_INIT;
	struct diag d = DIAG_INIT;

	fake_sign(ca->key, ca->alg, tbs, &signature);
	must(cert_assemble(tbs, ca->alg, buf_span(&signature), der, &d) == 0,
	    d.text);
}

void
fake_ca_new(
    struct fake_ca *ca, enum key_kind kind, enum sig_alg alg, int path_len)
{
	struct cert_profile_spec profile_spec = {.alg = alg,
	    .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN,
	    .is_ca = true,
	    .path_len = path_len};
	const struct attr name = {ATTR_CN, span_str("Test Root")};
	struct cert_profile *profile = NULL;
	BUF_CLEANUP key = BUF_INIT;
	BUF_CLEANUP tbs = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct spki spki;
	struct cert_spec spec = {.serial = span_str("\x11"),
	    .not_before = FAKE_NOW,
	    .not_after = FAKE_NOW + INT64_C(3650) * 86400,
	    .attrs = &name,
	    .n_attrs = 1,
	    .spki = &spki};

	*ca = (struct fake_ca){.key = fake_key(kind, 0), .alg = alg};
	fake_spki(ca->key, &key);
	must(spki_parse(buf_span(&key), &spki, &d) == 0, d.text);
	must(cert_profile_new(&profile_spec, &profile, &d) == 0, d.text);
	spec.profile = profile;
	must(cert_build(&spec, &tbs, &d) == 0, d.text);
	fake_ca_sign(ca, buf_span(&tbs), &ca->der);
	must(cert_parse(buf_span(&ca->der), &ca->cert, &d) == 0, d.text);
	cert_profile_free(profile);
}

void
fake_ca_free(struct fake_ca *ca)
{
	buf_free(&ca->der);
}
