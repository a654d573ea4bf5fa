# SPDX-License-Identifier: Apache-2.0
# Programs that measure, and the targets bench and bench-insn that run them.
noinst_PROGRAMS += tests/bench/bench
tests_bench_bench_SOURCES = \
	tests/bench/bench.c \
	tests/bench/calls.c tests/bench/calls.h \
	tests/bench/cfssl.c \
	tests/bench/csr.c tests/bench/csr.h \
	tests/bench/die.h \
	tests/bench/inside.c tests/bench/inside.h \
	tests/bench/inside_log.c \
	tests/bench/insn.c tests/bench/insn.h \
	tests/bench/load.c tests/bench/load.h \
	tests/bench/process.c tests/bench/process.h \
	tests/bench/report.c tests/bench/report.h \
	tests/bench/sample.c tests/bench/sample.h \
	tests/bench/server.c tests/bench/server.h \
	tests/bench/setup.c tests/bench/setup.h \
	tests/bench/work.c tests/bench/work.h
tests_bench_bench_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_bench_bench_LDADD = cli/libcli.a tests/fake/libsofthsm.a $(ISSUE_LDADD) \
	pkcs11/libpkcs11.a lib/libtree.a lib/liblib.a $(JANSSON_LIBS) \
	$(P11KIT_LIBS) $(YAML_LIBS) $(IDN2_LIBS) $(SQLITE_LIBS) $(CRYPTO_LIBS)

# Only whether all of it still runs; no time is looked at.
TESTS += tests/bench/smoke
EXTRA_DIST += tests/bench/smoke

# ROUNDS= and CELL_MS= make it longer or shorter.
ROUNDS = 7
CELL_MS = 400
.PHONY: bench bench-insn
bench: tests/bench/bench$(EXEEXT) agent/privyseald$(EXEEXT) \
    tests/fake/p11_shim.so
	tests/bench/bench --rounds $(ROUNDS) --cell-ms $(CELL_MS) \
	    --agent agent/privyseald --shim $(abs_builddir)/tests/fake/p11_shim.so \
	    --json bench.json
bench-insn: tests/bench/bench$(EXEEXT)
	tests/bench/bench --insn --json bench.json
CLEANFILES += bench.json
