/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the PEM reader: what it decodes, written again, decodes to the same;
 * a text that is one block for pem_decode() is so for pem_each().
 */
#include <stdint.h>
#include <stdlib.h>

#include "x509/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static int
collect(void *arg, struct span der, struct diag *d)
{
	struct buf *out = arg;

	(void)d;
	must(der.len > 0);
	buf_add_span(out, der);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {data, size};
	BUF_CLEANUP der = BUF_INIT;
	BUF_CLEANUP all = BUF_INIT;
	BUF_CLEANUP again = BUF_INIT;
	BUF_CLEANUP back = BUF_INIT;
	struct diag d = DIAG_INIT;
	int rc, each;

	each = pem_each(text, PEM_CSR, collect, &all, &d);
	rc = pem_decode(text, PEM_CSR, &der, &d);
	if (rc != 0) {
		must(rc == d.code && der.len == 0);
		return 0;
	}
	must(each == 0 && span_eq(buf_span(&all), buf_span(&der)));
	pem_encode(buf_span(&der), PEM_CSR, &again);
	must(pem_decode(buf_span(&again), PEM_CSR, &back, &d) == 0);
	must(span_eq(buf_span(&back), buf_span(&der)));
	return 0;
}
