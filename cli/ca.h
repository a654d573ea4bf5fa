/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CA certificates for keys on a token: what `privyseal init` makes once.
 */
#ifndef CLI_CA_H
#define CLI_CA_H

#include "pkcs11/token.h"
#include "x509/cert.h"

/* A key on the token, its public half, and in the end its certificate. */
struct ca {
	struct key key;
	struct buf spki_der;
	struct spki spki;
	struct buf der;
	struct cert cert;
};

struct ca_spec {
	const char *organization, *common_name;
	int64_t not_before, not_after;
	int path_len;
};

/* Makes the key on the token. text gets what the token said about it. */
int ca_key_make(struct session *session, enum key_kind kind, const char *label,
    struct ca *out, struct buf *text, struct diag *d);

/*
 * Builds the certificate, has it signed by signer's key (signer == ca: self-
 * signed), verifies the signature and lints the result.
 */
int ca_certify(struct session *session, const struct ca_spec *spec,
    const struct ca *signer, struct ca *ca, struct diag *d);

void ca_free(struct ca *ca);

#endif
