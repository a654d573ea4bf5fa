/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes csr_parse, csr_check and csr_print. What is accepted here OpenSSL
 * must accept too, and see the same; what is shown must be safe to show.
 */
#include <stdint.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "x509/csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* d2i_X509_REQ takes all of it, and agrees about signature and subject. */
static void
compare(const struct csr *csr, bool checked)
{
	const unsigned char *p = csr->der.data;
	X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)csr->der.len);
	X509_NAME *name;

	must(req != NULL && p == csr->der.data + csr->der.len);
	name = X509_REQ_get_subject_name(req);
	must(X509_NAME_entry_count(name) == (int)csr->n_attrs);
	if (checked)
		must(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)) == 1);
	X509_REQ_free(req);
	ERR_clear_error();
}

static void
is_safe_to_show(const struct buf *text)
{
	size_t i;

	for (i = 0; i < text->len; i++)
		must(text->data[i] == '\n' || text->data[i] >= 0x20);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct csr csr;
	int rc;

	rc = csr_parse(span_of(data, size), &csr, &d);
	must(rc == d.code);
	if (rc != 0)
		return 0;
	csr_print(&csr, &text);
	is_safe_to_show(&text);
	compare(&csr, csr_check(&csr, &d) == 0);
	return 0;
}
