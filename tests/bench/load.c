/* SPDX-License-Identifier: Apache-2.0 */
/* The load maker; see load.h. */
#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/bench/die.h"

#define CHUNK 16384

struct client {
	int fd;
	struct buf in;
	int64_t sent_ns;
	bool answered; /* at least once */
};

struct load {
	const struct target *target;
	struct client clients[LOAD_MAX_CONNS];
	unsigned n, first_answers, busy;
	int epoll_fd;
	int64_t begun, end; /* ns; 0 until all have had an answer */
	struct latencies latencies;
	size_t answers;
	double cpu_us, load_us;
	unsigned long switches;
};

void
target_unix(struct target *t, const char *path)
{
	struct sockaddr_un *addr = (struct sockaddr_un *)&t->addr;

	addr->sun_family = AF_UNIX;
	(void)snprintf(addr->sun_path, sizeof(addr->sun_path), "%s", path);
	t->addr_len = sizeof(*addr);
}

void
target_tcp(struct target *t, unsigned short port)
{
	struct sockaddr_in *addr = (struct sockaddr_in *)&t->addr;

	addr->sin_family = AF_INET;
	addr->sin_port = htons(port);
	addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	t->addr_len = sizeof(*addr);
}

void
target_post(
    struct target *t, const char *path, const char *type, struct span body)
{
	buf_reset(&t->request);
	buf_printf(&t->request,
	    "POST %s HTTP/1.1\r\n"
	    "Host: localhost\r\n"
	    "Content-Type: %s\r\n"
	    "Content-Length: %zu\r\n"
	    "\r\n",
	    path, type, body.len);
	buf_add_span(&t->request, body);
}

void
target_free(struct target *t)
{
	buf_free(&t->request);
}

static int
target_connect(const struct target *t)
{
	int fd = socket(t->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int one = 1;

	if (fd < 0)
		return -1;
	if (t->addr.ss_family == AF_INET)
		(void)setsockopt(
		    fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (const struct sockaddr *)&t->addr, t->addr_len) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static bool
request_send(const struct target *t, int fd)
{
	return send(fd, t->request.data, t->request.len, MSG_NOSIGNAL) ==
	       (ssize_t)t->request.len;
}

static const char *
header_find(const char *head, const char *end, const char *name)
{
	size_t len = strlen(name);
	const char *p;

	for (p = head; p + len < end; p++) {
		if (p[0] == '\n' && strncasecmp(p + 1, name, len) == 0)
			return p + 1 + len;
	}
	return NULL;
}

/* Chunks joined in place of themselves; false when the last is not here. */
static bool
chunks_join(const char *p, const char *end, struct buf *body)
{
	const char *line;
	size_t len;

	buf_reset(body);
	for (;;) {
		line = memmem(p, (size_t)(end - p), "\r\n", 2);
		if (line == NULL)
			return false;
		len = strtoul(p, NULL, 16);
		if ((size_t)(end - line) < len + 4)
			return false;
		if (len == 0)
			return true;
		buf_add(body, line + 2, len);
		p = line + 2 + len + 2;
	}
}

/* The status once the answer is whole, else 0; body may be NULL. */
static int
answer_take(const struct buf *in, struct buf *body)
{
	const char *head = (const char *)in->data, *end, *value;
	const char *last = head + in->len;
	BUF_CLEANUP chunks = BUF_INIT;

	end = memmem(in->data, in->len, "\r\n\r\n", 4);
	if (end == NULL || in->len < 13)
		return 0;
	value = header_find(head, end, "content-length:");
	if (value != NULL) {
		if ((size_t)(last - end) < strtoul(value, NULL, 10) + 4)
			return 0;
		if (body != NULL)
			buf_add(body, end + 4, (size_t)(last - end) - 4);
	} else {
		if (!chunks_join(end + 4, last, &chunks))
			return 0;
		if (body != NULL)
			buf_add_span(body, buf_span(&chunks));
	}
	return (int)strtol(head + 9, NULL, 10);
}

static bool
read_more(int fd, struct buf *in)
{
	ssize_t n;

	buf_reserve(in, CHUNK + 1);
	n = recv(fd, in->data + in->len, CHUNK, 0);
	if (n <= 0)
		return false;
	in->len += (size_t)n;
	in->data[in->len] = '\0'; /* numbers are read as strings */
	return true;
}

int
load_once(const struct target *t, struct buf *body)
{
	int fd = target_connect(t), status = 0;
	BUF_CLEANUP in = BUF_INIT;

	if (fd < 0)
		return -1;
	if (request_send(t, fd)) {
		while (status == 0 && read_more(fd, &in))
			status = answer_take(&in, body);
	}
	(void)close(fd);
	return status == 0 ? -1 : status;
}

static void
clients_open(struct load *load)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct client *c;
	unsigned i;

	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < load->n; i++) {
		c = &load->clients[i];
		c->fd = target_connect(load->target);
		event.data.ptr = c;
		if (c->fd < 0 || epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, c->fd,
				     &event) != 0)
			bench_die("%s: connection %u: %s", load->target->name,
			    i + 1, strerror(errno));
	}
}

static void
clients_close(struct load *load)
{
	unsigned i;

	for (i = 0; i < load->n; i++) {
		(void)close(load->clients[i].fd);
		buf_free(&load->clients[i].in);
	}
	(void)close(load->epoll_fd);
}

static void
ask(struct load *load, struct client *c)
{
	c->sent_ns = now_ns();
	load->busy++;
	if (!request_send(load->target, c->fd))
		bench_die("%s does not take a request", load->target->name);
}

static void
clocks_read(struct load *load, double sign)
{
	const struct processes *servers = load->target->servers;

	load->load_us += sign * cpu_us_of_thread();
	if (servers == NULL)
		return;
	load->cpu_us += sign * processes_cpu_us(servers);
	load->switches +=
	    (unsigned long)(long)sign * processes_switches(servers);
}

/* True while more is to be asked for. */
static bool
answer_count(struct load *load, struct client *c, int64_t now, unsigned ms)
{
	load->answers++;
	load->busy--;
	if (!c->answered && ++load->first_answers == load->n) {
		clocks_read(load, -1);
		load->begun = now_ns();
		load->end = load->begun + (int64_t)ms * 1000000;
	}
	c->answered = true;
	if (load->begun == 0 || now <= load->begun)
		return true;
	if (now < load->end)
		latencies_add(&load->latencies, now - c->sent_ns);
	return now < load->end;
}

static void
client_ready(struct load *load, struct client *c, unsigned ms)
{
	int status;

	if (!read_more(c->fd, &c->in))
		bench_die("%s hung up", load->target->name);
	status = answer_take(&c->in, NULL);
	if (status == 0)
		return;
	if (status != 200)
		bench_die("%s answered %s", load->target->name,
		    (const char *)c->in.data);
	buf_reset(&c->in);
	if (answer_count(load, c, now_ns(), ms))
		ask(load, c);
}

static void
load_drive(struct load *load, unsigned ms)
{
	struct epoll_event events[64];
	bool is_over = false;
	unsigned k;
	int i, ready;

	for (k = 0; k < load->n; k++)
		ask(load, &load->clients[k]);
	while (load->busy > 0) {
		ready = epoll_wait(load->epoll_fd, events, 64, 10000);
		if (ready == 0 || (ready < 0 && errno != EINTR))
			bench_die("%s does not answer", load->target->name);
		for (i = 0; i < ready; i++)
			client_ready(load, events[i].data.ptr, ms);
		if (!is_over && load->end != 0 && now_ns() >= load->end) {
			is_over = true;
			clocks_read(load, 1);
		}
	}
}

size_t
load_run(const struct target *t, unsigned n, unsigned ms, struct sample *out)
{
	struct load load = {.target = t, .n = n};

	clients_open(&load);
	load_drive(&load, ms);
	clients_close(&load);
	*out = (struct sample){.ops = (double)load.latencies.n};
	out->rate = out->ops * 1000.0 / ms;
	out->cpu_us = load.cpu_us / out->ops;
	out->load_us = load.load_us / out->ops;
	out->switches = (double)load.switches / out->ops;
	latencies_tell(&load.latencies, out);
	latencies_free(&load.latencies);
	return load.answers;
}
