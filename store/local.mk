# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += store/libstore.a
store_libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
store_libstore_a_SOURCES = \
	store/db.c store/db.h \
	store/index.c store/index.h \
	store/migrations.def store/statements.def

check_PROGRAMS += tests/unit/test_index
tests_unit_test_index_SOURCES = tests/unit/test_index.c
tests_unit_test_index_LDADD = store/libstore.a lib/liblib.a $(SQLITE_LIBS) \
	$(TEST_LDADD)
