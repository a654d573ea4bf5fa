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
EXTRA_DIST += api/openapi.yaml

API_TEST_LDADD = api/libapi.a lib/liblib.a $(JANSSON_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_route
tests_unit_test_route_SOURCES = tests/unit/test_route.c
tests_unit_test_route_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/unit/test_query
tests_unit_test_query_SOURCES = tests/unit/test_query.c
tests_unit_test_query_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/unit/test_accept
tests_unit_test_accept_SOURCES = tests/unit/test_accept.c
tests_unit_test_accept_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/unit/test_sign
tests_unit_test_sign_SOURCES = tests/unit/test_sign.c
tests_unit_test_sign_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/unit/test_json
tests_unit_test_json_SOURCES = tests/unit/test_json.c
tests_unit_test_json_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/unit/test_problem
tests_unit_test_problem_SOURCES = tests/unit/test_problem.c
tests_unit_test_problem_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/unit/test_answer
tests_unit_test_answer_SOURCES = tests/unit/test_answer.c
tests_unit_test_answer_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/unit/test_list
tests_unit_test_list_SOURCES = tests/unit/test_list.c
tests_unit_test_list_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/fuzz/fuzz_api
tests_fuzz_fuzz_api_SOURCES = tests/fuzz/fuzz_api.c $(FUZZ_MAIN)
tests_fuzz_fuzz_api_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_api_LDADD = api/libapi.a lib/liblib.a $(JANSSON_LIBS)
