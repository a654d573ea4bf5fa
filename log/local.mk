# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += log/liblog.a
log_liblog_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
log_liblog_a_SOURCES = \
	log/base64.c log/base64.h \
	log/checkpoint.c log/checkpoint.h \
	log/contains.c \
	log/crc32c.c log/crc32c.h \
	log/der.c log/der.h \
	log/disk.h \
	log/event.c log/event.def log/event.h \
	log/intents.c log/intents.h \
	log/log.c log/log.h \
	log/open.c \
	log/read.c log/read.h log/reader.h \
	log/record.c log/record.h \
	log/recover.c log/recover.h \
	log/serials.c log/serials.h \
	log/tail.c log/tail.h \
	log/tree.c log/tree.h \
	log/verify.c \
	log/writer.c log/writer.h

LOG_LDADD = log/liblog.a lib/liblib.a $(CRYPTO_LIBS)

check_PROGRAMS += tests/unit/test_event
tests_unit_test_event_SOURCES = tests/unit/test_event.c tests/unit/log_sample.h
tests_unit_test_event_LDADD = $(LOG_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_log
tests_unit_test_log_SOURCES = tests/unit/test_log.c tests/unit/log_sample.h
tests_unit_test_log_LDADD = $(LOG_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_record
tests_unit_test_record_SOURCES = tests/unit/test_record.c \
	tests/unit/log_sample.h
tests_unit_test_record_LDADD = $(LOG_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_tree
tests_unit_test_tree_SOURCES = tests/unit/test_tree.c
tests_unit_test_tree_LDADD = $(LOG_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_log_crash
tests_unit_test_log_crash_SOURCES = tests/unit/test_log_crash.c \
	tests/unit/log_sample.h
tests_unit_test_log_crash_LDADD = $(LOG_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_log_verify
tests_unit_test_log_verify_SOURCES = tests/unit/test_log_verify.c \
	tests/unit/log_sample.h
tests_unit_test_log_verify_LDADD = $(LOG_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/fuzz/fuzz_log
tests_fuzz_fuzz_log_SOURCES = tests/fuzz/fuzz_log.c $(FUZZ_MAIN)
tests_fuzz_fuzz_log_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_log_LDADD = $(LOG_LDADD)

check_PROGRAMS += tests/fuzz/fuzz_event
tests_fuzz_fuzz_event_SOURCES = tests/fuzz/fuzz_event.c $(FUZZ_MAIN)
tests_fuzz_fuzz_event_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_event_LDADD = $(LOG_LDADD)

check_PROGRAMS += tests/unit/test_checkpoint
tests_unit_test_checkpoint_SOURCES = tests/unit/test_checkpoint.c \
	tests/unit/log_sample.h
tests_unit_test_checkpoint_LDADD = $(LOG_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/fuzz/fuzz_checkpoint
tests_fuzz_fuzz_checkpoint_SOURCES = tests/fuzz/fuzz_checkpoint.c $(FUZZ_MAIN)
tests_fuzz_fuzz_checkpoint_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_checkpoint_LDADD = $(LOG_LDADD)
