# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += lib/liblib.a
lib_liblib_a_SOURCES = \
	lib/alg.c lib/alg.def lib/alg.h \
	lib/buf.c lib/buf.h \
	lib/clock.c lib/clock.h \
	lib/diag.c lib/diag.h \
	lib/err.c lib/err.def lib/err_class.def lib/err.h \
	lib/file.c lib/file.h \
	lib/hex.c lib/hex.h \
	lib/idmap.c lib/idmap.h \
	lib/loop.c lib/loop.h \
	lib/mem.c lib/mem.h \
	lib/notice.c lib/notice.h \
	lib/pool.c lib/pool.h \
	lib/secret.c lib/secret.h \
	lib/suggest.c lib/suggest.h

# Apart from liblib.a, so that only who reads YAML links libyaml.
noinst_LIBRARIES += lib/libtree.a
lib_libtree_a_SOURCES = lib/yaml.c lib/yaml.h \
	lib/yaml_syntax.c lib/yaml_syntax.h \
	lib/yaml_walk.c
lib_libtree_a_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS)

check_PROGRAMS += tests/unit/test_suggest
tests_unit_test_suggest_SOURCES = tests/unit/test_suggest.c
tests_unit_test_suggest_LDADD = lib/liblib.a $(TEST_LDADD)

# What has its answer in a file beside it.
GOLDEN = tests/unit/golden.c tests/unit/golden.h
TREE_LDADD = lib/libtree.a lib/liblib.a $(YAML_LIBS)

check_PROGRAMS += tests/unit/test_yaml
tests_unit_test_yaml_SOURCES = tests/unit/test_yaml.c $(GOLDEN)
tests_unit_test_yaml_LDADD = $(TREE_LDADD) $(TEST_LDADD)
EXTRA_DIST += tests/data/yaml

check_PROGRAMS += tests/unit/test_alg
tests_unit_test_alg_SOURCES = tests/unit/test_alg.c
tests_unit_test_alg_LDADD = lib/liblib.a $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_clock
tests_unit_test_clock_SOURCES = tests/unit/test_clock.c
tests_unit_test_clock_LDADD = lib/liblib.a $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_diag
tests_unit_test_diag_SOURCES = tests/unit/test_diag.c
tests_unit_test_diag_LDADD = lib/liblib.a $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_err
tests_unit_test_err_SOURCES = tests/unit/test_err.c
tests_unit_test_err_LDADD = lib/liblib.a $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_file
tests_unit_test_file_SOURCES = tests/unit/test_file.c
tests_unit_test_file_LDADD = lib/liblib.a $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_hex
tests_unit_test_hex_SOURCES = tests/unit/test_hex.c
tests_unit_test_hex_LDADD = lib/liblib.a $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_loop
tests_unit_test_loop_SOURCES = tests/unit/test_loop.c
tests_unit_test_loop_LDADD = lib/liblib.a $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_notice
tests_unit_test_notice_SOURCES = tests/unit/test_notice.c
tests_unit_test_notice_LDADD = lib/liblib.a $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_pool
tests_unit_test_pool_SOURCES = tests/unit/test_pool.c
tests_unit_test_pool_LDADD = lib/liblib.a $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_secret
tests_unit_test_secret_SOURCES = tests/unit/test_secret.c
tests_unit_test_secret_LDADD = lib/liblib.a $(TEST_LDADD)

check_PROGRAMS += tests/fuzz/fuzz_yaml
tests_fuzz_fuzz_yaml_SOURCES = tests/fuzz/fuzz_yaml.c $(FUZZ_MAIN)
tests_fuzz_fuzz_yaml_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_yaml_LDADD = $(TREE_LDADD)
EXTRA_DIST += tests/fuzz/yaml.dict
