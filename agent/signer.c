/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signer: one token, its PIN, a session a thread. It answers with
 * signatures over bytes it does not understand, and knows nobody but core and
 * the parent.
 *
 * A fault that only a new process cures ends this one: the parent starts
 * another. A PIN that was refused is never tried again by itself.
 */
#include "agent/role.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/sandbox.h"
#include "lib/mem.h"
#include "lib/pool.h"
#include "pkcs11/token.h"

#define LAST_WORDS_MS 200 /* for the answers to leave before the process */

/* One issuer whose key is on this token. */
struct signing_key {
	unsigned issuer;  /* place in the configuration */
	struct key *keys; /* one a session */
	int err;
	char text[DIAG_TEXT_MAX];
	struct buf spki, facts;
};

struct signer {
	const struct config *config;
	const struct config_token *token_config;
	struct loop *loop;
	struct link *parent, *core;
	struct module *module;
	struct token *token;
	struct session **sessions;
	unsigned n_sessions;
	struct pool *pool;
	struct signing_key *keys;
	size_t n_keys;
	int err; /* why nothing can be signed, or 0 */
	char text[DIAG_TEXT_MAX];
	char token_name[96];
	struct timer ending;
	bool is_ending;
};

/* One signature on its way. */
struct signature {
	struct job job;
	struct task task;
	struct signer *signer;
	uint64_t id;
	const struct signing_key *key;
	enum sig_alg alg;
	struct buf bytes, sig;
	struct diag d;
};

static void
end_soon(struct signer *s)
{
	if (s->is_ending)
		return;
	s->is_ending = true;
	loop_timer_set(s->loop, &s->ending, LAST_WORDS_MS);
}

/* A module may have threads and exit handlers that hang: no farewell. */
static void
ending_fire(struct timer *t)
{
	(void)t;
	_exit(ROLE_EXIT_FAILED);
}

static int
failed(struct signer *s, const struct diag *d)
{
	s->err = d->code;
	memcpy(s->text, d->text, sizeof(s->text));
	notice_diag(NOTICE_ERROR, s->token_config->name, d);
	return d->code;
}

static int
key_open(struct signer *s, struct signing_key *k, struct diag *d)
{
	const struct config_issuer *issuer = &s->config->issuers[k->issuer];
	unsigned i;
	int rc = 0;

	k->keys = xcalloc(s->n_sessions, sizeof(*k->keys));
	for (i = 0; rc == 0 && i < s->n_sessions; i++)
		rc = key_find(s->sessions[i], issuer->key, &k->keys[i], d);
	if (rc == 0)
		rc = key_public(s->sessions[0], &k->keys[0], &k->spki, d);
	if (rc == 0)
		rc = key_check(s->sessions[0], &k->keys[0],
		    s->token_config->accept_risks,
		    s->token_config->n_accept_risks, &k->facts, d);
	return rc;
}

static void
keys_open(struct signer *s)
{
	struct diag d = DIAG_INIT;
	struct signing_key *k;
	size_t i;

	s->keys = xcalloc(s->config->n_issuers, sizeof(*s->keys));
	for (i = 0; i < s->config->n_issuers; i++) {
		if (&s->config->tokens[s->config->issuers[i].token_place] !=
		    s->token_config)
			continue;
		k = &s->keys[s->n_keys++];
		k->issuer = (unsigned)i;
		k->err = key_open(s, k, &d);
		if (k->err == 0)
			continue;
		memcpy(k->text, d.text, sizeof(k->text));
		notice_diag(NOTICE_ERROR, s->config->issuers[i].name, &d);
	}
}

static int
sessions_open(struct signer *s, struct diag *d)
{
	unsigned want = s->token_config->sessions, i;
	int rc;

	if (want == 0)
		want = pool_cores();
	s->sessions = xcalloc(want, sizeof(struct session *));
	for (i = 0; i < want; i++) {
		rc = session_open(s->token, false, &s->sessions[i], d);
		if (rc != 0 && i == 0)
			return rc;
		if (rc != 0)
			break; /* the token has no more: work with these */
		s->n_sessions = i + 1;
	}
	return 0;
}

/* The token is there; logging in with this PIN makes it useful. */
static int
log_in(struct signer *s, const struct secret *pin, struct diag *d)
{
	int rc;

	rc = pin->data != NULL ? token_login(s->token, pin, d) : 0;
	if (rc == ERR_TOKEN_PIN) {
		buf_add_str(link_begin(s->parent, MSG_PIN_REFUSED, 0),
		    s->token_config->name);
		link_end(s->parent, -1);
		/* At once: whoever comes after us must not try again. */
		link_flush(s->parent);
	}
	if (rc == 0)
		rc = sessions_open(s, d);
	if (rc == 0)
		rc = pool_new(s->n_sessions, "sign", &s->pool, d);
	if (rc != 0)
		return rc;
	keys_open(s);
	return 0;
}

static int
token_find(struct signer *s, struct diag *d)
{
	struct token_info info;
	int rc;

	rc = module_open(s->token_config->module, &s->module, d);
	if (rc == 0)
		rc = token_open(s->module, s->token_config->uri, &s->token, d);
	if (rc != 0)
		return rc;
	token_describe(s->token, &info);
	(void)snprintf(s->token_name, sizeof(s->token_name), "%s (serial %s)",
	    info.label, info.serial);
	return 0;
}

/* Where only a person can help, a new process would not. */
static void
end_unless_person_needed(struct signer *s)
{
	if (s->err != ERR_TOKEN_PIN && s->err != ERR_TOKEN_LATCHED &&
	    s->err != ERR_FILE)
		end_soon(s);
}

/* Whatever fails here is reported to core, then waits or ends. */
static void
start(struct signer *s, const struct secret *pin, bool latched)
{
	struct diag d = DIAG_INIT;

	if (token_find(s, &d) != 0) {
		(void)failed(s, &d);
		end_soon(s);
		return;
	}
	if (latched) {
		(void)diag_set(&d, ERR_TOKEN_LATCHED,
		    "the PIN was refused before; run privyseal unlock");
		(void)failed(s, &d);
		return;
	}
	if (s->token_config->pin_ask && pin->data == NULL) {
		(void)diag_set(&d, ERR_TOKEN_LOCKED,
		    "the token waits for its PIN; run privyseal unlock");
		(void)failed(s, &d);
		return;
	}
	if (log_in(s, pin, &d) != 0) {
		(void)failed(s, &d);
		end_unless_person_needed(s);
	}
}

static void
keys_tell(struct signer *s)
{
	struct msg_keys_done done = {s->err, span_str(s->text)};
	struct msg_key m;
	size_t i;

	for (i = 0; i < s->n_keys; i++) {
		m = (struct msg_key){
		    .issuer = s->keys[i].issuer,
		    .err = s->keys[i].err,
		    .text = span_str(s->keys[i].text),
		    .spki = buf_span(&s->keys[i].spki),
		    .token = span_str(s->token_name),
		    .facts = buf_span(&s->keys[i].facts),
		};
		msg_key_encode(&m, link_begin(s->core, MSG_KEY, 0));
		link_end(s->core, -1);
	}
	msg_keys_done_encode(&done, link_begin(s->core, MSG_KEYS_DONE, 0));
	link_end(s->core, -1);
}

static void
signed_tell(
    struct signer *s, uint64_t id, const struct diag *d, const struct buf *sig)
{
	struct msg_signed m = {d->code, span_str(d->text), buf_span(sig)};

	if (s->core == NULL)
		return;
	msg_signed_encode(&m, link_begin(s->core, MSG_SIGNED, id));
	link_end(s->core, -1);
}

static void
signature_done(struct task *task)
{
	struct signature *sig =
	    (struct signature *)((char *)task -
				 offsetof(struct signature, task));

	signed_tell(sig->signer, sig->id, &sig->d, &sig->sig);
	if (sig->d.code == ERR_TOKEN_DOWN)
		end_soon(sig->signer);
	buf_free(&sig->bytes);
	buf_free(&sig->sig);
	free(sig);
}

static void
signature_run(struct job *job, unsigned worker)
{
	struct signature *sig =
	    (struct signature *)((char *)job - offsetof(struct signature, job));
	struct signer *s = sig->signer;

	(void)key_sign(s->sessions[worker], &sig->key->keys[worker], sig->alg,
	    buf_span(&sig->bytes), &sig->sig, &sig->d);
	sig->task.run = signature_done;
	loop_post(s->loop, &sig->task);
}

static const struct signing_key *
key_of(const struct signer *s, unsigned issuer)
{
	size_t i;

	for (i = 0; i < s->n_keys; i++) {
		if (s->keys[i].issuer == issuer)
			return &s->keys[i];
	}
	return NULL;
}

static int
sign_bytes(struct signer *s, uint64_t id, struct span body, struct diag *d)
{
	const struct buf none = BUF_INIT;
	struct diag refusal = DIAG_INIT;
	const struct signing_key *key;
	struct msg_sign_bytes m;
	struct signature *sig;
	int rc;

	rc = msg_sign_bytes_parse(body, &m, d);
	if (rc != 0)
		return rc;
	key = key_of(s, m.issuer);
	if (key == NULL || key->err != 0) {
		(void)diag_set(&refusal, ERR_KEY_MISSING,
		    "the signer has no key for that issuer");
		signed_tell(s, id, &refusal, &none);
		return 0;
	}
	sig = xcalloc(1, sizeof(*sig));
	sig->signer = s;
	sig->id = id;
	sig->key = key;
	sig->alg = m.alg;
	sig->job.run = signature_run;
	buf_add_span(&sig->bytes, m.bytes);
	pool_push(s->pool, &sig->job);
	return 0;
}

/* The PIN follows on the operator's own connection; core never sees it. */
static void
unlock(struct signer *s, int fd)
{
	const struct timeval patience = {5, 0};
	SECRET_CLEANUP pin = SECRET_INIT;
	BUF_CLEANUP answer = BUF_INIT;
	struct diag d = DIAG_INIT;
	int rc;

	(void)setsockopt(
	    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (s->pool != NULL)
		rc = 0; /* it is unlocked: nothing to do, nothing to spoil */
	else
		rc = secret_read(&pin, fd, &d);
	if (rc == 0 && s->token == NULL)
		rc = diag_set(&d, s->err != 0 ? s->err : ERR_TOKEN_DOWN, "%s",
		    s->text); /* about to end: the next one may find it */
	if (rc == 0 && s->pool == NULL)
		rc = log_in(s, &pin, &d);
	if (rc == 0) {
		s->err = 0;
		s->text[0] = '\0';
		link_send(s->parent, MSG_PIN_TAKEN, 0);
		if (s->core != NULL)
			keys_tell(s);
		buf_add_str(&answer, "ok\n");
	} else {
		(void)failed(s, &d);
		end_unless_person_needed(s);
		buf_printf(&answer, "error %s %s\n", err_code(rc), d.text);
	}
	(void)send(fd, answer.data, answer.len, MSG_NOSIGNAL);
	(void)close(fd);
}

static int
core_message(struct link *link, const struct msg_row *row, uint64_t id,
    struct span body, int fd, struct diag *d)
{
	(void)fd;
	if (row->msg == MSG_SIGN_BYTES)
		return sign_bytes(link_arg(link), id, body, d);
	return diag_set(d, ERR_MESSAGE, "core sent %s", row->name);
}

static void
core_lost(struct link *link, const struct diag *d)
{
	struct signer *s = link_arg(link);

	(void)d;
	if (s->core == link)
		s->core = NULL;
}

static const struct link_ops core_ops = {core_message, core_lost};

static int
core_connect(struct signer *s, int fd, struct diag *d)
{
	int rc;

	link_close(s->core);
	s->core = NULL;
	rc = link_open(
	    s->loop, fd, ROLE_SIGNER, ROLE_CORE, &core_ops, s, &s->core, d);
	if (rc == 0)
		keys_tell(s);
	return rc;
}

static int
parent_message(struct link *link, const struct msg_row *row, uint64_t id,
    struct span body, int fd, struct diag *d)
{
	struct signer *s = link_arg(link);

	(void)id;
	(void)body;
	switch (row->msg) {
	case MSG_LINK:
		return core_connect(s, fd, d);
	case MSG_UNLOCK:
		unlock(s, fd);
		return 0;
	default:
		return diag_set(d, ERR_MESSAGE, "parent sent %s", row->name);
	}
}

static void
parent_lost(struct link *link, const struct diag *d)
{
	(void)link;
	(void)d;
	_exit(ROLE_EXIT_OK); /* without a parent there is nothing to do */
}

static const struct link_ops parent_ops = {parent_message, parent_lost};

static void
signer_round(void *arg)
{
	struct signer *s = arg;

	link_flush(s->parent);
	if (s->core != NULL)
		link_flush(s->core);
}

static int
pin_read(const struct config_token *token, struct secret *pin, struct diag *d)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	MEM_CLEANUP char *path = NULL;

	if (token->pin_file != NULL)
		return secret_read_file(pin, token->pin_file, d);
	if (token->pin_credential == NULL)
		return 0;
	if (dir == NULL)
		return diag_set(d, ERR_CONFIG,
		    "credential %s: CREDENTIALS_DIRECTORY is not set; run "
		    "under systemd with LoadCredential=",
		    token->pin_credential);
	path = xasprintf("%s/%s", dir, token->pin_credential);
	return secret_read_file(pin, path, d);
}

static int
signer_enter(const struct signer *s, struct diag *d)
{
	const struct config_token *token = s->token_config;
	struct sandbox_path paths[CONFIG_MAX_WRITABLE + 1];
	struct sandbox sandbox = {
	    .role = ROLE_SIGNER, .paths = paths, .network = token->network};
	size_t i;

	/* A vendor's module reads what it likes and writes what was named. */
	paths[sandbox.n_paths++] = (struct sandbox_path){"/", false};
	for (i = 0; i < token->n_writable; i++)
		paths[sandbox.n_paths++] =
		    (struct sandbox_path){token->writable[i], true};
	return sandbox_enter(&sandbox, d);
}

static void
environment_set(const struct config_token *token)
{
	size_t i;

	/* OpenSSL's own configuration must not load providers here. */
	(void)setenv("OPENSSL_CONF", "/dev/null", 1);
	for (i = 0; i < token->n_env; i++)
		(void)putenv(token->env[i]);
}

int
signer_main(const struct role_args *args)
{
	struct signer s = {.ending = {.fire = ending_fire}};
	SECRET_CLEANUP pin = SECRET_INIT;
	struct diag d = DIAG_INIT;
	struct config *config;
	int rc;

	if (role_config(args->config_path, &config) != 0)
		return ROLE_EXIT_CONFIG;
	s.config = config;
	s.token_config = &config->tokens[args->place];
	environment_set(s.token_config);
	rc = args->pin_refused ? 0 : pin_read(s.token_config, &pin, &d);
	if (rc == 0)
		rc = role_drop_user(config, &d);
	if (rc == 0)
		rc = signer_enter(&s, &d);
	if (rc == 0)
		rc = loop_new(&s.loop, &d);
	if (rc == 0)
		rc = link_open(s.loop, ROLE_FD_CONTROL, ROLE_SIGNER,
		    ROLE_PARENT, &parent_ops, &s, &s.parent, &d);
	if (rc != 0) {
		notice_diag(NOTICE_ERROR, s.token_config->name, &d);
		return ROLE_EXIT_CONFIG;
	}
	start(&s, &pin, args->pin_refused);
	secret_free(&pin);
	loop_set_round(s.loop, signer_round, &s);
	link_send(s.parent, MSG_READY, 0);
	signer_round(&s);
	(void)loop_run(s.loop, &d);
	_exit(ROLE_EXIT_FAILED);
}
