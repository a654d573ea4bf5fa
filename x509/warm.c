/* SPDX-License-Identifier: Apache-2.0 */
/* What of OpenSSL is kept between signatures; see warm.h. */
#include "x509/warm.h"

#include <assert.h>
#include <pthread.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "lib/mem.h"

struct warm {
	EVP_MD_CTX *digest;
	EVP_PKEY *curves[KEY_KINDS];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static EVP_MD *digests[SIG_ALGS];
static EVP_MD *sha1;

static void
warm_free(void *arg)
{
	struct warm *warm = arg;
	int kind;

	EVP_MD_CTX_free(warm->digest);
	for (kind = 0; kind < KEY_KINDS; kind++)
		EVP_PKEY_free(warm->curves[kind]);
	mem_free(&warm);
}

/* A libcrypto without SHA-1 or SHA-2 is no base for anything here. */
static EVP_MD *
fetch(const char *name)
{
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);

	if (md == NULL)
		mem_exhausted();
	return md;
}

static void
warm_up(void)
{
	int alg;

	if (pthread_key_create(&thread_key, warm_free) != 0)
		mem_exhausted();
	for (alg = SIG_NONE + 1; alg < SIG_ALGS; alg++) {
		if (sig_alg_digest((enum sig_alg)alg) != NULL)
			digests[alg] = fetch(sig_alg_digest((enum sig_alg)alg));
	}
	sha1 = fetch("SHA1");
}

static struct warm *
warm_of_thread(void)
{
	struct warm *warm;

	(void)pthread_once(&once, warm_up);
	warm = pthread_getspecific(thread_key);
	if (warm != NULL)
		return warm;
	warm = xcalloc(1, sizeof(*warm));
	warm->digest = EVP_MD_CTX_new();
	if (warm->digest == NULL || pthread_setspecific(thread_key, warm) != 0)
		mem_exhausted();
	return warm;
}

const EVP_MD *
warm_digest(enum sig_alg alg)
{
	(void)pthread_once(&once, warm_up);
	return alg > SIG_NONE && alg < SIG_ALGS ? digests[alg] : NULL;
}

static size_t
hash(const EVP_MD *md, struct span in, uint8_t *out)
{
	EVP_MD_CTX *ctx = warm_of_thread()->digest;
	unsigned len = 0;

	if (EVP_DigestInit_ex2(ctx, md, NULL) != 1 ||
	    EVP_DigestUpdate(ctx, in.data, in.len) != 1 ||
	    EVP_DigestFinal_ex(ctx, out, &len) != 1)
		mem_exhausted();
	return len;
}

size_t
warm_hash(enum sig_alg alg, struct span in, uint8_t out[EVP_MAX_MD_SIZE])
{
	return hash(warm_digest(alg), in, out);
}

void
warm_sha1(struct span in, uint8_t out[20])
{
	(void)pthread_once(&once, warm_up);
	(void)hash(sha1, in, out);
}

/* A key that has a curve and no point yet. */
static EVP_PKEY *
curve_new(enum key_kind kind)
{
	const char *group = kind == KEY_EC_P256   ? "P-256"
			    : kind == KEY_EC_P384 ? "P-384"
						  : "P-521";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(
		OSSL_PKEY_PARAM_GROUP_NAME, (char *)group, 0),
	    OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params) != 1)
		mem_exhausted();
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *
warm_ec_key(const struct spki *spki)
{
	struct warm *warm = warm_of_thread();
	EVP_PKEY **key = &warm->curves[spki->kind];

	assert(key_kind_family(spki->kind) == FAMILY_EC);
	if (*key == NULL)
		*key = curve_new(spki->kind);
	/* Decoding the point checks that it is on the curve. */
	if (EVP_PKEY_set1_encoded_public_key(
		*key, spki->key.data, spki->key.len) != 1) {
		ERR_clear_error();
		return NULL;
	}
	return *key;
}

void
x509_prepare(void)
{
	(void)pthread_once(&once, warm_up);
}

void
x509_sha256(struct span bytes, uint8_t out[32])
{
	if (EVP_Digest(bytes.data, bytes.len, out, NULL,
		warm_digest(SIG_ECDSA_SHA256), NULL) != 1)
		mem_exhausted();
}
