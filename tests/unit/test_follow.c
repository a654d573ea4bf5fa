/* SPDX-License-Identifier: Apache-2.0 */
/* issue/follow: the index follows the log, no further than it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "issue/follow.h"
#include "lib/mem.h"
#include "tests/fake/x509.h"

struct place {
	char dir[64];
	char *log_path, *index_path;
	struct log *log;
	struct index *index;
};

static void
place_open(struct place *p)
{
	const struct log_options options = {.no_sync = true};
	struct log_recovery found;
	struct diag d = DIAG_INIT;

	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/privyseal-follow-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	p->log_path = xasprintf("%s/log", p->dir);
	p->index_path = xasprintf("%s/index", p->dir);
	assert_int_equal(
	    log_open(&p->log, p->log_path, &options, &found, &d), 0);
	assert_int_equal(
	    index_open(p->index_path, INDEX_WRITE, &p->index, &d), 0);
}

static void
file_remove(const struct place *p, const char *suffix)
{
	MEM_CLEANUP char *path = xasprintf("%s%s", p->index_path, suffix);

	(void)unlink(path);
}

static void
place_close(struct place *p)
{
	index_close(p->index);
	log_close(p->log);
	file_remove(p, "");
	file_remove(p, "-wal");
	file_remove(p, "-shm");
	assert_int_equal(unlink(p->log_path), 0);
	assert_int_equal(rmdir(p->dir), 0);
	free(p->log_path);
	free(p->index_path);
}

static uint64_t
rows(struct place *p)
{
	struct diag d = DIAG_INIT;
	uint64_t n = 0;

	assert_int_equal(index_count(p->index, &n, &d), 0);
	return n;
}

static void
append(struct place *p, enum event_kind kind, struct buf *body, uint64_t *seq)
{
	struct diag d = DIAG_INIT;

	assert_int_equal(
	    log_append_wait(p->log, kind, buf_span(body), seq, &d), 0);
	buf_free(body);
}

static uint64_t
intent_append(struct place *p, const struct fake_ca *ca, uint8_t serial)
{
	struct event_intent e = {
	    .request = {.uid = 7,
		.user = span_str("ada"),
		.policy = span_str("web")},
	    .issuer = span_str("issuing"),
	    .serial = span_of(&serial, 1),
	    .tbs = ca->cert.tbs,
	};
	struct buf body = BUF_INIT;
	uint64_t seq = 0;

	event_intent_encode(&e, &body);
	append(p, EVENT_INTENT, &body, &seq);
	return seq;
}

static void
issued_append(struct place *p, const struct fake_ca *ca, uint64_t intent)
{
	struct event_issued e = {intent, ca->cert.der};
	struct buf body = BUF_INIT;
	uint64_t seq;

	event_issued_encode(&e, &body);
	append(p, EVENT_ISSUED, &body, &seq);
}

static void
step(struct follower *f, uint64_t until, size_t want)
{
	struct diag d = DIAG_INIT;
	size_t n;

	assert_int_equal(follower_step(f, until, &n, &d), 0);
	assert_int_equal(n, want);
}

static void
it_goes_no_further_than_told(void **state)
{
	struct diag d = DIAG_INIT;
	struct follower *f;
	struct fake_ca ca;
	struct place p;
	uint64_t seq;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, -1);
	place_open(&p);
	seq = intent_append(&p, &ca, 1);
	issued_append(&p, &ca, seq);
	assert_int_equal(follower_open(p.index, p.log_path, &f, &d), 0);
	step(f, seq + 1, (size_t)seq + 1);
	assert_int_equal(rows(&p), 0);
	step(f, seq + 1, 0);
	step(f, FOLLOW_ALL, 1);
	assert_int_equal(rows(&p), 1);
	follower_close(f);
	place_close(&p);
	fake_ca_free(&ca);
}

/* Stopped between INTENT and ISSUED: the intent is read again. */
static void
an_open_intent_is_read_again(void **state)
{
	struct diag d = DIAG_INIT;
	struct follower *f;
	struct fake_ca ca;
	struct place p;
	uint64_t seq;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, -1);
	place_open(&p);
	seq = intent_append(&p, &ca, 1);
	assert_int_equal(follower_open(p.index, p.log_path, &f, &d), 0);
	step(f, FOLLOW_ALL, (size_t)seq + 1);
	follower_close(f);
	issued_append(&p, &ca, seq);
	assert_int_equal(
	    index_catch_up(p.index, p.log_path, NULL, NULL, &d), 0);
	assert_int_equal(rows(&p), 1);
	/* Once more changes nothing. */
	assert_int_equal(
	    index_catch_up(p.index, p.log_path, NULL, NULL, &d), 0);
	assert_int_equal(rows(&p), 1);
	place_close(&p);
	fake_ca_free(&ca);
}

static void
an_index_ahead_of_its_log_is_made_anew(void **state)
{
	struct diag d = DIAG_INIT;
	struct fake_ca ca;
	struct place p;

	(void)state;
	fake_ca_new(&ca, KEY_EC_P256, SIG_ECDSA_SHA256, -1);
	place_open(&p);
	assert_int_equal(index_begin(p.index, &d), 0);
	assert_int_equal(index_commit(p.index, 99999, INT64_C(1) << 40, &d), 0);
	issued_append(&p, &ca, intent_append(&p, &ca, 1));
	assert_int_equal(
	    index_catch_up(p.index, p.log_path, NULL, NULL, &d), 0);
	assert_int_equal(rows(&p), 1);
	place_close(&p);
	fake_ca_free(&ca);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_goes_no_further_than_told),
	    cmocka_unit_test(an_open_intent_is_read_again),
	    cmocka_unit_test(an_index_ahead_of_its_log_is_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
