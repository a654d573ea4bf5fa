# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += api/libapi.a
api_libapi_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
api_libapi_a_SOURCES = \
	api/accept.c api/accept.h \
	api/answer.c api/answer.h \
	api/json.c api/json.h \
	api/list.c api/list.h \
	api/problem.c api/problem.h \
	api/query.c api/query.h \
	api/route.c api/route.def api/route.h \
	api/sign.c api/sign.h
