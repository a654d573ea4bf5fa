/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session: long-lived, one owner thread, with what signing needs kept warm.
 */
#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/mem.h"
#include "pkcs11/calls.h"
#include "pkcs11/mechanism.h"

static int
digests_fetch(struct session *session, struct diag *d)
{
	int i;

	session->digest_ctx = EVP_MD_CTX_new();
	if (session->digest_ctx == NULL)
		mem_exhausted();
	for (i = 0; i < DIGESTS; i++) {
		session->digests[i] = EVP_MD_fetch(NULL, digest_name(i), NULL);
		if (session->digests[i] == NULL)
			return diag_set(d, ERR_INTERNAL,
			    "OpenSSL does not offer %s", digest_name(i));
	}
	return 0;
}

static void
session_free(struct session *session)
{
	int i;

	for (i = 0; i < DIGESTS; i++)
		EVP_MD_free(session->digests[i]);
	EVP_MD_CTX_free(session->digest_ctx);
	free(session);
}

int
session_open(
    struct token *token, bool writable, struct session **out, struct diag *d)
{
	CK_FLAGS flags = CKF_SERIAL_SESSION | (writable ? CKF_RW_SESSION : 0);
	struct session *session;
	CK_RV rv;
	int rc;

	assert(token->module->pid == getpid());
	session = xcalloc(1, sizeof(*session));
	session->token = token;
	rc = digests_fetch(session, d);
	if (rc != 0) {
		session_free(session);
		return rc;
	}
	rv = p11_C_OpenSession(token->module, token->info.slot, flags, NULL,
	    NULL, &session->handle);
	if (rv != CKR_OK) {
		session_free(session);
		return ckr_diag(d, token->info.label, "C_OpenSession", rv);
	}
	*out = session;
	return 0;
}

void
session_close(struct session *session)
{
	if (session == NULL)
		return;
	(void)p11_C_CloseSession(session->token->module, session->handle);
	session_free(session);
}
