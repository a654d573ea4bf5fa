/* SPDX-License-Identifier: Apache-2.0 */
/* The Certificate: TBSCertificate, algorithm, signature (RFC 5280 4.1.1). */
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/refuse.h"
#include "x509/sigalg.h"

/* RFC 3279 2.2.3: an ECDSA signature is SEQUENCE { r, s }, both positive. */
static int
check_signature(enum sig_alg alg, struct span signature, struct diag *d)
{
	struct der_fault fault;
	struct der top = der_open(signature, &fault), pair;

	if (signature.len == 0)
		return diag_set(d, ERR_SIGNATURE, "the signature is empty");
	if (sig_alg_family(alg) != FAMILY_EC)
		return 0;
	pair = der_enter(&top, DER_SEQUENCE);
	(void)der_unsigned(&pair);
	(void)der_unsigned(&pair);
	der_leave(&pair);
	der_leave(&top);
	if (der_failed(&top))
		return refuse(d, ERR_SIGNATURE, "RFC 3279 2.2.3",
		    "the ECDSA signature is not two numbers in DER: %s",
		    fault.why);
	return 0;
}

/* RFC 5280 4.1.1.2: both AlgorithmIdentifiers are the same. */
static int
check_tbs(struct span tbs, enum sig_alg alg, struct diag *d)
{
	struct der_fault fault;
	struct der top = der_open(tbs, &fault), in;
	enum sig_alg inner = SIG_NONE;
	struct span oid;

	in = der_enter(&top, DER_SEQUENCE);
	der_leave(&top);
	if (der_next_is(&in, DER_CONTEXT_IN(0)))
		(void)der_any(&in);
	(void)der_integer(&in);
	sig_alg_read(&in, &inner, &oid);
	if (der_failed(&top) || inner != alg || alg == SIG_NONE)
		return refuse(d, ERR_INTERNAL, "RFC 5280 4.1.1.2",
		    "the signature is by %s, the TBSCertificate names %s",
		    sig_alg_name(alg), sig_alg_name(inner));
	return 0;
}

int
cert_assemble(struct span tbs, enum sig_alg alg, struct span signature,
    struct buf *der, struct diag *d)
{
	size_t mark;
	int rc = check_tbs(tbs, alg, d);

	if (rc == 0)
		rc = check_signature(alg, signature, d);
	if (rc != 0)
		return rc;
	buf_reserve(der, tbs.len + signature.len + 128);
	mark = der_begin(der, DER_SEQUENCE);
	buf_add_span(der, tbs);
	sig_alg_put(der, alg);
	der_put_bits(der, signature);
	der_end(der, mark);
	return 0;
}
