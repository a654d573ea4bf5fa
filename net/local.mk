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
