/* SPDX-License-Identifier: Apache-2.0 */
/* Lint: reads, asks every rule of lint.def, reports; see lint.h. */
#include "x509/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "x509/lint_read.h"
#include "x509/refuse.h"

static const struct {
	const char *code;
	const char *ref;
	bool (*keeps)(const struct lint *l, struct lint_text *text);
} rules[] = {
#define LINT(function, code, ref) {code, ref, lint_##function},
#include "x509/lint.def"
#undef LINT
};

bool
lint_say(struct lint_text *text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text->s, sizeof(text->s), fmt, ap);
	va_end(ap);
	return false;
}

static void
report_add(struct lint_report *report, const char *code, const char *ref,
    const struct lint_text *text)
{
	struct lint_finding *finding;

	if (report->n < LINT_MAX_FINDINGS) {
		finding = &report->findings[report->n];
		finding->code = code;
		finding->ref = ref;
		memcpy(finding->text, text->s, sizeof(finding->text));
	}
	report->n++;
}

static int
verdict(const struct lint_report *report, struct diag *d)
{
	const struct lint_finding *first = &report->findings[0];

	if (report->n == 0)
		return 0;
	return refuse(
	    d, ERR_LINT, first->ref, "%s: %s", first->code, first->text);
}

static int
not_der(struct lint_report *report, const struct diag *why, struct diag *d)
{
	struct lint_text text = {""};

	(void)lint_say(&text, "%s", why->text);
	report_add(report, "der.invalid", "X.690 8", &text);
	return verdict(report, d);
}

static int
lint(struct span tbs, struct span outer_algorithm, const struct cert *issuer,
    struct lint_report *report, struct diag *d)
{
	struct lint l = {.issuer = issuer, .outer_algorithm = outer_algorithm};
	struct diag why = DIAG_INIT;
	struct lint_text text = {""};
	size_t i;

	if (lint_read(tbs, &l, &why) != 0)
		return not_der(report, &why, d);
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!rules[i].keeps(&l, &text))
			report_add(report, rules[i].code, rules[i].ref, &text);
	}
	return verdict(report, d);
}

int
lint_tbs(struct span tbs, const struct cert *issuer, struct lint_report *report,
    struct diag *d)
{
	report->n = 0;
	return lint(tbs, SPAN_NONE, issuer, report, d);
}

int
lint_cert(struct span der, const struct cert *issuer,
    struct lint_report *report, struct diag *d)
{
	struct der_fault fault;
	struct der top = der_open(der, &fault), whole;
	struct span tbs, algorithm;
	struct diag why = DIAG_INIT;

	report->n = 0;
	whole = der_enter(&top, DER_SEQUENCE);
	tbs = der_element(&whole, DER_SEQUENCE);
	algorithm = der_element(&whole, DER_SEQUENCE);
	(void)der_whole_bits(&whole);
	der_leave(&whole);
	der_leave(&top);
	if (der_verdict(&top, "the certificate", 0, &why) != 0)
		return not_der(report, &why, d);
	return lint(tbs, algorithm, issuer, report, d);
}
