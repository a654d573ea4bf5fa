/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A load maker: HTTP/1.1 over connections that stay, each with one request on
 * its way; one thread, epoll.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <sys/socket.h>

#include "tests/bench/process.h"
#include "tests/bench/sample.h"

#define LOAD_MAX_CONNS 256

/* Who is asked, and what. */
struct target {
	const char *name; /* for messages */
	struct sockaddr_storage addr;
	socklen_t addr_len;
	struct buf request;        /* head and body */
	struct processes *servers; /* whose processor time counts; or NULL */
};

void target_unix(struct target *t, const char *path);
void target_tcp(struct target *t, unsigned short port);
void target_post(
    struct target *t, const char *path, const char *type, struct span body);
void target_free(struct target *t);

/* One request on a connection of its own. The status, or -1 when there is no
 * answer; *body is the answer's. */
int load_once(const struct target *t, struct buf *body);

/*
 * n connections for ms milliseconds, measured from when each has had its first
 * answer. Every request that was sent is waited for. Returns how many answers
 * there were in all; anything but 200 ends the process.
 */
size_t load_run(
    const struct target *t, unsigned n, unsigned ms, struct sample *out);

#endif
