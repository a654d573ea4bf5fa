/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 7512 URIs, taken apart by p11-kit; see pkcs11/uri.h. */
#include "pkcs11/uri.h"

#include <stdlib.h>
#include <string.h>

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#include "lib/mem.h"
#include "pkcs11/private.h"

static void
p11_uri_cleanup(P11KitUri **uri)
{
	p11_kit_uri_free(*uri);
}
#define P11_URI_CLEANUP __attribute__((cleanup(p11_uri_cleanup))) P11KitUri

/* p11-kit fills what was not given with 0 and pads the rest with blanks. */
static void
field_take(char *out, const unsigned char *field, size_t len)
{
	while (len > 0 && (field[len - 1] == ' ' || field[len - 1] == '\0'))
		len--;
	memcpy(out, field, len);
	out[len] = '\0';
}

static int
object_take(P11KitUri *parsed, struct pkcs11_uri *out, struct diag *d)
{
	const CK_ATTRIBUTE *label, *id, *class;
	CK_OBJECT_CLASS value;

	label = p11_kit_uri_get_attribute(parsed, CKA_LABEL);
	if (label != NULL) {
		if (label->ulValueLen == 0 ||
		    label->ulValueLen >= sizeof(out->object) ||
		    memchr(label->pValue, 0, label->ulValueLen) != NULL)
			return diag_set(d, ERR_URI,
			    "object= must have 1 to %zu bytes and no NUL, it "
			    "has %lu",
			    sizeof(out->object) - 1, label->ulValueLen);
		memcpy(out->object, label->pValue, label->ulValueLen);
		out->has_object = true;
	}
	id = p11_kit_uri_get_attribute(parsed, CKA_ID);
	if (id != NULL) {
		if (id->ulValueLen == 0 || id->ulValueLen > sizeof(out->id))
			return diag_set(d, ERR_URI,
			    "id= must have 1 to %zu bytes, it has %lu",
			    sizeof(out->id), id->ulValueLen);
		memcpy(out->id, id->pValue, id->ulValueLen);
		out->id_len = id->ulValueLen;
		out->has_id = true;
	}
	class = p11_kit_uri_get_attribute(parsed, CKA_CLASS);
	out->is_private_or_any = true;
	if (class != NULL && class->ulValueLen == sizeof(value)) {
		memcpy(&value, class->pValue, sizeof(value));
		out->is_private_or_any = value == CKO_PRIVATE_KEY;
	}
	return 0;
}

static void
token_take(P11KitUri *parsed, struct pkcs11_uri *out)
{
	const CK_TOKEN_INFO *info = p11_kit_uri_get_token_info(parsed);
	CK_SLOT_ID slot = p11_kit_uri_get_slot_id(parsed);

	field_take(out->token, info->label, sizeof(info->label));
	field_take(out->manufacturer, info->manufacturerID,
	    sizeof(info->manufacturerID));
	field_take(out->model, info->model, sizeof(info->model));
	field_take(out->serial, info->serialNumber, sizeof(info->serialNumber));
	out->has_slot = slot != (CK_SLOT_ID)-1;
	out->slot = out->has_slot ? slot : 0;
}

/* RFC 7512 2.3: what is not understood must not be taken for a match. */
static int
uri_check(P11KitUri *parsed, struct diag *d)
{
	if (p11_kit_uri_get_pin_value(parsed) != NULL) {
		diag_set(d, ERR_URI,
		    "pin-value shows the PIN to everybody who can list "
		    "processes or read the configuration: use "
		    "pin-source=file:... and change this PIN");
		return diag_ref(d, "RFC 7512 7");
	}
	if (p11_kit_uri_any_unrecognized(parsed)) {
		diag_set(d, ERR_URI,
		    "the URI has an attribute that is not known, so it cannot "
		    "be said what it means");
		return diag_ref(d, "RFC 7512 2.3");
	}
	return 0;
}

int
pkcs11_uri_parse(const char *text, struct pkcs11_uri *out, struct diag *d)
{
	P11_URI_CLEANUP *parsed = p11_kit_uri_new();
	struct pkcs11_uri uri = {0};
	const char *path, *source;
	int rc;

	if (parsed == NULL)
		mem_exhausted();
	rc = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, parsed);
	if (rc != P11_KIT_URI_OK) {
		diag_set(d, ERR_URI, "this is not a PKCS#11 URI: %s",
		    rc == P11_KIT_URI_BAD_SCHEME
			? "it does not begin with \"pkcs11:\""
			: p11_kit_uri_message(rc));
		return diag_ref(d, "RFC 7512 2.3");
	}
	rc = uri_check(parsed, d);
	if (rc == 0)
		rc = object_take(parsed, &uri, d);
	if (rc != 0)
		return rc;
	token_take(parsed, &uri);
	path = p11_kit_uri_get_module_path(parsed);
	source = p11_kit_uri_get_pin_source(parsed);
	uri.module_path = path != NULL ? xstrdup(path) : NULL;
	uri.pin_source = source != NULL ? xstrdup(source) : NULL;
	*out = uri;
	return 0;
}

void
pkcs11_uri_free(struct pkcs11_uri *uri)
{
	free(uri->module_path);
	free(uri->pin_source);
	memset(uri, 0, sizeof(*uri));
}

static bool
is_same_or_any(const char *wanted, const char *there)
{
	return wanted[0] == '\0' || strcmp(wanted, there) == 0;
}

bool
pkcs11_uri_is_token(const struct pkcs11_uri *uri, const struct token_info *info)
{
	return is_same_or_any(uri->token, info->label) &&
	       is_same_or_any(uri->manufacturer, info->manufacturer) &&
	       is_same_or_any(uri->model, info->model) &&
	       is_same_or_any(uri->serial, info->serial) &&
	       (!uri->has_slot || uri->slot == info->slot);
}

/* RFC 7512 2.3: everything but unreserved characters as %NN. */
static void
escaped_add(struct buf *out, const char *name, struct span value, bool all)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	size_t i;

	buf_add_str(out, name);
	for (i = 0; i < value.len; i++) {
		if (!all && value.data[i] != 0 &&
		    strchr(plain, value.data[i]) != NULL)
			buf_add_u8(out, value.data[i]);
		else
			buf_printf(out, "%%%02X", value.data[i]);
	}
}

void
pkcs11_uri_encode(
    const struct token_info *info, const struct key *key, struct buf *out)
{
	buf_add_str(out, "pkcs11:");
	escaped_add(out, "token=", span_str(info->label), false);
	if (key == NULL) {
		escaped_add(out, ";serial=", span_str(info->serial), false);
		return;
	}
	if (key->label[0] != '\0')
		escaped_add(out, ";object=", span_str(key->label), false);
	if (key->id_len > 0)
		escaped_add(out, ";id=", span_of(key->id, key->id_len), true);
	buf_add_str(out, ";type=private");
}
