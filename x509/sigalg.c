/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature algorithms; see sigalg.h. What is not in the table is refused, so
 * MD5, SHA-1, DSA and whatever comes next need no rule of their own.
 */
#include "x509/sigalg.h"

static const struct {
	enum oid oid;
	enum oid hash;     /* RSASSA-PSS only */
	unsigned salt_len; /* octets, as long as the hash */
} rows[SIG_ALGS] = {
    [SIG_ECDSA_SHA256] = {OID_ECDSA_SHA256, OID_NONE, 0},
    [SIG_ECDSA_SHA384] = {OID_ECDSA_SHA384, OID_NONE, 0},
    [SIG_ECDSA_SHA512] = {OID_ECDSA_SHA512, OID_NONE, 0},
    [SIG_RSA_SHA256] = {OID_RSA_SHA256, OID_NONE, 0},
    [SIG_RSA_SHA384] = {OID_RSA_SHA384, OID_NONE, 0},
    [SIG_RSA_SHA512] = {OID_RSA_SHA512, OID_NONE, 0},
    [SIG_RSA_PSS_SHA256] = {OID_RSA_PSS, OID_SHA256, 32},
    [SIG_RSA_PSS_SHA384] = {OID_RSA_PSS, OID_SHA384, 48},
    [SIG_RSA_PSS_SHA512] = {OID_RSA_PSS, OID_SHA512, 64},
    [SIG_ED25519] = {OID_ED25519, OID_NONE, 0},
};

static enum sig_alg
find(enum oid oid, enum oid hash)
{
	int alg;

	for (alg = SIG_NONE + 1; oid != OID_NONE && alg < SIG_ALGS; alg++) {
		if (rows[alg].oid == oid && rows[alg].hash == hash)
			return (enum sig_alg)alg;
	}
	return SIG_NONE;
}

/* RFC 4055 2.1: the parameters are NULL or absent, both are to be taken. */
static enum oid
read_hash(struct der *r)
{
	struct der hash = der_enter(r, DER_SEQUENCE);
	enum oid oid = oid_find(der_oid(&hash));

	if (der_more(&hash))
		der_null(&hash);
	der_leave(&hash);
	return oid;
}

/* MGF1 with a hash; OID_NONE for any other function. */
static enum oid
read_mask(struct der *r)
{
	struct der mask = der_enter(r, DER_SEQUENCE);
	enum oid function = oid_find(der_oid(&mask));
	enum oid hash = read_hash(&mask);

	der_leave(&mask);
	return function == OID_MGF1 ? hash : OID_NONE;
}

/*
 * RFC 4055 3.1. One hash for both uses and a salt of its length are taken;
 * the defaults are SHA-1, so all three fields must be there.
 */
static enum sig_alg
read_pss(struct der *r)
{
	enum oid hash = OID_NONE, mask = OID_NONE;
	unsigned salt_len = 0, trailer = 1;
	struct der params = der_enter(r, DER_SEQUENCE), field;
	enum sig_alg alg;

	if (der_next_is(&params, DER_CONTEXT_IN(0))) {
		field = der_enter(&params, DER_CONTEXT_IN(0));
		hash = read_hash(&field);
		der_leave(&field);
	}
	if (der_next_is(&params, DER_CONTEXT_IN(1))) {
		field = der_enter(&params, DER_CONTEXT_IN(1));
		mask = read_mask(&field);
		der_leave(&field);
	}
	if (der_next_is(&params, DER_CONTEXT_IN(2))) {
		field = der_enter(&params, DER_CONTEXT_IN(2));
		salt_len = der_small(&field);
		der_leave(&field);
	}
	if (der_next_is(&params, DER_CONTEXT_IN(3))) {
		field = der_enter(&params, DER_CONTEXT_IN(3));
		trailer = der_small(&field);
		der_leave(&field);
	}
	der_leave(&params);
	alg = find(OID_RSA_PSS, hash);
	return hash == mask && rows[alg].salt_len == salt_len && trailer == 1
		   ? alg
		   : SIG_NONE;
}

void
sig_alg_read(struct der *r, enum sig_alg *alg, struct span *oid)
{
	struct der id = der_enter(r, DER_SEQUENCE);
	enum oid known;

	*oid = der_oid(&id);
	known = oid_find(*oid);
	if (known == OID_RSA_PSS && der_more(&id))
		*alg = read_pss(&id);
	else
		*alg = find(known, OID_NONE);
	/* RFC 4055 5: NULL or absent with RSA. RFC 5758 3.2: absent. */
	if (*alg == SIG_NONE) {
		while (der_more(&id))
			(void)der_any(&id);
	} else if (sig_alg_family(*alg) == FAMILY_RSA && der_more(&id)) {
		der_null(&id);
	}
	der_leave(&id);
	if (der_failed(r))
		*alg = SIG_NONE;
}

static void
put_hash(struct buf *out, enum oid hash)
{
	size_t mark = der_begin(out, DER_SEQUENCE);

	der_put_oid(out, hash);
	der_put_null(out);
	der_end(out, mark);
}

static void
put_pss(struct buf *out, enum sig_alg alg)
{
	size_t params = der_begin(out, DER_SEQUENCE), field, mask;

	field = der_begin(out, DER_CONTEXT_IN(0));
	put_hash(out, rows[alg].hash);
	der_end(out, field);

	field = der_begin(out, DER_CONTEXT_IN(1));
	mask = der_begin(out, DER_SEQUENCE);
	der_put_oid(out, OID_MGF1);
	put_hash(out, rows[alg].hash);
	der_end(out, mask);
	der_end(out, field);

	field = der_begin(out, DER_CONTEXT_IN(2));
	der_put_small(out, rows[alg].salt_len);
	der_end(out, field);
	der_end(out, params);
}

void
sig_alg_put(struct buf *out, enum sig_alg alg)
{
	size_t mark = der_begin(out, DER_SEQUENCE);

	der_put_oid(out, rows[alg].oid);
	if (sig_alg_is_pss(alg))
		put_pss(out, alg);
	else if (sig_alg_family(alg) == FAMILY_RSA)
		der_put_null(out);
	der_end(out, mark);
}
