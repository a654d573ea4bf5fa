# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += pkcs11/libpkcs11.a
pkcs11_libpkcs11_a_CPPFLAGS = $(AM_CPPFLAGS) $(P11KIT_CFLAGS) $(CRYPTO_CFLAGS)
pkcs11_libpkcs11_a_SOURCES = \
	pkcs11/attributes.c pkcs11/attributes.def \
	pkcs11/calls.c pkcs11/calls.def pkcs11/calls.h \
	pkcs11/ckr.c pkcs11/ckr.def \
	pkcs11/generate.c \
	pkcs11/key.c \
	pkcs11/mechanism.c pkcs11/mechanism.h \
	pkcs11/module.c \
	pkcs11/object.c \
	pkcs11/private.h \
	pkcs11/public.c \
	pkcs11/session.c \
	pkcs11/sign.c \
	pkcs11/token.c pkcs11/token.h \
	pkcs11/token_init.c \
	pkcs11/uri.c pkcs11/uri.h

# What a program that links the room needs besides.
PKCS11_LIBS = pkcs11/libpkcs11.a lib/liblib.a $(P11KIT_LIBS) $(CRYPTO_LIBS)

# A SoftHSM2 token of one's own, for tests and measurements.
check_LIBRARIES += tests/fake/libsofthsm.a
tests_fake_libsofthsm_a_CPPFLAGS = $(AM_CPPFLAGS) $(P11KIT_CFLAGS)
tests_fake_libsofthsm_a_SOURCES = \
	tests/fake/raw.c tests/fake/raw.h \
	tests/fake/shim.c tests/fake/shim.h \
	tests/fake/softhsm.c tests/fake/softhsm.h

# The module that goes wrong on demand: a shared object, which automake alone
# does not know how to make, so that we need no libtool.
P11SHIM_SRCS = tests/fake/p11_rules.c tests/fake/p11_shim.c
P11SHIM_DEPS = tests/fake/p11_rules.h pkcs11/calls.def
EXTRA_DIST += $(P11SHIM_SRCS) tests/fake/p11_rules.h
check_DATA += tests/fake/p11_shim.so
CLEANFILES += tests/fake/p11_shim.so
tests/fake/p11_shim.so: $(P11SHIM_SRCS) $(P11SHIM_DEPS)
	@$(MKDIR_P) $(@D)
	$(AM_V_CCLD)$(CC) $(DEFS) $(AM_CPPFLAGS) $(CPPFLAGS) $(P11KIT_CFLAGS) \
		$(AM_CFLAGS) $(CFLAGS) -fPIC -shared $(LDFLAGS) -o $@ \
		$(P11SHIM_SRCS:%=$(srcdir)/%)

check_PROGRAMS += tests/contract/test_sign
tests_contract_test_sign_SOURCES = tests/contract/test_sign.c
tests_contract_test_sign_LDADD = \
	tests/fake/libsofthsm.a $(PKCS11_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/contract/test_token
tests_contract_test_token_SOURCES = tests/contract/test_token.c
tests_contract_test_token_LDADD = \
	tests/fake/libsofthsm.a $(PKCS11_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_uri
tests_unit_test_uri_SOURCES = tests/unit/test_uri.c
tests_unit_test_uri_LDADD = $(PKCS11_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/contract/test_key
tests_contract_test_key_CPPFLAGS = $(AM_CPPFLAGS) $(P11KIT_CFLAGS)
tests_contract_test_key_SOURCES = tests/contract/test_key.c
tests_contract_test_key_LDADD = \
	tests/fake/libsofthsm.a $(PKCS11_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/contract/test_fault
tests_contract_test_fault_SOURCES = tests/contract/test_fault.c
tests_contract_test_fault_LDADD = \
	tests/fake/libsofthsm.a $(PKCS11_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/contract/test_sessions
tests_contract_test_sessions_SOURCES = tests/contract/test_sessions.c
tests_contract_test_sessions_LDADD = \
	tests/fake/libsofthsm.a $(PKCS11_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/contract/test_libp11_algs
tests_contract_test_libp11_algs_CPPFLAGS = $(AM_CPPFLAGS) $(LIBP11_CFLAGS)
tests_contract_test_libp11_algs_SOURCES = tests/contract/test_libp11_algs.c
tests_contract_test_libp11_algs_LDADD = \
	tests/fake/libsofthsm.a $(PKCS11_LIBS) $(LIBP11_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_ecdsa
tests_unit_test_ecdsa_CPPFLAGS = $(AM_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_ecdsa_SOURCES = tests/unit/test_ecdsa.c
tests_unit_test_ecdsa_LDADD = $(PKCS11_LIBS) $(TEST_LDADD)
