# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += issue/libissue.a
issue_libissue_a_SOURCES = \
	issue/issuer.c issue/issuer.h \
	issue/plan.c issue/plan.h \
	issue/follow.c issue/follow.h \
	issue/rules.c issue/rules.h
issue_libissue_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SQLITE_CFLAGS)
