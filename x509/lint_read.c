/* SPDX-License-Identifier: Apache-2.0 */
/* Lint's own reading of a TBSCertificate; see lint_read.h. */
#include "x509/lint_read.h"

#include "x509/name_read.h"
#include "x509/sigalg.h"

static unsigned
read_version(struct der *tbs)
{
	struct der field;
	unsigned version;

	if (!der_next_is(tbs, DER_CONTEXT_IN(0)))
		return 0;
	field = der_enter(tbs, DER_CONTEXT_IN(0));
	version = der_small(&field);
	der_leave(&field);
	return version;
}

/* With a fault of its own: a flawed time is a finding, not the end. */
static struct lint_time
read_time(struct der *validity)
{
	struct span element = der_any(validity);
	struct lint_time time = {0, false, 0};
	struct der_fault fault;
	struct der top = der_open(element, &fault);

	time.tag = der_peek(&top);
	time.utc_s = der_time(&top);
	time.ok = !der_failed(&top) && element.len != 0;
	return time;
}

static void
read_algorithm(struct lint *out)
{
	struct der_fault fault;
	struct der top = der_open(out->algorithm, &fault);
	struct span oid;

	sig_alg_read(&top, &out->alg, &oid);
}

static void
read_subject(const struct der *tbs, struct lint *out)
{
	struct der top = der_open_part(tbs, out->subject), name, rdn, pair;

	name = der_enter(&top, DER_SEQUENCE);
	while (der_more(&name)) {
		out->n_rdns++;
		rdn = der_enter(&name, DER_SET);
		do {
			struct lint_attr *attr = &out->attrs[out->n_attrs];

			if (out->n_attrs == LINT_MAX_ATTRS) {
				der_fail(&rdn, "a name of too many parts");
				return;
			}
			pair = der_enter(&rdn, DER_SEQUENCE);
			attr->oid = oid_find(der_oid(&pair));
			attr->tag = der_peek(&pair);
			attr->value = der_take(&pair, attr->tag);
			der_leave(&pair);
			out->n_attrs++;
		} while (der_more(&rdn));
	}
}

static void
read_extension(struct der *list, struct lint_ext *ext)
{
	struct der in = der_enter(list, DER_SEQUENCE);

	*ext = (struct lint_ext){.present = true};
	ext->oid = der_oid(&in);
	if (der_next_is(&in, DER_BOOLEAN)) {
		ext->critical = der_bool(&in);
		ext->explicit_false = !ext->critical;
	}
	ext->value = der_take(&in, DER_OCTET_STRING);
	der_leave(&in);
}

static void
read_bc(struct der *value, struct lint *out)
{
	struct der bc = der_enter(value, DER_SEQUENCE);

	if (der_next_is(&bc, DER_BOOLEAN)) {
		out->is_ca = der_bool(&bc);
		out->ca_is_explicit_false = !out->is_ca;
	}
	if (der_next_is(&bc, DER_INTEGER)) {
		out->has_path_len = true;
		out->path_len = der_small(&bc);
	}
	der_leave(&bc);
}

static void
read_eku(struct der *value, struct lint *out)
{
	struct der list = der_enter(value, DER_SEQUENCE);

	while (der_more(&list)) {
		if (out->n_purposes == LINT_MAX_PURPOSES) {
			der_fail(&list, "a list of too many purposes");
			return;
		}
		out->purposes[out->n_purposes++] = der_oid(&list);
	}
}

static void
read_aki(struct der *value, struct lint *out)
{
	struct der aki = der_enter(value, DER_SEQUENCE);

	if (der_next_is(&aki, DER_CONTEXT(0)))
		out->authority_key_id = der_take(&aki, DER_CONTEXT(0));
	while (der_more(&aki))
		(void)der_any(&aki);
}

/* Names one by one are lint_san.c's; here only that they are elements. */
static void
read_san(struct der *value)
{
	struct der names = der_enter(value, DER_SEQUENCE);

	while (der_more(&names))
		(void)der_any(&names);
}

static struct lint_ext *
place_of(struct lint *out, enum oid oid)
{
	switch (oid) {
	case OID_BASIC_CONSTRAINTS:
		return &out->bc;
	case OID_KEY_USAGE:
		return &out->ku;
	case OID_EXT_KEY_USAGE:
		return &out->eku;
	case OID_SUBJECT_KEY_ID:
		return &out->ski;
	case OID_AUTHORITY_KEY_ID:
		return &out->aki;
	case OID_SAN:
		return &out->san;
	default:
		return NULL;
	}
}

static void
read_value(enum oid oid, struct span octets, struct lint *out)
{
	struct der_fault fault;
	struct der value = der_open(octets, &fault);

	if (oid == OID_BASIC_CONSTRAINTS)
		read_bc(&value, out);
	else if (oid == OID_KEY_USAGE)
		out->key_usage = der_named_bits(&value);
	else if (oid == OID_EXT_KEY_USAGE)
		read_eku(&value, out);
	else if (oid == OID_SUBJECT_KEY_ID)
		out->subject_key_id = der_take(&value, DER_OCTET_STRING);
	else if (oid == OID_AUTHORITY_KEY_ID)
		read_aki(&value, out);
	else
		read_san(&value);
	der_leave(&value);
	if (der_failed(&value) && out->bad_value == OID_NONE) {
		out->bad_value = oid;
		out->bad_fault = fault;
	}
}

/* Repeated extensions are all kept; the first of a kind is looked into. */
static void
read_extensions(struct der *tbs, struct lint *out)
{
	struct der outer, list;
	struct lint_ext *ext, *place;
	enum oid oid;

	if (!der_more(tbs))
		return;
	outer = der_enter(tbs, DER_CONTEXT_IN(3));
	list = der_enter(&outer, DER_SEQUENCE);
	der_leave(&outer);
	while (der_more(&list)) {
		if (out->n_exts == LINT_MAX_EXTS) {
			der_fail(&list, "a list of too many extensions");
			return;
		}
		ext = &out->exts[out->n_exts++];
		read_extension(&list, ext);
		oid = oid_find(ext->oid);
		place = place_of(out, oid);
		if (der_failed(&list) || place == NULL || place->present)
			continue;
		*place = *ext;
		read_value(oid, ext->value, out);
	}
}

int
lint_read(struct span der, struct lint *out, struct diag *d)
{
	struct der_fault fault;
	struct der top = der_open(der, &fault), tbs, validity;
	struct span spki;

	tbs = der_enter(&top, DER_SEQUENCE);
	der_leave(&top);
	out->version = read_version(&tbs);
	out->serial = der_take(&tbs, DER_INTEGER);
	out->algorithm = der_element(&tbs, DER_SEQUENCE);
	out->issuer_name = name_read(&tbs);
	validity = der_enter(&tbs, DER_SEQUENCE);
	out->not_before = read_time(&validity);
	out->not_after = read_time(&validity);
	der_leave(&validity);
	out->subject = der_element(&tbs, DER_SEQUENCE);
	spki = der_element(&tbs, DER_SEQUENCE);
	read_extensions(&tbs, out);
	der_leave(&tbs);
	read_subject(&tbs, out);
	if (der_failed(&top))
		return der_verdict(&top, "the TBSCertificate", 0, d);
	read_algorithm(out);
	if (spki_parse(spki, &out->spki, &out->spki_diag) != 0)
		out->spki.kind = KEY_NONE;
	return 0;
}
