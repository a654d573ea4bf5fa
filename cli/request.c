/* SPDX-License-Identifier: Apache-2.0 */
/* CSRs through OpenSSL; see request.h. */
#include "cli/request.h"

#include <arpa/inet.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "x509/csr.h"

static int
ssl_fault(struct diag *d, const char *what)
{
	char text[128] = "no reason given";
	unsigned long code = ERR_peek_last_error();

	if (code != 0)
		ERR_error_string_n(code, text, sizeof(text));
	ERR_clear_error();
	return diag_set(d, ERR_INTERNAL, "%s: OpenSSL: %s", what, text);
}

static int
subject_set(X509_REQ *request, const char *cn, struct diag *d)
{
	X509_NAME *name = X509_REQ_get_subject_name(request);

	if (cn == NULL)
		return 0;
	if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		(const unsigned char *)cn, -1, -1, 0) == 1)
		return 0;
	ERR_clear_error();
	return diag_set(d, ERR_USAGE,
	    "--cn %s cannot be a common name: 1 to 64 characters of UTF-8", cn);
}

/* Takes the octets as they are: nothing is parsed as OpenSSL configuration. */
static int
name_push(GENERAL_NAMES *names, int type, const void *data, size_t len)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *value =
	    type == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

	if (name == NULL || value == NULL ||
	    ASN1_STRING_set(value, data, (int)len) != 1) {
		GENERAL_NAME_free(name);
		ASN1_STRING_free(value);
		return -1;
	}
	GENERAL_NAME_set0_value(name, type, value);
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return 0;
	GENERAL_NAME_free(name);
	return -1;
}

static int
texts_push(GENERAL_NAMES *names, int type, const struct option_list *list,
    struct diag *d)
{
	const char *p;
	size_t i;

	for (i = 0; i < list->n; i++) {
		for (p = list->at[i]; *p > ' ' && *p <= '~'; p++)
			;
		if (*p != '\0' || p == list->at[i])
			return diag_set(d, ERR_USAGE,
			    "the name \"%s\" is not printable ASCII; write "
			    "other letters as A-labels (xn--...)",
			    list->at[i]);
		if (name_push(names, type, list->at[i], strlen(list->at[i])) !=
		    0)
			return ssl_fault(d, "subjectAltName");
	}
	return 0;
}

static int
addresses_push(
    GENERAL_NAMES *names, const struct option_list *list, struct diag *d)
{
	unsigned char octets[16];
	bool six;
	size_t i;

	for (i = 0; i < list->n; i++) {
		six = strchr(list->at[i], ':') != NULL;
		if (inet_pton(six ? AF_INET6 : AF_INET, list->at[i], octets) !=
		    1)
			return diag_set(d, ERR_USAGE,
			    "--ip %s is not an address", list->at[i]);
		if (name_push(names, GEN_IPADD, octets, six ? 16 : 4) != 0)
			return ssl_fault(d, "subjectAltName");
	}
	return 0;
}

static int
names_push(GENERAL_NAMES *to, const struct request_names *names, struct diag *d)
{
	int rc;

	rc = texts_push(to, GEN_DNS, &names->dns, d);
	if (rc == 0)
		rc = addresses_push(to, &names->ip, d);
	if (rc == 0)
		rc = texts_push(to, GEN_URI, &names->uri, d);
	if (rc == 0)
		rc = texts_push(to, GEN_EMAIL, &names->email, d);
	return rc;
}

static int
extension_add(X509_REQ *request, GENERAL_NAMES *names)
{
	X509_EXTENSIONS *extensions = NULL;
	int ok;

	if (sk_GENERAL_NAME_num(names) == 0)
		return 0;
	ok = X509V3_add1_i2d(&extensions, NID_subject_alt_name, names, 0,
		 X509V3_ADD_DEFAULT) == 1 &&
	     X509_REQ_add_extensions(request, extensions) == 1;
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return ok ? 0 : -1;
}

static int
names_set(X509_REQ *request, const struct request_names *names, struct diag *d)
{
	GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
	int rc;

	if (list == NULL)
		return ssl_fault(d, "subjectAltName");
	rc = names_push(list, names, d);
	if (rc == 0 && extension_add(request, list) != 0)
		rc = ssl_fault(d, "subjectAltName");
	sk_GENERAL_NAME_pop_free(list, GENERAL_NAME_free);
	return rc;
}

int
request_build(const struct request_names *names, EVP_PKEY *public_key,
    X509_REQ **out, struct diag *d)
{
	X509_REQ *request = X509_REQ_new();
	int rc = 0;

	if (request == NULL)
		return ssl_fault(d, "the CSR");
	if (X509_REQ_set_version(request, X509_REQ_VERSION_1) != 1 ||
	    X509_REQ_set_pubkey(request, public_key) != 1)
		rc = ssl_fault(d, "the CSR");
	if (rc == 0)
		rc = subject_set(request, names->cn, d);
	if (rc == 0)
		rc = names_set(request, names, d);
	if (rc != 0) {
		X509_REQ_free(request);
		return rc;
	}
	*out = request;
	return 0;
}

int
request_sign(
    X509_REQ *request, EVP_PKEY *key, enum key_kind kind, struct diag *d)
{
	const char *digest = sig_alg_digest(sig_alg_default(kind));
	const EVP_MD *md = digest != NULL ? EVP_get_digestbyname(digest) : NULL;

	if (X509_REQ_sign(request, key, md) <= 0)
		return ssl_fault(d, "signing the CSR");
	return 0;
}

static const struct {
	enum sig_alg alg;
	int nid;
	int parameters; /* RFC 5758 3.2, RFC 8410 3: none; RFC 4055 5: NULL */
} algorithms[] = {
    {SIG_ECDSA_SHA256, NID_ecdsa_with_SHA256, V_ASN1_UNDEF},
    {SIG_ECDSA_SHA384, NID_ecdsa_with_SHA384, V_ASN1_UNDEF},
    {SIG_ECDSA_SHA512, NID_ecdsa_with_SHA512, V_ASN1_UNDEF},
    {SIG_RSA_SHA256, NID_sha256WithRSAEncryption, V_ASN1_NULL},
    {SIG_ED25519, NID_ED25519, V_ASN1_UNDEF},
};

static int
algorithm_set(X509_REQ *request, enum sig_alg alg, struct diag *d)
{
	X509_ALGOR *algorithm = X509_ALGOR_new();
	size_t i;
	int ok = 0;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (algorithms[i].alg == alg)
			ok = algorithm != NULL &&
			     X509_ALGOR_set0(algorithm,
				 OBJ_nid2obj(algorithms[i].nid),
				 algorithms[i].parameters, NULL) == 1 &&
			     X509_REQ_set1_signature_algo(request, algorithm) ==
				 1;
	}
	X509_ALGOR_free(algorithm);
	return ok ? 0 : ssl_fault(d, "the CSR's signature algorithm");
}

static int
signature_set(X509_REQ *request, const struct buf *signature, struct diag *d)
{
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();

	if (bits == NULL || ASN1_BIT_STRING_set(bits, signature->data,
				(int)signature->len) != 1) {
		ASN1_BIT_STRING_free(bits);
		return ssl_fault(d, "the CSR's signature");
	}
	/* Whole octets: no unused bits to be guessed from trailing zeros. */
	bits->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
	bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;
	X509_REQ_set0_signature(request, bits);
	return 0;
}

int
request_sign_direct(X509_REQ *request, struct session *session,
    const struct key *key, struct diag *d)
{
	enum sig_alg alg = sig_alg_default(key->kind);
	BUF_CLEANUP signature = BUF_INIT;
	unsigned char *tbs = NULL;
	int len, rc;

	rc = algorithm_set(request, alg, d);
	if (rc != 0)
		return rc;
	len = i2d_re_X509_REQ_tbs(request, &tbs);
	if (len <= 0)
		return ssl_fault(d, "the CSR");
	rc = key_sign(
	    session, key, alg, span_of(tbs, (size_t)len), &signature, d);
	OPENSSL_free(tbs);
	return rc != 0 ? rc : signature_set(request, &signature, d);
}

int
request_finish(X509_REQ *request, struct buf *der, struct diag *d)
{
	unsigned char *bytes = NULL;
	struct csr csr;
	int len, rc;

	len = i2d_X509_REQ(request, &bytes);
	if (len <= 0)
		return ssl_fault(d, "the CSR");
	buf_add(der, bytes, (size_t)len);
	OPENSSL_free(bytes);
	rc = csr_parse(buf_span(der), &csr, d);
	return rc != 0 ? rc : csr_check(&csr, d);
}
