/* SPDX-License-Identifier: Apache-2.0 */
/* Lint rules: extensions, but for subject alternative names. */
#include "x509/cert_profile.h"
#include "x509/lint_read.h"

bool
lint_ext_present(const struct lint *l, struct lint_text *text)
{
	return l->n_exts != 0 || lint_say(text, "there are no extensions");
}

bool
lint_ext_once(const struct lint *l, struct lint_text *text)
{
	BUF_CLEANUP name = BUF_INIT;
	size_t i, k;

	for (i = 0; i < l->n_exts; i++) {
		for (k = 0; k < i; k++) {
			if (!span_eq(l->exts[i].oid, l->exts[k].oid))
				continue;
			oid_print(l->exts[i].oid, &name);
			return lint_say(
			    text, "%s is there twice", buf_cstr(&name));
		}
	}
	return true;
}

bool
lint_ext_default(const struct lint *l, struct lint_text *text)
{
	BUF_CLEANUP name = BUF_INIT;
	size_t i;

	for (i = 0; i < l->n_exts; i++) {
		if (!l->exts[i].explicit_false)
			continue;
		oid_print(l->exts[i].oid, &name);
		return lint_say(text, "%s says critical FALSE, the default",
		    buf_cstr(&name));
	}
	return true;
}

bool
lint_ext_critical(const struct lint *l, struct lint_text *text)
{
	BUF_CLEANUP name = BUF_INIT;
	size_t i;

	for (i = 0; i < l->n_exts; i++) {
		if (!l->exts[i].critical ||
		    oid_find(l->exts[i].oid) != OID_NONE)
			continue;
		oid_print(l->exts[i].oid, &name);
		return lint_say(
		    text, "%s is unknown, and critical", buf_cstr(&name));
	}
	return true;
}

bool
lint_ext_value(const struct lint *l, struct lint_text *text)
{
	return l->bad_value == OID_NONE ||
	       lint_say(text, "the value of %s is not DER: %s",
		   oid_name(l->bad_value), l->bad_fault.why);
}

bool
lint_bc_present(const struct lint *l, struct lint_text *text)
{
	return l->bc.present || lint_say(text, "basicConstraints is missing");
}

bool
lint_bc_critical(const struct lint *l, struct lint_text *text)
{
	return !l->bc.present || l->bc.critical ||
	       lint_say(text, "basicConstraints is not critical");
}

bool
lint_bc_default(const struct lint *l, struct lint_text *text)
{
	return !l->ca_is_explicit_false ||
	       lint_say(text, "basicConstraints says cA FALSE, the default");
}

bool
lint_bc_path(const struct lint *l, struct lint_text *text)
{
	return l->is_ca || !l->has_path_len ||
	       lint_say(text, "a leaf has a path length, %u", l->path_len);
}

bool
lint_ku_present(const struct lint *l, struct lint_text *text)
{
	return l->ku.present || lint_say(text, "keyUsage is missing");
}

bool
lint_ku_critical(const struct lint *l, struct lint_text *text)
{
	return !l->ku.present || l->ku.critical ||
	       lint_say(text, "keyUsage is not critical");
}

bool
lint_ku_empty(const struct lint *l, struct lint_text *text)
{
	return !l->ku.present || l->key_usage != 0 ||
	       l->bad_value == OID_KEY_USAGE ||
	       lint_say(text, "keyUsage has no bit set");
}

bool
lint_ku_leaf(const struct lint *l, struct lint_text *text)
{
	return l->is_ca ||
	       (l->key_usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) == 0 ||
	       lint_say(text, "a leaf has key-cert-sign or crl-sign");
}

bool
lint_ku_ca(const struct lint *l, struct lint_text *text)
{
	return !l->is_ca || (l->key_usage & KU_KEY_CERT_SIGN) != 0 ||
	       lint_say(text, "a CA lacks key-cert-sign");
}

bool
lint_ku_key(const struct lint *l, struct lint_text *text)
{
	enum key_family family = key_kind_family(l->spki.kind);

	return profile_key_usage(l->key_usage, family) == l->key_usage ||
	       lint_say(text,
		   "keyUsage 0x%03x has bits that a key of kind %s cannot have",
		   l->key_usage, key_kind_name(l->spki.kind));
}

/* Without it a certificate is good for everything. */
bool
lint_eku_present(const struct lint *l, struct lint_text *text)
{
	return l->is_ca || l->eku.present ||
	       lint_say(text, "a leaf has no extKeyUsage");
}

bool
lint_eku_empty(const struct lint *l, struct lint_text *text)
{
	return !l->eku.present || l->n_purposes != 0 ||
	       l->bad_value == OID_EXT_KEY_USAGE ||
	       lint_say(text, "extKeyUsage names no purpose");
}

bool
lint_eku_once(const struct lint *l, struct lint_text *text)
{
	size_t i, k;

	for (i = 0; i < l->n_purposes; i++) {
		for (k = 0; k < i; k++) {
			if (span_eq(l->purposes[i], l->purposes[k]))
				return lint_say(
				    text, "extKeyUsage names a purpose twice");
		}
	}
	return true;
}

bool
lint_eku_any(const struct lint *l, struct lint_text *text)
{
	size_t i;

	for (i = 0; i < l->n_purposes; i++) {
		if (oid_find(l->purposes[i]) == OID_EKU_ANY)
			return lint_say(
			    text, "extKeyUsage allows every purpose (any)");
	}
	return true;
}

bool
lint_ski_present(const struct lint *l, struct lint_text *text)
{
	return l->ski.present ||
	       lint_say(text, "subjectKeyIdentifier is missing");
}

bool
lint_ski_critical(const struct lint *l, struct lint_text *text)
{
	return !l->ski.critical ||
	       lint_say(text, "subjectKeyIdentifier is critical");
}

/* Method (1), the one in use here: SHA-1 of the key's bits. */
bool
lint_ski_value(const struct lint *l, struct lint_text *text)
{
	uint8_t want[20];

	if (!l->ski.present || l->spki.kind == KEY_NONE ||
	    l->bad_value == OID_SUBJECT_KEY_ID)
		return true;
	spki_key_id(&l->spki, want);
	return span_eq(l->subject_key_id, span_of(want, sizeof(want))) ||
	       lint_say(text, "subjectKeyIdentifier is not SHA-1 of the key");
}

bool
lint_aki_present(const struct lint *l, struct lint_text *text)
{
	return l->aki.present ||
	       lint_say(text, "authorityKeyIdentifier is missing");
}

bool
lint_aki_critical(const struct lint *l, struct lint_text *text)
{
	return !l->aki.critical ||
	       lint_say(text, "authorityKeyIdentifier is critical");
}

bool
lint_aki_value(const struct lint *l, struct lint_text *text)
{
	struct span want =
	    l->issuer != NULL ? l->issuer->subject_key_id : l->subject_key_id;

	return !l->aki.present || l->bad_value == OID_AUTHORITY_KEY_ID ||
	       (l->authority_key_id.len != 0 &&
		   span_eq(l->authority_key_id, want)) ||
	       lint_say(text, "authorityKeyIdentifier is not the issuer's "
			      "subjectKeyIdentifier");
}
