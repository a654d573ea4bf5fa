/* SPDX-License-Identifier: Apache-2.0 */
/* Framing, queues and descriptors between two roles; see link.h. */
#include "agent/link.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define READ_CHUNK 65536
#define QUEUE_MAX (64u << 20) /* bytes: a peer that reads nothing is ended */
#define MAX_FDS 64

/* A descriptor that leaves with the byte at this offset of the queue. */
struct passing {
	size_t at;
	int fd;
};

struct link {
	struct loop *loop;
	struct watch watch;
	enum role self, peer;
	const struct link_ops *ops;
	void *arg;
	struct buf in, out;
	size_t begun; /* offset in out of the message being written */
	struct passing passing[MAX_FDS];
	size_t n_passing;
	int arrived[MAX_FDS]; /* descriptors whose message is not read yet */
	size_t n_arrived;
	bool takes_fds;
	bool broken; /* writing failed: lost() follows from the loop */
};

static void link_ready(struct watch *w, uint32_t events);

int
link_open(struct loop *loop, int fd, enum role self, enum role peer,
    const struct link_ops *ops, void *arg, struct link **out, struct diag *d)
{
	struct link *link = xcalloc(1, sizeof(*link));
	int rc;

	link->loop = loop;
	link->self = self;
	link->peer = peer;
	link->takes_fds = msg_passes_fds(peer, self);
	link->ops = ops;
	link->arg = arg;
	link->watch.fd = fd;
	link->watch.ready = link_ready;
	link->watch.arg = link;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		rc = diag_errno(
		    d, ERR_INTERNAL, "a link to %s", role_name(peer));
	else
		rc = loop_watch(loop, &link->watch, EPOLLIN, d);
	if (rc != 0) {
		free(link);
		return rc;
	}
	*out = link;
	return 0;
}

void *
link_arg(const struct link *link)
{
	return link->arg;
}

void
link_close(struct link *link)
{
	size_t i;

	if (link == NULL)
		return;
	loop_unwatch(link->loop, &link->watch);
	(void)close(link->watch.fd);
	for (i = 0; i < link->n_arrived; i++)
		(void)close(link->arrived[i]);
	for (i = 0; i < link->n_passing; i++)
		(void)close(link->passing[i].fd);
	buf_free(&link->in);
	buf_free(&link->out);
	free(link);
}

static void
link_lose(struct link *link, const struct diag *d)
{
	link->ops->lost(link, d);
	link_close(link);
}

struct buf *
link_begin(struct link *link, enum msg msg, uint64_t id)
{
	const struct msg_row *row = msg_find(msg);

	assert(row != NULL && msg_is_allowed(row, link->self, link->peer));
	link->begun = link->out.len;
	buf_add_u32(&link->out, 0);
	buf_add_u16(&link->out, (uint16_t)row->msg);
	buf_add_u16(&link->out, 0);
	buf_add_u64(&link->out, id);
	return &link->out;
}

void
link_end(struct link *link, int fd)
{
	size_t len = link->out.len - link->begun - 4;

	buf_put_u32_at(&link->out, link->begun, (uint32_t)len);
	if (fd < 0)
		return;
	if (link->n_passing == MAX_FDS) {
		/* Nobody reads at the other end; the write will say so too. */
		(void)close(fd);
		link->broken = true;
		return;
	}
	link->passing[link->n_passing++] = (struct passing){link->begun, fd};
}

uint64_t
link_first_id(void)
{
	/* A million ids a millisecond since boot are never used up. */
	return (uint64_t)clock_mono_ms() << 20;
}

void
link_send(struct link *link, enum msg msg, uint64_t id)
{
	(void)link_begin(link, msg, id);
	link_end(link, -1);
}

static ssize_t
send_some(int fd, const uint8_t *data, size_t len, int passed)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	struct iovec iov = {(void *)(uintptr_t)data, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *head;

	if (passed >= 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		head = CMSG_FIRSTHDR(&msg);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &passed, sizeof(int));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/* Writes up to the next descriptor, which then goes with the byte it is at. */
static ssize_t
flush_some(struct link *link)
{
	size_t len = link->out.len, i;
	int passed = -1;
	ssize_t n;

	if (link->n_passing > 0 && link->passing[0].at == 0) {
		passed = link->passing[0].fd;
		if (link->n_passing > 1)
			len = link->passing[1].at;
	} else if (link->n_passing > 0) {
		len = link->passing[0].at;
	}
	n = send_some(link->watch.fd, link->out.data, len, passed);
	if (n <= 0)
		return n;
	if (passed >= 0) {
		(void)close(passed);
		link->n_passing--;
		memmove(link->passing, link->passing + 1,
		    link->n_passing * sizeof(link->passing[0]));
	}
	for (i = 0; i < link->n_passing; i++)
		link->passing[i].at -= (size_t)n;
	buf_consume(&link->out, (size_t)n);
	return n;
}

void
link_flush(struct link *link)
{
	ssize_t n;

	while (link->out.len > 0 && !link->broken) {
		n = flush_some(link);
		if (n > 0 || (n < 0 && errno == EINTR))
			continue;
		if (errno != EAGAIN || link->out.len > QUEUE_MAX)
			link->broken = true;
		break;
	}
	/* A broken link still tells its end by reading; make sure it wakes. */
	if (link->broken)
		(void)shutdown(link->watch.fd, SHUT_RDWR);
	loop_rewatch(link->loop, &link->watch,
	    link->out.len > 0 && !link->broken ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static int
take_fds(struct link *link, struct msghdr *msg, struct diag *d)
{
	struct cmsghdr *head;
	size_t n, i;
	int fd, rc = 0;

	for (head = CMSG_FIRSTHDR(msg); head != NULL;
	     head = CMSG_NXTHDR(msg, head)) {
		if (head->cmsg_level != SOL_SOCKET ||
		    head->cmsg_type != SCM_RIGHTS)
			continue;
		n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(head) + i * sizeof(int),
			    sizeof(int));
			if (link->takes_fds && link->n_arrived < MAX_FDS) {
				link->arrived[link->n_arrived++] = fd;
				continue;
			}
			/* All of them are ours to close, wanted or not. */
			(void)close(fd);
			rc = diag_set(d, ERR_MESSAGE, "an unwanted descriptor");
		}
	}
	if (rc != 0)
		return rc;
	if ((msg->msg_flags & MSG_CTRUNC) != 0)
		return diag_set(d, ERR_MESSAGE, "a descriptor was lost");
	return 0;
}

/* 1: something came; 0: nothing more now; negative: it is over. */
static int
read_some(struct link *link, struct diag *d)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * 8)];
		struct cmsghdr align;
	} control;
	struct iovec iov;
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	ssize_t n;
	int rc;

	buf_reserve(&link->in, READ_CHUNK);
	iov.iov_base = link->in.data + link->in.len;
	iov.iov_len = READ_CHUNK;
	n = recvmsg(link->watch.fd, &msg, MSG_CMSG_CLOEXEC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		return diag_errno(d, ERR_UNAVAILABLE, "%s cannot be read",
		    role_name(link->peer));
	rc = take_fds(link, &msg, d);
	if (rc != 0)
		return rc;
	if (n == 0)
		return diag_set(d, ERR_UNAVAILABLE, "%s has gone away",
		    role_name(link->peer));
	link->in.len += (size_t)n;
	return 1;
}

static int
message_take(struct link *link, struct reader *r, uint32_t len, struct diag *d)
{
	const struct msg_row *row = msg_find(reader_u16(r));
	uint16_t zero = reader_u16(r);
	uint64_t id = reader_u64(r);
	struct span body = reader_take(r, len - (MSG_HEAD_LEN - 4));
	int fd = -1;

	if (row == NULL || zero != 0 || body.len > row->max ||
	    !msg_is_allowed(row, link->peer, link->self))
		return diag_set(d, ERR_MESSAGE,
		    "%s sent a message that it may not send",
		    role_name(link->peer));
	if (row->fd) {
		if (link->n_arrived == 0)
			return diag_set(d, ERR_MESSAGE,
			    "%s came without its descriptor", row->name);
		fd = link->arrived[0];
		link->n_arrived--;
		memmove(link->arrived, link->arrived + 1,
		    link->n_arrived * sizeof(link->arrived[0]));
	}
	return link->ops->message(link, row, id, body, fd, d);
}

static int
messages_take(struct link *link, struct diag *d)
{
	struct reader r = reader_of(buf_span(&link->in));
	struct reader ahead;
	uint32_t len;
	int rc;

	for (;;) {
		ahead = r;
		len = reader_u32(&ahead);
		if (ahead.bad)
			break;
		if (len < MSG_HEAD_LEN - 4 || len > (8u << 20))
			return diag_set(d, ERR_MESSAGE,
			    "%s sent a message of %u bytes",
			    role_name(link->peer), len);
		if (reader_left(&ahead) < len)
			break;
		rc = message_take(link, &ahead, len, d);
		if (rc != 0)
			return rc;
		r = ahead;
	}
	buf_consume(&link->in, link->in.len - reader_left(&r));
	return 0;
}

void
link_drain(struct link *link)
{
	struct diag d = DIAG_INIT;

	if (link == NULL)
		return;
	while (read_some(link, &d) > 0) {
		if (messages_take(link, &d) != 0)
			return;
	}
}

static void
link_ready(struct watch *w, uint32_t events)
{
	struct link *link = w->arg;
	struct diag d = DIAG_INIT;
	int rc = 0;

	if ((events & EPOLLOUT) != 0)
		link_flush(link);
	if ((events & ~(uint32_t)EPOLLOUT) != 0) {
		rc = read_some(link, &d);
		if (rc > 0)
			rc = messages_take(link, &d);
	}
	if (rc < 0)
		link_lose(link, &d);
}
