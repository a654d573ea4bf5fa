/* SPDX-License-Identifier: Apache-2.0 */
/* Finding objects on a token, with a bound on what a token may tell. */
#include <stdlib.h>

#include "lib/mem.h"
#include "pkcs11/calls.h"

#define OBJECTS_MAX 16384
#define OBJECTS_STEP 64

void
objects_free(struct objects *objects)
{
	free(objects->at);
	objects->at = NULL;
	objects->n = 0;
}

/* All handles of the search that is active. */
static CK_RV
objects_collect(struct session *session, struct objects *out)
{
	CK_OBJECT_HANDLE step[OBJECTS_STEP];
	CK_ULONG got, i;
	CK_RV rv;

	for (;;) {
		got = 0;
		rv = p11_C_FindObjects(session->token->module, session->handle,
		    step, OBJECTS_STEP, &got);
		if (rv != CKR_OK || got == 0)
			return rv;
		if (got > OBJECTS_STEP || out->n + got > OBJECTS_MAX)
			return CKR_GENERAL_ERROR;
		out->at = xrealloc(out->at, (out->n + got) * sizeof(*out->at));
		for (i = 0; i < got; i++)
			out->at[out->n++] = step[i];
	}
}

int
objects_find(struct session *session, CK_ATTRIBUTE *template, CK_ULONG n,
    struct objects *out, struct diag *d)
{
	struct module *module = session->token->module;
	OBJECTS_CLEANUP found = {NULL, 0};
	CK_RV rv, final;

	rv = p11_C_FindObjectsInit(module, session->handle, template, n);
	if (rv != CKR_OK)
		return ckr_diag(
		    d, session_label(session), "C_FindObjectsInit", rv);
	rv = objects_collect(session, &found);
	/* Also after a failure, or the session stays in the search. */
	final = p11_C_FindObjectsFinal(module, session->handle);
	if (rv != CKR_OK)
		return ckr_diag(d, session_label(session), "C_FindObjects", rv);
	if (final != CKR_OK)
		return ckr_diag(
		    d, session_label(session), "C_FindObjectsFinal", final);
	*out = found;
	found.at = NULL;
	return 0;
}
