/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens through PKCS#11: modules, tokens, sessions, keys, signatures.
 *
 * This room knows no certificate, no policy and no store. CK_ types stay in
 * pkcs11/private.h; what goes wrong comes back as a diag that names the
 * token, the call and the CKR_ by name.
 *
 *	module_open("/usr/lib/softhsm/libsofthsm2.so", &module, d);
 *	token_open(module, "pkcs11:token=prod", &token, d);
 *	token_login(token, &pin, d);			once a process
 *	session_open(token, &session, d);		one a thread, long-lived
 *	key_find(session, "pkcs11:object=issuing-1", &key, d);
 *	key_sign(session, &key, SIG_ECDSA_SHA256, bytes, &sig, d);
 *
 * Threads: module and token are safe to share; a session belongs to the
 * thread that uses it. Never fork without exec once a module is open.
 */
#ifndef PKCS11_TOKEN_H
#define PKCS11_TOKEN_H

#include "lib/alg.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/secret.h"

struct module;
struct token;
struct session;

/* A private key of one session: handles are not shared between sessions. */
struct key {
	unsigned long handle;        /* CK_OBJECT_HANDLE of the private key */
	unsigned long public_handle; /* of the public key, 0 if there is none */
	enum key_kind kind;
	unsigned bits;
	uint8_t id[64]; /* CKA_ID */
	size_t id_len;
	char label[128];
	bool always_authenticate;
};

/*
 * Loads a module by path and initialises it with locking allowed. ERR_TOKEN_-
 * MODULE: not there, not a PKCS#11 module, refuses to initialise.
 */
int module_open(const char *path, struct module **out, struct diag *d);
void module_close(struct module *module); /* C_Finalize */

/*
 * How often a Cryptoki call was made through this module, by its name
 * ("C_Sign"); NULL counts them all. trace() is told of each call after it, by
 * the thread that made it; set it before there are threads.
 */
unsigned long module_calls(const struct module *module, const char *name);
void module_trace(struct module *module,
    void (*trace)(void *arg, const char *call, unsigned long rv), void *arg);

/* One token that is present. */
struct token_info {
	char label[33], manufacturer[33], model[17], serial[17];
	unsigned long slot;
	bool initialized, login_required, pin_set;
	bool pin_count_low, pin_final_try, pin_locked;
};

/* Calls tell() for each slot that holds a token. */
int module_tokens(struct module *module,
    void (*tell)(void *arg, const struct token_info *info), void *arg,
    struct diag *d);

/*
 * Finds exactly one token by RFC 7512 URI (token, manufacturer, model, serial,
 * slot-id; what it says of a key is left to key_find). ERR_TOKEN_MISSING names
 * what is there; two matches are ERR_URI. pkcs11/uri.h reads the rest of a URI.
 */
int token_open(
    struct module *module, const char *uri, struct token **out, struct diag *d);
void token_close(struct token *token);
void token_describe(const struct token *token, struct token_info *out);

/*
 * Initialises a token in a free slot, for tests and privyseal init. ERR_KEY_-
 * EXISTS when one with that label is there: nothing is ever wiped.
 */
int token_init(struct module *module, const char *label,
    const struct secret *so_pin, const struct secret *pin, struct diag *d);

/*
 * One C_Login as the user. Flags are read first: a locked PIN or a last try
 * is refused without trying (ERR_TOKEN_LATCHED). ERR_TOKEN_PIN after a refused
 * PIN: the caller must not try again by itself.
 */
int token_login(struct token *token, const struct secret *pin, struct diag *d);

/* A read-only session, or one that can make keys. */
int session_open(
    struct token *token, bool writable, struct session **out, struct diag *d);
void session_close(struct session *session);

/*
 * The private key named by object and id of an RFC 7512 URI. None is
 * ERR_KEY_MISSING, with the names that are there; two are ERR_URI. A key of a
 * kind we do not know, or one that wants its PIN for every signature, is
 * ERR_KEY_UNUSABLE.
 */
int key_find(
    struct session *session, const char *uri, struct key *out, struct diag *d);

/* The SubjectPublicKeyInfo of a key, DER, from its public object (or, for
 * RSA, from the private one). */
int key_public(struct session *session, const struct key *key, struct buf *spki,
    struct diag *d);

/*
 * What the token says about a key: "CKA_EXTRACTABLE=false\n" lines in text.
 * ERR_KEY_UNSAFE when it is extractable, not sensitive, not always-sensitive,
 * was ever extractable, can wrap, decrypt, derive or be modified; the sentence
 * names every such attribute; what the token does not tell counts as the wrong
 * answer. Attribute names in accepted[] ("CKA_MODIFIABLE") are let pass; one
 * that is not checked is ERR_CONFIG.
 */
int key_check(struct session *session, const struct key *key,
    char *const *accepted, size_t n_accepted, struct buf *text, struct diag *d);

/*
 * Signs bytes: hashed here, then exactly one C_SignInit and one C_Sign. *sig
 * gets what a certificate wants: DER for ECDSA, raw for RSA and EdDSA. The
 * signature is not verified here. Errors: ERR_TOKEN_DOWN for device, session
 * and handle faults (only a new process helps), ERR_SIGNATURE for a signature
 * of the wrong length, ERR_CONFIG for an algorithm that is not of the key's
 * family, ERR_TOKEN otherwise; d->native is the CK_RV. *sig is replaced; its
 * memory is used again by the next signature.
 */
int key_sign(struct session *session, const struct key *key, enum sig_alg alg,
    struct span bytes, struct buf *sig, struct diag *d);

struct key_spec {
	enum key_kind kind;
	unsigned bits; /* RSA only: 2048..4096 */
	const char *label;
	uint8_t id[16]; /* CKA_ID; all zero: random */
	/*
	 * RSA only: allow CKM_RSA_X_509 as well. The OpenSSL engine makes PSS
	 * (so every TLS 1.3 signature) of it; a CA's key does not need it.
	 */
	bool raw_rsa;
};

/*
 * Makes a key pair on the token: TOKEN, PRIVATE, SENSITIVE, not EXTRACTABLE,
 * SIGN; the optional attributes one by one (what the token refused is told in
 * text), then reads them back, signs and verifies. A half or unsafe pair is
 * destroyed again. ERR_KEY_EXISTS for a label or id that is taken.
 */
int key_generate(struct session *session, const struct key_spec *spec,
    struct key *out, struct buf *text, struct diag *d);

/* Calls tell() for each private key; half pairs have half set. */
struct key_listing {
	struct key key;
	bool half; /* public or private part is missing */
};
int key_list(struct session *session,
    void (*tell)(void *arg, const struct key_listing *listing), void *arg,
    struct diag *d);

int key_destroy(struct session *session, const struct key *key, struct diag *d);

#endif
