/* SPDX-License-Identifier: Apache-2.0 */
/* Key usages and purposes: bits, words and object identifiers. */
#include "x509/usage.h"

#include <string.h>

static const struct {
	unsigned bit;
	const char *name;
} key_usages[] = {
    {KU_DIGITAL_SIGNATURE, "digital-signature"},
    {KU_NON_REPUDIATION, "non-repudiation"},
    {KU_KEY_ENCIPHERMENT, "key-encipherment"},
    {KU_DATA_ENCIPHERMENT, "data-encipherment"},
    {KU_KEY_AGREEMENT, "key-agreement"},
    {KU_KEY_CERT_SIGN, "key-cert-sign"},
    {KU_CRL_SIGN, "crl-sign"},
    {KU_ENCIPHER_ONLY, "encipher-only"},
    {KU_DECIPHER_ONLY, "decipher-only"},
};

/* The words are those of x509/oid.def. */
static const struct {
	unsigned bit;
	enum oid oid;
} ext_usages[] = {
    {EKU_SERVER_AUTH, OID_EKU_SERVER_AUTH},
    {EKU_CLIENT_AUTH, OID_EKU_CLIENT_AUTH},
    {EKU_CODE_SIGNING, OID_EKU_CODE_SIGNING},
    {EKU_EMAIL_PROTECTION, OID_EKU_EMAIL_PROTECTION},
    {EKU_TIME_STAMPING, OID_EKU_TIME_STAMPING},
    {EKU_OCSP_SIGNING, OID_EKU_OCSP_SIGNING},
};

#define N_KEY_USAGES (sizeof(key_usages) / sizeof(key_usages[0]))
#define N_EXT_USAGES (sizeof(ext_usages) / sizeof(ext_usages[0]))

const char *
key_usage_name(unsigned bit)
{
	size_t i;

	for (i = 0; i < N_KEY_USAGES; i++) {
		if (key_usages[i].bit == bit)
			return key_usages[i].name;
	}
	return "unknown";
}

unsigned
key_usage_find(const char *name)
{
	size_t i;

	for (i = 0; i < N_KEY_USAGES; i++) {
		if (strcmp(key_usages[i].name, name) == 0)
			return key_usages[i].bit;
	}
	return 0;
}

const char *
ext_usage_name(unsigned bit)
{
	size_t i;

	for (i = 0; i < N_EXT_USAGES; i++) {
		if (ext_usages[i].bit == bit)
			return oid_name(ext_usages[i].oid);
	}
	return "unknown";
}

unsigned
ext_usage_find(const char *name)
{
	size_t i;

	for (i = 0; i < N_EXT_USAGES; i++) {
		if (strcmp(oid_name(ext_usages[i].oid), name) == 0)
			return ext_usages[i].bit;
	}
	return 0;
}

unsigned
ext_usage_of(enum oid oid)
{
	size_t i;

	for (i = 0; i < N_EXT_USAGES; i++) {
		if (ext_usages[i].oid == oid)
			return ext_usages[i].bit;
	}
	return 0;
}

enum oid
ext_usage_oid(unsigned bit)
{
	size_t i;

	for (i = 0; i < N_EXT_USAGES; i++) {
		if (ext_usages[i].bit == bit)
			return ext_usages[i].oid;
	}
	return OID_NONE;
}

void
key_usage_print(unsigned bits, struct buf *out)
{
	const char *between = "";
	size_t i;

	for (i = 0; i < N_KEY_USAGES; i++) {
		if ((bits & key_usages[i].bit) == 0)
			continue;
		buf_printf(out, "%s%s", between, key_usages[i].name);
		between = ", ";
	}
}
