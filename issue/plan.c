/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request to bytes, from a signature to a certificate.
 *
 * Policy speaks in text, x509 in octets: the two small translations between
 * them are here, because the two rooms do not know each other.
 */
#include "issue/plan.h"

#include <arpa/inet.h>
#include <string.h>

#include "x509/lint.h"

void
request_of_csr(const struct csr *csr, struct request *out)
{
	out->spki = csr->spki;
	out->sans = csr->sans;
	out->n_sans = csr->n_sans;
	out->attrs = csr->attrs;
	out->n_attrs = csr->n_attrs;
	out->asks_ca =
	    csr->asks_ca ||
	    (csr->asks_key_usage && (csr->key_usage & KU_KEY_CERT_SIGN) != 0);
}

static const enum policy_name_kind name_kinds[SAN_KINDS] = {
    [SAN_DNS] = POLICY_DNS,
    [SAN_IP] = POLICY_IP,
    [SAN_URI] = POLICY_URI,
    [SAN_EMAIL] = POLICY_EMAIL,
};

static const enum san_kind san_kinds[POLICY_NAME_KINDS] = {
    [POLICY_DNS] = SAN_DNS,
    [POLICY_IP] = SAN_IP,
    [POLICY_URI] = SAN_URI,
    [POLICY_EMAIL] = SAN_EMAIL,
};

/* The facts of one request, with the text that addresses need. */
struct facts {
	struct policy_facts facts;
	struct policy_name names[CSR_MAX_SANS];
	struct policy_attr attrs[CSR_MAX_ATTRS];
	char addresses[CSR_MAX_SANS][INET6_ADDRSTRLEN];
};

static struct span
address_text(const struct san *san, char *text)
{
	int family = san->value.len == 4 ? AF_INET : AF_INET6;

	if (inet_ntop(family, san->value.data, text, INET6_ADDRSTRLEN) == NULL)
		return SPAN_NONE;
	return span_str(text);
}

static void
names_take(struct facts *f, const struct request *request)
{
	const struct san *san;
	size_t i, n = 0;

	for (i = 0; i < request->n_sans && n < CSR_MAX_SANS; i++, n++) {
		san = &request->sans[i];
		f->names[n].kind = name_kinds[san->kind];
		f->names[n].text = san->kind == SAN_IP
				       ? address_text(san, f->addresses[n])
				       : san->value;
	}
	f->facts.names = f->names;
	f->facts.n_names = n;
}

static void
attrs_take(struct facts *f, const struct request *request)
{
	size_t i, n = 0;

	for (i = 0; i < request->n_attrs && n < CSR_MAX_ATTRS; i++, n++) {
		f->attrs[n].type = attr_type_name(request->attrs[i].type);
		f->attrs[n].value = request->attrs[i].value;
	}
	f->facts.attrs = f->attrs;
	f->facts.n_attrs = n;
}

static void
facts_of(struct facts *f, const struct request *request,
    const struct rule *rule, int64_t now_s)
{
	f->facts = (struct policy_facts){
	    .caller = request->caller,
	    .key = request->spki.kind,
	    .key_bits = request->spki.bits,
	    .asks_ca = request->asks_ca,
	    .ttl_s = request->ttl_s,
	    .now = now_s,
	    .issuer_not_before = rule->issuer->cert.not_before,
	    .issuer_not_after = rule->issuer->cert.not_after,
	};
	names_take(f, request);
	attrs_take(f, request);
}

/* The decision's words as what the builder wants. */
struct subject {
	struct attr attrs[POLICY_MAX_ATTRS];
	struct san sans[POLICY_MAX_NAMES];
	uint8_t addresses[POLICY_MAX_NAMES][16];
};

static int
address_octets(const struct policy_name *name, uint8_t out[16],
    struct span *value, struct diag *d)
{
	char text[INET6_ADDRSTRLEN];
	bool six;

	if (name->text.len >= sizeof(text))
		return diag_set(d, ERR_INTERNAL,
		    "policy let pass an address "
		    "that is none");
	memcpy(text, name->text.data, name->text.len);
	text[name->text.len] = '\0';
	six = strchr(text, ':') != NULL;
	if (inet_pton(six ? AF_INET6 : AF_INET, text, out) != 1)
		return diag_set(d, ERR_INTERNAL,
		    "policy let pass the address "
		    "%s, which is none",
		    text);
	*value = span_of(out, six ? 16 : 4);
	return 0;
}

static int
subject_of(
    struct subject *s, const struct policy_decision *decision, struct diag *d)
{
	const struct policy_name *name;
	size_t i;
	int rc;

	for (i = 0; i < decision->n_attrs; i++) {
		s->attrs[i].type = attr_type_find(decision->attrs[i].type);
		s->attrs[i].value = decision->attrs[i].value;
	}
	for (i = 0; i < decision->n_names; i++) {
		name = &decision->names[i];
		s->sans[i].kind = san_kinds[name->kind];
		s->sans[i].value = name->text;
		if (name->kind != POLICY_IP)
			continue;
		rc =
		    address_octets(name, s->addresses[i], &s->sans[i].value, d);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
plan_build(struct plan *plan, const struct request *request, struct diag *d)
{
	const struct policy_decision *decision = &plan->decision;
	struct lint_report report;
	struct subject subject;
	struct cert_spec spec = {
	    .profile = plan->rule->profile,
	    .serial = span_of(plan->serial, sizeof(plan->serial)),
	    .not_before = decision->not_before,
	    .not_after = decision->not_after,
	    .attrs = subject.attrs,
	    .n_attrs = decision->n_attrs,
	    .sans = subject.sans,
	    .n_sans = decision->n_names,
	    .spki = &request->spki,
	};
	int rc;

	rc = subject_of(&subject, decision, d);
	if (rc == 0)
		rc = cert_build(&spec, &plan->tbs, d);
	if (rc == 0)
		rc = lint_tbs(buf_span(&plan->tbs), &plan->rule->issuer->cert,
		    &report, d);
	return rc;
}

static int
denied(const struct policy_decision *decision, struct diag *d)
{
	const struct policy_reason *first = &decision->reasons[0];

	if (decision->n_reasons == 0)
		return diag_set(d, ERR_DENIED, "policy does not allow this");
	return diag_set(d, ERR_DENIED, "%s%s", first->text,
	    decision->n_reasons > 1 ? ", and more" : "");
}

int
plan_make(const struct rules *rules, const struct request *request,
    int64_t now_ms, struct plan *out, struct diag *d)
{
	struct facts facts;
	int rc;

	*out = (struct plan){.rule = rule_find(rules, request->policy)};
	if (out->rule == NULL)
		return diag_set(d, ERR_POLICY_UNKNOWN,
		    "there is no policy %.*s", (int)request->policy.len,
		    (const char *)request->policy.data);
	facts_of(&facts, request, out->rule, now_ms / 1000);
	policy_eval(out->rule->policy, &facts.facts, &out->decision);
	if (!out->decision.allowed)
		return denied(&out->decision, d);
	rc = serial_make(now_ms, out->serial, d);
	return rc != 0 ? rc : plan_build(out, request, d);
}

int
plan_finish(const struct plan *plan, struct span signature, struct buf *der,
    struct diag *d)
{
	const struct issuer *issuer = plan->rule->issuer;
	struct span tbs = buf_span(&plan->tbs);
	int rc;

	rc = signature_verify(issuer->key, issuer->alg, tbs, signature, d);
	if (rc != 0)
		return rc;
	return cert_assemble(tbs, issuer->alg, signature, der, d);
}

void
plan_free(struct plan *plan)
{
	policy_decision_free(&plan->decision);
	buf_free(&plan->tbs);
}
