/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys: from what a token tells about a key to SubjectPublicKeyInfo.
 *
 * What the token says is put into an EVP_PKEY and taken out again, so that
 * nothing leaves this file that OpenSSL does not take for a key.
 */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "lib/mem.h"
#include "pkcs11/mechanism.h"

#define MODULUS_MAX 2048 /* bytes */
#define EXPONENT_MAX 64
#define POINT_MAX 256

static const uint8_t p256[] = {
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t p521[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
/* PrintableString "edwards25519", then OID 1.3.101.112. */
static const uint8_t edwards_name[] = {
    0x13, 0x0c, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'};
static const uint8_t edwards_oid[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

#define SPELLINGS 2
static const struct {
	struct span params[SPELLINGS];
	const char *group; /* for OpenSSL */
} curves[KEY_KINDS] = {
    [KEY_EC_P256] = {{{p256, sizeof(p256)}}, "prime256v1"},
    [KEY_EC_P384] = {{{p384, sizeof(p384)}}, "secp384r1"},
    [KEY_EC_P521] = {{{p521, sizeof(p521)}}, "secp521r1"},
    [KEY_ED25519] = {{{edwards_name, sizeof(edwards_name)},
			 {edwards_oid, sizeof(edwards_oid)}},
	NULL},
};

struct span
params_of(enum key_kind kind, int spelling)
{
	return spelling < SPELLINGS ? curves[kind].params[spelling] : SPAN_NONE;
}

enum key_kind
params_kind(CK_KEY_TYPE type, struct span params)
{
	int kind, i;

	if (type == CKK_RSA)
		return KEY_RSA;
	for (kind = KEY_NONE + 1; kind < KEY_KINDS; kind++) {
		if (key_mechanism((enum key_kind)kind)->type != type)
			continue;
		for (i = 0; i < SPELLINGS; i++) {
			if (curves[kind].params[i].len > 0 &&
			    span_eq(curves[kind].params[i], params))
				return (enum key_kind)kind;
		}
	}
	return KEY_NONE;
}

/*
 * CKA_EC_POINT is a DER OCTET STRING around the point (PKCS#11 2.40, 2.3.3);
 * some tokens give the bare point. The two differ in length, which is fixed.
 */
static struct span
point_unwrap(struct span attribute, size_t point_len)
{
	struct reader r = reader_of(attribute);

	if (attribute.len == point_len)
		return attribute;
	if (reader_u8(&r) != 0x04)
		return SPAN_NONE;
	if (point_len >= 0x80 && reader_u8(&r) != 0x81)
		return SPAN_NONE;
	if (reader_u8(&r) != point_len || reader_left(&r) != point_len)
		return SPAN_NONE;
	return reader_take(&r, point_len);
}

static EVP_PKEY *
evp_from_params(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL)
		mem_exhausted();
	if (EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
evp_from_point(enum key_kind kind, struct span attribute)
{
	size_t coordinate = key_mechanism(kind)->coordinate_len;
	struct span point;
	OSSL_PARAM params[3];

	if (kind == KEY_ED25519) {
		point = point_unwrap(attribute, 32);
		return point.len == 0 ? NULL
				      : EVP_PKEY_new_raw_public_key_ex(NULL,
					    "ED25519", NULL, point.data, 32);
	}
	point = point_unwrap(attribute, 1 + 2 * coordinate);
	if (point.len == 0 || point.data[0] != 0x04)
		return NULL;
	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, (char *)curves[kind].group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_PKEY_PARAM_PUB_KEY, (void *)point.data, point.len);
	params[2] = OSSL_PARAM_construct_end();
	return evp_from_params("EC", params);
}

static EVP_PKEY *
evp_from_rsa(struct span modulus, struct span exponent)
{
	BIGNUM *n = BN_bin2bn(modulus.data, (int)modulus.len, NULL);
	BIGNUM *e = BN_bin2bn(exponent.data, (int)exponent.len, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params;
	EVP_PKEY *pkey;

	if (n == NULL || e == NULL || build == NULL ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
		mem_exhausted();
	params = OSSL_PARAM_BLD_to_param(build);
	if (params == NULL)
		mem_exhausted();
	pkey = evp_from_params("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	BN_free(e);
	return pkey;
}

/* A private RSA object has the public numbers too, a private EC one may. */
static CK_RV
evp_read(struct session *session, const struct key *key,
    CK_OBJECT_HANDLE object, EVP_PKEY **out)
{
	uint8_t modulus[MODULUS_MAX], exponent[EXPONENT_MAX];
	uint8_t point[POINT_MAX];
	size_t n_len, e_len;
	CK_RV rv;

	if (key->kind != KEY_RSA) {
		rv = attribute_get(session, object, CKA_EC_POINT, point,
		    sizeof(point), &n_len);
		if (rv == CKR_OK)
			*out = evp_from_point(key->kind, span_of(point, n_len));
		return rv;
	}
	rv = attribute_get(
	    session, object, CKA_MODULUS, modulus, sizeof(modulus), &n_len);
	if (rv == CKR_OK)
		rv = attribute_get(session, object, CKA_PUBLIC_EXPONENT,
		    exponent, sizeof(exponent), &e_len);
	if (rv == CKR_OK)
		*out = evp_from_rsa(
		    span_of(modulus, n_len), span_of(exponent, e_len));
	return rv;
}

int
public_evp(struct session *session, const struct key *key, EVP_PKEY **out,
    struct diag *d)
{
	CK_OBJECT_HANDLE object = key->public_handle;
	EVP_PKEY *pkey = NULL;
	CK_RV rv;

	if (object == 0)
		object = key->handle;
	rv = evp_read(session, key, object, &pkey);
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID && key->public_handle == 0)
		return diag_set(d, ERR_KEY_MISSING,
		    "token \"%s\": the public half of key \"%s\" is missing",
		    session_label(session), key->label);
	if (rv != CKR_OK)
		return ckr_diag(
		    d, session_label(session), "C_GetAttributeValue", rv);
	if (pkey == NULL)
		return diag_set(d, ERR_KEY_UNUSABLE,
		    "token \"%s\": what it gives as the public half of key "
		    "\"%s\" is not an %s key",
		    session_label(session), key->label,
		    key_kind_name(key->kind));
	*out = pkey;
	return 0;
}

int
key_public(struct session *session, const struct key *key, struct buf *spki,
    struct diag *d)
{
	unsigned char *der = NULL;
	EVP_PKEY *pkey = NULL;
	int len, rc;

	rc = public_evp(session, key, &pkey, d);
	if (rc != 0)
		return rc;
	len = i2d_PUBKEY(pkey, &der);
	EVP_PKEY_free(pkey);
	if (len <= 0)
		return diag_set(d, ERR_INTERNAL,
		    "OpenSSL cannot encode the public half of key \"%s\"",
		    key->label);
	buf_reset(spki);
	buf_add(spki, der, (size_t)len);
	OPENSSL_free(der);
	return 0;
}
