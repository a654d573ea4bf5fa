/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log/recover, log/tail, log/writer: whatever a crash, a power cut or a
 * failing disk leaves, what was promised is still there, and damage is never
 * taken for an unfinished end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "log/disk.h"
#include "log/reader.h"
#include "tests/unit/log_sample.h"

#define RECORDS 7

/* A log whose records each were a batch; where each begins, and the end. */
static void
sample_history(struct image *image, size_t *at)
{
	BUF_CLEANUP body = BUF_INIT;
	int i;

	image_begin(image);
	for (i = 0; i < RECORDS; i++) {
		at[i] = image->file.len;
		image_sync(image);
		switch (i) {
		case 0:
			image_add_agent(image, EVENT_START, &body);
			continue;
		case 1:
		case 4:
			sample_intent((uint8_t)i, &body);
			image_add(image, EVENT_INTENT, &body);
			continue;
		case 2:
			sample_issued(1, 1, &body);
			image_add(image, EVENT_ISSUED, &body);
			continue;
		case 5:
			sample_issued(4, 4, &body);
			image_add(image, EVENT_ISSUED, &body);
			continue;
		default:
			sample_refused("san.dns.not-allowed", &body);
			image_add(image, EVENT_REFUSED, &body);
		}
	}
	at[RECORDS] = image->file.len;
}

/* What should be found when the file ends inside or behind record n. */
static void
recovers(struct span file, uint64_t records, uint64_t cut, uint64_t open)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log_recovery recovery;
	struct log_summary sum;
	struct log *log;

	sample_write(file);
	log = sample_open(&recovery);
	assert_int_equal(recovery.records, records);
	assert_int_equal(recovery.cut_bytes, cut);
	assert_int_equal(recovery.open_intents, open);
	sample_refused("after", &body);
	assert_int_equal(
	    sample_append(log, EVENT_REFUSED, &body), records + open);
	log_close(log);
	sample_verify(&sum);
	assert_int_equal(sum.records, records + open + 1);
	assert_int_equal(sum.open_intents, 0);
	assert_false(sum.torn);
}

static void
is_refused(struct span file, const char *why)
{
	const struct log_options options = {.no_sync = true};
	struct log_recovery recovery;
	BUF_CLEANUP after = BUF_INIT;
	struct log_summary sum;
	struct diag d = DIAG_INIT;
	struct log_reader *reader = NULL;
	struct log *log = NULL;
	int rc;

	sample_write(file);
	rc = log_open(&log, sample_path, &options, &recovery, &d);
	if (rc != ERR_LOG_CORRUPT)
		fail_msg(
		    "opening says %d (%s), not ERR_LOG_CORRUPT", rc, d.text);
	if (strstr(d.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", d.text, why);
	/* Not a byte of it is touched. */
	sample_read(&after);
	assert_true(span_eq(buf_span(&after), file));
	rc = log_reader_open_memory(file, &reader, &d);
	if (rc == 0)
		rc = log_verify_reader(reader, NULL, NULL, &sum, &d);
	assert_int_equal(rc, ERR_LOG_CORRUPT);
	log_reader_close(reader);
}

/* Intents that are open when n whole records are left. */
static uint64_t
open_after(size_t n)
{
	return n == 2 || n == 5 ? 1 : 0;
}

static void
a_file_cut_anywhere_is_taken_up(void **state)
{
	struct image image;
	size_t at[RECORDS + 1], len, cut, n = 4;

	(void)state;
	sample_history(&image, at);
	for (len = at[4]; len <= at[RECORDS]; len++) {
		while (n < RECORDS && at[n + 1] <= len)
			n++;
		/* Zeros at the end may be room as well; they do not count. */
		for (cut = len - at[n]; cut > 0; cut--)
			if (image.file.data[at[n] + cut - 1] != 0)
				break;
		recovers(span_of(image.file.data, len), n, cut, open_after(n));
	}
	/* At each boundary, also of the first ones. */
	for (n = 0; n <= RECORDS; n++)
		recovers(span_of(image.file.data, at[n]), n, 0, open_after(n));
	image_end(&image);
}

/* The same, with the room behind that a crash leaves. */
static void
a_file_with_room_is_taken_up(void **state)
{
	BUF_CLEANUP file = BUF_INIT;
	static const uint8_t room[3000];
	struct image image;
	struct log_summary sum;
	size_t at[RECORDS + 1], n;

	(void)state;
	sample_history(&image, at);
	for (n = 0; n <= RECORDS; n++) {
		buf_reset(&file);
		buf_add(&file, image.file.data, at[n]);
		buf_add(&file, room, sizeof(room));
		recovers(buf_span(&file), n, 0, open_after(n));
		sample_write(buf_span(&file));
		sample_verify(&sum);
		assert_int_equal(sum.records, n);
		assert_false(sum.torn);
	}
	image_end(&image);
}

/*
 * The power goes while a batch is on its way: any of its sectors may be
 * missing. All that was durable stays, and what of the batch follows a missing
 * sector goes.
 */
static void
any_sectors_of_the_last_batch_may_be_missing(void **state)
{
	BUF_CLEANUP file = BUF_INIT;
	BUF_CLEANUP body = BUF_INIT;
	struct log_recovery recovery;
	struct image image;
	size_t at[RECORDS + 1], from, sectors, i;
	unsigned set;

	(void)state;
	sample_history(&image, at);
	image_sync(&image);
	for (i = 0; i < 9; i++) {
		sample_refused("a batch of nine records, lost or not", &body);
		image_add(&image, EVENT_REFUSED, &body);
	}
	from = at[RECORDS];
	sectors = (image.file.len - 1) / 512 - from / 512 + 1;
	assert_true(sectors >= 4 && sectors <= 8);
	for (set = 0; set < 1u << sectors; set++) {
		buf_reset(&file);
		buf_add_span(&file, buf_span(&image.file));
		for (i = from; i < file.len; i++)
			if (set >> (i / 512 - from / 512) & 1)
				file.data[i] = 0;
		sample_write(buf_span(&file));
		log_close(sample_open(&recovery));
		assert_true(recovery.records >= RECORDS);
		assert_true(set != 0 || recovery.records == RECORDS + 9);
		assert_true(set == 0 || recovery.records < RECORDS + 9);
		sample_verify(NULL);
	}
	image_end(&image);
}

/* Any byte of it, by one bit: noticed, refused, and left as it is. */
static void
a_changed_byte_is_damage(void **state)
{
	struct image image;
	size_t at[RECORDS + 1], i;

	(void)state;
	sample_history(&image, at);
	for (i = 0; i < image.file.len; i++) {
		image.file.data[i] ^= (uint8_t)(1 << i % 8);
		is_refused(buf_span(&image.file), "");
		image.file.data[i] ^= (uint8_t)(1 << i % 8);
	}
	image_end(&image);
}

/* The same with room behind, where a wrong length does not end the file. */
static void
a_changed_byte_before_room_is_damage(void **state)
{
	static const uint8_t room[3000];
	struct image image;
	size_t at[RECORDS + 1], i, end;

	(void)state;
	sample_history(&image, at);
	end = image.file.len;
	buf_add(&image.file, room, sizeof(room));
	for (i = at[RECORDS - 1]; i < end; i++) {
		image.file.data[i] ^= (uint8_t)(1 << i % 8);
		is_refused(buf_span(&image.file), "byte");
		image.file.data[i] ^= (uint8_t)(1 << i % 8);
	}
	image_end(&image);
}

/* A wrong length that reaches into the room, over others of its batch. */
static void
a_changed_length_in_a_batch_is_damage(void **state)
{
	static const uint8_t room[70000];
	BUF_CLEANUP body = BUF_INIT;
	struct image image;
	size_t at[RECORDS + 1], i;

	(void)state;
	sample_history(&image, at);
	image_sync(&image);
	for (i = 0; i < 3; i++) {
		sample_refused("no", &body);
		image_add(&image, EVENT_REFUSED, &body);
	}
	buf_add(&image.file, room, sizeof(room));
	for (i = 0; i < 32; i++) {
		image.file.data[at[RECORDS] + i / 8] ^= (uint8_t)(1 << i % 8);
		is_refused(buf_span(&image.file), "byte");
		image.file.data[at[RECORDS] + i / 8] ^= (uint8_t)(1 << i % 8);
	}
	image_end(&image);
}

static void
a_zeroed_middle_is_damage(void **state)
{
	struct image image;
	size_t at[RECORDS + 1], n;

	(void)state;
	sample_history(&image, at);
	for (n = 0; n < RECORDS - 1; n++) {
		memset(image.file.data + at[n], 0, at[n + 1] - at[n]);
		is_refused(buf_span(&image.file), "");
		image_end(&image);
		sample_history(&image, at);
	}
	image_end(&image);
}

/* Copies records in the order told; a sequence, NULL-terminated by -1. */
static void
is_refused_in_order(const int *order)
{
	BUF_CLEANUP file = BUF_INIT;
	struct image image;
	size_t at[RECORDS + 1];

	sample_history(&image, at);
	buf_add(&file, image.file.data, at[0]);
	for (; *order >= 0; order++)
		buf_add(&file, image.file.data + at[*order],
		    at[*order + 1] - at[*order]);
	is_refused(buf_span(&file), "record");
	image_end(&image);
}

static void
records_stay_where_they_are(void **state)
{
	static const int missing[] = {0, 1, 2, 4, 5, 6, -1};
	static const int first[] = {1, 2, 3, 4, 5, 6, -1};
	static const int swapped[] = {0, 1, 2, 4, 3, 5, 6, -1};
	static const int last_two[] = {0, 1, 2, 3, 4, 6, 5, -1};
	static const int twice[] = {0, 1, 2, 3, 3, 4, 5, 6, -1};
	static const int again[] = {0, 1, 2, 3, 4, 5, 6, 6, -1};

	(void)state;
	is_refused_in_order(missing);
	is_refused_in_order(first);
	is_refused_in_order(swapped);
	is_refused_in_order(last_two);
	is_refused_in_order(twice);
	is_refused_in_order(again);
}

static void
bytes_behind_the_end_are_damage(void **state)
{
	struct image image;
	size_t at[RECORDS + 1];

	(void)state;
	sample_history(&image, at);
	buf_add_str(&image.file, "something that is no record");
	is_refused(buf_span(&image.file), "length that no record has");
	image_end(&image);
}

static void
a_kind_of_the_future_is_refused(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct image image;
	size_t at[RECORDS + 1];

	(void)state;
	sample_history(&image, at);
	image_add(&image, 99, &body);
	is_refused(buf_span(&image.file), "kind 99");
	image_end(&image);
}

static void
an_end_without_an_intent_is_refused(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct image image;
	size_t at[RECORDS + 1];

	(void)state;
	sample_history(&image, at);
	sample_issued(4, 4, &body);
	image_add(&image, EVENT_ISSUED, &body);
	is_refused(buf_span(&image.file), "no open intent");
	image_end(&image);
}

/* Closed by the next start, and only once. */
static void
open_intents_are_closed_as_possibly_signed(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log_recovery recovery;
	struct log_record record;
	struct log_reader *reader;
	struct event_failed failed = {0};
	struct diag d = DIAG_INIT;
	struct log *log = sample_open(NULL);
	bool torn;

	(void)state;
	sample_intent(1, &body);
	(void)sample_append(log, EVENT_INTENT, &body);
	sample_intent(2, &body);
	(void)sample_append(log, EVENT_INTENT, &body);
	sample_issued(0, 1, &body);
	(void)sample_append(log, EVENT_ISSUED, &body);
	log_close(log);
	log_close(sample_open(&recovery));
	assert_int_equal(recovery.open_intents, 1);
	assert_int_equal(log_reader_open(sample_path, &reader, &d), 0);
	while (log_reader_next(reader, &record, &torn, &d) == 1)
		if (record.kind == EVENT_FAILED)
			assert_int_equal(
			    event_failed_parse(record.body, &failed, &d), 0);
	assert_int_equal(record.seq, 3);
	assert_int_equal(failed.intent_seq, 1);
	assert_true(failed.possibly_signed);
	log_reader_close(reader);
	log_close(sample_open(&recovery));
	assert_int_equal(recovery.open_intents, 0);
	assert_int_equal(recovery.records, 4);
}

/* The n-th call from now fails as told; what it is given is kept. */
static int calls_left;
static int fault_errno;
static ssize_t fault_short;

static ssize_t
faulty_write(int fd, const void *data, size_t len, off_t at)
{
	if (calls_left-- > 0)
		return pwrite(fd, data, len, at);
	if (fault_short > 0)
		return pwrite(fd, data, (size_t)fault_short, at);
	errno = fault_errno;
	return -1;
}

static int
faulty_sync(int fd)
{
	(void)fd;
	if (calls_left-- > 0)
		return 0;
	errno = fault_errno;
	return -1;
}

static ssize_t
faulty_extend(int fd, off_t at)
{
	(void)fd;
	(void)at;
	errno = ENOSPC;
	return -1;
}

static void
has_failed_for_good(struct log *log, const char *why)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log_head before, after;
	struct diag d = DIAG_INIT;
	int i;

	log_head(log, &before);
	/* A disk that works again makes no difference. */
	calls_left = 1000;
	for (i = 0; i < 3; i++) {
		sample_refused("no", &body);
		assert_int_equal(log_append_wait(log, EVENT_REFUSED,
				     buf_span(&body), NULL, &d),
		    ERR_LOG);
		if (strstr(d.text, why) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", d.text, why);
		assert_int_equal(log_health(log, &d), ERR_LOG);
	}
	log_head(log, &after);
	assert_memory_equal(&after, &before, sizeof(after));
	assert_int_equal(after.size, 1);
}

static struct log *
opened_with_one_intent(void)
{
	const struct log_options options = {.gather_us = 1000};
	BUF_CLEANUP body = BUF_INIT;
	struct log_recovery recovery;
	struct diag d = DIAG_INIT;
	struct log *log;

	calls_left = 1000;
	fault_short = 0;
	if (log_open(&log, sample_path, &options, &recovery, &d) != 0)
		fail_msg("%s", d.text);
	sample_intent(1, &body);
	assert_int_equal(sample_append(log, EVENT_INTENT, &body), 0);
	assert_int_equal(log_health(log, &d), 0);
	return log;
}

/* The next append is the one that meets the fault. */
static void
append_fails(struct log *log)
{
	BUF_CLEANUP body = BUF_INIT;
	struct diag d = DIAG_INIT;

	calls_left = 0;
	sample_issued(0, 1, &body);
	assert_int_equal(
	    log_append_wait(log, EVENT_ISSUED, buf_span(&body), NULL, &d),
	    ERR_LOG);
}

static void
a_failed_write_is_final(void **state)
{
	struct log_disk real = log_disk;
	struct log_recovery recovery;
	struct log *log;

	(void)state;
	log_disk.write = faulty_write;
	fault_errno = ENOSPC;
	log = opened_with_one_intent();
	append_fails(log);
	has_failed_for_good(log, strerror(ENOSPC));
	log_close(log);
	log_disk = real;
	log_close(sample_open(&recovery));
	assert_int_equal(recovery.records, 1);
	assert_int_equal(recovery.open_intents, 1);
	sample_verify(NULL);
}

static void
a_short_write_is_final(void **state)
{
	struct log_disk real = log_disk;
	struct log_recovery recovery;
	struct log *log;

	(void)state;
	log_disk.write = faulty_write;
	log = opened_with_one_intent();
	fault_short = 50;
	append_fails(log);
	has_failed_for_good(log, "cut short");
	log_close(log);
	log_disk = real;
	log_close(sample_open(&recovery));
	assert_int_equal(recovery.records, 1);
	assert_int_equal(recovery.open_intents, 1);
	sample_verify(NULL);
}

static void
a_failed_sync_is_final(void **state)
{
	struct log_disk real = log_disk;
	struct log_recovery recovery;
	struct log *log;

	(void)state;
	log_disk.sync = faulty_sync;
	fault_errno = EIO;
	log = opened_with_one_intent();
	append_fails(log);
	has_failed_for_good(log, "fdatasync");
	log_close(log);
	log_disk = real;
	/* The page cache still has it: a record that nobody was told of. */
	log_close(sample_open(&recovery));
	assert_int_equal(recovery.records, 2);
	assert_int_equal(recovery.open_intents, 0);
	sample_verify(NULL);
}

/* What is read but cannot be made durable is nothing to build on. */
static void
a_log_that_cannot_be_synced_is_not_opened(void **state)
{
	const struct log_options options = {.gather_us = 1000};
	struct log_disk real = log_disk;
	struct log_recovery recovery;
	struct diag d = DIAG_INIT;
	struct log *log = NULL;

	(void)state;
	log_close(sample_open(NULL));
	log_disk.sync = faulty_sync;
	fault_errno = EIO;
	calls_left = 0;
	assert_int_equal(
	    log_open(&log, sample_path, &options, &recovery, &d), ERR_LOG);
	assert_null(log);
	assert_non_null(strstr(d.text, strerror(EIO)));
	log_disk = real;
	log_close(sample_open(NULL));
}

struct waiting {
	struct log_entry entry;
	sem_t done;
	int rc;
};

static void
waiting_done(struct log_entry *entry, int rc)
{
	struct waiting *w = (struct waiting *)entry;

	w->rc = rc;
	(void)sem_post(&w->done);
}

static void
everybody_who_waits_is_told(void **state)
{
	static struct waiting w[20];
	struct log_disk real = log_disk;
	struct log *log;
	int i;

	(void)state;
	log_disk.sync = faulty_sync;
	fault_errno = EIO;
	log = opened_with_one_intent();
	calls_left = 0;
	for (i = 0; i < 20; i++) {
		w[i] = (struct waiting){
		    .entry = {.kind = EVENT_REFUSED, .done = waiting_done}};
		assert_int_equal(sem_init(&w[i].done, 0, 0), 0);
		sample_refused("no", &w[i].entry.body);
		log_append(log, &w[i].entry);
	}
	log_close(log);
	log_disk = real;
	for (i = 0; i < 20; i++) {
		assert_int_equal(sem_trywait(&w[i].done), 0);
		assert_int_equal(w[i].rc, ERR_LOG);
		(void)sem_destroy(&w[i].done);
	}
}

static void
no_room_ahead_is_no_failure(void **state)
{
	struct log_disk real = log_disk;
	BUF_CLEANUP body = BUF_INIT;
	struct log *log;

	(void)state;
	log_disk.extend = faulty_extend;
	log = opened_with_one_intent();
	sample_issued(0, 1, &body);
	assert_int_equal(sample_append(log, EVENT_ISSUED, &body), 1);
	log_close(log);
	log_disk = real;
	sample_verify(NULL);
}

/* A real limit: the kernel cuts a write short, then refuses the next. */
static void
a_full_disk_is_final(void **state)
{
	struct rlimit old, limit;
	BUF_CLEANUP body = BUF_INIT;
	struct log_summary sum;
	struct diag d = DIAG_INIT;
	struct log *log;
	uint64_t n = 0;

	(void)state;
	log = sample_open(NULL);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 10000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	do {
		buf_reset(&body);
		sample_refused("no", &body);
	} while (log_append_wait(
		     log, EVENT_REFUSED, buf_span(&body), NULL, &d) == 0 &&
		 ++n < 1000);
	assert_int_equal(d.code, ERR_LOG);
	assert_true(n > 10 && n < 1000);
	assert_int_equal(log_health(log, &d), ERR_LOG);
	log_close(log);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	sample_verify(&sum);
	assert_int_equal(sum.records, n);
	assert_true(sum.torn);
	log_close(sample_open(NULL));
	sample_verify(&sum);
	assert_false(sum.torn);
}

/* Says the sequence of each record over a pipe once it is durable. */
static void
append_until_killed(int fd)
{
	const struct log_options options = {.gather_us = 200};
	BUF_CLEANUP body = BUF_INIT;
	struct log_recovery recovery;
	struct log *log;
	uint64_t seq;

	if (log_open(&log, sample_path, &options, &recovery, NULL) != 0)
		_exit(1);
	for (;;) {
		buf_reset(&body);
		sample_refused("until killed", &body);
		if (log_append_wait(
			log, EVENT_REFUSED, buf_span(&body), &seq, NULL) != 0 ||
		    write(fd, &seq, sizeof(seq)) != sizeof(seq))
			_exit(1);
	}
}

static void
what_was_promised_survives_a_kill(void **state)
{
	struct log_recovery recovery;
	uint64_t seq = 0, last = 0;
	int fds[2], round, i, status;
	pid_t pid;

	(void)state;
	for (round = 0; round < 5; round++) {
		assert_int_equal(pipe(fds), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			(void)close(fds[0]);
			append_until_killed(fds[1]);
		}
		(void)close(fds[1]);
		for (i = 0; i < 10 + round; i++)
			assert_int_equal(read(fds[0], &last, sizeof(last)), 8);
		assert_int_equal(kill(pid, SIGKILL), 0);
		while (read(fds[0], &seq, sizeof(seq)) == 8)
			last = seq;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		(void)close(fds[0]);
		log_close(sample_open(&recovery));
		assert_true(recovery.records > last);
		sample_verify(NULL);
	}
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_file_cut_anywhere_is_taken_up),
	    TEST(a_file_with_room_is_taken_up),
	    TEST(any_sectors_of_the_last_batch_may_be_missing),
	    TEST(a_changed_byte_is_damage),
	    TEST(a_changed_byte_before_room_is_damage),
	    TEST(a_changed_length_in_a_batch_is_damage),
	    TEST(a_zeroed_middle_is_damage),
	    TEST(records_stay_where_they_are),
	    TEST(bytes_behind_the_end_are_damage),
	    TEST(a_kind_of_the_future_is_refused),
	    TEST(an_end_without_an_intent_is_refused),
	    TEST(open_intents_are_closed_as_possibly_signed),
	    TEST(a_failed_write_is_final),
	    TEST(a_short_write_is_final),
	    TEST(a_failed_sync_is_final),
	    TEST(a_log_that_cannot_be_synced_is_not_opened),
	    TEST(everybody_who_waits_is_told),
	    TEST(no_room_ahead_is_no_failure),
	    TEST(a_full_disk_is_final),
	    TEST(what_was_promised_survives_a_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
