/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PKCS#10 requests; see csr.h.
 *
 *	CertificationRequest ::= SEQUENCE {
 *		certificationRequestInfo SEQUENCE {
 *			version INTEGER (0),
 *			subject Name,
 *			subjectPKInfo SubjectPublicKeyInfo,
 *			attributes [0] IMPLICIT SET OF Attribute },
 *		signatureAlgorithm AlgorithmIdentifier,
 *		signature BIT STRING }
 */
#include "x509/csr.h"

#include "x509/csr_attr.h"
#include "x509/refuse.h"
#include "x509/sigalg.h"
#include "x509/warm.h"
#include "x509/weak.h"

/* RFC 2986 4.1: the attributes of version v1(0) are there, maybe empty. */
static int
read_info(struct der *request, struct csr *out, struct diag *d)
{
	struct der info;
	unsigned version;
	struct span spki;
	int rc;

	info = der_open_part(request, out->signed_part);
	info = der_enter(&info, DER_SEQUENCE);
	version = der_small(&info);
	out->subject = der_element(&info, DER_SEQUENCE);
	spki = der_element(&info, DER_SEQUENCE);
	if (der_failed(request))
		return 0;
	if (version != 0)
		return refuse(d, ERR_CSR, "RFC 2986 4.1",
		    "the version of the CSR must be 0, it is %u", version);
	rc = name_parse(
	    out->subject, out->attrs, CSR_MAX_ATTRS, &out->n_attrs, d);
	if (rc == 0)
		rc = spki_parse(spki, &out->spki, d);
	if (rc == 0)
		rc = csr_attr_read(&info, out, d);
	if (rc == 0)
		der_leave(&info);
	return rc;
}

static int
read_algorithm(struct der *request, struct csr *out, struct diag *d)
{
	BUF_CLEANUP name = BUF_INIT;
	struct span oid;

	sig_alg_read(request, &out->alg, &oid);
	if (der_failed(request) || out->alg != SIG_NONE)
		return 0;
	oid_print(oid, &name);
	return refuse(d, ERR_CSR_ALGORITHM, "RFC 5758 3.2",
	    "the CSR is signed by %s; ECDSA, RSA and RSA-PSS with SHA-256, "
	    "SHA-384 or SHA-512, and Ed25519 are accepted",
	    buf_cstr(&name));
}

static int
read_request(struct der *top, struct csr *out, struct diag *d)
{
	struct der request = der_enter(top, DER_SEQUENCE);
	int rc;

	/* The frame first: one CSR, the whole input, three parts. */
	if (der_more(top))
		return refuse(d, ERR_CSR_TRAILING, "RFC 2986 4.2",
		    "the input goes on after the CSR, bytes: %zu",
		    (size_t)(top->end - top->p));
	out->signed_part = der_element(&request, DER_SEQUENCE);
	rc = read_algorithm(&request, out, d);
	if (rc != 0)
		return rc;
	out->signature = der_whole_bits(&request);
	der_leave(&request);
	if (der_failed(&request))
		return 0;
	return read_info(&request, out, d);
}

int
csr_parse(struct span der, struct csr *out, struct diag *d)
{
	struct der_fault fault;
	struct der top;
	int rc;

	if (der.len > CSR_MAX_LEN)
		return diag_set(d, ERR_CSR_TOO_LARGE,
		    "the CSR has %zu bytes, at most %d are allowed", der.len,
		    CSR_MAX_LEN);
	out->der = der;
	out->n_attrs = out->n_sans = 0;
	out->asks_ca = out->asks_key_usage = out->asks_ext_key_usage = false;
	out->key_usage = 0;
	top = der_open(der, &fault);
	rc = read_request(&top, out, d);
	return der_verdict(&top, "the CSR", rc, d);
}

static int
refuse_signature(struct diag *d, int rc)
{
	if (rc != ERR_SIGNATURE)
		return rc;
	return refuse(d, ERR_CSR_SIGNATURE, "RFC 2986 4.2",
	    "the CSR's signature does not verify with the key in it, so its "
	    "sender may not have the private key");
}

/*
 * For EC the thread's own key takes the point, which also checks that it is
 * on the curve: spki_check() would do that a second time.
 */
int
csr_check(const struct csr *csr, struct diag *d)
{
	bool is_ec = key_kind_family(csr->spki.kind) == FAMILY_EC;
	EVP_PKEY *key = NULL;
	int rc;

	rc = weak_check(&csr->spki, d);
	if (rc != 0)
		return rc;
	if (is_ec) {
		key = warm_ec_key(&csr->spki);
		if (key == NULL)
			return weak_refuse_point(&csr->spki, d);
	} else {
		rc = spki_open(&csr->spki, &key, d);
		if (rc != 0)
			return rc;
	}
	rc = signature_verify(
	    key, csr->alg, csr->signed_part, csr->signature, d);
	if (!is_ec)
		EVP_PKEY_free(key);
	return refuse_signature(d, rc);
}
