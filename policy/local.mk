# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += policy/libpolicy.a
policy_libpolicy_a_SOURCES = \
	policy/decision.c \
	policy/eval.c policy/eval_san.c policy/eval_subject.c \
	policy/match.c \
	policy/name.c \
	policy/pattern.c \
	policy/policy.h policy/private.h \
	policy/reason.def policy/subject.def policy/usage.def \
	policy/variable.def \
	policy/schema.c policy/schema_san.c policy/schema_subject.c \
	policy/schema_test.c \
	policy/set.c \
	policy/table.c \
	policy/template.c \
	policy/test.c
policy_libpolicy_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(IDN2_CFLAGS)

POLICY_LDADD = policy/libpolicy.a $(TREE_LDADD) $(CRYPTO_LIBS) $(IDN2_LIBS)
POLICY_SAMPLE = tests/unit/policy_sample.c tests/unit/policy_sample.h

check_PROGRAMS += tests/unit/test_policy_load
tests_unit_test_policy_load_SOURCES = tests/unit/test_policy_load.c \
	$(POLICY_SAMPLE) $(GOLDEN)
tests_unit_test_policy_load_LDADD = $(POLICY_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_policy_match
tests_unit_test_policy_match_SOURCES = tests/unit/test_policy_match.c \
	$(POLICY_SAMPLE)
tests_unit_test_policy_match_LDADD = $(POLICY_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_policy_eval
tests_unit_test_policy_eval_SOURCES = tests/unit/test_policy_eval.c \
	$(POLICY_SAMPLE)
tests_unit_test_policy_eval_LDADD = $(POLICY_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_policy_tests
tests_unit_test_policy_tests_SOURCES = tests/unit/test_policy_tests.c \
	$(POLICY_SAMPLE) $(GOLDEN)
tests_unit_test_policy_tests_LDADD = $(POLICY_LDADD) $(TEST_LDADD)
EXTRA_DIST += tests/data/policy

check_PROGRAMS += tests/fuzz/fuzz_policy
tests_fuzz_fuzz_policy_SOURCES = tests/fuzz/fuzz_policy.c $(FUZZ_MAIN)
tests_fuzz_fuzz_policy_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_policy_LDADD = $(POLICY_LDADD)
EXTRA_DIST += tests/fuzz/policy.dict

check_PROGRAMS += tests/fuzz/fuzz_names
tests_fuzz_fuzz_names_SOURCES = tests/fuzz/fuzz_names.c $(FUZZ_MAIN)
tests_fuzz_fuzz_names_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_names_LDADD = $(POLICY_LDADD)

check_PROGRAMS += tests/unit/test_policy_schema
tests_unit_test_policy_schema_SOURCES = tests/unit/test_policy_schema.c $(GOLDEN)
tests_unit_test_policy_schema_LDADD = $(POLICY_LDADD) $(JANSSON_LIBS) \
	$(TEST_LDADD)
EXTRA_DIST += api/policy.schema.json
dist_man_MANS += man/privyseal-policy.5
