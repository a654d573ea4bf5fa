/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a CSR: names in, an X509_REQ of OpenSSL's out, signed by a software
 * key, by a token's key through libp11, or by a token's key directly.
 */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include <openssl/x509.h>

#include "cli/cli.h"
#include "pkcs11/token.h"

struct request_names {
	const char *cn; /* or NULL */
	struct option_list dns, ip, uri, email;
};

/* Subject, names and public key; not signed. ERR_USAGE names a bad one. */
int request_build(const struct request_names *names, EVP_PKEY *public_key,
    X509_REQ **out, struct diag *d);

/* By an EVP_PKEY that can sign: software, or libp11's. */
int request_sign(
    X509_REQ *request, EVP_PKEY *key, enum key_kind kind, struct diag *d);

/* By the token itself: for keys that libp11 cannot serve. */
int request_sign_direct(X509_REQ *request, struct session *session,
    const struct key *key, struct diag *d);

/* DER; checked as the agent will check it: form, key, possession. */
int request_finish(X509_REQ *request, struct buf *der, struct diag *d);

/*
 * libp11's EVP_PKEY for a key of a module that is initialised and logged in.
 * ERR_TOKEN when libp11 0.4 cannot list the keys, which one Ed25519 key on the
 * token is enough for. The process must end with _exit() afterwards.
 */
int request_libp11_key(const char *module, const struct token_info *token,
    const struct key *key, EVP_PKEY **out, struct diag *d);

/* A new key in software, and its PKCS#8 file, 0600, which must not exist. */
int request_key_make(
    enum key_kind kind, const char *path, EVP_PKEY **out, struct diag *d);

#endif
