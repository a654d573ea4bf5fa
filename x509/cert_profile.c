/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate profiles: the parts that policy and issuer fix; see cert.h. */
#include "x509/cert_profile.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "x509/der.h"
#include "x509/ext.h"
#include "x509/refuse.h"
#include "x509/sigalg.h"
#include "x509/usage.h"

/*
 * RFC 8813 3: keyEncipherment and dataEncipherment "MUST NOT be present" with
 * EC keys; RFC 8410 5 allows Ed25519 neither, nor keyAgreement.
 */
unsigned
profile_key_usage(unsigned key_usage, enum key_family family)
{
	unsigned not_ec = KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT;
	unsigned not_ed =
	    not_ec | KU_KEY_AGREEMENT | KU_ENCIPHER_ONLY | KU_DECIPHER_ONLY;

	if (family == FAMILY_EC)
		return key_usage & ~not_ec;
	if (family == FAMILY_ED)
		return key_usage & ~not_ed;
	return key_usage;
}

/* RFC 5280 4.2.1.9. cA FALSE is the default, so a leaf has an empty one. */
static void
put_basic_constraints(struct buf *out, const struct cert_profile_spec *spec)
{
	struct ext ext = ext_begin(out, OID_BASIC_CONSTRAINTS, true);
	size_t bc = der_begin(out, DER_SEQUENCE);

	if (spec->is_ca)
		der_put_bool(out, true);
	if (spec->is_ca && spec->path_len >= 0)
		der_put_small(out, (unsigned)spec->path_len);
	der_end(out, bc);
	ext_end(out, &ext);
}

/* RFC 5280 4.2.1.3: "SHOULD mark this extension as critical". */
static void
put_key_usage(struct buf *out, unsigned key_usage)
{
	struct ext ext = ext_begin(out, OID_KEY_USAGE, true);

	der_put_named_bits(out, key_usage);
	ext_end(out, &ext);
}

static void
put_ext_usage(struct buf *out, unsigned ext_usage)
{
	struct ext ext;
	size_t list;
	unsigned bit;

	if (ext_usage == 0)
		return;
	ext = ext_begin(out, OID_EXT_KEY_USAGE, false);
	list = der_begin(out, DER_SEQUENCE);
	for (bit = 1; bit < EKU_END; bit <<= 1) {
		if ((ext_usage & bit) != 0)
			der_put_oid(out, ext_usage_oid(bit));
	}
	der_end(out, list);
	ext_end(out, &ext);
}

static void
put_exts(struct buf *out, const struct cert_profile_spec *spec,
    enum key_family family)
{
	put_basic_constraints(out, spec);
	put_key_usage(out, profile_key_usage(spec->key_usage, family));
	put_ext_usage(out, spec->ext_usage);
	if (spec->issuer != NULL)
		ext_put_authority_key_id(out, spec->issuer->subject_key_id);
}

static int
check_issuer(const struct cert *issuer, enum sig_alg alg, struct diag *d)
{
	if (!issuer->is_ca || (issuer->key_usage & KU_KEY_CERT_SIGN) == 0)
		return refuse(d, ERR_CERT, "RFC 5280 4.2.1.9",
		    "the issuer's certificate is not that of a CA: it needs "
		    "CA:TRUE and key-cert-sign");
	if (issuer->subject_key_id.len == 0)
		return refuse(d, ERR_CERT, "RFC 5280 4.2.1.2",
		    "the issuer's certificate has no subject key identifier");
	if (sig_alg_family(alg) != key_kind_family(issuer->spki.kind))
		return refuse(d, ERR_CERT, "",
		    "the issuer's %s key cannot sign with %s",
		    key_kind_name(issuer->spki.kind), sig_alg_name(alg));
	return 0;
}

static int
check_spec(const struct cert_profile_spec *spec, struct diag *d)
{
	unsigned ca_only = KU_KEY_CERT_SIGN | KU_CRL_SIGN;

	if (sig_alg_family(spec->alg) == FAMILY_NONE)
		return diag_set(d, ERR_POLICY_INVALID,
		    "the profile has no signature algorithm");
	if (spec->key_usage == 0 || spec->key_usage > 0x1ff)
		return refuse(d, ERR_POLICY_INVALID, "RFC 5280 4.2.1.3",
		    "the profile needs at least one key usage");
	if (spec->ext_usage >= EKU_END)
		return diag_set(d, ERR_POLICY_INVALID,
		    "the profile has an unknown extended key usage");
	if (!spec->is_ca && (spec->key_usage & ca_only) != 0)
		return refuse(d, ERR_POLICY_INVALID, "RFC 5280 4.2.1.3",
		    "key-cert-sign and crl-sign are for CAs only");
	if (spec->is_ca && (spec->key_usage & KU_KEY_CERT_SIGN) == 0)
		return refuse(d, ERR_POLICY_INVALID, "RFC 5280 4.2.1.9",
		    "a CA needs the key usage key-cert-sign");
	if (spec->path_len > 255 || (!spec->is_ca && spec->path_len >= 0))
		return refuse(d, ERR_POLICY_INVALID, "RFC 5280 4.2.1.9",
		    "a path length is for CAs, and at most 255");
	return spec->issuer != NULL ? check_issuer(spec->issuer, spec->alg, d)
				    : 0;
}

int
cert_profile_new(const struct cert_profile_spec *spec,
    struct cert_profile **out, struct diag *d)
{
	struct cert_profile *profile;
	enum key_family family;
	size_t mark;
	int rc = check_spec(spec, d);

	if (rc != 0)
		return rc;
	profile = xcalloc(1, sizeof(*profile));
	profile->alg = spec->alg;
	profile->key_usage = spec->key_usage;
	profile->self_signed = spec->issuer == NULL;
	mark = der_begin(&profile->version, DER_CONTEXT_IN(0));
	der_put_small(&profile->version, 2);
	der_end(&profile->version, mark);
	sig_alg_put(&profile->algorithm, spec->alg);
	if (spec->issuer != NULL)
		buf_add_span(&profile->issuer, spec->issuer->subject);
	for (family = FAMILY_RSA; family <= FAMILY_ED; family++)
		put_exts(&profile->exts[family], spec, family);
	*out = profile;
	return 0;
}

void
cert_profile_free(struct cert_profile *profile)
{
	enum key_family family;

	if (profile == NULL)
		return;
	buf_free(&profile->version);
	buf_free(&profile->algorithm);
	buf_free(&profile->issuer);
	for (family = FAMILY_RSA; family <= FAMILY_ED; family++)
		buf_free(&profile->exts[family]);
	free(profile);
}
