/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request costs in net/ alone: a server that answers every request with
 * a thousand bytes, and clients that each have one request on the way.
 *
 *	bench_net CONNECTIONS SECONDS   measures over socketpairs, prints a line
 *	bench_net PATH                  listens there, for curl and h2load
 *
 * The clients run in another process, so that the server's processor time is
 * its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "net/http.h"
#include "net/listener.h"

#define MAX_CONNECTIONS 1024
#define BODY_LEN 600
#define ANSWER_LEN 1000

static struct loop *loop;
static size_t open_conns;
static uint64_t answered;

static void
on_request(
    struct conn *conn, uint32_t stream, const struct http_request *request)
{
	static const uint8_t content[ANSWER_LEN];
	const struct http_response response = {
	    .status = 200,
	    .content_type = "application/x-pem-file",
	    .body = {content, sizeof(content)},
	};

	(void)request;
	answered++;
	conn_answer(conn, stream, &response);
}

static void
on_closed(struct conn *conn)
{
	(void)conn;
	if (--open_conns == 0)
		loop_stop(loop);
}

static const struct conn_ops ops = {on_request, NULL, on_closed};

static int
fail(const struct diag *d)
{
	fprintf(stderr, "bench_net: %s\n", d->text);
	return 1;
}

static void
on_accept(struct watch *w, uint32_t events)
{
	struct diag d = DIAG_INIT;
	struct conn *conn;
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	if (fd >= 0 && conn_open(loop, fd, &http_default_limits, &ops, NULL,
			   &conn, &d) != 0)
		(void)fail(&d);
}

static int
serve(const char *path)
{
	struct diag d = DIAG_INIT;
	struct watch w = {.ready = on_accept};

	open_conns = SIZE_MAX / 2; /* never the last one */
	if (listener_open(path, 0600, (gid_t)-1, &w.fd, &d) != 0 ||
	    loop_watch(loop, &w, EPOLLIN, &d) != 0 || loop_run(loop, &d) != 0)
		return fail(&d);
	return 0;
}

static void
send_request(int fd)
{
	static char text[2048];
	static size_t len;

	if (len == 0)
		len = (size_t)snprintf(text, sizeof(text),
			  "POST /api/v1/sign?policy=web-server HTTP/1.1\r\n"
			  "Host: localhost\r\nUser-Agent: curl/7.88.1\r\n"
			  "Accept: */*\r\nContent-Length: %d\r\n"
			  "Content-Type: application/x-www-form-urlencoded\r\n"
			  "\r\n",
			  BODY_LEN) +
		      BODY_LEN;
	if (send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		exit(1);
}

/* Each answer that has come whole is followed by the next request. */
static void
drive(const int *fds, size_t n, int seconds)
{
	struct epoll_event events[64], event = {.events = EPOLLIN};
	int epoll_fd = epoll_create1(0), i, ready;
	int64_t end = clock_mono_ms() + seconds * 1000;
	char text[4096];
	ssize_t len;

	for (i = 0; i < (int)n; i++) {
		event.data.fd = fds[i];
		(void)epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[i], &event);
		send_request(fds[i]);
	}
	while (clock_mono_ms() < end) {
		ready = epoll_wait(epoll_fd, events, 64, -1);
		for (i = 0; i < ready; i++) {
			len = read(events[i].data.fd, text, sizeof(text));
			if (len <= ANSWER_LEN)
				exit(1);
			send_request(events[i].data.fd);
		}
	}
	exit(0);
}

static void
report(size_t n, int64_t took_ms)
{
	struct rusage use;
	double cpu_us;

	(void)getrusage(RUSAGE_SELF, &use);
	cpu_us = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
		 (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
	printf("%zu connections: %.0f requests/s, server CPU %.2f us a "
	       "request (user %.2f)\n",
	    n, (double)answered * 1000.0 / (double)took_ms,
	    cpu_us / (double)answered,
	    ((double)use.ru_utime.tv_sec * 1e6 + (double)use.ru_utime.tv_usec) /
		(double)answered);
}

static int
measure(size_t n, int seconds)
{
	struct diag d = DIAG_INIT;
	struct conn *conn;
	int near[MAX_CONNECTIONS], far[MAX_CONNECTIONS], pair[2];
	int64_t begun = clock_mono_ms();
	size_t i;
	pid_t pid;

	for (i = 0; i < n; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
			return 1;
		near[i] = pair[0];
		far[i] = pair[1];
	}
	pid = fork();
	for (i = 0; i < n; i++)
		(void)close(pid == 0 ? near[i] : far[i]);
	if (pid == 0)
		drive(far, n, seconds);
	open_conns = n;
	for (i = 0; i < n; i++) {
		if (conn_open(loop, near[i], &http_default_limits, &ops, NULL,
			&conn, &d) != 0)
			return fail(&d);
	}
	if (loop_run(loop, &d) != 0)
		return fail(&d);
	report(n, clock_mono_ms() - begun);
	(void)waitpid(pid, NULL, 0);
	return 0;
}

/* 0 when it is not a number in range. */
static int
number_of(const char *text, long max)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *end == '\0' && n >= 1 && n <= max ? (int)n : 0;
}

int
main(int argc, char **argv)
{
	struct diag d = DIAG_INIT;
	int rc, n, seconds;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "bench_net CONNECTIONS SECONDS | PATH\n");
		return 2;
	}
	if (loop_new(&loop, &d) != 0)
		return fail(&d);
	n = argc == 3 ? number_of(argv[1], MAX_CONNECTIONS) : 1;
	seconds = argc == 3 ? number_of(argv[2], 3600) : 1;
	if (n == 0 || seconds == 0)
		return 2;
	rc = argc == 2 ? serve(argv[1]) : measure((size_t)n, seconds);
	loop_free(loop);
	return rc;
}
