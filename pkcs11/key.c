/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys on a token: found by URI, listed, destroyed. Their two halves belong
 * together by CKA_ID, or by CKA_LABEL when there is no id.
 */
#include <string.h>

#include "pkcs11/calls.h"
#include "pkcs11/mechanism.h"
#include "pkcs11/uri.h"

#define VALUE_MAX 2048

/* Control bytes do not reach sentences and listings. */
static void
label_copy(struct key *key, const uint8_t *label, size_t len)
{
	size_t i;

	if (len >= sizeof(key->label))
		len = sizeof(key->label) - 1;
	for (i = 0; i < len; i++)
		key->label[i] =
		    label[i] < ' ' || label[i] == 0x7f ? '?' : (char)label[i];
	key->label[len] = '\0';
}

static unsigned
bits_of(const uint8_t *number, size_t len)
{
	unsigned bits;
	uint8_t top;

	while (len > 0 && number[0] == 0) {
		number++;
		len--;
	}
	if (len == 0)
		return 0;
	bits = (unsigned)len * 8;
	for (top = number[0]; !(top & 0x80); top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

static CK_RV
kind_read(struct session *session, struct key *key, CK_OBJECT_HANDLE object)
{
	uint8_t value[VALUE_MAX];
	CK_ULONG type;
	size_t len = 0;
	CK_RV rv;

	rv = attribute_ulong(session, object, CKA_KEY_TYPE, &type);
	if (rv != CKR_OK)
		return rv;
	if (type == CKK_RSA) {
		rv = attribute_get(
		    session, object, CKA_MODULUS, value, sizeof(value), &len);
		key->kind = KEY_RSA;
		key->bits = rv == CKR_OK ? bits_of(value, len) : 0;
		return rv;
	}
	if (type != CKK_EC && type != CKK_EC_EDWARDS)
		return CKR_OK;
	rv = attribute_get(
	    session, object, CKA_EC_PARAMS, value, sizeof(value), &len);
	if (rv != CKR_OK)
		return rv;
	key->kind = params_kind(type, span_of(value, len));
	key->bits = key_kind_bits(key->kind);
	return CKR_OK;
}

static CK_RV
names_read(struct session *session, struct key *key, CK_OBJECT_HANDLE object)
{
	uint8_t value[VALUE_MAX];
	size_t len = 0;
	CK_RV rv;

	rv = attribute_get(
	    session, object, CKA_LABEL, value, sizeof(value), &len);
	if (rv == CKR_OK)
		label_copy(key, value, len);
	else if (rv != CKR_ATTRIBUTE_TYPE_INVALID)
		return rv;
	rv = attribute_get(session, object, CKA_ID, value, sizeof(value), &len);
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID)
		return CKR_OK;
	if (rv != CKR_OK)
		return rv;
	if (len > sizeof(key->id))
		return CKR_BUFFER_TOO_SMALL;
	memcpy(key->id, value, len);
	key->id_len = len;
	return CKR_OK;
}

int
key_read(struct session *session, CK_OBJECT_HANDLE handle, struct key *out,
    struct diag *d)
{
	struct key key = {0};
	CK_RV rv;

	rv = names_read(session, &key, handle);
	if (rv == CKR_OK)
		rv = kind_read(session, &key, handle);
	if (rv != CKR_OK)
		return ckr_diag(
		    d, session_label(session), "C_GetAttributeValue", rv);
	*out = key;
	return 0;
}

static int
private_read(struct session *session, CK_OBJECT_HANDLE handle, struct key *out,
    struct diag *d)
{
	enum answer answer;
	struct key key;
	CK_RV rv;
	int rc;

	rc = key_read(session, handle, &key, d);
	if (rc != 0)
		return rc;
	key.handle = handle;
	rv = attribute_bool(session, handle, CKA_ALWAYS_AUTHENTICATE, &answer);
	if (rv != CKR_OK)
		return ckr_diag(
		    d, session_label(session), "C_GetAttributeValue", rv);
	key.always_authenticate = answer == ANSWER_YES;
	*out = key;
	return 0;
}

/* CKA_CLASS, and CKA_ID or else CKA_LABEL: how halves find each other. */
static CK_ULONG
half_template(
    CK_ATTRIBUTE *template, CK_OBJECT_CLASS *class, const struct key *key)
{
	template[0] = (CK_ATTRIBUTE){CKA_CLASS, class, sizeof(*class)};
	if (key->id_len > 0)
		template[1] =
		    (CK_ATTRIBUTE){CKA_ID, (void *)key->id, key->id_len};
	else
		template[1] = (CK_ATTRIBUTE){
		    CKA_LABEL, (void *)key->label, strlen(key->label)};
	return 2;
}

/* The first public object with the key's id and of its kind. */
int
key_find_public(struct session *session, const struct key *key,
    CK_OBJECT_HANDLE *handle, struct diag *d)
{
	OBJECTS_CLEANUP objects = {NULL, 0};
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_ATTRIBUTE template[2];
	struct key other = {0};
	CK_ULONG n;
	size_t i;
	int rc;

	*handle = 0;
	n = half_template(template, &class, key);
	rc = objects_find(session, template, n, &objects, d);
	if (rc != 0)
		return rc;
	for (i = 0; i < objects.n; i++) {
		rc = key_read(session, objects.at[i], &other, d);
		if (rc != 0)
			return rc;
		if (other.kind != key->kind || other.bits != key->bits)
			continue;
		if (*handle != 0)
			return diag_set(d, ERR_URI,
			    "token \"%s\" has more than one public key that "
			    "could be of key \"%s\": they share its id",
			    session_label(session), key->label);
		*handle = objects.at[i];
	}
	return 0;
}

/* The names of the private keys that are there, for a sentence. */
static void
names_tell(void *arg, const struct key_listing *listing)
{
	struct buf *names = arg;

	if (listing->key.handle != 0 && names->len < 250)
		buf_printf(names, "%s\"%s\"", names->len > 0 ? ", " : "",
		    listing->key.label);
}

static int
missing_diag(struct session *session, const char *uri, struct diag *d)
{
	BUF_CLEANUP names = BUF_INIT;
	const char *there;
	int rc;

	rc = key_list(session, names_tell, &names, d);
	if (rc != 0)
		return rc;
	there = names.len > 0 ? buf_cstr(&names) : "no private key at all";
	return diag_set(d, ERR_KEY_MISSING,
	    "token \"%s\" has no private key %.150s; there is %.300s%s",
	    session_label(session), uri, there,
	    session->token->logged_in ? "" : " (nobody is logged in)");
}

static int
uri_check(
    const struct pkcs11_uri *uri, const struct session *session, struct diag *d)
{
	if (!uri->has_object && !uri->has_id)
		return diag_set(d, ERR_URI,
		    "the URI names no key: it needs object= or id=");
	if (!uri->is_private_or_any)
		return diag_set(d, ERR_URI,
		    "the URI asks for another type than type=private");
	if (!pkcs11_uri_is_token(uri, &session->token->info))
		return diag_set(d, ERR_URI,
		    "the URI names a key on another token than \"%s\"",
		    session_label(session));
	return 0;
}

static int
private_find(struct session *session, const struct pkcs11_uri *uri,
    struct objects *out, struct diag *d)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template[3] = {{CKA_CLASS, &class, sizeof(class)}};
	CK_ULONG n = 1;

	if (uri->has_object)
		template[n++] = (CK_ATTRIBUTE){
		    CKA_LABEL, (void *)uri->object, strlen(uri->object)};
	if (uri->has_id)
		template[n++] =
		    (CK_ATTRIBUTE){CKA_ID, (void *)uri->id, uri->id_len};
	return objects_find(session, template, n, out, d);
}

static int
usable_check(
    const struct session *session, const struct key *key, struct diag *d)
{
	if (key->kind == KEY_NONE)
		return diag_set(d, ERR_KEY_UNUSABLE,
		    "token \"%s\": key \"%s\" is of a type or curve that is "
		    "not supported",
		    session_label(session), key->label);
	if (key->always_authenticate)
		return diag_set(d, ERR_KEY_UNUSABLE,
		    "token \"%s\": key \"%s\" wants the PIN for every "
		    "signature (CKA_ALWAYS_AUTHENTICATE); the PIN is not kept, "
		    "so it cannot be used here",
		    session_label(session), key->label);
	return 0;
}

int
key_find(
    struct session *session, const char *text, struct key *out, struct diag *d)
{
	OBJECTS_CLEANUP objects = {NULL, 0};
	struct pkcs11_uri uri = {0};
	struct key key = {0};
	int rc;

	rc = pkcs11_uri_parse(text, &uri, d);
	if (rc != 0)
		return rc;
	rc = uri_check(&uri, session, d);
	if (rc == 0)
		rc = private_find(session, &uri, &objects, d);
	pkcs11_uri_free(&uri);
	if (rc != 0)
		return rc;
	if (objects.n == 0)
		return missing_diag(session, text, d);
	if (objects.n > 1)
		return diag_set(d, ERR_URI,
		    "token \"%s\": %zu private keys match %.150s, add id=",
		    session_label(session), objects.n, text);
	rc = private_read(session, objects.at[0], &key, d);
	if (rc == 0)
		rc = usable_check(session, &key, d);
	if (rc == 0)
		rc = key_find_public(session, &key, &key.public_handle, d);
	if (rc == 0)
		*out = key;
	return rc;
}

/* Private keys with their public halves. */
static int
list_private(struct session *session,
    void (*tell)(void *arg, const struct key_listing *listing), void *arg,
    struct diag *d)
{
	OBJECTS_CLEANUP objects = {NULL, 0};
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof(class)};
	struct key_listing listing;
	size_t i;
	int rc;

	rc = objects_find(session, &template, 1, &objects, d);
	for (i = 0; rc == 0 && i < objects.n; i++) {
		memset(&listing, 0, sizeof(listing));
		rc = private_read(session, objects.at[i], &listing.key, d);
		if (rc == 0)
			rc = key_find_public(session, &listing.key,
			    &listing.key.public_handle, d);
		/* Two candidates are not a missing half. */
		if (rc == ERR_URI)
			rc = 0;
		listing.half = listing.key.public_handle == 0;
		if (rc == 0)
			tell(arg, &listing);
	}
	return rc;
}

/* Public keys that have no private half. */
static int
list_public(struct session *session,
    void (*tell)(void *arg, const struct key_listing *listing), void *arg,
    struct diag *d)
{
	OBJECTS_CLEANUP objects = {NULL, 0};
	CK_OBJECT_CLASS public = CKO_PUBLIC_KEY, private = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template[2] = {{CKA_CLASS, &public, sizeof(public)}};
	struct key_listing listing;
	size_t i;
	int rc;

	rc = objects_find(session, template, 1, &objects, d);
	for (i = 0; rc == 0 && i < objects.n; i++) {
		OBJECTS_CLEANUP halves = {NULL, 0};

		memset(&listing, 0, sizeof(listing));
		rc = key_read(session, objects.at[i], &listing.key, d);
		if (rc != 0)
			break;
		rc = objects_find(session, template,
		    half_template(template, &private, &listing.key), &halves,
		    d);
		listing.key.public_handle = objects.at[i];
		listing.half = true;
		if (rc == 0 && halves.n == 0)
			tell(arg, &listing);
	}
	return rc;
}

int
key_list(struct session *session,
    void (*tell)(void *arg, const struct key_listing *listing), void *arg,
    struct diag *d)
{
	int rc = list_private(session, tell, arg, d);

	return rc != 0 ? rc : list_public(session, tell, arg, d);
}

int
key_destroy(struct session *session, const struct key *key, struct diag *d)
{
	CK_OBJECT_HANDLE halves[2] = {key->handle, key->public_handle};
	CK_RV rv = CKR_OK, first = CKR_OK;
	int i;

	/* Both are tried: one that stays is no reason to keep the other. */
	for (i = 0; i < 2; i++) {
		if (halves[i] != 0)
			rv = p11_C_DestroyObject(
			    session->token->module, session->handle, halves[i]);
		if (rv != CKR_OK && first == CKR_OK)
			first = rv;
	}
	return first == CKR_OK ? 0
			       : ckr_diag(d, session_label(session),
				     "C_DestroyObject", first);
}
