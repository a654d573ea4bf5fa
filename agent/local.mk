# SPDX-License-Identifier: Apache-2.0
sbin_PROGRAMS += agent/privyseald
agent_privyseald_SOURCES = agent/main.c
agent_privyseald_CPPFLAGS = $(AGENT_CPPFLAGS)
agent_privyseald_LDADD = agent/libagent.a $(AGENT_LDADD)

# Apart from main, so that tests link the real thing.
noinst_LIBRARIES += agent/libagent.a
agent_libagent_a_SOURCES = \
	agent/budget.c agent/budget.h \
	agent/core.c agent/core.h \
	agent/explain.c agent/explain.h \
	agent/front.c agent/front.h \
	agent/hsm.c agent/hsm.h \
	agent/indexer.c agent/indexer.h \
	agent/latch.c agent/latch.h \
	agent/link.c agent/link.h \
	agent/message.c agent/message.def agent/message.h \
	agent/notify.c agent/notify.h \
	agent/parent.c \
	agent/peers.c agent/peers.h \
	agent/query.c \
	agent/question.c \
	agent/refusal.c agent/refusal.h \
	agent/reload.c \
	agent/role.c agent/role.h \
	agent/sandbox.c agent/sandbox.def agent/sandbox.h \
	agent/signer.c \
	agent/spawn.c agent/spawn.h \
	agent/ticket.c \
	agent/unlock.c agent/unlock.h
agent_libagent_a_CPPFLAGS = $(AGENT_CPPFLAGS)

AGENT_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(P11KIT_CFLAGS) \
	$(SECCOMP_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
AGENT_LDADD = api/libapi.a net/libnet.a $(ISSUE_LDADD) \
	pkcs11/libpkcs11.a lib/libtree.a lib/liblib.a \
	$(CRYPTO_LIBS) $(P11KIT_LIBS) $(SECCOMP_LIBS) $(JANSSON_LIBS) \
	$(SQLITE_LIBS) $(NGHTTP2_LIBS) $(YAML_LIBS) $(IDN2_LIBS)

check_PROGRAMS += tests/unit/test_idmap tests/unit/test_link \
	tests/unit/test_message tests/unit/test_sandbox
tests_unit_test_idmap_SOURCES = tests/unit/test_idmap.c
tests_unit_test_idmap_LDADD = lib/liblib.a $(TEST_LDADD)
tests_unit_test_link_SOURCES = tests/unit/test_link.c
tests_unit_test_link_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_unit_test_link_LDADD = agent/libagent.a $(AGENT_LDADD) $(TEST_LDADD)
tests_unit_test_message_SOURCES = tests/unit/test_message.c
tests_unit_test_message_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_unit_test_message_LDADD = agent/libagent.a $(AGENT_LDADD) $(TEST_LDADD)
tests_unit_test_sandbox_SOURCES = tests/unit/test_sandbox.c
tests_unit_test_sandbox_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_unit_test_sandbox_LDADD = agent/libagent.a $(AGENT_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/fuzz/fuzz_message
tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c $(FUZZ_MAIN)
tests_fuzz_fuzz_message_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_fuzz_fuzz_message_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_message_LDADD = agent/libagent.a $(AGENT_LDADD)
dist_man_MANS += man/privyseald.8
