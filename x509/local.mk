# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += x509/libx509.a
x509_libx509_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
x509_libx509_a_SOURCES = \
	x509/assemble.c x509/cert.h \
	x509/cert_build.c \
	x509/cert_parse.c \
	x509/cert_profile.c x509/cert_profile.h \
	x509/csr.c x509/csr.h \
	x509/csr_attr.c x509/csr_attr.h \
	x509/der.c x509/der.h \
	x509/der_put.c \
	x509/ext.c x509/ext.h \
	x509/key.c x509/key.h \
	x509/key_open.c \
	x509/lint.c x509/lint.def x509/lint.h \
	x509/lint_ext.c \
	x509/lint_frame.c \
	x509/lint_read.c x509/lint_read.h \
	x509/lint_san.c \
	x509/lint_subject.c \
	x509/name.c x509/name.h x509/name_read.h \
	x509/oid.c x509/oid.def x509/oid.h \
	x509/pem.c x509/pem.h \
	x509/print.c \
	x509/refuse.c x509/refuse.h \
	x509/san.c x509/san.h \
	x509/serial.c \
	x509/sigalg.c x509/sigalg.h \
	x509/text.c x509/text.h \
	x509/usage.c x509/usage.h \
	x509/warm.c x509/warm.h \
	x509/weak.c x509/weak.h

X509_TEST_LDADD = x509/libx509.a lib/liblib.a $(CRYPTO_LIBS) $(TEST_LDADD)
X509_FAKE = tests/fake/x509.c tests/fake/x509.h tests/fake/x509v3.h

check_PROGRAMS += tests/unit/test_cert
tests_unit_test_cert_SOURCES = tests/unit/test_cert.c $(X509_FAKE)
tests_unit_test_cert_LDADD = $(X509_TEST_LDADD)

check_PROGRAMS += tests/unit/test_csr
tests_unit_test_csr_SOURCES = tests/unit/test_csr.c $(X509_FAKE)
tests_unit_test_csr_LDADD = $(X509_TEST_LDADD)

check_PROGRAMS += tests/unit/test_der
tests_unit_test_der_SOURCES = tests/unit/test_der.c
tests_unit_test_der_LDADD = $(X509_TEST_LDADD)

check_PROGRAMS += tests/unit/test_key
tests_unit_test_key_SOURCES = tests/unit/test_key.c $(X509_FAKE)
tests_unit_test_key_LDADD = $(X509_TEST_LDADD)

check_PROGRAMS += tests/unit/test_lint
tests_unit_test_lint_SOURCES = tests/unit/test_lint.c $(X509_FAKE)
tests_unit_test_lint_LDADD = $(X509_TEST_LDADD)

check_PROGRAMS += tests/unit/test_name
tests_unit_test_name_SOURCES = tests/unit/test_name.c
tests_unit_test_name_LDADD = $(X509_TEST_LDADD)

check_PROGRAMS += tests/unit/test_pem
tests_unit_test_pem_SOURCES = tests/unit/test_pem.c
tests_unit_test_pem_LDADD = $(X509_TEST_LDADD)

check_PROGRAMS += tests/unit/test_weak
tests_unit_test_weak_SOURCES = tests/unit/test_weak.c $(X509_FAKE)
tests_unit_test_weak_LDADD = $(X509_TEST_LDADD)

check_PROGRAMS += tests/fuzz/fuzz_cert
tests_fuzz_fuzz_cert_SOURCES = tests/fuzz/fuzz_cert.c $(FUZZ_MAIN)
tests_fuzz_fuzz_cert_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_cert_LDADD = $(X509_TEST_LDADD)

check_PROGRAMS += tests/fuzz/fuzz_csr
tests_fuzz_fuzz_csr_SOURCES = tests/fuzz/fuzz_csr.c $(FUZZ_MAIN)
tests_fuzz_fuzz_csr_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_csr_LDADD = $(X509_TEST_LDADD)

check_PROGRAMS += tests/fuzz/fuzz_pem
tests_fuzz_fuzz_pem_SOURCES = tests/fuzz/fuzz_pem.c $(FUZZ_MAIN)
tests_fuzz_fuzz_pem_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_pem_LDADD = $(X509_TEST_LDADD)

EXTRA_DIST += tests/data/csr
