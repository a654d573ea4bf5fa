/* SPDX-License-Identifier: Apache-2.0 */
/* Lint rules: the subject and its key. */
#include "x509/lint_read.h"
#include "x509/san.h"
#include "x509/text.h"

/* The string type and the upper bound that RFC 5280 A.1 gives. */
static const struct {
	enum oid oid;
	uint8_t tag;
	size_t max_chars;
} kinds[] = {
    {OID_CN, DER_UTF8_STRING, 64},
    {OID_C, DER_PRINTABLE_STRING, 2},
    {OID_ST, DER_UTF8_STRING, 128},
    {OID_L, DER_UTF8_STRING, 128},
    {OID_O, DER_UTF8_STRING, 64},
    {OID_OU, DER_UTF8_STRING, 64},
    {OID_SERIAL_NUMBER, DER_PRINTABLE_STRING, 64},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static size_t
kind_of(const struct lint_attr *attr)
{
	size_t k;

	for (k = 0; k < N_KINDS; k++) {
		if (kinds[k].oid == attr->oid)
			return k;
	}
	return N_KINDS;
}

bool
lint_subject_rdn(const struct lint *l, struct lint_text *text)
{
	return l->n_rdns == l->n_attrs ||
	       lint_say(text, "a part of the subject has two attributes");
}

bool
lint_subject_type(const struct lint *l, struct lint_text *text)
{
	size_t i;

	for (i = 0; i < l->n_attrs; i++) {
		if (kind_of(&l->attrs[i]) == N_KINDS)
			return lint_say(text,
			    "the subject has an attribute that is never "
			    "written here: %s",
			    oid_name(l->attrs[i].oid));
	}
	return true;
}

bool
lint_subject_string(const struct lint *l, struct lint_text *text)
{
	size_t i, k;

	for (i = 0; i < l->n_attrs; i++) {
		k = kind_of(&l->attrs[i]);
		if (k < N_KINDS && l->attrs[i].tag != kinds[k].tag)
			return lint_say(text,
			    "%s must be a %s, it has the tag 0x%02x",
			    oid_name(l->attrs[i].oid),
			    kinds[k].tag == DER_UTF8_STRING ? "UTF8String"
							    : "PrintableString",
			    l->attrs[i].tag);
	}
	return true;
}

bool
lint_subject_text(const struct lint *l, struct lint_text *text)
{
	size_t i;

	for (i = 0; i < l->n_attrs; i++) {
		const struct lint_attr *attr = &l->attrs[i];
		bool clean = attr->tag == DER_PRINTABLE_STRING
				 ? text_is_printable(attr->value)
				 : text_is_utf8(attr->value);

		if (!clean)
			return lint_say(text,
			    "%s has bytes that its string type or a name "
			    "cannot have",
			    oid_name(attr->oid));
	}
	return true;
}

bool
lint_subject_length(const struct lint *l, struct lint_text *text)
{
	size_t i, k, chars;

	for (i = 0; i < l->n_attrs; i++) {
		k = kind_of(&l->attrs[i]);
		chars = text_chars(l->attrs[i].value);
		if (k < N_KINDS && (chars == 0 || chars > kinds[k].max_chars))
			return lint_say(text,
			    "%s has 1 to %zu characters, not %zu",
			    oid_name(l->attrs[i].oid), kinds[k].max_chars,
			    chars);
	}
	return true;
}

bool
lint_subject_country(const struct lint *l, struct lint_text *text)
{
	size_t i, k;

	for (i = 0; i < l->n_attrs; i++) {
		const struct span value = l->attrs[i].value;

		if (l->attrs[i].oid != OID_C)
			continue;
		for (k = 0; k < value.len; k++) {
			if ((value.data[k] | 0x20) < 'a' ||
			    (value.data[k] | 0x20) > 'z')
				break;
		}
		if (value.len != 2 || k != 2)
			return lint_say(text, "C must be two letters");
	}
	return true;
}

bool
lint_subject_ca(const struct lint *l, struct lint_text *text)
{
	return !l->is_ca || l->n_attrs != 0 ||
	       lint_say(text, "a CA must have a subject");
}

static const struct lint_attr *
find_cn(const struct lint *l)
{
	size_t i;

	for (i = 0; i < l->n_attrs; i++) {
		if (l->attrs[i].oid == OID_CN)
			return &l->attrs[i];
	}
	return NULL;
}

bool
lint_subject_cn_once(const struct lint *l, struct lint_text *text)
{
	size_t i, n = 0;

	for (i = 0; i < l->n_attrs; i++)
		n += l->attrs[i].oid == OID_CN;
	return n <= 1 || lint_say(text, "the subject has %zu CNs", n);
}

/* An address in the CN is compared with how the address is written. */
static bool
cn_is(struct span cn, uint8_t tag, struct span value)
{
	BUF_CLEANUP shown = BUF_INIT;
	struct san ip = {SAN_IP, value};

	if (tag != DER_CONTEXT(7))
		return span_eq(cn, value);
	san_print(&ip, &shown);
	return span_eq(cn, buf_span(&shown));
}

bool
lint_subject_cn_san(const struct lint *l, struct lint_text *text)
{
	const struct lint_attr *cn = find_cn(l);
	struct der_fault fault;
	struct der top = der_open(l->san.value, &fault), names;
	uint8_t tag;

	if (cn == NULL || !l->san.present)
		return true;
	names = der_enter(&top, DER_SEQUENCE);
	while (der_more(&names)) {
		tag = der_peek(&names);
		if (cn_is(cn->value, tag, der_take(&names, tag)))
			return true;
	}
	return lint_say(
	    text, "the CN is none of the subject alternative names");
}

bool
lint_key_known(const struct lint *l, struct lint_text *text)
{
	return l->spki.kind != KEY_NONE ||
	       lint_say(text, "%s", l->spki_diag.text);
}

bool
lint_key_health(const struct lint *l, struct lint_text *text)
{
	struct diag d = DIAG_INIT;

	return l->spki.kind == KEY_NONE || spki_check(&l->spki, &d) == 0 ||
	       lint_say(text, "%s", d.text);
}

/* A leaf with the CA's key would let its holder sign as the CA, or tell. */
bool
lint_key_own(const struct lint *l, struct lint_text *text)
{
	if (l->issuer == NULL || l->spki.kind == KEY_NONE ||
	    l->spki.kind != l->issuer->spki.kind)
		return true;
	if (span_eq(l->spki.key, l->issuer->spki.key) ||
	    (l->spki.kind == KEY_RSA && span_eq(l->spki.n, l->issuer->spki.n)))
		return lint_say(text, "the key is the issuer's own");
	return true;
}
