/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core: the process that decides, records and hands out. It accepts
 * connections (so that who asks is the kernel's word), lends them to front,
 * and joins policy, x509, log and the signers; see core.h for its files.
 */
#include "agent/core.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/role.h"
#include "agent/sandbox.h"
#include "api/problem.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/mem.h"

#define RESULT_MAX (4194304 - 1024) /* what MSG_RESULT has room for */
#define FRONT_OWN_FDS 96 /* that are no connections, some on their way */
#define ACCEPT_ROUND 32  /* connections taken before others have a turn */

void
core_problem(struct core *core, uint64_t front_id, const struct diag *d)
{
	struct msg_problem m = {.err = d->code != 0 ? d->code : ERR_INTERNAL};

	if (core->front == NULL)
		return;
	m.text = span_str(d->text);
	m.ref = span_str(d->ref);
	msg_problem_encode(&m, link_begin(core->front, MSG_PROBLEM, front_id));
	link_end(core->front, -1);
}

void
core_result(struct core *core, uint64_t front_id, uint32_t status,
    const char *content_type, struct span body)
{
	struct msg_result m = {span_str(content_type), body, status};

	struct diag d = DIAG_INIT;

	if (body.len > RESULT_MAX) {
		(void)diag_set(&d, ERR_INTERNAL,
		    "the answer would have %zu bytes, more than are sent",
		    body.len);
		core_problem(core, front_id, &d);
		return;
	}
	if (core->front == NULL)
		return;
	msg_result_encode(&m, link_begin(core->front, MSG_RESULT, front_id));
	link_end(core->front, -1);
}

void
core_end_peer(struct core *core, enum role peer, unsigned place, uint64_t life)
{
	struct msg_link m = {peer, place};

	msg_link_encode(&m, link_begin(core->parent, MSG_KILL, life));
	link_end(core->parent, -1);
}

/* A record that nobody waits for owns itself. */
static void
note_done(struct log_entry *entry, int rc)
{
	(void)rc; /* the log's health tells everybody */
	buf_free(&entry->body);
	free(entry);
}

void
core_note(struct core *core, enum event_kind kind, struct buf *body)
{
	struct log_entry *entry = xcalloc(1, sizeof(*entry));

	entry->kind = kind;
	entry->body = buf_take(body);
	entry->done = note_done;
	log_append(core->log, entry);
}

/* START and STOP hold the head of the tree before them. */
static int
agent_record(struct core *core, enum event_kind kind, struct diag *d)
{
	struct event_agent event = {.version = span_str(PACKAGE_VERSION)};
	BUF_CLEANUP body = BUF_INIT;
	struct log_head head;

	log_head(core->log, &head);
	event.size = head.size;
	memcpy(event.root, head.root, sizeof(event.root));
	event_agent_encode(&event, &body);
	return log_append_wait(core->log, kind, buf_span(&body), NULL, d);
}

/* Nothing is in flight and nobody is let in: say good-bye to the record. */
void
core_settle(struct core *core)
{
	struct diag d = DIAG_INIT;

	if (!core->draining || core->settled || core->tickets.n > 0)
		return;
	core->settled = true;
	refusals_flush(core);
	if (agent_record(core, EVENT_STOP, &d) != 0)
		notice_diag(NOTICE_ERROR, "log", &d);
	if (core->front != NULL)
		link_flush(core->front);
	link_send(core->parent, MSG_DRAINED, 0);
	link_flush(core->parent);
	loop_stop(core->loop);
}

static void
listen_set(struct core *core, bool on)
{
	size_t i;

	if (core->listening == on)
		return;
	core->listening = on;
	for (i = 0; i < 2; i++)
		loop_rewatch(core->loop, &core->listeners[i], on ? EPOLLIN : 0);
}

/* Too many: the one answer that does not come from front. */
static void
too_many_tell(int fd, const struct diag *d)
{
	BUF_CLEANUP body = BUF_INIT;
	BUF_CLEANUP answer = BUF_INIT;
	struct api_problem problem = {.diag = d};

	api_problem_encode(&problem, &body);
	buf_printf(&answer,
	    "HTTP/1.1 429 Too Many Requests\r\n"
	    "Content-Type: " API_PROBLEM_TYPE "\r\n"
	    "Content-Length: %zu\r\nRetry-After: %u\r\n"
	    "Connection: close\r\n\r\n",
	    body.len, api_problem_retry_s(d->code));
	buf_add_span(&answer, buf_span(&body));
	(void)send(fd, answer.data, answer.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(fd, SHUT_WR);
}

/*
 * The descriptor stays for a while, unread: one that is closed under a client
 * still sending makes it miss the answer.
 */
static void
turn_away(struct core *core, int fd, const struct diag *d)
{
	int *place = &core->turned_away[core->n_turned_away++ % TURNED_AWAY];

	too_many_tell(fd, d);
	if (*place > 0)
		(void)close(*place);
	*place = fd;
}

static void
client_admit(struct core *core, int fd, enum door door)
{
	struct diag d = DIAG_INIT;
	struct caller *caller;
	struct msg_conn m;
	struct peer peer;

	if (peer_of(fd, &peer, &d) != 0) {
		notice_diag(NOTICE_WARNING, "a connection", &d);
		(void)close(fd);
		return;
	}
	if (peers_add(&core->peers, &peer, door, &caller, &d) != 0) {
		turn_away(core, fd, &d);
		return;
	}
	core->counters.connections++;
	m = (struct msg_conn){caller->conn, door};
	msg_conn_encode(&m, link_begin(core->front, MSG_CONN, 0));
	link_end(core->front, fd);
	/* Descriptors do not pile up in the queue. */
	link_flush(core->front);
}

/* Out of descriptors: take one in hand, turn it away, and do not spin. */
static void
descriptors_spent(struct core *core, int listener)
{
	struct diag d = DIAG_INIT;
	int fd;

	(void)close(core->spare_fd);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		(void)diag_set(
		    &d, ERR_CONNECTIONS, "the agent is out of descriptors");
		too_many_tell(fd, &d);
		(void)close(fd);
	}
	core->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
listener_ready(struct watch *w, uint32_t events)
{
	struct core *core = w->arg;
	enum door door =
	    w == &core->listeners[DOOR_ADMIN] ? DOOR_ADMIN : DOOR_AGENT;
	int fd, i;

	(void)events;
	for (i = 0; i < ACCEPT_ROUND && core->front != NULL; i++) {
		fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE))
			descriptors_spent(core, w->fd);
		if (fd < 0)
			return;
		client_admit(core, fd, door);
	}
}

static int
conn_closed(struct core *core, struct span body, struct diag *d)
{
	struct reader r = reader_of(body);
	uint64_t conn = reader_u64(&r);

	if (!reader_done(&r))
		return diag_set(d, ERR_MESSAGE, "a close does not decode");
	peers_remove(&core->peers, conn);
	return 0;
}

static int
front_message(struct link *link, const struct msg_row *row, uint64_t id,
    struct span body, int fd, struct diag *d)
{
	struct core *core = link_arg(link);

	(void)fd;
	switch (row->msg) {
	case MSG_SIGN:
		return ticket_take(core, id, body, d);
	case MSG_REFUSED:
		return refusal_take(core, id, body, d);
	case MSG_QUERY:
		return query_take(core, id, body, d);
	case MSG_CONN_CLOSED:
		return conn_closed(core, body, d);
	default:
		return diag_set(d, ERR_MESSAGE, "front sent %s", row->name);
	}
}

static void
front_lost(struct link *link, const struct diag *d)
{
	struct core *core = link_arg(link);

	if (core->front != link)
		return;
	if (d->code == ERR_MESSAGE)
		notice_diag(NOTICE_ERROR, "front", d);
	core->front = NULL;
	listen_set(core, false);
	peers_clear(&core->peers);
	/* Links come with processes: one that only lost its link must end. */
	core_end_peer(core, ROLE_FRONT, 0, core->front_life);
}

static const struct link_ops front_ops = {front_message, front_lost};

static int
link_take(
    struct core *core, uint64_t life, struct span body, int fd, struct diag *d)
{
	struct link *old = core->front;
	struct diag gone = DIAG_INIT;
	struct msg_link m;
	int rc;

	rc = msg_link_parse(body, &m, d);
	if (rc == 0 && m.peer == ROLE_SIGNER &&
	    m.place < core->config->n_tokens)
		return hsm_connect(&core->hsms[m.place], life, fd, d);
	if (rc == 0 && m.peer != ROLE_FRONT)
		rc = diag_set(d, ERR_MESSAGE, "a link to nobody");
	if (rc != 0) {
		(void)close(fd);
		return rc;
	}
	if (old != NULL) {
		front_lost(old, &gone);
		link_close(old);
	}
	core->front_life = life;
	rc = link_open(core->loop, fd, ROLE_CORE, ROLE_FRONT, &front_ops, core,
	    &core->front, d);
	if (rc == 0 && !core->draining)
		listen_set(core, true);
	return rc;
}

static int
parent_message(struct link *link, const struct msg_row *row, uint64_t id,
    struct span body, int fd, struct diag *d)
{
	struct core *core = link_arg(link);

	switch (row->msg) {
	case MSG_LINK:
		return link_take(core, id, body, fd, d);
	case MSG_RELOAD:
		reload_start(core, 0);
		return 0;
	case MSG_DRAIN:
		core->draining = true;
		listen_set(core, false);
		core_settle(core);
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
	_exit(ROLE_EXIT_OK);
}

static const struct link_ops parent_ops = {parent_message, parent_lost};

static void
core_round(void *arg)
{
	struct core *core = arg;
	unsigned i;

	link_flush(core->parent);
	if (core->front != NULL)
		link_flush(core->front);
	for (i = 0; i < core->config->n_tokens; i++) {
		if (core->hsms[i].link != NULL)
			link_flush(core->hsms[i].link);
	}
}

/* Where the configuration is, the policies, the record; names of users. */
static int
core_enter(const struct config *config, struct diag *d)
{
	const struct sandbox_path paths[] = {
	    {config->policy_dir, false},
	    {config->state_dir, true},
	    {"/etc", false},
	    {"/dev/null", false},
	    {"/dev/urandom", false},
	};
	const struct sandbox sandbox = {
	    .role = ROLE_CORE,
	    .paths = paths,
	    .n_paths = sizeof(paths) / sizeof(paths[0]),
	};

	return sandbox_enter(&sandbox, d);
}

static int
log_start(struct core *core, struct diag *d)
{
	const struct log_options options = {.gather_us = 1000};
	struct log_recovery found = {0};
	int rc;

	rc = log_open(&core->log, core->config->log_path, &options, &found, d);
	if (rc != 0)
		return rc;
	if (found.cut_bytes > 0)
		notice(NOTICE_WARNING,
		    "log: a torn last record of %ju bytes "
		    "was cut",
		    (uintmax_t)found.cut_bytes);
	if (found.open_intents > 0)
		notice(NOTICE_WARNING,
		    "log: %ju requests had been open; their "
		    "certificates count as possibly issued",
		    (uintmax_t)found.open_intents);
	return agent_record(core, EVENT_START, d);
}

/* Issuing does not depend on the index, so its failure is only told. */
static void
index_start(struct core *core)
{
	struct diag d = DIAG_INIT;

	if (indexer_open(core->config->index_path, core->config->log_path,
		core->log, &core->indexer, &d) != 0)
		notice_diag(NOTICE_ERROR, "there is no index", &d);
}

/* front may have as many descriptors as we may, and needs some itself. */
static unsigned
connections_max(const struct config *config)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur >= config->max_connections + FRONT_OWN_FDS)
		return config->max_connections;
	limit.rlim_cur -= limit.rlim_cur > 2 * FRONT_OWN_FDS
			      ? FRONT_OWN_FDS
			      : limit.rlim_cur / 2;
	notice(NOTICE_WARNING,
	    "only %ju connections can be open: the limit of descriptors "
	    "(LimitNOFILE=) is too low for %u",
	    (uintmax_t)limit.rlim_cur, config->max_connections);
	return (unsigned)limit.rlim_cur;
}

static void
tables_init(struct core *core)
{
	unsigned i;

	core->hsms = xcalloc(core->config->n_tokens, sizeof(*core->hsms));
	for (i = 0; i < core->config->n_tokens; i++)
		hsm_init(&core->hsms[i], core, i);
	core->keys = xcalloc(core->config->n_issuers, sizeof(*core->keys));
	core->peers.max = connections_max(core->config);
	core->peers.max_per_uid = core->config->max_connections_per_uid;
	core->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	core->started_s = clock_now_s();
	core->next_ticket = link_first_id();
}

static int
listeners_watch(struct core *core, struct diag *d)
{
	static const int fds[2] = {ROLE_FD_AGENT, ROLE_FD_ADMIN};
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < 2; i++) {
		core->listeners[i].fd = fds[i];
		core->listeners[i].ready = listener_ready;
		core->listeners[i].arg = core;
		(void)fcntl(fds[i], F_SETFD, FD_CLOEXEC);
		rc = loop_watch(core->loop, &core->listeners[i], 0, d);
	}
	return rc;
}

static int
core_start(struct core *core, const struct config *config, struct diag *d)
{
	int rc;

	core->config = config;
	tables_init(core);
	rc = issuers_open(config, &core->issuers, d);
	if (rc == 0)
		rc = role_drop_user(config, d);
	if (rc == 0)
		rc = file_make_dir(config->state_dir, 0700, d);
	if (rc == 0)
		rc = core_enter(config, d);
	if (rc == 0)
		rc = loop_new(&core->loop, d);
	if (rc == 0)
		rc = link_open(core->loop, ROLE_FD_CONTROL, ROLE_CORE,
		    ROLE_PARENT, &parent_ops, core, &core->parent, d);
	if (rc == 0)
		rc = listeners_watch(core, d);
	if (rc == 0)
		rc = log_start(core, d);
	if (rc != 0)
		return rc;
	index_start(core);
	rc = rules_open(core, d);
	if (rc == 0)
		rc = pool_new(pool_cores(), "core", &core->pool, d);
	if (rc == 0)
		rc = pool_new(1, "read", &core->readers, d);
	return rc;
}

static int
exit_of(int rc)
{
	switch (err_class(rc)) {
	case CLASS_STORE:
		return ROLE_EXIT_LOG;
	case CLASS_USAGE:
		return ROLE_EXIT_CONFIG;
	default:
		return ROLE_EXIT_FAILED;
	}
}

int
core_main(const struct role_args *args)
{
	struct core core = {.spare_fd = -1};
	struct diag d = DIAG_INIT;
	struct config *config;
	int rc;

	if (role_config(args->config_path, &config) != 0)
		return ROLE_EXIT_CONFIG;
	rc = core_start(&core, config, &d);
	if (rc != 0) {
		notice_diag(NOTICE_ERROR, "core cannot start", &d);
		return exit_of(rc);
	}
	loop_set_round(core.loop, core_round, &core);
	link_send(core.parent, MSG_READY, 0);
	link_flush(core.parent);
	rc = loop_run(core.loop, &d);
	pool_free(core.pool);
	pool_free(core.readers);
	indexer_close(core.indexer);
	log_close(core.log);
	return rc == 0 ? ROLE_EXIT_OK : ROLE_EXIT_FAILED;
}
