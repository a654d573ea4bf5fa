# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += issue/libissue.a
issue_libissue_a_SOURCES = \
	issue/issuer.c issue/issuer.h \
	issue/plan.c issue/plan.h \
	issue/follow.c issue/follow.h \
	issue/rules.c issue/rules.h
issue_libissue_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SQLITE_CFLAGS)

# What a program that issues links, in this order, with libtree and liblib.
ISSUE_LDADD = issue/libissue.a policy/libpolicy.a config/libconfig.a \
	log/liblog.a store/libstore.a x509/libx509.a

check_PROGRAMS += tests/unit/test_follow
tests_unit_test_follow_SOURCES = tests/unit/test_follow.c $(X509_FAKE)
tests_unit_test_follow_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) \
	$(SQLITE_CFLAGS)
tests_unit_test_follow_LDADD = $(ISSUE_LDADD) \
	lib/libtree.a lib/liblib.a $(CRYPTO_LIBS) $(SQLITE_LIBS) $(YAML_LIBS) \
	$(IDN2_LIBS) $(TEST_LDADD)
