/* SPDX-License-Identifier: Apache-2.0 */
/* From parsed keys to EVP_PKEYs, and signatures verified; see key.h. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "x509/refuse.h"
#include "x509/warm.h"

#define RSA_MAX_OCTETS 2048 /* 16384 bits: OpenSSL verifies no more */

static EVP_PKEY *
open_ec(const struct spki *spki)
{
	EVP_PKEY *key = warm_ec_key(spki);

	return key != NULL ? EVP_PKEY_dup(key) : NULL;
}

/* OSSL_PARAM wants integers in the machine's own order. */
static void
to_native(struct span number, uint8_t *out)
{
	const uint16_t probe = 1;
	bool little = *(const uint8_t *)&probe == 1;
	size_t i;

	for (i = 0; i < number.len; i++)
		out[i] = number.data[little ? number.len - 1 - i : i];
}

static EVP_PKEY *
open_rsa(const struct spki *spki)
{
	uint8_t n[RSA_MAX_OCTETS], e[RSA_MAX_OCTETS];
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key = NULL;
	OSSL_PARAM params[3];

	if (spki->n.len > sizeof(n) || spki->e.len > sizeof(e))
		return NULL;
	to_native(spki->n, n);
	to_native(spki->e, e);
	params[0] =
	    OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n, spki->n.len);
	params[1] =
	    OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e, spki->e.len);
	params[2] = OSSL_PARAM_construct_end();
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

int
spki_open(const struct spki *spki, EVP_PKEY **out, struct diag *d)
{
	EVP_PKEY *key = NULL;

	switch (key_kind_family(spki->kind)) {
	case FAMILY_EC:
		key = open_ec(spki);
		break;
	case FAMILY_RSA:
		key = open_rsa(spki);
		break;
	case FAMILY_ED:
		key = EVP_PKEY_new_raw_public_key(
		    EVP_PKEY_ED25519, NULL, spki->key.data, spki->key.len);
		break;
	default:
		break;
	}
	if (key == NULL) {
		ERR_clear_error();
		return refuse(d, ERR_KEY_WEAK, "",
		    "the %s key is not a valid public key",
		    key_kind_name(spki->kind));
	}
	*out = key;
	return 0;
}

static bool
key_fits(EVP_PKEY *key, enum sig_alg alg)
{
	int want = EVP_PKEY_NONE;

	switch (sig_alg_family(alg)) {
	case FAMILY_EC:
		want = EVP_PKEY_EC;
		break;
	case FAMILY_RSA:
		want = EVP_PKEY_RSA;
		break;
	case FAMILY_ED:
		want = EVP_PKEY_ED25519;
		break;
	default:
		return false;
	}
	return EVP_PKEY_get_base_id(key) == want;
}

/* RFC 4055 3.1: MGF1 with the same hash, a salt as long as the hash. */
static bool
set_rsa(EVP_PKEY_CTX *ctx, enum sig_alg alg)
{
	if (EVP_PKEY_CTX_set_signature_md(ctx, warm_digest(alg)) != 1)
		return false;
	if (!sig_alg_is_pss(alg))
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) ==
		       1;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) ==
		   1;
}

/*
 * Digest first, then EVP_PKEY_verify(): with a new EVP_PKEY_CTX that is as
 * cheap as EVP_DigestVerify() with a kept context, and a kept one is a trap:
 * OpenSSL 3.0 goes on with the key of its first use.
 */
static bool
verify_digest(EVP_PKEY *key, enum sig_alg alg, struct span signed_bytes,
    struct span signature)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t len = warm_hash(alg, signed_bytes, digest);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool holds;

	holds = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
		(sig_alg_family(alg) != FAMILY_RSA || set_rsa(ctx, alg)) &&
		EVP_PKEY_verify(
		    ctx, signature.data, signature.len, digest, len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return holds;
}

/* RFC 8032: Ed25519 hashes for itself. */
static bool
verify_whole(EVP_PKEY *key, struct span signed_bytes, struct span signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool holds;

	holds = ctx != NULL &&
		EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
		EVP_DigestVerify(ctx, signature.data, signature.len,
		    signed_bytes.data, signed_bytes.len) == 1;
	EVP_MD_CTX_free(ctx);
	return holds;
}

int
signature_verify(EVP_PKEY *key, enum sig_alg alg, struct span signed_bytes,
    struct span signature, struct diag *d)
{
	bool holds;

	if (!key_fits(key, alg))
		return refuse(d, ERR_SIGNATURE, "",
		    "a signature by %s cannot be made with this kind of key",
		    sig_alg_name(alg));
	holds = sig_alg_digest(alg) != NULL
		    ? verify_digest(key, alg, signed_bytes, signature)
		    : verify_whole(key, signed_bytes, signature);
	if (holds)
		return 0;
	ERR_clear_error();
	return refuse(d, ERR_SIGNATURE, "RFC 5280 4.1.1.3",
	    "the %s signature does not verify with the key", sig_alg_name(alg));
}
