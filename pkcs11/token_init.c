/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a token out of an empty slot. C_InitToken on one that is in use wipes
 * it without asking, so only slots that say they are empty are touched.
 */
#include <string.h>

#include "lib/mem.h"
#include "pkcs11/calls.h"

#define LABEL_LEN 32 /* padded with blanks, PKCS#11 2.40 5.5 */

struct survey {
	const char *label;
	bool taken;
	bool has_free;
	unsigned long free_slot;
};

static void
survey_note(void *arg, const struct token_info *info)
{
	struct survey *survey = arg;

	if (info->initialized) {
		if (strcmp(info->label, survey->label) == 0)
			survey->taken = true;
		return;
	}
	if (!survey->has_free) {
		survey->has_free = true;
		survey->free_slot = info->slot;
	}
}

static int
slot_choose(
    struct module *module, const char *label, CK_SLOT_ID *slot, struct diag *d)
{
	struct survey survey = {.label = label};
	size_t len = strlen(label);
	int rc;

	if (len == 0 || len > LABEL_LEN || label[len - 1] == ' ')
		return diag_set(d, ERR_USAGE,
		    "a token's label has 1 to %d bytes and does not end in a "
		    "blank",
		    LABEL_LEN);
	rc = module_tokens(module, survey_note, &survey, d);
	if (rc != 0)
		return rc;
	if (survey.taken)
		return diag_set(d, ERR_KEY_EXISTS,
		    "there is a token \"%s\" already; nothing was touched",
		    label);
	if (!survey.has_free)
		return diag_set(d, ERR_TOKEN_MISSING,
		    "module %s has no empty slot for a new token",
		    module->path);
	*slot = survey.free_slot;
	return 0;
}

/* As the security officer, in a session of its own. */
static CK_RV
pin_set(struct module *module, CK_SLOT_ID slot, const struct secret *so_pin,
    const struct secret *pin, const char **call)
{
	CK_SESSION_HANDLE session;
	CK_RV rv;

	*call = "C_OpenSession";
	rv = p11_C_OpenSession(module, slot,
	    CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session);
	if (rv != CKR_OK)
		return rv;
	*call = "C_Login";
	rv = p11_C_Login(module, session, CKU_SO, so_pin->data, so_pin->len);
	if (rv == CKR_OK) {
		*call = "C_InitPIN";
		rv = p11_C_InitPIN(module, session, pin->data, pin->len);
		(void)p11_C_Logout(module, session);
	}
	(void)p11_C_CloseSession(module, session);
	return rv;
}

int
token_init(struct module *module, const char *label,
    const struct secret *so_pin, const struct secret *pin, struct diag *d)
{
	CK_BYTE padded[LABEL_LEN];
	const char *call;
	CK_SLOT_ID slot = 0;
	CK_RV rv;
	int rc;

	rc = slot_choose(module, label, &slot, d);
	if (rc != 0)
		return rc;
	memset(padded, ' ', sizeof(padded));
	memcpy(padded, label, strlen(label));
	rv = p11_C_InitToken(module, slot, so_pin->data, so_pin->len, padded);
	if (rv != CKR_OK)
		return ckr_diag(d, label, "C_InitToken", rv);
	rv = pin_set(module, slot, so_pin, pin, &call);
	if (rv == CKR_OK)
		return 0;
	rc = ckr_diag(d, label, call, rv);
	diag_prefix(d, "the token is there now, but has no user PIN");
	return rc;
}
