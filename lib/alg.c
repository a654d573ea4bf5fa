/* SPDX-License-Identifier: Apache-2.0 */
/* Key kinds and signature algorithms; see alg.h. */
#include "lib/alg.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned bits;
} kinds[KEY_KINDS] = {
#define KEY(symbol, name, bits) [symbol] = {name, bits},
#include "lib/alg.def"
#undef KEY
};

static const struct {
	const char *name;
	enum key_family family;
	const char *digest;
	bool pss;
} algs[SIG_ALGS] = {
#define SIG(symbol, name, family, digest, pss) \
	[symbol] = {name, family, digest, pss},
#include "lib/alg.def"
#undef SIG
};

const char *
key_kind_name(enum key_kind kind)
{
	return kind > KEY_NONE && kind < KEY_KINDS ? kinds[kind].name
						   : "unknown";
}

enum key_kind
key_kind_find(const char *name)
{
	int kind;

	for (kind = KEY_NONE + 1; kind < KEY_KINDS; kind++) {
		if (strcmp(kinds[kind].name, name) == 0)
			return (enum key_kind)kind;
	}
	return KEY_NONE;
}

unsigned
key_kind_bits(enum key_kind kind)
{
	return kind > KEY_NONE && kind < KEY_KINDS ? kinds[kind].bits : 0;
}

enum key_family
key_kind_family(enum key_kind kind)
{
	switch (kind) {
	case KEY_RSA:
		return FAMILY_RSA;
	case KEY_EC_P256:
	case KEY_EC_P384:
	case KEY_EC_P521:
		return FAMILY_EC;
	case KEY_ED25519:
		return FAMILY_ED;
	default:
		return FAMILY_NONE;
	}
}

const char *
sig_alg_name(enum sig_alg alg)
{
	return alg > SIG_NONE && alg < SIG_ALGS ? algs[alg].name : "unknown";
}

enum sig_alg
sig_alg_find(const char *name)
{
	int alg;

	for (alg = SIG_NONE + 1; alg < SIG_ALGS; alg++) {
		if (strcmp(algs[alg].name, name) == 0)
			return (enum sig_alg)alg;
	}
	return SIG_NONE;
}

enum key_family
sig_alg_family(enum sig_alg alg)
{
	return alg > SIG_NONE && alg < SIG_ALGS ? algs[alg].family
						: FAMILY_NONE;
}

const char *
sig_alg_digest(enum sig_alg alg)
{
	return alg > SIG_NONE && alg < SIG_ALGS ? algs[alg].digest : NULL;
}

bool
sig_alg_is_pss(enum sig_alg alg)
{
	return alg > SIG_NONE && alg < SIG_ALGS && algs[alg].pss;
}

enum sig_alg
sig_alg_default(enum key_kind kind)
{
	switch (kind) {
	case KEY_RSA:
		return SIG_RSA_SHA256;
	case KEY_EC_P256:
		return SIG_ECDSA_SHA256;
	case KEY_EC_P384:
		return SIG_ECDSA_SHA384;
	case KEY_EC_P521:
		return SIG_ECDSA_SHA512;
	case KEY_ED25519:
		return SIG_ED25519;
	default:
		return SIG_NONE;
	}
}
