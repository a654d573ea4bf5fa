/* SPDX-License-Identifier: Apache-2.0 */
/* SubjectPublicKeyInfo, taken apart; see key.h. */
#include "x509/key.h"

#include <openssl/sha.h>

#include "x509/der.h"
#include "x509/refuse.h"
#include "x509/warm.h"

/* A point of the curve: 0x04, X, Y (SEC 1 2.3.3). */
static const struct {
	enum oid oid;
	enum key_kind kind;
	size_t point_len;
} curves[] = {
    {OID_P256, KEY_EC_P256, 65},
    {OID_P384, KEY_EC_P384, 97},
    {OID_P521, KEY_EC_P521, 133},
};

static int
refuse_kind(struct diag *d, const char *what, struct span oid)
{
	BUF_CLEANUP name = BUF_INIT;

	oid_print(oid, &name);
	return refuse(d, ERR_KEY_UNKNOWN, "",
	    "%s %s is not supported: RSA, EC on P-256, P-384 or P-521, and "
	    "Ed25519 are",
	    what, buf_cstr(&name));
}

static unsigned
bit_len(struct span number)
{
	unsigned bits = (unsigned)number.len * 8;
	uint8_t top = number.len != 0 ? number.data[0] : 0;

	while (number.len != 0 && (top & 0x80) == 0) {
		top = (uint8_t)(top << 1);
		bits--;
	}
	return bits;
}

/* RFC 3279 2.3.1: NULL parameters, then SEQUENCE { modulus, exponent }. */
static int
read_rsa(struct der *id, struct der *top, struct spki *out)
{
	struct der rsa;

	der_null(id);
	der_leave(id);
	out->key = der_whole_bits(top);
	rsa = der_open_part(top, out->key);
	rsa = der_enter(&rsa, DER_SEQUENCE);
	out->n = der_unsigned(&rsa);
	out->e = der_unsigned(&rsa);
	der_leave(&rsa);
	out->kind = KEY_RSA;
	out->bits = bit_len(out->n);
	return 0;
}

/* RFC 5480 2.1.1: named curves only; 2.2: uncompressed points are required. */
static int
read_ec(struct der *id, struct der *top, struct spki *out, struct diag *d)
{
	struct span oid;
	enum oid curve;
	size_t i;

	if (der_more(id) && !der_next_is(id, DER_OID))
		return refuse(d, ERR_KEY_UNKNOWN, "RFC 5480 2.1.1",
		    "the EC key has parameters other than a named curve");
	oid = der_oid(id);
	der_leave(id);
	out->key = der_whole_bits(top);
	if (der_failed(top))
		return 0;
	curve = oid_find(oid);
	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (curves[i].oid == curve)
			break;
	}
	if (i == sizeof(curves) / sizeof(curves[0]))
		return refuse_kind(d, "the curve", oid);
	if (out->key.len != curves[i].point_len || out->key.data[0] != 0x04)
		return refuse(d, ERR_KEY_UNKNOWN, "RFC 5480 2.2",
		    "the EC key must be an uncompressed point of %zu bytes, "
		    "%zu bytes that start with 0x%02x came",
		    curves[i].point_len, out->key.len, out->key.data[0]);
	out->kind = curves[i].kind;
	out->bits = key_kind_bits(out->kind);
	return 0;
}

/* RFC 8410 3: no parameters; 4: 32 octets. */
static int
read_ed25519(struct der *id, struct der *top, struct spki *out, struct diag *d)
{
	der_leave(id);
	out->key = der_whole_bits(top);
	if (!der_failed(top) && out->key.len != 32)
		return refuse(d, ERR_KEY_UNKNOWN, "RFC 8032 5.1.5",
		    "an Ed25519 key has 32 bytes, %zu came", out->key.len);
	out->kind = KEY_ED25519;
	out->bits = key_kind_bits(KEY_ED25519);
	return 0;
}

static int
read_key(struct der *info, struct spki *out, struct diag *d)
{
	struct der id = der_enter(info, DER_SEQUENCE);
	struct span oid = der_oid(&id);

	if (der_failed(info))
		return 0;
	switch (oid_find(oid)) {
	case OID_RSA:
		return read_rsa(&id, info, out);
	case OID_EC:
		return read_ec(&id, info, out, d);
	case OID_ED25519:
		return read_ed25519(&id, info, out, d);
	default:
		return refuse_kind(d, "the key type", oid);
	}
}

int
spki_parse(struct span der, struct spki *out, struct diag *d)
{
	struct der_fault fault;
	struct der top = der_open(der, &fault);
	struct der info = der_enter(&top, DER_SEQUENCE);
	struct spki key = {.der = der};
	int rc;

	rc = read_key(&info, &key, d);
	if (rc == 0) {
		der_leave(&info);
		der_leave(&top);
	}
	rc = der_verdict(&top, "the public key", rc, d);
	if (rc == 0)
		*out = key;
	return rc;
}

void
spki_key_id(const struct spki *spki, uint8_t out[20])
{
	warm_sha1(spki->key, out);
}
