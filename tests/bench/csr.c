/* SPDX-License-Identifier: Apache-2.0 */
/* A CSR made by OpenSSL, so that what is measured did not make its input. */
#include "tests/bench/csr.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "tests/bench/die.h"

static void
names_add(X509_REQ *req, unsigned n_names)
{
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
	BUF_CLEANUP names = BUF_INIT;
	X509_EXTENSION *san;
	unsigned i;

	for (i = 0; i < n_names; i++)
		buf_printf(&names, "%sDNS:host-%u.bench.example",
		    i == 0 ? "" : ",", i + 1);
	san = X509V3_EXT_conf_nid(
	    NULL, NULL, NID_subject_alt_name, buf_cstr(&names));
	if (san == NULL || sk_X509_EXTENSION_push(extensions, san) != 1 ||
	    X509_REQ_add_extensions(req, extensions) != 1)
		bench_die("OpenSSL cannot make the names of a CSR");
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

void
bench_csr_make(unsigned n_names, struct buf *der)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_REQ *req = X509_REQ_new();
	unsigned char *out = NULL;
	X509_NAME *subject;
	int len = 0;

	if (key != NULL && req != NULL) {
		subject = X509_REQ_get_subject_name(req);
		(void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
		    (const unsigned char *)"host-1.bench.example", -1, -1, 0);
		(void)X509_REQ_set_pubkey(req, key);
		names_add(req, n_names);
		if (X509_REQ_sign(req, key, EVP_sha256()) > 0)
			len = i2d_X509_REQ(req, &out);
	}
	if (len <= 0)
		bench_die("OpenSSL cannot make a CSR");
	buf_add(der, out, (size_t)len);
	OPENSSL_free(out);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
}
