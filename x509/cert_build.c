/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TBSCertificate around a profile (RFC 5280 4.1.2); see cert.h.
 *
 * What is written here is what depends on the request: serial, validity,
 * subject, key, key identifier, names. Syntax of names is policy's and lint's
 * matter; here they only must be encodable.
 */
#include <string.h>

#include "x509/cert_profile.h"
#include "x509/ext.h"
#include "x509/refuse.h"
#include "x509/san.h"
#include "x509/sigalg.h"

#define YEAR_1950 INT64_C(-631152000)
#define YEAR_10000 INT64_C(253402300800)

/* RFC 5280 4.1.2.2: positive, at most 20 octets, and DER's fewest. */
static int
check_serial(struct span serial, struct diag *d)
{
	if (serial.len == 0 || serial.len > SERIAL_MAX_LEN ||
	    serial.data[0] >= 0x80 ||
	    (serial.data[0] == 0 && (serial.len == 1 || serial.data[1] < 0x80)))
		return refuse(d, ERR_INTERNAL, "RFC 5280 4.1.2.2",
		    "a serial number must be positive, minimal and of 1 to %d "
		    "bytes",
		    SERIAL_MAX_LEN);
	return 0;
}

static int
check_validity(const struct cert_spec *spec, struct diag *d)
{
	if (spec->not_before > spec->not_after ||
	    spec->not_before < YEAR_1950 || spec->not_after >= YEAR_10000)
		return refuse(d, ERR_INTERNAL, "RFC 5280 4.1.2.5",
		    "the validity must begin before it ends, in the years "
		    "1950 to 9999");
	return 0;
}

static int
check_usage(const struct cert_spec *spec, struct diag *d)
{
	enum key_family family = key_kind_family(spec->spki->kind);

	if (profile_key_usage(spec->profile->key_usage, family) != 0)
		return 0;
	return refuse(d, ERR_POLICY_INVALID, "RFC 8813 3",
	    "none of the profile's key usages is possible with a key of kind "
	    "%s",
	    key_kind_name(spec->spki->kind));
}

static int
check_names(const struct cert_spec *spec, struct diag *d)
{
	size_t i;
	int rc = 0;

	if (spec->n_attrs == 0 && spec->n_sans == 0)
		return refuse(d, ERR_CSR_NAME, "RFC 5280 4.1.2.6",
		    "the certificate would have neither a subject nor a "
		    "subject alternative name");
	for (i = 0; rc == 0 && i < spec->n_sans; i++)
		rc = san_check(&spec->sans[i], d);
	return rc;
}

static int
check_spec(const struct cert_spec *spec, struct diag *d)
{
	int rc = check_serial(spec->serial, d);

	if (rc == 0)
		rc = check_validity(spec, d);
	if (rc == 0)
		rc = check_usage(spec, d);
	if (rc == 0)
		rc = check_names(spec, d);
	return rc;
}

static void
put_validity(struct buf *out, const struct cert_spec *spec)
{
	size_t mark = der_begin(out, DER_SEQUENCE);

	der_put_time(out, spec->not_before);
	der_put_time(out, spec->not_after);
	der_end(out, mark);
}

/* RFC 5280 4.2.1.6: critical if, and only if, the subject is empty. */
static void
put_san(struct buf *out, const struct cert_spec *spec)
{
	struct ext ext;

	if (spec->n_sans == 0)
		return;
	ext = ext_begin(out, OID_SAN, spec->n_attrs == 0);
	san_put(out, spec->sans, spec->n_sans);
	ext_end(out, &ext);
}

static void
put_extensions(struct buf *out, const struct cert_spec *spec)
{
	const struct cert_profile *profile = spec->profile;
	size_t outer = der_begin(out, DER_CONTEXT_IN(3));
	size_t list = der_begin(out, DER_SEQUENCE);
	uint8_t key_id[20];

	spki_key_id(spec->spki, key_id);
	buf_add_span(
	    out, buf_span(&profile->exts[key_kind_family(spec->spki->kind)]));
	ext_put_subject_key_id(out, span_of(key_id, sizeof(key_id)));
	if (profile->self_signed)
		ext_put_authority_key_id(out, span_of(key_id, sizeof(key_id)));
	put_san(out, spec);
	der_end(out, list);
	der_end(out, outer);
}

int
cert_build(const struct cert_spec *spec, struct buf *tbs, struct diag *d)
{
	const struct cert_profile *profile = spec->profile;
	BUF_CLEANUP subject = BUF_INIT;
	size_t mark;
	int rc = check_spec(spec, d);

	if (rc == 0)
		rc = name_encode(spec->attrs, spec->n_attrs, &subject, d);
	if (rc != 0)
		return rc;
	buf_reserve(tbs, 1024); /* most fit, so that it grows once */
	mark = der_begin(tbs, DER_SEQUENCE);
	buf_add_span(tbs, buf_span(&profile->version));
	der_put(tbs, DER_INTEGER, spec->serial);
	buf_add_span(tbs, buf_span(&profile->algorithm));
	buf_add_span(
	    tbs, buf_span(profile->self_signed ? &subject : &profile->issuer));
	put_validity(tbs, spec);
	buf_add_span(tbs, buf_span(&subject));
	buf_add_span(tbs, spec->spki->der);
	put_extensions(tbs, spec);
	der_end(tbs, mark);
	return 0;
}
