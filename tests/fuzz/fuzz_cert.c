/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes cert_parse, lint and cert_print. What lints clean must parse, and
 * what parses, with names that can be used, OpenSSL must read too.
 */
#include <stdint.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "x509/csr.h"
#include "x509/lint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* OpenSSL converts the strings of names while it reads. */
static bool
has_usable_names(const struct cert *cert)
{
	struct attr attrs[64];
	size_t n;

	return name_parse(cert->issuer, attrs, 64, &n, NULL) == 0 &&
	       name_parse(cert->subject, attrs, 64, &n, NULL) == 0;
}

static void
compare(const struct cert *cert)
{
	const unsigned char *p = cert->der.data;
	X509 *x = d2i_X509(NULL, &p, (long)cert->der.len);

	must(x != NULL && p == cert->der.data + cert->der.len);
	must(X509_get_version(x) == 2);
	X509_free(x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lint_report report;
	struct span der = {data, size};
	BUF_CLEANUP text = BUF_INIT;
	struct san sans[CSR_MAX_SANS];
	struct diag d = DIAG_INIT;
	struct cert cert, tbs;
	size_t n = 0;
	int linted, rc;

	linted = lint_cert(der, NULL, &report, &d);
	must((linted == 0) == (report.n == 0));
	rc = cert_parse(der, &cert, &d);
	if (rc != 0) {
		must(rc == d.code);
		must(linted != 0);
		return 0;
	}
	/* Under an issuer, which happens to be the certificate itself. */
	(void)lint_cert(der, &cert, &report, &d);
	must(cert_parse_tbs(cert.tbs, &tbs, &d) == 0);
	(void)cert_sans(&cert, sans, CSR_MAX_SANS, &n, &d);
	cert_print(&cert, &text);
	if (has_usable_names(&cert))
		compare(&cert);
	ERR_clear_error();
	return 0;
}
