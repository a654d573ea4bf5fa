/* SPDX-License-Identifier: Apache-2.0 */
/* The tables behind pkcs11/mechanism.h. */
#include "pkcs11/mechanism.h"

/*
 * DigestInfo for EMSA-PKCS1-v1_5, as in the notes of RFC 8017 9.2: an
 * AlgorithmIdentifier with NULL parameters, then the head of the OCTET STRING.
 */
static const uint8_t info_sha256[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
    0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
static const uint8_t info_sha384[] = {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60,
    0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30};
static const uint8_t info_sha512[] = {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60,
    0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40};

#define ECDSA(md, len)                                             \
	{                                                          \
		.type = CKM_ECDSA, .digest = md, .digest_len = len \
	}
#define PKCS1(md, len, info)                                           \
	{                                                              \
		.type = CKM_RSA_PKCS, .digest = md, .digest_len = len, \
		.prefix = {                                            \
			info,                                          \
			sizeof(info)                                   \
		}                                                      \
	}
/* The salt is as long as the hash, as RFC 4055 and TLS 1.3 want it. */
#define PSS(md, len, hash, mask)                                           \
	{                                                                  \
		.type = CKM_RSA_PKCS_PSS, .digest = md, .digest_len = len, \
		.pss = { hash,                                             \
			mask,                                              \
			len }                                              \
	}

static const struct sign_mechanism sign_mechanisms[SIG_ALGS] = {
    [SIG_ECDSA_SHA256] = ECDSA(DIGEST_SHA256, 32),
    [SIG_ECDSA_SHA384] = ECDSA(DIGEST_SHA384, 48),
    [SIG_ECDSA_SHA512] = ECDSA(DIGEST_SHA512, 64),
    [SIG_RSA_SHA256] = PKCS1(DIGEST_SHA256, 32, info_sha256),
    [SIG_RSA_SHA384] = PKCS1(DIGEST_SHA384, 48, info_sha384),
    [SIG_RSA_SHA512] = PKCS1(DIGEST_SHA512, 64, info_sha512),
    [SIG_RSA_PSS_SHA256] = PSS(DIGEST_SHA256, 32, CKM_SHA256, CKG_MGF1_SHA256),
    [SIG_RSA_PSS_SHA384] = PSS(DIGEST_SHA384, 48, CKM_SHA384, CKG_MGF1_SHA384),
    [SIG_RSA_PSS_SHA512] = PSS(DIGEST_SHA512, 64, CKM_SHA512, CKG_MGF1_SHA512),
    [SIG_ED25519] = {.type = CKM_EDDSA, .digest = DIGEST_NONE},
};

static const struct key_mechanism key_mechanisms[KEY_KINDS] = {
    [KEY_RSA] = {CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, 0, 2,
	{CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_RSA_X_509}},
    [KEY_EC_P256] = {CKM_EC_KEY_PAIR_GEN, CKK_EC, 32, 1, {CKM_ECDSA}},
    [KEY_EC_P384] = {CKM_EC_KEY_PAIR_GEN, CKK_EC, 48, 1, {CKM_ECDSA}},
    [KEY_EC_P521] = {CKM_EC_KEY_PAIR_GEN, CKK_EC, 66, 1, {CKM_ECDSA}},
    [KEY_ED25519] = {CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, 32, 1,
	{CKM_EDDSA}},
};

const char *
digest_name(int digest)
{
	static const char *const names[DIGESTS] = {
	    [DIGEST_SHA256] = "SHA256",
	    [DIGEST_SHA384] = "SHA384",
	    [DIGEST_SHA512] = "SHA512",
	};

	return names[digest];
}

const struct sign_mechanism *
sign_mechanism(enum sig_alg alg)
{
	return &sign_mechanisms[alg];
}

const struct key_mechanism *
key_mechanism(enum key_kind kind)
{
	return &key_mechanisms[kind];
}

size_t
key_signature_len(const struct key *key)
{
	if (key->kind == KEY_RSA)
		return (key->bits + 7) / 8;
	return 2 * key_mechanism(key->kind)->coordinate_len;
}
