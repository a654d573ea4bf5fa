/* SPDX-License-Identifier: Apache-2.0 */
/* CA certificates for keys on a token; see ca.h. */
#include "cli/ca.h"

#include <string.h>

#include "lib/clock.h"
#include "x509/lint.h"

#define CA_RSA_BITS 3072

int
ca_key_make(struct session *session, enum key_kind kind, const char *label,
    struct ca *out, struct buf *text, struct diag *d)
{
	struct key_spec spec = {.kind = kind, .label = label};
	int rc;

	if (kind == KEY_RSA)
		spec.bits = CA_RSA_BITS;
	rc = key_generate(session, &spec, &out->key, text, d);
	if (rc != 0)
		return rc;
	rc = key_public(session, &out->key, &out->spki_der, d);
	if (rc == 0)
		rc = spki_parse(buf_span(&out->spki_der), &out->spki, d);
	if (rc == 0)
		rc = spki_check(&out->spki, d);
	if (rc != 0)
		(void)key_destroy(session, &out->key, NULL);
	return rc;
}

static int
tbs_build(const struct ca_spec *spec, const struct ca *signer,
    const struct ca *ca, struct buf *tbs, struct diag *d)
{
	const struct attr attrs[] = {
	    {ATTR_O, span_str(spec->organization)},
	    {ATTR_CN, span_str(spec->common_name)},
	};
	struct cert_profile_spec profile_spec = {
	    .issuer = signer != ca ? &signer->cert : NULL,
	    .alg = sig_alg_default(signer->spki.kind),
	    .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN,
	    .is_ca = true,
	    .path_len = spec->path_len,
	};
	uint8_t serial[SERIAL_MAX_LEN];
	struct cert_spec cert_spec = {
	    .serial = span_of(serial, sizeof(serial)),
	    .not_before = spec->not_before,
	    .not_after = spec->not_after,
	    .attrs = attrs,
	    .n_attrs = sizeof(attrs) / sizeof(attrs[0]),
	    .spki = &ca->spki,
	};
	struct cert_profile *profile;
	int rc;

	rc = serial_make(clock_now_ms(), serial, d);
	if (rc == 0)
		rc = cert_profile_new(&profile_spec, &profile, d);
	if (rc != 0)
		return rc;
	cert_spec.profile = profile;
	rc = cert_build(&cert_spec, tbs, d);
	cert_profile_free(profile);
	return rc;
}

/* What came back from the token is believed only after it was checked. */
static int
certificate_check(const struct ca *signer, const struct ca *ca, struct diag *d)
{
	struct lint_report report;
	EVP_PKEY *key;
	int rc;

	rc = spki_open(&signer->spki, &key, d);
	if (rc != 0)
		return rc;
	rc = signature_verify(
	    key, ca->cert.alg, ca->cert.tbs, ca->cert.signature, d);
	EVP_PKEY_free(key);
	if (rc != 0)
		return rc;
	return lint_cert(
	    ca->cert.der, signer != ca ? &signer->cert : NULL, &report, d);
}

int
ca_certify(struct session *session, const struct ca_spec *spec,
    const struct ca *signer, struct ca *ca, struct diag *d)
{
	enum sig_alg alg = sig_alg_default(signer->spki.kind);
	BUF_CLEANUP tbs = BUF_INIT;
	BUF_CLEANUP signature = BUF_INIT;
	int rc;

	rc = tbs_build(spec, signer, ca, &tbs, d);
	if (rc == 0)
		rc = key_sign(
		    session, &signer->key, alg, buf_span(&tbs), &signature, d);
	if (rc == 0)
		rc = cert_assemble(
		    buf_span(&tbs), alg, buf_span(&signature), &ca->der, d);
	if (rc == 0)
		rc = cert_parse(buf_span(&ca->der), &ca->cert, d);
	return rc != 0 ? rc : certificate_check(signer, ca, d);
}

void
ca_free(struct ca *ca)
{
	buf_free(&ca->spki_der);
	buf_free(&ca->der);
}
