/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes: what a token says about a key, and whether that will do.
 *
 * They are read one by one: some tokens do not know some of them, and one that
 * is not known must not hide the others. Attributes are claims, not proof.
 */
#include <string.h>

#include "pkcs11/calls.h"

CK_RV
attribute_get(struct session *session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, void *value, size_t max, size_t *len)
{
	CK_ATTRIBUTE attribute = {type, value, max};
	CK_RV rv;

	rv = p11_C_GetAttributeValue(
	    session->token->module, session->handle, object, &attribute, 1);
	if (rv != CKR_OK)
		return rv;
	if (attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION)
		return CKR_ATTRIBUTE_TYPE_INVALID;
	if (attribute.ulValueLen > max)
		return CKR_BUFFER_TOO_SMALL;
	*len = attribute.ulValueLen;
	return CKR_OK;
}

/* The token knows no such attribute, or does not want to tell. */
static bool
is_silence(CK_RV rv)
{
	return rv == CKR_ATTRIBUTE_TYPE_INVALID ||
	       rv == CKR_ATTRIBUTE_SENSITIVE;
}

CK_RV
attribute_bool(struct session *session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, enum answer *out)
{
	CK_BBOOL value = CK_FALSE;
	size_t len = 0;
	CK_RV rv;

	rv = attribute_get(session, object, type, &value, sizeof(value), &len);
	if (rv == CKR_OK && len == sizeof(value))
		*out = value != CK_FALSE ? ANSWER_YES : ANSWER_NO;
	else if (rv == CKR_OK || is_silence(rv))
		*out = ANSWER_UNKNOWN;
	else
		return rv;
	return CKR_OK;
}

CK_RV
attribute_ulong(struct session *session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, CK_ULONG *out)
{
	CK_ULONG value = 0;
	size_t len = 0;
	CK_RV rv;

	rv = attribute_get(session, object, type, &value, sizeof(value), &len);
	if (rv == CKR_OK && len != sizeof(value))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (rv == CKR_OK)
		*out = value;
	return rv;
}

/* What a key must say before it is used; what is only told has TOLD. */
enum demand { MUST_BE_NO, MUST_NOT_BE_YES, MUST_BE_YES, TOLD };

static const struct {
	CK_ATTRIBUTE_TYPE type;
	const char *name;
	enum demand demand;
	const char *danger; /* why the other answer is refused */
} rows[] = {
#define ATTRIBUTE(type, demand, danger) {type, #type, demand, danger},
#include "pkcs11/attributes.def"
#undef ATTRIBUTE
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool
is_accepted(const char *name, char *const *accepted, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(accepted[i], name) == 0)
			return true;
	}
	return false;
}

/* A name that is not checked would be a risk accepted by mistake. */
static int
accepted_check(char *const *accepted, size_t n, struct diag *d)
{
	size_t i, row;

	for (i = 0; i < n; i++) {
		for (row = 0; row < ROWS; row++) {
			if (rows[row].demand != TOLD &&
			    strcmp(rows[row].name, accepted[i]) == 0)
				break;
		}
		if (row == ROWS)
			return diag_set(d, ERR_CONFIG,
			    "\"%s\" is not an attribute whose risk can be "
			    "accepted; CKA_EXTRACTABLE, CKA_MODIFIABLE and "
			    "the like are",
			    accepted[i]);
	}
	return 0;
}

static const char *
answer_name(enum answer answer)
{
	return answer == ANSWER_YES  ? "true"
	       : answer == ANSWER_NO ? "false"
				     : "unknown";
}

/*
 * "Cannot tell" is not what was demanded, except of an attribute that a
 * private key need not have.
 */
static bool
is_met(enum demand demand, enum answer answer)
{
	return demand == TOLD ||
	       (demand == MUST_NOT_BE_YES && answer != ANSWER_YES) ||
	       (demand == MUST_BE_YES && answer == ANSWER_YES) ||
	       (demand == MUST_BE_NO && answer == ANSWER_NO);
}

int
key_check(struct session *session, const struct key *key, char *const *accepted,
    size_t n_accepted, struct buf *text, struct diag *d)
{
	BUF_CLEANUP unsafe = BUF_INIT;
	enum answer answer;
	CK_RV rv;
	size_t i;
	int rc;

	rc = accepted_check(accepted, n_accepted, d);
	if (rc != 0)
		return rc;
	for (i = 0; i < ROWS; i++) {
		rv =
		    attribute_bool(session, key->handle, rows[i].type, &answer);
		if (rv != CKR_OK)
			return ckr_diag(d, session_label(session),
			    "C_GetAttributeValue", rv);
		buf_printf(text, "%s=%s\n", rows[i].name, answer_name(answer));
		if (!is_met(rows[i].demand, answer) &&
		    !is_accepted(rows[i].name, accepted, n_accepted))
			buf_printf(&unsafe, "%s %s=%s (%s)",
			    unsafe.len > 0 ? "," : "", rows[i].name,
			    answer_name(answer), rows[i].danger);
	}
	if (unsafe.len == 0)
		return 0;
	return diag_set(d, ERR_KEY_UNSAFE, "token \"%s\", key \"%s\":%s",
	    session_label(session), key->label, buf_cstr(&unsafe));
}
