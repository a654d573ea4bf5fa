# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += net/libnet.a
net_libnet_a_CFLAGS = $(AM_CFLAGS) $(NGHTTP2_CFLAGS)
net_libnet_a_SOURCES = \
	net/conn.c net/http.c net/http.h \
	net/date.c net/date.h \
	net/http1.c net/http1_encode.c net/http1.h \
	net/http2.c net/http2.h \
	net/listener.c net/listener.h net/peer.c \
	net/pipeline.c net/pipeline.h \
	net/request.c net/request.h

noinst_PROGRAMS += tests/bench/bench_net
tests_bench_bench_net_SOURCES = tests/bench/bench_net.c
tests_bench_bench_net_LDADD = net/libnet.a lib/liblib.a $(NGHTTP2_LIBS)

NET_TEST_LDADD = net/libnet.a lib/liblib.a $(NGHTTP2_LIBS) $(TEST_LDADD)
check_PROGRAMS += tests/unit/test_http1
tests_unit_test_http1_SOURCES = tests/unit/test_http1.c
tests_unit_test_http1_LDADD = $(NET_TEST_LDADD)

check_PROGRAMS += tests/unit/test_http2
tests_unit_test_http2_SOURCES = tests/unit/test_http2.c
tests_unit_test_http2_LDADD = $(NET_TEST_LDADD)

check_PROGRAMS += tests/unit/test_conn
tests_unit_test_conn_SOURCES = tests/unit/test_conn.c
tests_unit_test_conn_LDADD = $(NET_TEST_LDADD)

check_PROGRAMS += tests/unit/test_listener
tests_unit_test_listener_SOURCES = tests/unit/test_listener.c
tests_unit_test_listener_LDADD = net/libnet.a lib/liblib.a $(TEST_LDADD)

check_PROGRAMS += tests/fuzz/fuzz_http1
tests_fuzz_fuzz_http1_SOURCES = tests/fuzz/fuzz_http1.c $(FUZZ_MAIN)
tests_fuzz_fuzz_http1_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_http1_LDADD = net/libnet.a lib/liblib.a

check_PROGRAMS += tests/fuzz/fuzz_http2
tests_fuzz_fuzz_http2_SOURCES = tests/fuzz/fuzz_http2.c $(FUZZ_MAIN)
tests_fuzz_fuzz_http2_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_http2_LDADD = net/libnet.a lib/liblib.a $(NGHTTP2_LIBS)
