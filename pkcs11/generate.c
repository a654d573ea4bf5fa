/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a key pair that stays on its token, and proving that it works before
 * anybody hears of it.
 *
 * What would only protect the key from being deleted (CKA_DESTROYABLE=false)
 * is not asked for: a pair that turns out half or unsafe must go again.
 * CKA_ALWAYS_AUTHENTICATE neither: such a key wants its PIN kept at hand.
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "lib/hex.h"
#include "pkcs11/calls.h"
#include "pkcs11/mechanism.h"

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

/*
 * Asked for one by one if need be: tokens exist that refuse some. CKA_WRAP is
 * not among them, it is no attribute of private keys.
 */
static const struct {
	CK_ATTRIBUTE_TYPE type;
	const char *name;
	CK_BBOOL *value; /* NULL: the list of allowed mechanisms */
} optional[] = {
    {CKA_DECRYPT, "CKA_DECRYPT", &no},
    {CKA_UNWRAP, "CKA_UNWRAP", &no},
    {CKA_DERIVE, "CKA_DERIVE", &no},
    {CKA_SIGN_RECOVER, "CKA_SIGN_RECOVER", &no},
    {CKA_MODIFIABLE, "CKA_MODIFIABLE", &no},
    {CKA_COPYABLE, "CKA_COPYABLE", &no},
    {CKA_WRAP_WITH_TRUSTED, "CKA_WRAP_WITH_TRUSTED", &yes},
    {CKA_ALLOWED_MECHANISMS, "CKA_ALLOWED_MECHANISMS", NULL},
};
#define OPTIONALS (sizeof(optional) / sizeof(optional[0]))
#define ALL_OPTIONALS ((1U << OPTIONALS) - 1)

#define REQUIRED_MAX 10

/* One attempt: the spec, which optional attributes, which curve spelling. */
struct attempt {
	const struct key_spec *spec;
	uint8_t id[16];
	unsigned optionals; /* a bit each */
	int spelling;
};

static CK_ULONG
private_template(const struct attempt *attempt, CK_OBJECT_CLASS *class,
    CK_ATTRIBUTE *template)
{
	const struct key_mechanism *row = key_mechanism(attempt->spec->kind);
	const char *label = attempt->spec->label;
	size_t i, n_allowed = row->n_allowed;
	CK_ULONG n = 0;

	if (attempt->spec->kind == KEY_RSA && attempt->spec->raw_rsa)
		n_allowed++;

	template[n++] = (CK_ATTRIBUTE){CKA_CLASS, class, sizeof(*class)};
	template[n++] = (CK_ATTRIBUTE){CKA_TOKEN, &yes, sizeof(yes)};
	template[n++] = (CK_ATTRIBUTE){CKA_PRIVATE, &yes, sizeof(yes)};
	template[n++] = (CK_ATTRIBUTE){CKA_SENSITIVE, &yes, sizeof(yes)};
	template[n++] = (CK_ATTRIBUTE){CKA_EXTRACTABLE, &no, sizeof(no)};
	template[n++] = (CK_ATTRIBUTE){CKA_SIGN, &yes, sizeof(yes)};
	template[n++] = (CK_ATTRIBUTE){CKA_LABEL, (void *)label, strlen(label)};
	template[n++] =
	    (CK_ATTRIBUTE){CKA_ID, (void *)attempt->id, sizeof(attempt->id)};
	for (i = 0; i < OPTIONALS; i++) {
		if (!(attempt->optionals & 1U << i))
			continue;
		if (optional[i].value != NULL)
			template[n++] = (CK_ATTRIBUTE){optional[i].type,
			    optional[i].value, sizeof(CK_BBOOL)};
		else
			template[n++] = (CK_ATTRIBUTE){optional[i].type,
			    (void *)row->allowed,
			    n_allowed * sizeof(row->allowed[0])};
	}
	return n;
}

static CK_ULONG
public_template(const struct attempt *attempt, CK_OBJECT_CLASS *class,
    CK_ULONG *bits, CK_ATTRIBUTE *template)
{
	static const uint8_t f4[] = {0x01, 0x00, 0x01};
	const char *label = attempt->spec->label;
	struct span params;
	CK_ULONG n = 0;

	template[n++] = (CK_ATTRIBUTE){CKA_CLASS, class, sizeof(*class)};
	template[n++] = (CK_ATTRIBUTE){CKA_TOKEN, &yes, sizeof(yes)};
	template[n++] = (CK_ATTRIBUTE){CKA_VERIFY, &yes, sizeof(yes)};
	template[n++] = (CK_ATTRIBUTE){CKA_LABEL, (void *)label, strlen(label)};
	template[n++] =
	    (CK_ATTRIBUTE){CKA_ID, (void *)attempt->id, sizeof(attempt->id)};
	if (attempt->spec->kind == KEY_RSA) {
		template[n++] =
		    (CK_ATTRIBUTE){CKA_MODULUS_BITS, bits, sizeof(*bits)};
		template[n++] =
		    (CK_ATTRIBUTE){CKA_PUBLIC_EXPONENT, (void *)f4, sizeof(f4)};
		return n;
	}
	params = params_of(attempt->spec->kind, attempt->spelling);
	template[n++] =
	    (CK_ATTRIBUTE){CKA_EC_PARAMS, (void *)params.data, params.len};
	return n;
}

/*
 * Both halves of what was made, whatever the token said about making it: the
 * id is new, so every key that has it is ours. Certificates may have it too.
 */
static int
leftovers_destroy(
    struct session *session, const struct attempt *attempt, struct diag *d)
{
	CK_OBJECT_CLASS classes[] = {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY};
	struct key left = {0};
	int i, rc, first = 0;
	size_t k;

	for (i = 0; i < 2; i++) {
		OBJECTS_CLEANUP objects = {NULL, 0};
		CK_ATTRIBUTE template[] = {
		    {CKA_CLASS, &classes[i], sizeof(classes[i])},
		    {CKA_ID, (void *)attempt->id, sizeof(attempt->id)}};

		rc = objects_find(session, template, 2, &objects, d);
		for (k = 0; k < objects.n; k++) {
			left.handle = objects.at[k];
			rc = key_destroy(session, &left, d);
		}
		first = first != 0 ? first : rc;
	}
	return first;
}

static CK_RV
pair_make(struct session *session, const struct attempt *attempt)
{
	CK_OBJECT_CLASS private = CKO_PRIVATE_KEY, public = CKO_PUBLIC_KEY;
	CK_ATTRIBUTE private_attributes[REQUIRED_MAX + OPTIONALS];
	CK_ATTRIBUTE public_attributes[REQUIRED_MAX];
	CK_ULONG bits = attempt->spec->bits, n_private, n_public;
	CK_MECHANISM mechanism = {
	    key_mechanism(attempt->spec->kind)->generate, NULL, 0};
	CK_OBJECT_HANDLE handles[2];

	n_private = private_template(attempt, &private, private_attributes);
	n_public = public_template(attempt, &public, &bits, public_attributes);
	return p11_C_GenerateKeyPair(session->token->module, session->handle,
	    &mechanism, public_attributes, n_public, private_attributes,
	    n_private, &handles[0], &handles[1]);
}

/* The token did not like an attribute or its value. */
static bool
is_template_refusal(CK_RV rv)
{
	return rv == CKR_ATTRIBUTE_TYPE_INVALID ||
	       rv == CKR_ATTRIBUTE_VALUE_INVALID ||
	       rv == CKR_ATTRIBUTE_READ_ONLY ||
	       rv == CKR_TEMPLATE_INCONSISTENT ||
	       rv == CKR_DOMAIN_PARAMS_INVALID ||
	       rv == CKR_CURVE_NOT_SUPPORTED ||
	       rv == CKR_MECHANISM_PARAM_INVALID || rv == CKR_FUNCTION_FAILED ||
	       rv == CKR_GENERAL_ERROR;
}

/* Ed25519 has two spellings of its curve, and tokens know one or both. */
static CK_RV
pair_make_any_spelling(struct session *session, struct attempt *attempt)
{
	CK_RV rv, first = CKR_OK;
	int spelling;

	if (attempt->spelling >= 0)
		return pair_make(session, attempt);
	for (spelling = 0; spelling < 2; spelling++) {
		if (spelling > 0 &&
		    params_of(attempt->spec->kind, spelling).len == 0)
			break;
		attempt->spelling = spelling;
		rv = pair_make(session, attempt);
		if (!is_template_refusal(rv))
			return rv;
		if (first == CKR_OK)
			first = rv;
	}
	attempt->spelling = -1;
	return first;
}

/*
 * A refusal does not say which attribute it was: the optional ones are asked
 * for one after the other, each with those that were taken before. A pair
 * made on the way is destroyed, so that only one is ever kept.
 */
static CK_RV
optionals_try(struct session *session, struct attempt *attempt, struct diag *d)
{
	unsigned taken = 0;
	CK_RV rv;
	size_t i;

	for (i = 0; i < OPTIONALS; i++) {
		attempt->optionals = taken | 1U << i;
		rv = pair_make_any_spelling(session, attempt);
		if (rv == CKR_OK) {
			taken = attempt->optionals;
			if (leftovers_destroy(session, attempt, d) != 0)
				return CKR_ACTION_PROHIBITED;
		} else if (!is_template_refusal(rv)) {
			return rv;
		}
	}
	attempt->optionals = taken;
	return CKR_OK;
}

static int
pair_generate(struct session *session, struct attempt *attempt, struct diag *d)
{
	CK_RV rv;

	attempt->optionals = ALL_OPTIONALS;
	attempt->spelling = -1;
	rv = pair_make_any_spelling(session, attempt);
	if (is_template_refusal(rv)) {
		rv = optionals_try(session, attempt, d);
		if (rv == CKR_OK)
			rv = pair_make_any_spelling(session, attempt);
	}
	if (rv != CKR_OK)
		return ckr_diag(
		    d, session_label(session), "C_GenerateKeyPair", rv);
	return 0;
}

/* Verifies with what key_public gives out, not with the token. */
static int
pair_prove(struct session *session, const struct key *key, struct diag *d)
{
	enum sig_alg alg = sig_alg_default(key->kind);
	struct span bytes = span_str("privyseal: does this key sign?");
	BUF_CLEANUP sig = BUF_INIT;
	EVP_MD_CTX *ctx;
	EVP_PKEY *public;
	int rc, good;

	rc = key_sign(session, key, alg, bytes, &sig, d);
	if (rc == 0)
		rc = public_evp(session, key, &public, d);
	if (rc != 0)
		return rc;
	ctx = EVP_MD_CTX_new();
	good = ctx != NULL &&
	       EVP_DigestVerifyInit_ex(ctx, NULL, sig_alg_digest(alg), NULL,
		   NULL, public, NULL) == 1 &&
	       EVP_DigestVerify(
		   ctx, sig.data, sig.len, bytes.data, bytes.len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(public);
	if (!good)
		return diag_set(d, ERR_SIGNATURE,
		    "token \"%s\": the first signature of the new key \"%s\" "
		    "does not verify with its public half",
		    session_label(session), key->label);
	return 0;
}

/* The pair as anybody else will find it: by its id, one of each. */
static int
pair_find(struct session *session, const struct attempt *attempt,
    struct key *out, struct diag *d)
{
	/* Three characters an octet, "%" and two digits: 23 + 48 + NUL. */
	char uri[128] = "pkcs11:type=private;id=", *at = uri + strlen(uri);
	size_t i;
	int rc;

	for (i = 0; i < sizeof(attempt->id); i++) {
		*at++ = '%';
		hex_encode(span_of(&attempt->id[i], 1), at);
		at += 2;
	}
	rc = key_find(session, uri, out, d);
	if (rc == 0 && out->public_handle == 0)
		rc = diag_set(d, ERR_KEY_MISSING,
		    "token \"%s\" made half a pair: no public key has the "
		    "new id",
		    session_label(session));
	return rc;
}

/* Attributes that the token would not set are told, and refused at load. */
static int
pair_check(struct session *session, const struct attempt *attempt,
    const struct key *key, struct buf *text, struct diag *d)
{
	static const CK_ATTRIBUTE_TYPE checked[] = {
	    CKA_DECRYPT, CKA_DERIVE, CKA_MODIFIABLE};
	char *accepted[OPTIONALS];
	size_t i, k, n = 0;

	for (i = 0; i < OPTIONALS; i++) {
		if (attempt->optionals & 1U << i)
			continue;
		buf_printf(text, "%s refused by the token\n", optional[i].name);
		for (k = 0; k < sizeof(checked) / sizeof(checked[0]); k++) {
			if (optional[i].type == checked[k])
				accepted[n++] = (char *)optional[i].name;
		}
	}
	return key_check(session, key, accepted, n, text, d);
}

static int
name_check(struct session *session, const CK_ATTRIBUTE *name, const char *what,
    struct diag *d)
{
	CK_OBJECT_CLASS classes[] = {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY};
	int i, rc;

	for (i = 0; i < 2; i++) {
		OBJECTS_CLEANUP objects = {NULL, 0};
		CK_ATTRIBUTE template[2] = {
		    {CKA_CLASS, &classes[i], sizeof(classes[i])}, *name};

		rc = objects_find(session, template, 2, &objects, d);
		if (rc == 0 && objects.n > 0)
			rc = diag_set(d, ERR_KEY_EXISTS,
			    "token \"%s\" has a %s key with that %s already",
			    session_label(session),
			    i == 0 ? "private" : "public", what);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
spec_check(const struct key_spec *spec, struct diag *d)
{
	size_t len = spec->label != NULL ? strlen(spec->label) : 0;

	if (spec->kind <= KEY_NONE || spec->kind >= KEY_KINDS)
		return diag_set(d, ERR_USAGE, "this kind of key is not known");
	if (len == 0 || len >= sizeof(((struct key *)0)->label))
		return diag_set(d, ERR_USAGE,
		    "a key needs a label of 1 to %zu bytes, this has %zu",
		    sizeof(((struct key *)0)->label) - 1, len);
	if (spec->kind == KEY_RSA &&
	    (spec->bits < 2048 || spec->bits > 4096 || spec->bits % 8 != 0))
		return diag_set(d, ERR_USAGE,
		    "an RSA key has 2048 to 4096 bits here, not %u",
		    spec->bits);
	return 0;
}

static int
id_choose(const struct key_spec *spec, uint8_t *id, struct diag *d)
{
	static const uint8_t zero[sizeof(spec->id)];

	memcpy(id, spec->id, sizeof(spec->id));
	if (memcmp(id, zero, sizeof(zero)) != 0)
		return 0;
	if (RAND_bytes(id, sizeof(spec->id)) != 1)
		return diag_set(d, ERR_INTERNAL, "OpenSSL has no randomness");
	return 0;
}

static int
pair_take(struct session *session, struct attempt *attempt, struct key *out,
    struct buf *text, struct diag *d)
{
	struct key key;
	int rc;

	rc = pair_generate(session, attempt, d);
	if (rc == 0)
		rc = pair_find(session, attempt, &key, d);
	if (rc == 0)
		rc = pair_check(session, attempt, &key, text, d);
	if (rc == 0)
		rc = pair_prove(session, &key, d);
	if (rc == 0)
		*out = key;
	return rc;
}

/*
 * Nothing half, unsafe or unproven stays behind; the first error is the one
 * that is told.
 */
int
key_generate(struct session *session, const struct key_spec *spec,
    struct key *out, struct buf *text, struct diag *d)
{
	struct attempt attempt = {.spec = spec};
	struct diag undo = DIAG_INIT;
	CK_ATTRIBUTE label, id;
	int rc;

	rc = spec_check(spec, d);
	if (rc == 0)
		rc = id_choose(spec, attempt.id, d);
	if (rc != 0)
		return rc;
	label =
	    (CK_ATTRIBUTE){CKA_LABEL, (void *)spec->label, strlen(spec->label)};
	id = (CK_ATTRIBUTE){CKA_ID, attempt.id, sizeof(attempt.id)};
	rc = name_check(session, &label, "label", d);
	if (rc == 0)
		rc = name_check(session, &id, "id", d);
	if (rc != 0)
		return rc;
	rc = pair_take(session, &attempt, out, text, d);
	if (rc != 0 && leftovers_destroy(session, &attempt, &undo) != 0)
		diag_prefix(d, "what was made could not be destroyed (%s)",
		    ckr_name(undo.native));
	return rc;
}
