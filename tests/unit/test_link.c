/* SPDX-License-Identifier: Apache-2.0 */
/* agent/link: messages and descriptors arrive; a peer that errs is ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/link.h"

/* core's end is a real link; the other one is a link or a bare socket. */
struct fixture {
	struct loop *loop;
	struct link *core, *front;
	int bare;
	struct buf got; /* bodies that core received */
	uint64_t last_id;
	int fd;
	size_t messages;
	size_t stop_after;
	int lost; /* the error that ended the link */
};

static int
got_message(struct link *link, const struct msg_row *row, uint64_t id,
    struct span body, int fd, struct diag *d)
{
	struct fixture *f = link_arg(link);

	(void)row;
	(void)d;
	buf_add_span(&f->got, body);
	f->last_id = id;
	if (fd >= 0)
		f->fd = fd;
	if (++f->messages == f->stop_after)
		loop_stop(f->loop);
	return 0;
}

static void
got_lost(struct link *link, const struct diag *d)
{
	struct fixture *f = link_arg(link);

	f->lost = d->code;
	f->core = NULL;
	loop_stop(f->loop);
}

static const struct link_ops ops = {got_message, got_lost};

static void
open_pair(struct fixture *f, enum role self, enum role peer, bool bare)
{
	struct diag d = DIAG_INIT;
	int fds[2];

	*f = (struct fixture){.fd = -1, .bare = -1};
	assert_int_equal(loop_new(&f->loop, &d), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(
	    link_open(f->loop, fds[0], self, peer, &ops, f, &f->core, &d), 0);
	if (bare)
		f->bare = fds[1];
	else
		assert_int_equal(link_open(f->loop, fds[1], peer, self, &ops, f,
				     &f->front, &d),
		    0);
}

static void
close_pair(struct fixture *f)
{
	link_close(f->core);
	link_close(f->front);
	if (f->bare >= 0)
		(void)close(f->bare);
	buf_free(&f->got);
	loop_free(f->loop);
}

static void
run(struct fixture *f, size_t messages)
{
	struct diag d = DIAG_INIT;

	f->stop_after = messages;
	assert_int_equal(loop_run(f->loop, &d), 0);
}

static void
many_messages_arrive_in_order(void **state)
{
	struct fixture f;
	uint32_t i;

	(void)state;
	open_pair(&f, ROLE_CORE, ROLE_FRONT, false);
	for (i = 0; i < 1000; i++) {
		buf_add_u64(link_begin(f.front, MSG_CONN_CLOSED, i + 1), i);
		link_end(f.front, -1);
	}
	link_flush(f.front);
	run(&f, 1000);
	assert_int_equal(f.got.len, 8000);
	assert_int_equal(f.got.data[7999], 999 & 0xff);
	assert_true(f.last_id == 1000);
	close_pair(&f);
}

static void
a_descriptor_arrives_with_its_message(void **state)
{
	struct msg_conn m = {5, DOOR_ADMIN}, out;
	struct diag d = DIAG_INIT;
	struct fixture f;
	int pipes[2];
	char c = 0;

	(void)state;
	open_pair(&f, ROLE_FRONT, ROLE_CORE, false);
	assert_int_equal(pipe(pipes), 0);
	msg_conn_encode(&m, link_begin(f.front, MSG_CONN, 0));
	link_end(f.front, pipes[0]);
	link_flush(f.front);
	run(&f, 1);
	assert_int_equal(msg_conn_parse(buf_span(&f.got), &out, &d), 0);
	assert_true(out.conn == 5 && out.door == DOOR_ADMIN);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	assert_int_equal(read(f.fd, &c, 1), 1);
	assert_int_equal(c, 'x');
	(void)close(f.fd);
	(void)close(pipes[1]);
	close_pair(&f);
}

static void
send_raw(struct fixture *f, uint32_t len, uint16_t msg, const void *body,
    size_t body_len)
{
	BUF_CLEANUP b = BUF_INIT;

	buf_add_u32(&b, len);
	buf_add_u16(&b, msg);
	buf_add_u16(&b, 0);
	buf_add_u64(&b, 1);
	buf_add(&b, body, body_len);
	assert_int_equal(
	    send(f->bare, b.data, b.len, MSG_NOSIGNAL), (ssize_t)b.len);
}

static void
a_message_of_somebody_else_ends_the_peer(void **state)
{
	struct fixture f;

	(void)state;
	open_pair(&f, ROLE_CORE, ROLE_FRONT, true);
	send_raw(&f, 12, MSG_SIGNED, NULL, 0);
	run(&f, 1);
	assert_int_equal(f.lost, ERR_MESSAGE);
	assert_int_equal(f.messages, 0);
	close_pair(&f);
}

static void
a_message_over_its_limit_ends_the_peer(void **state)
{
	static const uint8_t nine[9];
	struct fixture f;

	(void)state;
	open_pair(&f, ROLE_CORE, ROLE_FRONT, true);
	send_raw(&f, 12 + 9, MSG_CONN_CLOSED, nine, sizeof(nine));
	run(&f, 1);
	assert_int_equal(f.lost, ERR_MESSAGE);
	close_pair(&f);
}

static void
an_absurd_length_ends_the_peer(void **state)
{
	struct fixture f;

	(void)state;
	open_pair(&f, ROLE_CORE, ROLE_FRONT, true);
	send_raw(&f, UINT32_MAX, MSG_CONN_CLOSED, NULL, 0);
	run(&f, 1);
	assert_int_equal(f.lost, ERR_MESSAGE);
	close_pair(&f);
}

static void
a_message_without_its_descriptor_ends_the_peer(void **state)
{
	struct msg_conn m = {1, DOOR_AGENT};
	BUF_CLEANUP body = BUF_INIT;
	struct fixture f;

	(void)state;
	open_pair(&f, ROLE_FRONT, ROLE_CORE, true);
	msg_conn_encode(&m, &body);
	send_raw(&f, (uint32_t)(12 + body.len), MSG_CONN, body.data, body.len);
	run(&f, 1);
	assert_int_equal(f.lost, ERR_MESSAGE);
	close_pair(&f);
}

static void
a_peer_that_goes_is_lost_not_wrong(void **state)
{
	struct fixture f;

	(void)state;
	open_pair(&f, ROLE_CORE, ROLE_FRONT, true);
	(void)close(f.bare);
	f.bare = -1;
	run(&f, 1);
	assert_int_equal(f.lost, ERR_UNAVAILABLE);
	close_pair(&f);
}

/* The order in which a parent may learn of a death is not its to choose. */
static void
last_words_are_read_after_the_end(void **state)
{
	struct fixture f;

	(void)state;
	open_pair(&f, ROLE_CORE, ROLE_FRONT, false);
	buf_add_u64(link_begin(f.front, MSG_CONN_CLOSED, 1), 7);
	link_end(f.front, -1);
	link_flush(f.front);
	link_close(f.front);
	f.front = NULL;
	link_drain(f.core);
	assert_int_equal(f.messages, 1);
	assert_int_equal(f.lost, 0);
	close_pair(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(many_messages_arrive_in_order),
	    cmocka_unit_test(a_descriptor_arrives_with_its_message),
	    cmocka_unit_test(a_message_of_somebody_else_ends_the_peer),
	    cmocka_unit_test(a_message_over_its_limit_ends_the_peer),
	    cmocka_unit_test(an_absurd_length_ends_the_peer),
	    cmocka_unit_test(a_message_without_its_descriptor_ends_the_peer),
	    cmocka_unit_test(a_peer_that_goes_is_lost_not_wrong),
	    cmocka_unit_test(last_words_are_read_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
