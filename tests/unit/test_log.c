/* SPDX-License-Identifier: Apache-2.0 */
/* log/: what is appended is there, in order, whatever happens to the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/stat.h>

#include "log/disk.h"
#include "log/record.h"
#include "tests/unit/log_sample.h"

static const struct log_options quick = {.gather_us = 1000, .no_sync = true};

static struct log *
opened(struct log_recovery *recovery)
{
	struct log_recovery unused;
	struct diag d = DIAG_INIT;
	struct log *log = NULL;
	int rc = log_open(&log, sample_path, &quick,
	    recovery != NULL ? recovery : &unused, &d);

	if (rc != 0)
		print_error("%s\n", d.text);
	assert_int_equal(rc, 0);
	return log;
}

static uint64_t
append(struct log *log, enum event_kind kind, struct buf *body)
{
	struct diag d = DIAG_INIT;
	uint64_t seq = UINT64_MAX;
	int rc = log_append_wait(log, kind, buf_span(body), &seq, &d);

	if (rc != 0)
		print_error("%s\n", d.text);
	assert_int_equal(rc, 0);
	buf_reset(body);
	return seq;
}

static void
what_is_appended_is_read(void **state)
{
	BUF_CLEANUP body = BUF_INIT;
	struct log_recovery recovery;
	struct log_record record;
	struct log_reader *reader;
	struct diag d = DIAG_INIT;
	struct log *log = opened(&recovery);
	struct stat st;
	bool torn;

	(void)state;
	assert_int_equal(recovery.records, 0);
	assert_int_equal(stat(sample_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	sample_intent(1, &body);
	assert_int_equal(append(log, EVENT_INTENT, &body), 0);
	sample_issued(0, 1, &body);
	assert_int_equal(append(log, EVENT_ISSUED, &body), 1);
	sample_refused("san.dns.not-allowed", &body);
	assert_int_equal(append(log, EVENT_REFUSED, &body), 2);
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
	log_reader_close(reader);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		what_is_appended_is_read, sample_setup, sample_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
