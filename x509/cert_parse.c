/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates, taken apart (RFC 5280 4.1); see cert.h.
 *
 * This reads what others made, too: extensions that it does not know are
 * passed over, and whether a certificate is wise is lint's business.
 */
#include "x509/cert.h"

#include "x509/name_read.h"
#include "x509/refuse.h"
#include "x509/san.h"
#include "x509/sigalg.h"
#include "x509/usage.h"

#define MAX_EXTENSIONS 32

static void
read_basic_constraints(struct der *value, struct cert *out)
{
	struct der bc = der_enter(value, DER_SEQUENCE);

	if (der_next_is(&bc, DER_BOOLEAN))
		out->is_ca = der_bool(&bc);
	if (der_next_is(&bc, DER_INTEGER))
		out->path_len = (int)der_small(&bc);
	der_leave(&bc);
}

static void
read_ext_usage(struct der *value, struct cert *out)
{
	struct der purposes = der_enter(value, DER_SEQUENCE);

	while (der_more(&purposes))
		out->ext_usage |= ext_usage_of(oid_find(der_oid(&purposes)));
}

/* AuthorityKeyIdentifier: only [0] keyIdentifier is of use here. */
static void
read_authority_key_id(struct der *value, struct cert *out)
{
	struct der aki = der_enter(value, DER_SEQUENCE);

	if (der_next_is(&aki, DER_CONTEXT(0)))
		out->authority_key_id = der_take(&aki, DER_CONTEXT(0));
	while (der_more(&aki))
		(void)der_any(&aki);
}

static void
read_value(enum oid oid, struct der *value, struct cert *out)
{
	switch (oid) {
	case OID_BASIC_CONSTRAINTS:
		read_basic_constraints(value, out);
		return;
	case OID_KEY_USAGE:
		out->key_usage = der_named_bits(value);
		return;
	case OID_EXT_KEY_USAGE:
		read_ext_usage(value, out);
		return;
	case OID_SUBJECT_KEY_ID:
		out->subject_key_id = der_take(value, DER_OCTET_STRING);
		return;
	case OID_AUTHORITY_KEY_ID:
		read_authority_key_id(value, out);
		return;
	case OID_SAN:
		out->sans = der_element(value, DER_SEQUENCE);
		return;
	default:
		(void)der_rest(value);
	}
}

/* RFC 5280 4.2: "must not include more than one instance". */
static int
read_extensions(struct der *tbs, struct cert *out, struct diag *d)
{
	struct span seen[MAX_EXTENSIONS];
	struct der outer = der_enter(tbs, DER_CONTEXT_IN(3));
	struct der list = der_enter(&outer, DER_SEQUENCE), ext, value;
	size_t n = 0, i;

	der_leave(&outer);
	for (; der_more(&list); n++) {
		if (n == MAX_EXTENSIONS)
			return refuse(d, ERR_CERT, "",
			    "the certificate has more than %d extensions",
			    MAX_EXTENSIONS);
		ext = der_enter(&list, DER_SEQUENCE);
		seen[n] = der_oid(&ext);
		if (der_next_is(&ext, DER_BOOLEAN))
			(void)der_bool(&ext);
		value = der_enter(&ext, DER_OCTET_STRING);
		der_leave(&ext);
		for (i = 0; i < n; i++) {
			if (span_eq(seen[i], seen[n]) && !der_failed(&ext))
				return refuse(d, ERR_CERT, "RFC 5280 4.2",
				    "the certificate has an extension twice");
		}
		read_value(oid_find(seen[n]), &value, out);
		der_leave(&value);
	}
	return 0;
}

static void
read_algorithm(struct der *r, enum sig_alg *alg)
{
	struct span oid;

	sig_alg_read(r, alg, &oid);
}

static int
refuse_algorithm(struct diag *d)
{
	return refuse(d, ERR_CERT, "RFC 5758 3.2",
	    "the certificate is signed by an algorithm that is not accepted");
}

static void
read_validity(struct der *tbs, struct cert *out)
{
	struct der validity = der_enter(tbs, DER_SEQUENCE);

	out->not_before = der_time(&validity);
	out->not_after = der_time(&validity);
	der_leave(&validity);
}

/* version [0] EXPLICIT DEFAULT v1: RFC 5280 4.1.2.1. */
static int
read_version(struct der *tbs, struct diag *d)
{
	struct der field;
	unsigned version = 0;

	if (der_next_is(tbs, DER_CONTEXT_IN(0))) {
		field = der_enter(tbs, DER_CONTEXT_IN(0));
		version = der_small(&field);
		der_leave(&field);
	}
	if (der_failed(tbs) || version == 2)
		return 0;
	return refuse(d, ERR_CERT, "RFC 5280 4.1.2.1",
	    "the certificate must be version 3, it is version %u", version + 1);
}

static int
read_tbs(struct der *r, struct cert *out, struct diag *d)
{
	struct der tbs = der_open_part(r, out->tbs);
	struct span spki;
	int rc;

	tbs = der_enter(&tbs, DER_SEQUENCE);
	rc = read_version(&tbs, d);
	if (rc != 0)
		return rc;
	out->serial = der_integer(&tbs);
	read_algorithm(&tbs, &out->alg);
	out->issuer = name_read(&tbs);
	read_validity(&tbs, out);
	out->subject = name_read(&tbs);
	spki = der_element(&tbs, DER_SEQUENCE);
	if (der_failed(r))
		return 0;
	if (out->alg == SIG_NONE)
		return refuse_algorithm(d);
	rc = spki_parse(spki, &out->spki, d);
	if (rc != 0)
		return rc;
	/* [1] and [2], unique identifiers, must not be used: 4.1.2.8. */
	if (der_more(&tbs))
		rc = read_extensions(&tbs, out, d);
	if (rc == 0)
		der_leave(&tbs);
	return rc;
}

int
cert_parse_tbs(struct span tbs, struct cert *out, struct diag *d)
{
	struct der_fault fault;
	struct der top = der_open(tbs, &fault);
	struct cert cert = {.path_len = -1};
	int rc;

	cert.tbs = der_element(&top, DER_SEQUENCE);
	der_leave(&top);
	rc = read_tbs(&top, &cert, d);
	rc = der_verdict(&top, "the TBSCertificate", rc, d);
	if (rc == 0)
		*out = cert;
	return rc;
}

static int
read_certificate(struct der *top, struct cert *out, struct diag *d)
{
	struct der whole = der_enter(top, DER_SEQUENCE);
	enum sig_alg outer;
	int rc;

	der_leave(top);
	out->tbs = der_element(&whole, DER_SEQUENCE);
	read_algorithm(&whole, &outer);
	out->signature = der_whole_bits(&whole);
	der_leave(&whole);
	if (der_failed(top))
		return 0;
	rc = read_tbs(top, out, d);
	if (rc != 0 || der_failed(top))
		return rc;
	if (outer != out->alg)
		return refuse(d, ERR_CERT, "RFC 5280 4.1.1.2",
		    "the certificate names two different signature "
		    "algorithms");
	return 0;
}

int
cert_parse(struct span der, struct cert *out, struct diag *d)
{
	struct der_fault fault;
	struct der top = der_open(der, &fault);
	struct cert cert = {.der = der, .path_len = -1};
	int rc;

	rc = read_certificate(&top, &cert, d);
	rc = der_verdict(&top, "the certificate", rc, d);
	if (rc == 0)
		*out = cert;
	return rc;
}

int
cert_sans(const struct cert *cert, struct san *sans, size_t max, size_t *n,
    struct diag *d)
{
	struct der_fault fault;
	struct der top = der_open(cert->sans, &fault);
	size_t found = 0;
	int rc = 0;

	if (cert->sans.len != 0)
		rc = san_read(&top, sans, max, &found, d);
	rc = der_verdict(&top, "the subject alternative names", rc, d);
	if (rc == 0)
		*n = found;
	return rc;
}
