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
