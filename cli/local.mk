# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += cli/libcli.a
cli_libcli_a_SOURCES = \
	cli/ca.c cli/ca.h \
	cli/caller.c cli/caller.h \
	cli/cli.h \
	cli/client.c cli/client.h \
	cli/cmd_agent.c \
	cli/cmd_completion.c \
	cli/cmd_csr.c \
	cli/cmd_explain.c \
	cli/cmd_help.c \
	cli/cmd_index.c \
	cli/cmd_init.c \
	cli/cmd_list.c \
	cli/cmd_log.c \
	cli/cmd_log_show.c \
	cli/cmd_policy.c \
	cli/cmd_show.c \
	cli/cmd_sign.c \
	cli/cmd_token.c \
	cli/cmd_unlock.c \
	cli/commands.c cli/commands.def cli/commands.h \
	cli/help.c cli/help.h \
	cli/init.c cli/init.h \
	cli/init_files.c \
	cli/logfile.c cli/logfile.h \
	cli/objects.c cli/objects.h \
	cli/options.c \
	cli/out.c cli/out.h \
	cli/pin.c cli/pin.h \
	cli/plain.c \
	cli/report.c cli/report.h \
	cli/request.c cli/request.h \
	cli/request_key.c \
	cli/setup.c cli/setup.h \
	cli/table.c \
	cli/uri.c cli/uri.h

dist_man_MANS += man/privyseal.1
EXTRA_DIST += tests/e2e

bin_PROGRAMS += cli/privyseal
cli_privyseal_SOURCES = cli/main.c
cli_privyseal_LDADD = $(CLI_LIBS)

CLI_LIBS = cli/libcli.a issue/libissue.a policy/libpolicy.a x509/libx509.a \
	config/libconfig.a lib/libtree.a log/liblog.a store/libstore.a \
	pkcs11/libpkcs11.a lib/liblib.a \
	$(LIBP11_LIBS) $(P11KIT_LIBS) $(CURL_LIBS) $(JANSSON_LIBS) \
	$(YAML_LIBS) $(IDN2_LIBS) $(SQLITE_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += tests/unit/test_caller
tests_unit_test_caller_SOURCES = tests/unit/test_caller.c
tests_unit_test_caller_LDADD = $(CLI_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_options
tests_unit_test_options_SOURCES = tests/unit/test_options.c
tests_unit_test_options_LDADD = $(CLI_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_out
tests_unit_test_out_SOURCES = tests/unit/test_out.c
tests_unit_test_out_LDADD = $(CLI_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/unit/test_report
tests_unit_test_report_SOURCES = tests/unit/test_report.c
tests_unit_test_report_LDADD = $(CLI_LIBS) $(TEST_LDADD)

check_PROGRAMS += tests/contract/test_libp11
tests_contract_test_libp11_SOURCES = tests/contract/test_libp11.c
tests_contract_test_libp11_LDADD = \
	tests/fake/libsofthsm.a $(CLI_LIBS) $(TEST_LDADD)
