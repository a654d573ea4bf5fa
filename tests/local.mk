# SPDX-License-Identifier: Apache-2.0
# Where things are; and for builds with sanitizers what they are to overlook in
# other people's libraries. These have no frame pointers: it takes the slow way
# of unwinding to tell whose a leak is.
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(top_srcdir)'; export top_srcdir; \
	top_builddir='$(top_builddir)'; export top_builddir; \
	ASAN_OPTIONS="fast_unwind_on_malloc=0:$$ASAN_OPTIONS"; \
	LSAN_OPTIONS="suppressions=$(abs_top_srcdir)/tests/lsan.supp:print_suppressions=0:$$LSAN_OPTIONS"; \
	TSAN_OPTIONS="suppressions=$(abs_top_srcdir)/tests/tsan.supp:$$TSAN_OPTIONS"; \
	export ASAN_OPTIONS LSAN_OPTIONS TSAN_OPTIONS;
TEST_LDADD = $(CMOCKA_LIBS)
TESTS += $(check_PROGRAMS)

check_PROGRAMS += tests/unit/test_buf
tests_unit_test_buf_SOURCES = tests/unit/test_buf.c
tests_unit_test_buf_LDADD = lib/liblib.a $(TEST_LDADD)

# Fuzz targets: linked with libFuzzer by --enable-fuzzers, else with a program
# that replays the corpus, which `make check` runs. A room's local.mk has:
#   check_PROGRAMS += tests/fuzz/fuzz_NAME
#   tests_fuzz_fuzz_NAME_SOURCES = tests/fuzz/fuzz_NAME.c $(FUZZ_MAIN)
#   tests_fuzz_fuzz_NAME_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
#   tests_fuzz_fuzz_NAME_LDADD = ROOM/libROOM.a lib/liblib.a
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/replay.c \
	tests/lsan.supp tests/interop tests/scripts tests/tsan.supp
