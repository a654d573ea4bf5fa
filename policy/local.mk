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
