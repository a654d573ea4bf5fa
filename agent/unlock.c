/* SPDX-License-Identifier: Apache-2.0 */
/* An operator's connection, up to the end of its first line. */
#include "agent/unlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "net/listener.h"

#define NAME_MAX_LEN 64
#define PATIENCE_MS 5000

struct unlocker {
	struct loop *loop;
	struct watch watch;
	void (*pass)(void *arg, const char *token, int fd);
	void *arg;
};

/* One operator, still typing. */
struct typing {
	struct unlocker *unlocker;
	struct watch watch;
	struct timer patience;
	char name[NAME_MAX_LEN + 1];
	size_t len;
};

void
unlock_refuse(int fd, int err, const char *text)
{
	BUF_CLEANUP answer = BUF_INIT;

	buf_printf(&answer, "error %s %s\n", err_code(err), text);
	(void)send(fd, answer.data, answer.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)close(fd);
}

/* The descriptor is the caller's from here on. */
static int
typing_end(struct typing *t)
{
	int fd = t->watch.fd;

	loop_unwatch(t->unlocker->loop, &t->watch);
	loop_timer_clear(t->unlocker->loop, &t->patience);
	free(t);
	return fd;
}

static void
line_done(struct typing *t)
{
	struct unlocker *u = t->unlocker;
	MEM_CLEANUP char *name = xstrndup(t->name, t->len);
	int fd = typing_end(t);

	/* The signer reads the rest with a time limit of its own. */
	(void)fcntl(fd, F_SETFL, 0);
	u->pass(u->arg, name, fd);
}

static void
typing_ready(struct watch *w, uint32_t events)
{
	struct typing *t = w->arg;
	ssize_t n;
	char c;

	(void)events;
	for (;;) {
		n = read(w->fd, &c, 1);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n == 1 && c == '\n') {
			line_done(t);
			return;
		}
		if (n != 1 || t->len == NAME_MAX_LEN) {
			unlock_refuse(typing_end(t), ERR_REQUEST,
			    "a token's name and a newline are wanted first");
			return;
		}
		t->name[t->len++] = c;
	}
}

static void
patience_fire(struct timer *timer)
{
	unlock_refuse(
	    typing_end(timer->arg), ERR_TIMEOUT, "no name came in time");
}

static void
operator_admit(struct unlocker *u, int fd)
{
	struct diag d = DIAG_INIT;
	struct typing *t;
	struct peer peer;

	if (peer_of(fd, &peer, &d) != 0 ||
	    (peer.uid != 0 && peer.uid != geteuid())) {
		unlock_refuse(
		    fd, ERR_NOT_ADMIN, "only root and the agent's own user");
		return;
	}
	t = xcalloc(1, sizeof(*t));
	t->unlocker = u;
	t->watch = (struct watch){fd, 0, typing_ready, t};
	t->patience = (struct timer){.fire = patience_fire, .arg = t};
	if (loop_watch(u->loop, &t->watch, EPOLLIN, &d) != 0) {
		(void)close(fd);
		free(t);
		return;
	}
	loop_timer_set(u->loop, &t->patience, PATIENCE_MS);
}

static void
listener_ready(struct watch *w, uint32_t events)
{
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0)
		operator_admit(w->arg, fd);
}

int
unlocker_open(struct loop *loop, int fd,
    void (*pass)(void *arg, const char *token, int fd), void *arg,
    struct unlocker **out, struct diag *d)
{
	struct unlocker *u = xcalloc(1, sizeof(*u));
	int rc;

	u->loop = loop;
	u->pass = pass;
	u->arg = arg;
	u->watch = (struct watch){fd, 0, listener_ready, u};
	rc = loop_watch(loop, &u->watch, EPOLLIN, d);
	if (rc != 0) {
		free(u);
		return rc;
	}
	*out = u;
	return 0;
}
