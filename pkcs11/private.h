/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this room share and nobody else sees: CK_ types, what
 * stands behind struct module, token and session, and small helpers.
 */
#ifndef PKCS11_PRIVATE_H
#define PKCS11_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>

#include "pkcs11/token.h"

/* Retries at start only, where another process rewrites the token's files. */
#define START_TRIES 5
#define START_WAIT_MS 10 /* doubled at each try: 150 ms in all */

enum call {
#define CALL(name, kind, session, params, args) CALL_##name,
#include "pkcs11/calls.def"
#undef CALL
	CALLS
};

struct module {
	char *path;
	CK_FUNCTION_LIST *list;
	bool owned;           /* C_Initialize was ours, so is C_Finalize */
	pid_t pid;            /* a forked child must not go on with it */
	pthread_mutex_t lock; /* open_tokens, and re-initialising */
	unsigned open_tokens;
	atomic_ulong counts[CALLS];
	void (*trace)(void *arg, const char *call, unsigned long rv);
	void *trace_arg;
};

struct token {
	struct module *module;
	struct token_info info;
	bool has_pin_pad;     /* CKF_PROTECTED_AUTHENTICATION_PATH */
	pthread_mutex_t lock; /* the flags in info, logged_in and keeper */
	bool logged_in;
	bool has_keeper;
	CK_SESSION_HANDLE keeper; /* closing the last session ends the login */
};

#define DIGESTS 3

struct session {
	struct token *token;
	CK_SESSION_HANDLE handle;
	/* Fetched once: a fetch for each signature would lock and allocate. */
	EVP_MD *digests[DIGESTS];
	EVP_MD_CTX *digest_ctx;
};

/* calls.c: the first call of ours that the list lacks, or NULL. */
const char *call_missing(const CK_FUNCTION_LIST *list);

/* ckr.c */
const char *ckr_name(CK_RV rv); /* "CKR_DEVICE_ERROR"; never NULL */
int ckr_error(CK_RV rv);        /* ERR_TOKEN, ERR_TOKEN_DOWN, ... */
bool ckr_is_worth_retry(CK_RV rv);
/* 'token "prod": C_Sign: CKR_DEVICE_ERROR (0x30): what it means' */
int ckr_diag(struct diag *d, const char *label, const char *call, CK_RV rv);
/* Waits before try n (1, 2, ...) of something at start. */
void start_wait(int try);

/* module.c: C_Finalize and C_Initialize when nobody has a token open. */
bool module_restart(struct module *module);
void token_info_of(
    CK_SLOT_ID slot, const CK_TOKEN_INFO *raw, struct token_info *out);

/* attributes.c: one attribute of one object. */
CK_RV attribute_get(struct session *session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, void *value, size_t max, size_t *len);
enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };
CK_RV attribute_bool(struct session *session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, enum answer *out);
CK_RV attribute_ulong(struct session *session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, CK_ULONG *out);
/* object.c: handles of the objects that match. */
struct objects {
	CK_OBJECT_HANDLE *at;
	size_t n;
};
void objects_free(struct objects *objects);
#define OBJECTS_CLEANUP __attribute__((cleanup(objects_free))) struct objects
int objects_find(struct session *session, CK_ATTRIBUTE *template, CK_ULONG n,
    struct objects *out, struct diag *d);

/* public.c: the key kind behind CKA_EC_PARAMS, KEY_NONE when not ours. */
enum key_kind params_kind(CK_KEY_TYPE type, struct span params);
/* CKA_EC_PARAMS for a kind; Ed25519 has two spellings, the rest SPAN_NONE. */
struct span params_of(enum key_kind kind, int spelling);
int public_evp(struct session *session, const struct key *key, EVP_PKEY **out,
    struct diag *d);

/* sign.c: a token's r||s, each coordinate_len bytes, added to sig as DER. */
void ecdsa_encode(const uint8_t *raw, size_t coordinate_len, struct buf *sig);

/* key.c: kind, size and names of the object; KEY_NONE when it is no kind of
 * ours, or the answers make no sense. */
int key_read(struct session *session, CK_OBJECT_HANDLE handle, struct key *out,
    struct diag *d);
/* The public objects that belong to a key; *handle is 0 when there is none. */
int key_find_public(struct session *session, const struct key *key,
    CK_OBJECT_HANDLE *handle, struct diag *d);

static inline const char *
session_label(const struct session *session)
{
	return session->token->info.label;
}

#endif
