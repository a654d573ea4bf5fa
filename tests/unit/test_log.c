/* SPDX-License-Identifier: Apache-2.0 */
/* log/: what is appended is there, in order, whoever appends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "log/disk.h"
#include "tests/unit/log_sample.h"

static int
setup(void **state)
{
	return sample_setup(state);
}

static void
what_is_appended_is_read(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log_recovery recovery;
	struct log_record record;
	struct log_reader *reader;
	struct diag d = DIAG_INIT;
	struct log *log = sample_open(&recovery);
	struct stat st;
	bool torn;

	(void)state;
	assert_int_equal(recovery.records, 0);
	assert_int_equal(stat(sample_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	sample_intent(1, &body);
	assert_int_equal(sample_append(log, EVENT_INTENT, &body), 0);
	sample_issued(0, 1, &body);
	assert_int_equal(sample_append(log, EVENT_ISSUED, &body), 1);
	sample_refused("san.dns.not-allowed", &body);
	assert_int_equal(sample_append(log, EVENT_REFUSED, &body), 2);
	log_close(log);

	assert_int_equal(log_reader_open(sample_path, &reader, &d), 0);
	assert_int_equal(log_reader_next(reader, &record, &torn, &d), 1);
	assert_int_equal(record.kind, EVENT_INTENT);
	assert_int_equal(record.at, RECORD_HEADER_LEN);
	assert_int_equal(log_reader_next(reader, &record, &torn, &d), 1);
	assert_int_equal(record.kind, EVENT_ISSUED);
	assert_int_equal(log_reader_next(reader, &record, &torn, &d), 1);
	assert_int_equal(record.seq, 2);
	sample_refused("san.dns.not-allowed", &body);
	assert_true(span_eq(record.body, buf_span(&body)));
	assert_int_equal(log_reader_next(reader, &record, &torn, &d), 0);
	assert_false(torn);
	assert_int_equal(log_reader_at(reader), record.at + record.whole.len);
	log_reader_close(reader);
}

static void
a_reader_goes_where_it_is_sent(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log_record record;
	struct log_reader *reader;
	struct diag d = DIAG_INIT;
	struct log *log = sample_open(NULL);
	int64_t at[5];
	uint64_t i;
	bool torn;

	(void)state;
	for (i = 0; i < 5; i++) {
		sample_refused("no", &body);
		(void)sample_append(log, EVENT_REFUSED, &body);
	}
	log_close(log);
	assert_int_equal(log_reader_open(sample_path, &reader, &d), 0);
	for (i = 0; i < 5; i++) {
		assert_int_equal(
		    log_reader_next(reader, &record, &torn, &d), 1);
		at[i] = record.at;
	}
	assert_int_equal(log_reader_seek(reader, at[3], 3, &d), 0);
	assert_int_equal(log_reader_next(reader, &record, &torn, &d), 1);
	assert_int_equal(record.seq, 3);
	assert_int_equal(log_reader_next(reader, &record, &torn, &d), 1);
	assert_int_equal(log_reader_next(reader, &record, &torn, &d), 0);
	assert_int_equal(log_reader_seek(reader, 0, 0, &d), 0);
	assert_int_equal(log_reader_next(reader, &record, &torn, &d), 1);
	assert_int_equal(record.seq, 0);
	/* Not that record, not a record, not in the file, in its header. */
	assert_int_equal(log_reader_seek(reader, at[2], 3, &d), 0);
	assert_int_equal(
	    log_reader_next(reader, &record, &torn, &d), ERR_LOG_CORRUPT);
	assert_int_equal(log_reader_seek(reader, at[2] + 3, 2, &d), 0);
	assert_int_equal(
	    log_reader_next(reader, &record, &torn, &d), ERR_LOG_CORRUPT);
	assert_int_equal(
	    log_reader_seek(reader, 1 << 20, 9, &d), ERR_LOG_CORRUPT);
	assert_int_equal(log_reader_seek(reader, 16, 0, &d), ERR_LOG_CORRUPT);
	assert_int_equal(log_reader_seek(reader, -1, 0, &d), ERR_LOG_CORRUPT);
	log_reader_close(reader);
}

static void
a_log_is_taken_up_where_it_ended(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log_recovery recovery;
	struct log_head before, after;
	struct log *log = sample_open(NULL);

	(void)state;
	sample_refused("no", &body);
	(void)sample_append(log, EVENT_REFUSED, &body);
	sample_intent(1, &body);
	(void)sample_append(log, EVENT_INTENT, &body);
	sample_failed(1, &body);
	(void)sample_append(log, EVENT_FAILED, &body);
	log_head(log, &before);
	assert_int_equal(before.size, 3);
	log_close(log);
	log = sample_open(&recovery);
	assert_int_equal(recovery.records, 3);
	assert_int_equal(recovery.cut_bytes, 0);
	assert_int_equal(recovery.open_intents, 0);
	log_head(log, &after);
	assert_memory_equal(&after, &before, sizeof(after));
	sample_refused("no", &body);
	assert_int_equal(sample_append(log, EVENT_REFUSED, &body), 3);
	log_close(log);
	sample_verify(NULL);
}

static void
the_room_ahead_goes_when_it_is_closed(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log *log = sample_open(NULL);
	struct log_head head;
	struct stat st;

	(void)state;
	sample_refused("no", &body);
	(void)sample_append(log, EVENT_REFUSED, &body);
	log_head(log, &head);
	assert_int_equal(stat(sample_path, &st), 0);
	assert_true(st.st_size > head.bytes);
	/* An outsider may verify it while it is in use. */
	sample_verify(NULL);
	log_close(log);
	assert_int_equal(stat(sample_path, &st), 0);
	assert_int_equal(st.st_size, head.bytes);
}

static void
a_head_is_written_into_start_and_stop(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log *log = sample_open(NULL);
	struct log_summary sum;

	(void)state;
	sample_agent(&body);
	(void)sample_append(log, EVENT_START, &body);
	sample_refused("no", &body);
	(void)sample_append(log, EVENT_REFUSED, &body);
	sample_agent(&body);
	(void)sample_append(log, EVENT_STOP, &body);
	log_close(log);
	sample_verify(&sum);
	assert_int_equal(sum.records, 3);
}

#define THREADS 8
#define EACH 100

static atomic_int syncs;

static int
counted_sync(int fd)
{
	struct timespec ts = {0, 200000};

	(void)fd;
	atomic_fetch_add(&syncs, 1);
	(void)nanosleep(&ts, NULL);
	return 0;
}

static void *
append_many(void *arg)
{
	BUF_CLEANUP body = BUF_INIT;
	struct diag d = DIAG_INIT;
	uint64_t seq, before = 0;
	int i;

	for (i = 0; i < EACH; i++) {
		buf_reset(&body);
		sample_refused("no", &body);
		if (log_append_wait(
			arg, EVENT_REFUSED, buf_span(&body), &seq, &d) != 0 ||
		    (i > 0 && seq <= before))
			return arg;
		before = seq;
	}
	return NULL;
}

static void
one_sync_serves_many(void **state)
{
	struct log_disk real = log_disk;
	struct log_options options = {.gather_us = 1000};
	struct log_recovery recovery;
	struct diag d = DIAG_INIT;
	struct log_summary sum;
	pthread_t thread[THREADS];
	struct log *log;
	void *failed;
	int i;

	(void)state;
	atomic_store(&syncs, 0);
	log_disk.sync = counted_sync;
	assert_int_equal(
	    log_open(&log, sample_path, &options, &recovery, &d), 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&thread[i], NULL, append_many, log), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &failed), 0);
		assert_null(failed);
	}
	log_close(log);
	log_disk = real;
	assert_true(atomic_load(&syncs) < THREADS * EACH / 2);
	sample_verify(&sum);
	assert_int_equal(sum.records, THREADS * EACH);
}

struct chain {
	struct log_entry entry;
	struct log *log;
	int left;
	sem_t done;
};

static void
chain_next(struct log_entry *entry, int rc)
{
	struct chain *c = (struct chain *)entry;

	assert_int_equal(rc, 0);
	assert_int_equal(entry->body.len, 0);
	if (c->left-- == 0) {
		(void)sem_post(&c->done);
		return;
	}
	sample_refused("again", &entry->body);
	log_append(c->log, entry);
}

static void
an_entry_may_be_appended_again_when_done(void **state)
{
	struct chain c = {.log = sample_open(NULL), .left = 20};
	struct log_summary sum;

	(void)state;
	assert_int_equal(sem_init(&c.done, 0, 0), 0);
	c.entry.kind = EVENT_REFUSED;
	c.entry.done = chain_next;
	sample_refused("first", &c.entry.body);
	log_append(c.log, &c.entry);
	while (sem_wait(&c.done) != 0)
		continue;
	log_close(c.log);
	(void)sem_destroy(&c.done);
	sample_verify(&sum);
	assert_int_equal(sum.records, 21);
}

static void
closing_writes_what_is_queued(void **state)
{
	static struct chain c[50];
	struct log *log = sample_open(NULL);
	struct log_summary sum;
	int i;

	(void)state;
	for (i = 0; i < 50; i++) {
		c[i] = (struct chain){.log = log};
		assert_int_equal(sem_init(&c[i].done, 0, 0), 0);
		c[i].entry.kind = EVENT_REFUSED;
		c[i].entry.done = chain_next;
		sample_refused("queued", &c[i].entry.body);
		log_append(log, &c[i].entry);
	}
	log_close(log);
	for (i = 0; i < 50; i++) {
		assert_int_equal(sem_trywait(&c[i].done), 0);
		assert_int_equal(c[i].entry.seq, (uint64_t)i);
		(void)sem_destroy(&c[i].done);
	}
	sample_verify(&sum);
	assert_int_equal(sum.records, 50);
}

static void
refuses(struct log *log, enum event_kind kind, struct buf *body, int expected)
{
	struct diag d = DIAG_INIT;

	assert_int_equal(
	    log_append_wait(log, kind, buf_span(body), NULL, &d), expected);
	assert_int_equal(d.code, expected);
	assert_int_equal(log_health(log, &d), 0);
	buf_reset(body);
}

/* What would leave a log that does not verify is not written. */
static void
a_callers_mistake_is_refused_alone(void **state)
{
	static const uint8_t large[LOG_BODY_MAX + 1];
	BUF_CLEANUP body = BUF_INIT;
	struct log *log = sample_open(NULL);
	struct log_summary sum;

	(void)state;
	sample_issued(0, 1, &body);
	refuses(log, EVENT_ISSUED, &body, ERR_INTERNAL);
	sample_intent(1, &body);
	assert_int_equal(sample_append(log, EVENT_INTENT, &body), 0);
	sample_issued(0, 1, &body);
	assert_int_equal(sample_append(log, EVENT_ISSUED, &body), 1);
	sample_issued(0, 1, &body);
	refuses(log, EVENT_ISSUED, &body, ERR_INTERNAL);
	sample_failed(0, &body);
	refuses(log, EVENT_FAILED, &body, ERR_INTERNAL);
	sample_failed(1, &body);
	refuses(log, EVENT_FAILED, &body, ERR_INTERNAL);
	buf_add_str(&body, "not an intent");
	refuses(log, EVENT_INTENT, &body, ERR_INTERNAL);
	buf_add_str(&body, "nor a refusal");
	refuses(log, EVENT_REFUSED, &body, ERR_INTERNAL);
	refuses(log, EVENT_START, &body, ERR_INTERNAL);
	refuses(log, (enum event_kind)200, &body, ERR_INTERNAL);
	buf_add(&body, large, sizeof(large));
	refuses(log, EVENT_REFUSED, &body, ERR_TOO_LARGE);
	sample_refused("still here", &body);
	assert_int_equal(sample_append(log, EVENT_REFUSED, &body), 2);
	log_close(log);
	sample_verify(&sum);
	assert_int_equal(sum.records, 3);
}

static void
a_log_has_one_writer(void **state)
{
	struct log_options options = {0};
	struct log_recovery recovery;
	struct log *log = sample_open(NULL), *second = NULL;
	struct diag d = DIAG_INIT;

	(void)state;
	assert_int_equal(
	    log_open(&second, sample_path, &options, &recovery, &d),
	    ERR_LOG_BUSY);
	assert_null(second);
	log_close(log);
	log_close(sample_open(NULL));
	log_close(NULL);
}

static void
cannot_open(int expected, const char *why)
{
	struct log_options options = {0};
	struct log_recovery recovery;
	struct diag d = DIAG_INIT;
	struct log *log = NULL;

	assert_int_equal(
	    log_open(&log, sample_path, &options, &recovery, &d), expected);
	assert_null(log);
	assert_int_equal(d.code, expected);
	if (strstr(d.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", d.text, why);
}

static void
only_a_safe_file_is_a_log(void **state)
{
	char path[sizeof(sample_path) + 8];

	(void)state;
	log_close(sample_open(NULL));
	assert_int_equal(chmod(sample_path, 0620), 0);
	cannot_open(ERR_LOG, "chmod 600");
	assert_int_equal(chmod(sample_path, 0600), 0);
	(void)snprintf(path, sizeof(path), "%s.real", sample_path);
	assert_int_equal(rename(sample_path, path), 0);
	assert_int_equal(symlink(path, sample_path), 0);
	cannot_open(ERR_LOG, sample_path);
	assert_int_equal(unlink(sample_path), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(sample_path, 0700), 0);
	cannot_open(ERR_LOG, sample_path);
	assert_int_equal(rmdir(sample_path), 0);
	assert_int_equal(mkfifo(sample_path, 0600), 0);
	cannot_open(ERR_LOG, "regular");
}

static void
a_foreign_file_is_left_alone(void **state)
{
	static const char *const foreign[] = {"x", "privyseal.conf",
	    "privyseal.log.2\n0123456789abcdef",
	    "# a configuration that is longer than the header of a log\n"};
	BUF_CLEANUP after = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		sample_write(span_str(foreign[i]));
		assert_int_equal(chmod(sample_path, 0600), 0);
		cannot_open(ERR_LOG_CORRUPT, sample_path);
		sample_read(&after);
		assert_true(span_is(buf_span(&after), foreign[i]));
	}
}

/* A start that died before the header was whole had recorded nothing. */
static void
an_unfinished_header_is_made_again(void **state)
{
	BUF_CLEANUP file = BUF_INIT;
	struct log_recovery recovery;
	size_t len;

	(void)state;
	log_close(sample_open(NULL));
	sample_read(&file);
	assert_int_equal(file.len, RECORD_HEADER_LEN);
	for (len = 0; len < RECORD_HEADER_LEN; len++) {
		sample_write(span_of(file.data, len));
		log_close(sample_open(&recovery));
		assert_int_equal(recovery.records, 0);
		sample_verify(NULL);
	}
}

static atomic_bool reading;

static void *
read_meanwhile(void *arg)
{
	struct log_reader *reader = arg;
	struct log_record record;
	struct diag d = DIAG_INIT;
	uint64_t n = 0;
	bool torn, more;
	int rc;

	do {
		more = atomic_load(&reading);
		rc = log_reader_next(reader, &record, &torn, &d);
		n += rc == 1;
	} while (rc == 1 || (rc == 0 && more));
	if (rc < 0)
		print_error("%s\n", d.text);
	return rc == 0 && n == EACH * 10 ? NULL : arg;
}

static void
a_reader_keeps_up_with_the_writer(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log *log = sample_open(NULL);
	struct log_reader *reader;
	struct diag d = DIAG_INIT;
	pthread_t thread;
	void *failed;
	int i;

	(void)state;
	assert_int_equal(log_reader_open(sample_path, &reader, &d), 0);
	atomic_store(&reading, true);
	assert_int_equal(
	    pthread_create(&thread, NULL, read_meanwhile, reader), 0);
	for (i = 0; i < EACH * 10; i++) {
		sample_refused("no", &body);
		(void)sample_append(log, EVENT_REFUSED, &body);
	}
	atomic_store(&reading, false);
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	log_reader_close(reader);
	log_close(log);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, sample_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_appended_is_read),
	    TEST(a_reader_goes_where_it_is_sent),
	    TEST(a_log_is_taken_up_where_it_ended),
	    TEST(the_room_ahead_goes_when_it_is_closed),
	    TEST(a_head_is_written_into_start_and_stop),
	    TEST(one_sync_serves_many),
	    TEST(an_entry_may_be_appended_again_when_done),
	    TEST(closing_writes_what_is_queued),
	    TEST(a_callers_mistake_is_refused_alone),
	    TEST(a_log_has_one_writer),
	    TEST(only_a_safe_file_is_a_log),
	    TEST(a_foreign_file_is_left_alone),
	    TEST(an_unfinished_header_is_made_again),
	    TEST(a_reader_keeps_up_with_the_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
