/* SPDX-License-Identifier: Apache-2.0 */
/* core's side of a signer; see hsm.h. */
#include "agent/hsm.h"

#include <string.h>

#include "agent/core.h"
#include "lib/clock.h"
#include "lib/notice.h"

#define START_MS 60000 /* to open a module, log in, and find keys */
#define SEND_MAX 2     /* times a signature is asked for */
#define BAD_SIGNATURES_MAX 2

static void
queue_init(struct wanted_queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void
queue_add(struct wanted_queue *q, struct wanted *w)
{
	w->next = NULL;
	*q->last = w;
	q->last = &w->next;
}

static struct wanted *
queue_take(struct wanted_queue *q)
{
	struct wanted *w = q->first;

	if (w != NULL) {
		q->first = w->next;
		if (q->first == NULL)
			q->last = &q->first;
	}
	return w;
}

/* Everything from one to another, which was not in use. */
static void
queue_move(struct wanted_queue *from, struct wanted_queue *to)
{
	queue_init(to);
	if (from->first != NULL) {
		to->first = from->first;
		to->last = from->last;
	}
	queue_init(from);
}

/* Answers come nearly in the order of the questions: a short walk. */
static struct wanted *
queue_take_id(struct wanted_queue *q, uint64_t id)
{
	struct wanted **p, *w;

	for (p = &q->first; (w = *p) != NULL; p = &w->next) {
		if (w->id != id)
			continue;
		*p = w->next;
		if (q->last == &w->next)
			q->last = p;
		return w;
	}
	return NULL;
}

static void
clock_set(struct hsm *h)
{
	const struct wanted *waiting = h->waiting.first, *sent = h->sent.first;
	int64_t due;

	if (waiting == NULL && sent == NULL) {
		loop_timer_clear(h->core->loop, &h->timer);
		return;
	}
	due = waiting == NULL ? sent->due_ms : waiting->due_ms;
	if (sent != NULL && sent->due_ms < due)
		due = sent->due_ms;
	/* Moving a timer for every request would cost more than it is worth. */
	if (h->timer.place != 0 && h->timer.due_ms <= due)
		return;
	loop_timer_set(h->core->loop, &h->timer, due - clock_mono_ms());
}

static void
send(struct hsm *h, struct wanted *w)
{
	struct msg_sign_bytes m = {(uint32_t)w->issuer, w->alg, w->bytes};

	w->sent++;
	msg_sign_bytes_encode(&m, link_begin(h->link, MSG_SIGN_BYTES, w->id));
	link_end(h->link, -1);
	queue_add(&h->sent, w);
}

static void
fail(struct wanted *w, int err, const char *text)
{
	struct diag d = DIAG_INIT;

	(void)diag_set(&d, err, "%s", text);
	w->done(w, &d, SPAN_NONE);
}

/* Why an issuer cannot sign now, from its token or its own key. */
static int
state_of(const struct hsm *h, const struct issuer_key *key, const char **text)
{
	*text = h->err != 0 ? h->text : key->text;
	return h->err != 0 ? h->err : key->err;
}

void
hsm_sign(struct hsm *h, struct wanted *w)
{
	const char *text;
	int err;

	w->due_ms =
	    clock_mono_ms() + h->core->config->tokens[h->place].deadline_ms;
	if (!h->ready || h->link == NULL || h->killing) {
		queue_add(&h->waiting, w);
	} else {
		err = state_of(h, &h->core->keys[w->issuer], &text);
		if (err != 0) {
			fail(w, err, text);
			return;
		}
		send(h, w);
	}
	clock_set(h);
}

static void
waiting_send(struct hsm *h)
{
	struct wanted_queue q;
	struct wanted *w;
	const char *text;
	int err;

	queue_move(&h->waiting, &q);
	while ((w = queue_take(&q)) != NULL) {
		err = state_of(h, &h->core->keys[w->issuer], &text);
		if (err != 0)
			fail(w, err, text);
		else
			send(h, w);
	}
	clock_set(h);
}

static void
kill_signer(struct hsm *h, const char *why)
{
	if (h->killing || h->link == NULL)
		return;
	h->killing = true;
	notice(NOTICE_WARNING, "token %s: %s; its signer is started anew",
	    h->core->config->tokens[h->place].name, why);
	core_end_peer(h->core, ROLE_SIGNER, h->place, h->life);
}

static void
timer_fire(struct timer *t)
{
	struct hsm *h = t->arg;
	int64_t now = clock_mono_ms();

	while (h->sent.first != NULL && h->sent.first->due_ms <= now) {
		kill_signer(h, "a signature did not come in time");
		fail(queue_take(&h->sent), ERR_TOKEN_TIMEOUT,
		    "the token did not answer in time; whether it signed is "
		    "not known, the serial number stays unused");
	}
	while (h->waiting.first != NULL && h->waiting.first->due_ms <= now)
		fail(queue_take(&h->waiting), ERR_TOKEN_DOWN,
		    h->err != 0 ? h->text
				: "the token cannot be used at the moment");
	clock_set(h);
}

/* A module can hang in any call: also in those before the first signature. */
static void
starting_fire(struct timer *t)
{
	kill_signer(t->arg, "it did not get ready in time");
}

static int
key_check_public(
    const struct core *core, const struct msg_key *m, struct issuer_key *key)
{
	const struct issuer *issuer = &core->issuers.at[m->issuer];
	struct diag d = DIAG_INIT;
	int err = m->err;

	if (err == 0 && !span_eq(m->spki, issuer->cert.spki.der))
		err = diag_set(&d, ERR_KEY_MISMATCH,
		    "the key on token %.*s is not the one in the certificate "
		    "of issuer %s",
		    (int)m->token.len, (const char *)m->token.data,
		    issuer->name);
	else if (err != 0)
		(void)diag_set(&d, err, "%.*s", (int)m->text.len,
		    (const char *)m->text.data);
	if (key->bad_signatures >= BAD_SIGNATURES_MAX)
		return key->err;
	memcpy(key->text, d.text, sizeof(key->text));
	return err;
}

/* What the token says about a key that will sign belongs into the record. */
static void
key_record(struct core *core, const struct msg_key *m)
{
	struct event_key event = {
	    .issuer = span_str(core->issuers.at[m->issuer].name),
	    .token = m->token,
	    .facts = m->facts,
	};
	struct buf body = BUF_INIT;

	event_key_encode(&event, &body);
	core_note(core, EVENT_KEY, &body);
}

static int
key_take(struct hsm *h, struct span body, struct diag *d)
{
	struct core *core = h->core;
	struct issuer_key *key;
	struct msg_key m;
	int rc;

	rc = msg_key_parse(body, &m, d);
	if (rc != 0)
		return rc;
	if (m.issuer >= core->config->n_issuers ||
	    core->config->issuers[m.issuer].token_place != h->place)
		return diag_set(
		    d, ERR_MESSAGE, "a signer spoke of a key not its own");
	key = &core->keys[m.issuer];
	key->err = key_check_public(core, &m, key);
	(void)snprintf(key->token, sizeof(key->token), "%.*s", (int)m.token.len,
	    (const char *)m.token.data);
	/* Restarts of a signer would fill the log with the same facts. */
	if (key->err == 0 && !span_eq(buf_span(&key->facts), m.facts))
		key_record(core, &m);
	buf_reset(&key->facts);
	buf_add_span(&key->facts, m.facts);
	if (key->err != 0)
		notice(NOTICE_ERROR, "issuer %s: %s (%s)",
		    core->issuers.at[m.issuer].name, key->text,
		    err_code(key->err));
	return 0;
}

static int
keys_done_take(struct hsm *h, struct span body, struct diag *d)
{
	struct msg_keys_done m;
	int rc;

	rc = msg_keys_done_parse(body, &m, d);
	if (rc != 0)
		return rc;
	loop_timer_clear(h->core->loop, &h->starting);
	h->ready = true;
	h->err = m.err;
	(void)snprintf(h->text, sizeof(h->text), "%.*s", (int)m.text.len,
	    m.text.len > 0 ? (const char *)m.text.data : "");
	/* A signer that could not start is about to be replaced: wait. */
	if (h->err != 0 && h->err != ERR_TOKEN_LOCKED &&
	    h->err != ERR_TOKEN_LATCHED && h->err != ERR_TOKEN_PIN)
		h->ready = false;
	else
		waiting_send(h);
	return 0;
}

static int
signed_take(struct hsm *h, uint64_t id, struct span body, struct diag *d)
{
	struct diag answer = DIAG_INIT;
	struct msg_signed m;
	struct wanted *w;
	int rc;

	rc = msg_signed_parse(body, &m, d);
	if (rc != 0)
		return rc;
	w = queue_take_id(&h->sent, id);
	if (w == NULL)
		return 0; /* too late: it has been given up */
	/* The signer ends itself now: the next one is asked again. */
	if (m.err == ERR_TOKEN_DOWN && w->sent < SEND_MAX) {
		h->ready = false;
		queue_add(&h->waiting, w);
		clock_set(h);
		return 0;
	}
	if (m.err != 0)
		(void)diag_set(&answer, m.err, "%.*s", (int)m.text.len,
		    m.text.len > 0 ? (const char *)m.text.data : "");
	w->done(w, &answer, m.signature);
	return 0;
}

static int
hsm_message(struct link *link, const struct msg_row *row, uint64_t id,
    struct span body, int fd, struct diag *d)
{
	struct hsm *h = link_arg(link);

	(void)fd;
	switch (row->msg) {
	case MSG_KEY:
		return key_take(h, body, d);
	case MSG_KEYS_DONE:
		return keys_done_take(h, body, d);
	case MSG_SIGNED:
		return signed_take(h, id, body, d);
	default:
		return diag_set(d, ERR_MESSAGE, "a signer sent %s", row->name);
	}
}

/* What was on its way goes to the front of those who wait, once. */
static void
sent_requeue(struct hsm *h)
{
	struct wanted_queue sent, waiting;
	struct wanted *w;

	queue_move(&h->sent, &sent);
	queue_move(&h->waiting, &waiting);
	while ((w = queue_take(&sent)) != NULL) {
		if (w->sent < SEND_MAX)
			queue_add(&h->waiting, w);
		else
			fail(w, ERR_TOKEN_DOWN,
			    "the token failed twice while it was signing");
	}
	while ((w = queue_take(&waiting)) != NULL)
		queue_add(&h->waiting, w);
}

static void
hsm_lost(struct link *link, const struct diag *d)
{
	struct hsm *h = link_arg(link);

	if (h->link != link)
		return;
	loop_timer_clear(h->core->loop, &h->starting);
	h->link = NULL;
	h->ready = false;
	h->killing = false;
	/* Links come with processes: one that only lost its link must end. */
	core_end_peer(h->core, ROLE_SIGNER, h->place, h->life);
	sent_requeue(h);
	clock_set(h);
	if (d->code == ERR_MESSAGE)
		notice_diag(
		    NOTICE_ERROR, h->core->config->tokens[h->place].name, d);
	core_settle(h->core);
}

static const struct link_ops hsm_ops = {hsm_message, hsm_lost};

void
hsm_init(struct hsm *h, struct core *core, unsigned place)
{
	*h = (struct hsm){.core = core, .place = place};
	queue_init(&h->waiting);
	queue_init(&h->sent);
	h->timer = (struct timer){.fire = timer_fire, .arg = h};
	h->starting = (struct timer){.fire = starting_fire, .arg = h};
}

int
hsm_connect(struct hsm *h, uint64_t life, int fd, struct diag *d)
{
	struct diag gone = DIAG_INIT;

	if (h->link != NULL) {
		struct link *old = h->link;

		hsm_lost(old, &gone);
		link_close(old);
	}
	h->life = life;
	loop_timer_set(h->core->loop, &h->starting, START_MS);
	return link_open(h->core->loop, fd, ROLE_CORE, ROLE_SIGNER, &hsm_ops, h,
	    &h->link, d);
}

int
hsm_check(struct core *core, size_t issuer, struct diag *d)
{
	const struct hsm *h =
	    &core->hsms[core->config->issuers[issuer].token_place];
	const char *text;
	int err;

	if (!h->ready)
		return 0; /* one is being started: the request waits for it */
	err = state_of(h, &core->keys[issuer], &text);
	return err == 0 ? 0 : diag_set(d, err, "%s", text);
}

void
hsm_bad_signature(struct core *core, size_t issuer)
{
	struct issuer_key *key = &core->keys[issuer];

	notice(NOTICE_ERROR,
	    "issuer %s: the token made a signature that does not verify",
	    core->issuers.at[issuer].name);
	if (++key->bad_signatures < BAD_SIGNATURES_MAX)
		return;
	key->err = ERR_SIGNATURE;
	(void)snprintf(key->text, sizeof(key->text),
	    "the token made %u signatures that do not verify; issuing from it "
	    "has stopped until the agent is restarted",
	    key->bad_signatures);
}
