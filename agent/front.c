/* SPDX-License-Identifier: Apache-2.0 */
/* front: connections and links; what is asked on them is in question.c. */
#include "agent/front.h"

#include <stdlib.h>
#include <unistd.h>

#include "agent/role.h"
#include "agent/sandbox.h"
#include "lib/mem.h"
#include "x509/key.h"

#define END_MS 1000 /* to write the last answers */

static void
client_free(struct client *client)
{
	*client->prev = client->next;
	if (client->next != NULL)
		client->next->prev = client->prev;
	client->front->n_clients--;
	free(client);
}

static void
request(struct conn *conn, uint32_t stream, const struct http_request *r)
{
	question_ask(conn_arg(conn), stream, r);
}

static void
closed_tell(const struct client *client)
{
	struct front *front = client->front;

	if (front->core == NULL || client->generation != front->generation)
		return;
	buf_add_u64(
	    link_begin(front->core, MSG_CONN_CLOSED, 0), client->number);
	link_end(front->core, -1);
}

static void
closed(struct conn *conn)
{
	struct client *client = conn_arg(conn);
	struct front *front = client->front;

	questions_forget(client);
	closed_tell(client);
	client_free(client);
	if (front->ending && front->n_clients == 0)
		loop_stop(front->loop);
}

static const struct conn_ops conn_ops = {
    .request = request,
    .refuse = question_refuse,
    .closed = closed,
};

static int
client_take(struct front *front, struct span body, int fd, struct diag *d)
{
	struct client *client;
	struct msg_conn m;
	int rc;

	rc = msg_conn_parse(body, &m, d);
	if (rc != 0) {
		(void)close(fd);
		return rc;
	}
	client = xcalloc(1, sizeof(*client));
	client->front = front;
	client->number = m.conn;
	client->generation = front->generation;
	client->next = front->clients;
	client->prev = &front->clients;
	if (client->next != NULL)
		client->next->prev = &client->next;
	front->clients = client;
	front->n_clients++;
	rc = conn_open(front->loop, fd, &http_default_limits, &conn_ops, client,
	    &client->conn, d);
	if (rc != 0) {
		notice_diag(NOTICE_WARNING, "a connection", d);
		closed_tell(client);
		client_free(client);
	}
	return 0;
}

static int
core_message(struct link *link, const struct msg_row *row, uint64_t id,
    struct span body, int fd, struct diag *d)
{
	struct front *front = link_arg(link);

	switch (row->msg) {
	case MSG_CONN:
		return client_take(front, body, fd, d);
	case MSG_ISSUED:
	case MSG_RESULT:
	case MSG_PROBLEM:
		return question_answer(front, row, id, body, d);
	default:
		return diag_set(d, ERR_MESSAGE, "core sent %s", row->name);
	}
}

static void
clients_drain(struct front *front)
{
	struct client *client, *next;

	for (client = front->clients; client != NULL; client = next) {
		next = client->next;
		conn_drain(client->conn);
	}
}

/* A new core will not know our connections: they are told, and end. */
static void
core_lost(struct link *link, const struct diag *d)
{
	struct front *front = link_arg(link);

	if (front->core != link)
		return;
	if (d->code == ERR_MESSAGE)
		notice_diag(NOTICE_ERROR, "core", d);
	front->core = NULL;
	front->generation++;
	questions_fail(front);
	clients_drain(front);
}

static const struct link_ops core_ops = {core_message, core_lost};

static int
core_connect(struct front *front, int fd, struct diag *d)
{
	struct link *old = front->core;
	struct diag gone = DIAG_INIT;

	if (old != NULL) {
		core_lost(old, &gone);
		link_close(old);
	}
	return link_open(front->loop, fd, ROLE_FRONT, ROLE_CORE, &core_ops,
	    front, &front->core, d);
}

static int
parent_message(struct link *link, const struct msg_row *row, uint64_t id,
    struct span body, int fd, struct diag *d)
{
	(void)id;
	(void)body;
	if (row->msg == MSG_LINK)
		return core_connect(link_arg(link), fd, d);
	return diag_set(d, ERR_MESSAGE, "parent sent %s", row->name);
}

static void
end_fire(struct timer *t)
{
	loop_stop(t->arg);
}

/* The agent ends: write what is answered, then go. */
static void
parent_lost(struct link *link, const struct diag *d)
{
	struct front *front = link_arg(link);

	(void)d;
	front->parent = NULL;
	front->ending = true;
	if (front->n_clients == 0)
		loop_stop(front->loop);
	front->end = (struct timer){.fire = end_fire, .arg = front->loop};
	loop_timer_set(front->loop, &front->end, END_MS);
	clients_drain(front);
}

static const struct link_ops parent_ops = {parent_message, parent_lost};

static void
front_round(void *arg)
{
	struct front *front = arg;

	if (front->parent != NULL)
		link_flush(front->parent);
	if (front->core != NULL)
		link_flush(front->core);
}

static int
front_start(struct front *front, const struct config *config, struct diag *d)
{
	const struct sandbox sandbox = {.role = ROLE_FRONT};
	int rc;

	/* OpenSSL looks for its configuration once: before the sandbox. */
	x509_prepare();
	rc = role_drop_user(config, d);
	if (rc == 0)
		rc = sandbox_enter(&sandbox, d);
	if (rc == 0)
		rc = loop_new(&front->loop, d);
	if (rc == 0)
		rc = link_open(front->loop, ROLE_FD_CONTROL, ROLE_FRONT,
		    ROLE_PARENT, &parent_ops, front, &front->parent, d);
	if (rc == 0)
		rc = pool_new(pool_cores(), "csr", &front->pool, d);
	return rc;
}

int
front_main(const struct role_args *args)
{
	struct front front = {
	    .generation = 1, .next_question = link_first_id()};
	struct diag d = DIAG_INIT;
	struct config *config;

	if (role_config(args->config_path, &config) != 0)
		return ROLE_EXIT_CONFIG;
	if (front_start(&front, config, &d) != 0) {
		notice_diag(NOTICE_ERROR, "front cannot start", &d);
		return ROLE_EXIT_FAILED;
	}
	config_free(config);
	loop_set_round(front.loop, front_round, &front);
	link_send(front.parent, MSG_READY, 0);
	link_flush(front.parent);
	if (loop_run(front.loop, &d) != 0)
		notice_diag(NOTICE_ERROR, "front", &d);
	/* Workers may be in the middle of a CSR that nobody waits for. */
	_exit(ROLE_EXIT_OK);
}
