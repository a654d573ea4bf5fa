/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of work, through the rooms' own front doors; see work.h. */
#include "tests/bench/work.h"

#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "x509/lint.h"
#include "x509/pem.h"

/* About what a TBSCertificate of four names has. */
#define RAW_LEN 500

void
work_init(struct work *w, const struct setup *setup, size_t seat)
{
	*w = (struct work){.setup = setup, .seat = &setup->seats[seat]};
}

void
work_free(struct work *w)
{
	buf_free(&w->signature);
	buf_free(&w->certificate);
}

static struct span
raw_bytes(void)
{
	static const uint8_t bytes[RAW_LEN] = {0x30};

	return span_of(bytes, sizeof(bytes));
}

void
work_sign(struct work *w, struct span bytes)
{
	struct diag d = DIAG_INIT;

	if (key_sign(w->seat->session, &w->seat->key, w->setup->issuer->alg,
		bytes, &w->signature, &d) != 0)
		bench_die("signing: %s", d.text);
}

static void
verify(const struct work *w, struct span bytes)
{
	const struct issuer *issuer = w->setup->issuer;
	struct diag d = DIAG_INIT;

	if (signature_verify(issuer->key, issuer->alg, bytes,
		buf_span(&w->signature), &d) != 0)
		bench_die("verifying: %s", d.text);
}

void
work_raw(struct work *w)
{
	work_sign(w, raw_bytes());
}

void
work_verify(struct work *w)
{
	if (w->signature.len == 0)
		work_raw(w);
	verify(w, raw_bytes());
}

static void
csr_read(const struct setup *setup, struct csr *csr)
{
	struct diag d = DIAG_INIT;

	if (csr_parse(buf_span(&setup->csr), csr, &d) != 0 ||
	    csr_check(csr, &d) != 0)
		bench_die("the CSR: %s", d.text);
}

void
work_limit(struct work *w)
{
	struct csr csr;

	csr_read(w->setup, &csr);
	work_sign(w, raw_bytes());
	verify(w, raw_bytes());
}

void
work_plan(const struct setup *setup, struct plan *plan)
{
	struct request request = {
	    .policy = span_str(SETUP_POLICY),
	    .caller = {.uid = geteuid(), .user = setup->user},
	};
	struct diag d = DIAG_INIT;
	struct csr csr;

	csr_read(setup, &csr);
	request_of_csr(&csr, &request);
	if (plan_make(setup->rules, &request, clock_now_ms(), plan, &d) != 0)
		bench_die("a plan: %s", d.text);
}

void
work_issue(struct work *w)
{
	struct diag d = DIAG_INIT;
	struct plan plan;

	work_plan(w->setup, &plan);
	work_sign(w, buf_span(&plan.tbs));
	buf_reset(&w->certificate);
	if (plan_finish(&plan, buf_span(&w->signature), &w->certificate, &d) !=
	    0)
		bench_die("finishing: %s", d.text);
	plan_free(&plan);
}

static bool
has_names(const struct cert *cert)
{
	struct san sans[SETUP_NAMES + 1];
	struct diag d = DIAG_INIT;
	size_t n;

	return cert_sans(cert, sans, SETUP_NAMES + 1, &n, &d) == 0 &&
	       n == SETUP_NAMES &&
	       span_is(sans[0].value, "host-1.bench.example");
}

void
work_check(const struct setup *setup, struct span certificate)
{
	const struct issuer *issuer = setup->issuer;
	struct lint_report report;
	struct diag d = DIAG_INIT;
	struct csr csr;
	struct cert cert;

	csr_read(setup, &csr);
	if (cert_parse(certificate, &cert, &d) != 0 ||
	    lint_cert(certificate, &issuer->cert, &report, &d) != 0 ||
	    signature_verify(
		issuer->key, cert.alg, cert.tbs, cert.signature, &d) != 0)
		bench_die("a certificate is not right: %s", d.text);
	if (!has_names(&cert) || !span_eq(cert.spki.der, csr.spki.der))
		bench_die("a certificate is not of the CSR");
}

static int
first_take(void *arg, struct span der, struct diag *d)
{
	struct buf *first = arg;

	(void)d;
	if (first->len == 0)
		buf_add_span(first, der);
	return 0;
}

void
work_check_answer(const struct setup *setup, struct span pem)
{
	struct diag d = DIAG_INIT;
	BUF_CLEANUP der = BUF_INIT;

	if (pem_each(pem, PEM_CERT, first_take, &der, &d) != 0 || der.len == 0)
		bench_die("an answer without a certificate: %s", d.text);
	work_check(setup, buf_span(&der));
}
