# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += config/libconfig.a
config_libconfig_a_SOURCES = \
	config/check.c \
	config/config.c config/config.h \
	config/private.h config/risk.def \
	config/token.c \
	config/value.c

check_PROGRAMS += tests/unit/test_config
tests_unit_test_config_SOURCES = tests/unit/test_config.c $(GOLDEN)
tests_unit_test_config_LDADD = config/libconfig.a $(TREE_LDADD) $(TEST_LDADD)
EXTRA_DIST += tests/data/config

check_PROGRAMS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ_MAIN)
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_config_LDADD = config/libconfig.a $(TREE_LDADD)
EXTRA_DIST += tests/fuzz/config.dict

dist_man_MANS += man/privyseal.yaml.5
