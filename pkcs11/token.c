/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One token: found by URI, logged in once.
 *
 * A wrong PIN counts on the token and may lock it, so the flags are read
 * first and a refused PIN is never tried again from here.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "pkcs11/calls.h"
#include "pkcs11/uri.h"

struct search {
	const struct pkcs11_uri *uri;
	size_t matches;
	struct token_info found;
	struct buf names; /* what is there, for the sentence */
};

static void
search_note(void *arg, const struct token_info *info)
{
	struct search *search = arg;

	if (!info->initialized)
		return;
	buf_printf(&search->names, "%s\"%s\" (serial %s)",
	    search->names.len > 0 ? ", " : "", info->label, info->serial);
	if (!pkcs11_uri_is_token(search->uri, info))
		return;
	search->matches++;
	search->found = *info;
}

static int
search_result(struct search *search, struct diag *d)
{
	bool none = search->names.len == 0;

	if (search->matches == 1)
		return 0;
	if (search->matches == 0)
		return diag_set(d, ERR_TOKEN_MISSING,
		    "no token is \"%s\"%s%s; there %s%.300s",
		    search->uri->token,
		    search->uri->serial[0] != '\0' ? " with serial " : "",
		    search->uri->serial, none ? "is none at all" : "is ",
		    none ? "" : buf_cstr(&search->names));
	return diag_set(d, ERR_URI,
	    "%zu tokens match the URI, add serial=: %.300s", search->matches,
	    buf_cstr(&search->names));
}

/* One pass over the slots. */
static int
token_search(struct module *module, const struct pkcs11_uri *uri,
    struct token_info *out, struct diag *d)
{
	struct search search = {.uri = uri};
	int rc;

	rc = module_tokens(module, search_note, &search, d);
	if (rc == 0)
		rc = search_result(&search, d);
	if (rc == 0)
		*out = search.found;
	buf_free(&search.names);
	return rc;
}

/*
 * Another process's C_Login rewrites SoftHSM2's token.object; a module that
 * was initialised in that instant does not see the token until it is
 * initialised again. So a token that is not there is looked for a few times.
 */
static int
token_search_patiently(struct module *module, const struct pkcs11_uri *uri,
    struct token_info *out, struct diag *d)
{
	int rc, try;

	for (try = 1;; try++) {
		rc = token_search(module, uri, out, d);
		if (rc == 0 || rc == ERR_URI || try == START_TRIES)
			return rc;
		start_wait(try);
		if (!module_restart(module))
			return rc;
	}
}

/*
 * Reads the flags afresh: they change with every try. The names stay as they
 * are, because other threads read them without the lock.
 */
static CK_RV
token_refresh(struct token *token)
{
	struct token_info *info = &token->info, now;
	CK_TOKEN_INFO raw;
	CK_RV rv;

	rv = p11_C_GetTokenInfo(token->module, info->slot, &raw);
	if (rv != CKR_OK)
		return rv;
	token_info_of(info->slot, &raw, &now);
	info->login_required = now.login_required;
	info->pin_set = now.pin_set;
	info->pin_count_low = now.pin_count_low;
	info->pin_final_try = now.pin_final_try;
	info->pin_locked = now.pin_locked;
	token->has_pin_pad =
	    (raw.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
	return CKR_OK;
}

int
token_open(
    struct module *module, const char *text, struct token **out, struct diag *d)
{
	struct pkcs11_uri uri = {0};
	struct token_info info;
	struct token *token;
	CK_RV rv;
	int rc;

	rc = pkcs11_uri_parse(text, &uri, d);
	if (rc != 0)
		return rc;
	rc = token_search_patiently(module, &uri, &info, d);
	pkcs11_uri_free(&uri);
	if (rc != 0)
		return rc;
	token = xcalloc(1, sizeof(*token));
	token->module = module;
	token->info = info;
	pthread_mutex_init(&token->lock, NULL);
	pthread_mutex_lock(&module->lock);
	module->open_tokens++;
	pthread_mutex_unlock(&module->lock);
	rv = token_refresh(token);
	if (rv != CKR_OK) {
		rc = ckr_diag(d, info.label, "C_GetTokenInfo", rv);
		token_close(token);
		return rc;
	}
	*out = token;
	return 0;
}

void
token_close(struct token *token)
{
	struct module *module;

	if (token == NULL)
		return;
	module = token->module;
	if (token->has_keeper && module->pid == getpid())
		(void)p11_C_CloseSession(module, token->keeper);
	pthread_mutex_lock(&module->lock);
	module->open_tokens--;
	pthread_mutex_unlock(&module->lock);
	pthread_mutex_destroy(&token->lock);
	free(token);
}

void
token_describe(const struct token *token, struct token_info *out)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&token->lock;

	pthread_mutex_lock(lock);
	*out = token->info;
	pthread_mutex_unlock(lock);
}

static int
login_flags_check(const struct token *token, struct diag *d)
{
	if (token->info.pin_locked)
		return diag_set(d, ERR_TOKEN_LATCHED,
		    "token \"%s\": the user PIN is locked; the security "
		    "officer must set a new one",
		    token->info.label);
	if (token->info.pin_final_try)
		return diag_set(d, ERR_TOKEN_LATCHED,
		    "token \"%s\": one more wrong PIN locks it; log in once "
		    "by hand with the vendor's tool",
		    token->info.label);
	if (!token->info.pin_set)
		return diag_set(d, ERR_TOKEN,
		    "token \"%s\" has no user PIN yet", token->info.label);
	return 0;
}

/* Closing the last session of a process ends its login, so one stays. */
static int
keeper_open(struct token *token, struct diag *d)
{
	CK_RV rv;

	if (token->has_keeper)
		return 0;
	rv = p11_C_OpenSession(token->module, token->info.slot,
	    CKF_SERIAL_SESSION, NULL, NULL, &token->keeper);
	if (rv != CKR_OK)
		return ckr_diag(d, token->info.label, "C_OpenSession", rv);
	token->has_keeper = true;
	return 0;
}

/*
 * A few values may come from a file that another process writes just now.
 * Should the token have counted the try all the same, its flags show it and
 * there is no other.
 */
static CK_RV
login_try(struct token *token, const struct secret *pin)
{
	CK_RV rv;
	int try;

	for (try = 1;; try++) {
		rv = p11_C_Login(token->module, token->keeper, CKU_USER,
		    pin != NULL ? pin->data : NULL, pin != NULL ? pin->len : 0);
		if (!ckr_is_worth_retry(rv) || try == START_TRIES)
			return rv;
		start_wait(try);
		if (token_refresh(token) != CKR_OK ||
		    token->info.pin_count_low || token->info.pin_final_try ||
		    token->info.pin_locked)
			return rv;
	}
}

static int
login_locked(struct token *token, const struct secret *pin, struct diag *d)
{
	CK_RV rv;
	int rc;

	if (token->logged_in)
		return ckr_diag(d, token->info.label, "token_login",
		    CKR_USER_ALREADY_LOGGED_IN);
	rv = token_refresh(token);
	if (rv != CKR_OK)
		return ckr_diag(d, token->info.label, "C_GetTokenInfo", rv);
	if (!token->info.login_required)
		return 0;
	rc = login_flags_check(token, d);
	if (rc == 0)
		rc = keeper_open(token, d);
	if (rc != 0)
		return rc;
	rv = login_try(token, pin);
	if (rv != CKR_OK)
		return ckr_diag(d, token->info.label, "C_Login", rv);
	token->logged_in = true;
	return 0;
}

int
token_login(struct token *token, const struct secret *pin, struct diag *d)
{
	int rc;

	assert(token->module->pid == getpid());
	if (pin == NULL && !token->has_pin_pad)
		return diag_set(d, ERR_TOKEN_LOCKED,
		    "token \"%s\" has no PIN pad of its own: a PIN is needed",
		    token->info.label);
	pthread_mutex_lock(&token->lock);
	rc = login_locked(token, pin, d);
	pthread_mutex_unlock(&token->lock);
	return rc;
}
