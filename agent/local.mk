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
	agent/json.c agent/json.h \
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
