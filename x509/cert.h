/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates: built from policy and facts, linted, assembled, read back.
 *
 * What depends only on issuer and policy is encoded once into a cert_profile;
 * cert_build() then writes a TBSCertificate around it. Building, linting and
 * assembling take and give DER: there is no key here.
 */
#ifndef X509_CERT_H
#define X509_CERT_H

#include "x509/key.h"
#include "x509/name.h"

#define SERIAL_MAX_LEN 20 /* octets, RFC 5280 4.1.2.2 */

/*
 * keyUsage bits: bit 0 is digitalSignature (RFC 5280 4.2.1.3). OpenSSL's
 * <openssl/x509v3.h> has macros of these names with other values: a file that
 * needs both must #undef them, as tests/fake/x509v3.h does.
 */
enum key_usage {
	KU_DIGITAL_SIGNATURE = 1 << 0,
	KU_NON_REPUDIATION = 1 << 1,
	KU_KEY_ENCIPHERMENT = 1 << 2,
	KU_DATA_ENCIPHERMENT = 1 << 3,
	KU_KEY_AGREEMENT = 1 << 4,
	KU_KEY_CERT_SIGN = 1 << 5,
	KU_CRL_SIGN = 1 << 6,
	KU_ENCIPHER_ONLY = 1 << 7,
	KU_DECIPHER_ONLY = 1 << 8
};

/* extendedKeyUsage purposes, as bits of a set (RFC 5280 4.2.1.12). */
enum ext_usage {
	EKU_SERVER_AUTH = 1 << 0,
	EKU_CLIENT_AUTH = 1 << 1,
	EKU_CODE_SIGNING = 1 << 2,
	EKU_EMAIL_PROTECTION = 1 << 3,
	EKU_TIME_STAMPING = 1 << 4,
	EKU_OCSP_SIGNING = 1 << 5
};

const char *key_usage_name(unsigned bit);  /* "digital-signature" */
unsigned key_usage_find(const char *name); /* the bit, 0 if unknown */
const char *ext_usage_name(unsigned bit);  /* "server-auth" */
unsigned ext_usage_find(const char *name);

/* A parsed certificate; everything points into the DER that was given. */
struct cert {
	struct span der, tbs, serial, issuer, subject, signature;
	enum sig_alg alg;
	int64_t not_before, not_after; /* UTC seconds */
	struct spki spki;
	bool is_ca;
	int path_len; /* -1: none */
	unsigned key_usage;
	unsigned ext_usage;
	struct span subject_key_id, authority_key_id;
	struct span sans; /* the GeneralNames sequence, or empty */
};

/*
 * Strict DER, version 3, known algorithms, no extension twice; extensions that
 * are not known are passed over. ERR_DER, ERR_CERT, ERR_KEY_UNKNOWN.
 */
int cert_parse(struct span der, struct cert *out, struct diag *d);
/* The same for a TBSCertificate alone; der, signature stay empty. */
int cert_parse_tbs(struct span tbs, struct cert *out, struct diag *d);
int cert_sans(const struct cert *cert, struct san *sans, size_t max, size_t *n,
    struct diag *d);
/* The certificate in words, for people. */
void cert_print(const struct cert *cert, struct buf *out);

/* What policy and issuer fix for all certificates of one profile. */
struct cert_profile_spec {
	const struct cert *issuer; /* its subject, key id; NULL: self-signed */
	enum sig_alg alg;
	unsigned key_usage; /* keyEncipherment is dropped for EC keys */
	unsigned ext_usage;
	bool is_ca;
	int path_len; /* -1: none; only with is_ca */
};

/*
 * ERR_POLICY_INVALID for usages that do not fit, ERR_CERT when the issuer is
 * not a CA or its key cannot sign with alg. Nothing of spec is kept.
 */
struct cert_profile;
int cert_profile_new(const struct cert_profile_spec *spec,
    struct cert_profile **out, struct diag *d);
void cert_profile_free(struct cert_profile *profile);

struct cert_spec {
	const struct cert_profile *profile;
	struct span serial; /* positive, minimal, 1..20 octets */
	int64_t not_before; /* UTC seconds; both inclusive */
	int64_t not_after;
	const struct attr *attrs; /* may be none: then the SAN is critical */
	size_t n_attrs;
	const struct san *sans;
	size_t n_sans;
	const struct spki *spki;
};

/*
 * Appends the DER of a TBSCertificate. A name that is given twice is written
 * once. ERR_CSR_NAME for names that cannot be encoded, ERR_POLICY_INVALID when
 * no key usage of the profile is left for such a key.
 */
int cert_build(const struct cert_spec *spec, struct buf *tbs, struct diag *d);

/*
 * Appends the DER of the Certificate: TBS, algorithm, signature (ECDSA: in
 * DER). ERR_INTERNAL when the TBS names another algorithm, ERR_SIGNATURE when
 * the signature has not the form of one; it is not verified here.
 */
int cert_assemble(struct span tbs, enum sig_alg alg, struct span signature,
    struct buf *der, struct diag *d);

/*
 * 20 octets: 6 of milliseconds, so that serials sort by time, 14 random. The
 * first is 0x40..0x7f.
 */
int serial_make(int64_t now_ms, uint8_t out[SERIAL_MAX_LEN], struct diag *d);

#endif
