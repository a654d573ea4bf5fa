/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 7512 URIs: which token, which key, where the module and the PIN are.
 *
 *	struct pkcs11_uri uri;
 *
 *	pkcs11_uri_parse("pkcs11:token=prod;object=ca?pin-source=file:/run/pin",
 *	    &uri, d);
 *	... uri.token, uri.object, uri.pin_source ...
 *	pkcs11_uri_free(&uri);
 *
 * Text fields that were not given are "". A pin-value is refused: whoever can
 * list processes or read the configuration could read the PIN.
 */
#ifndef PKCS11_URI_H
#define PKCS11_URI_H

#include "pkcs11/token.h"

struct pkcs11_uri {
	char token[33], manufacturer[33], model[17], serial[17];
	bool has_slot;
	unsigned long slot;
	char object[128]; /* CKA_LABEL */
	bool has_object;
	uint8_t id[64]; /* CKA_ID */
	size_t id_len;
	bool has_id;
	bool is_private_or_any; /* type= is private, or was not given */
	char *module_path;      /* NULL when not given */
	char *pin_source; /* "file:/path", "/path" or "|command", or NULL */
};

/* ERR_URI. The sentence never repeats the text, which may have a PIN in it. */
int pkcs11_uri_parse(const char *text, struct pkcs11_uri *out, struct diag *d);
void pkcs11_uri_free(struct pkcs11_uri *uri);

/* Whether a token is one that the URI means. */
bool pkcs11_uri_is_token(
    const struct pkcs11_uri *uri, const struct token_info *info);

/* "pkcs11:token=prod;object=ca;id=%01;type=private"; key may be NULL. */
void pkcs11_uri_encode(
    const struct token_info *info, const struct key *key, struct buf *out);

#endif
