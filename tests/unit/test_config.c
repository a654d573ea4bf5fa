/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: every key of privyseal.yaml arrives where it belongs, what is left
 * out has its default, and what is wrong is found all at once: the files in
 * tests/data/config/bad have their findings beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "tests/unit/golden.h"

#define MINIMAL                                                    \
	"version: 1\n"                                             \
	"tokens: [{name: t, module: /m.so, uri: 'pkcs11:token=t'," \
	" pin: {ask: true}}]\n"                                    \
	"issuers: [{name: i, token: t, key: 'pkcs11:object=i',"    \
	" certificate: i.pem}]\n"

static struct config *
good(const char *path, struct span text)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct config *config = NULL;

	if (config_parse(path, text, &config, &f) != 0)
		fail_msg("%s:%u: %s", path, f.at[0].line, f.at[0].text);
	assert_int_equal(f.n, 0);
	return config;
}

static void
paths_are_from_the_file(const struct config *config)
{
	assert_string_equal(config->path, "/etc/x/privyseal.yaml");
	assert_string_equal(config->socket, "/etc/x/run/agent.sock");
	assert_string_equal(config->admin_socket, "/etc/x/run/admin.sock");
	assert_string_equal(config->unlock_socket, "/run/other/unlock.sock");
	assert_string_equal(config->policy_dir, "/etc/x/policies");
	assert_string_equal(config->state_dir, "/etc/x/state");
	assert_string_equal(config->log_path, "/etc/x/state/privyseal.log");
	assert_string_equal(config->index_path, "/etc/x/state/index.db");
}

static void
tokens_are_read(const struct config *config)
{
	const struct config_token *token = &config->tokens[0];

	assert_int_equal(config->n_tokens, 3);
	assert_string_equal(token->name, "prod");
	assert_string_equal(token->module, "/usr/lib/softhsm/libsofthsm2.so");
	assert_string_equal(token->uri, "pkcs11:token=prod");
	assert_string_equal(token->pin_file, "/etc/x/pin");
	assert_null(token->pin_credential);
	assert_false(token->pin_ask);
	assert_int_equal(token->sessions, 8);
	assert_int_equal(token->deadline_ms, 3000);
	assert_int_equal(token->n_accept_risks, 2);
	assert_string_equal(token->accept_risks[1], "CKA_MODIFIABLE");
	assert_int_equal(token->n_env, 1);
	assert_string_equal(
	    token->env[0], "SOFTHSM2_CONF=/etc/x/softhsm2.conf");
	assert_int_equal(token->n_writable, 2);
	assert_string_equal(token->writable[0], "/etc/x/tokens");
	assert_string_equal(token->writable[1], "/var/lib/softhsm");
	assert_true(token->network);
	assert_int_equal(token->line, 12);
	token = &config->tokens[1];
	assert_string_equal(token->module, "/etc/x/vendor/lib.so");
	assert_string_equal(token->pin_credential, "hsm-pin");
	assert_null(token->pin_file);
	assert_int_equal(token->sessions, 0);
	assert_int_equal(token->deadline_ms, 5000);
	assert_true(config->tokens[2].pin_ask);
}

static void
issuers_are_read(const struct config *config)
{
	const struct config_issuer *issuer =
	    config_issuer_find(config, "issuing-1");

	assert_int_equal(config->n_issuers, 2);
	assert_ptr_equal(issuer, &config->issuers[0]);
	assert_string_equal(issuer->token, "spare");
	assert_int_equal(issuer->token_place, 1);
	assert_string_equal(issuer->key, "pkcs11:object=issuing-1");
	assert_string_equal(issuer->certificate, "/etc/x/issuing-1.pem");
	assert_string_equal(issuer->chain, "/etc/ssl/chain.pem");
	assert_int_equal(issuer->alg, SIG_RSA_PSS_SHA256);
	issuer = config_issuer_find(config, "issuing-2");
	assert_int_equal(issuer->token_place, 0);
	assert_null(issuer->chain);
	assert_int_equal(issuer->alg, SIG_NONE);
	assert_null(config_issuer_find(config, "issuing-3"));
}

static void
every_key_arrives(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	struct config *config;

	(void)state;
	golden_read("tests/data/config/full.yaml", &text);
	config = good("/etc/x/privyseal.yaml", buf_span(&text));
	paths_are_from_the_file(config);
	tokens_are_read(config);
	issuers_are_read(config);
	assert_int_equal(config->socket_mode, 0660);
	assert_string_equal(config->socket_group, "privyseal-clients");
	assert_string_equal(config->user, "_privyseal");
	assert_int_equal(config->max_connections, 100);
	assert_int_equal(config->max_connections_per_uid, 10);
	assert_int_equal(config->max_waiting, 500);
	config_free(config);
}

static void
what_is_left_out_has_its_default(void **state)
{
	struct config *config =
	    good("/etc/privyseal/privyseal.yaml", span_str(MINIMAL));

	(void)state;
	assert_string_equal(config->socket, "/run/privyseal/agent.sock");
	assert_string_equal(config->admin_socket, "/run/privyseal/admin.sock");
	assert_string_equal(
	    config->unlock_socket, "/run/privyseal/unlock.sock");
	assert_int_equal(config->socket_mode, 0660);
	assert_null(config->socket_group);
	assert_null(config->user);
	assert_string_equal(config->policy_dir, "/etc/privyseal/policy.d");
	assert_string_equal(config->state_dir, "/var/lib/privyseal");
	assert_string_equal(
	    config->log_path, "/var/lib/privyseal/privyseal.log");
	assert_int_equal(config->max_connections, 256);
	assert_int_equal(config->max_connections_per_uid, 64);
	assert_int_equal(config->max_waiting, 4096);
	assert_int_equal(config->tokens[0].n_env, 0);
	assert_int_equal(config->tokens[0].n_writable, 0);
	assert_false(config->tokens[0].network);
	config_free(config);
}

static void
a_file_without_directory_has_relative_paths(void **state)
{
	struct config *config = good("privyseal.yaml", span_str(MINIMAL));

	(void)state;
	assert_string_equal(config->policy_dir, "policy.d");
	assert_string_equal(config->issuers[0].certificate, "i.pem");
	config_free(config);
	config = good("/privyseal.yaml", span_str(MINIMAL));
	assert_string_equal(config->policy_dir, "/policy.d");
	config_free(config);
}

static void
the_manuals_example_loads(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	struct config *config;

	(void)state;
	golden_example("man/privyseal.yaml.5", &text);
	config = good("/etc/privyseal/privyseal.yaml", buf_span(&text));
	assert_true(config->tokens[0].network);
	assert_string_equal(
	    config->issuers[0].chain, "/etc/privyseal/root.pem");
	config_free(config);
}

static void
bad_render(const char *file, struct span text, struct buf *out)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct config *config = NULL;

	assert_int_equal(config_parse(file, text, &config, &f), ERR_CONFIG);
	assert_null(config);
	golden_findings(&f, out);
}

static void
every_bad_file_has_its_findings(void **state)
{
	(void)state;
	golden_each("tests/data/config/bad", 12, bad_render);
}

static void
a_pin_in_a_uri_is_not_repeated(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	BUF_CLEANUP findings = BUF_INIT;

	(void)state;
	golden_read("tests/data/config/bad/pin-in-uri.yaml", &text);
	assert_non_null(strstr(buf_cstr(&text), "4711"));
	bad_render("pin-in-uri.yaml", buf_span(&text), &findings);
	assert_null(strstr(buf_cstr(&findings), "4711"));
}

/* A file that is being written: it is a whole smaller file, or refused. */
static void
a_half_written_file_is_never_half_read(void **state)
{
	BUF_CLEANUP text = BUF_INIT;
	size_t len, n_refused = 0;

	(void)state;
	golden_read("tests/data/config/full.yaml", &text);
	for (len = 0; len < text.len; len++) {
		struct yaml_findings f = YAML_FINDINGS_INIT;
		struct config *config = NULL;
		int rc = config_parse(
		    "/c.yaml", span_of(text.data, len), &config, &f);

		assert_true((rc == 0) == (f.n == 0));
		assert_true((rc == 0) == (config != NULL));
		if (rc == 0)
			assert_true(
			    config->n_tokens == 3 && config->n_issuers >= 1);
		n_refused += rc != 0;
		config_free(config);
		yaml_findings_free(&f);
	}
	/* Up to the first issuer's certificate nothing can be whole. */
	assert_true(n_refused > text.len / 2);
}

static void
too_much_of_anything_is_refused(void **state)
{
	BUF_CLEANUP big = BUF_INIT;
	BUF_CLEANUP many = BUF_INIT;
	BUF_CLEANUP findings = BUF_INIT;
	int i;

	(void)state;
	while (big.len <= CONFIG_FILE_MAX)
		buf_add_str(&big, "# filling\n");
	bad_render("big.yaml", buf_span(&big), &findings);
	assert_string_equal(buf_cstr(&findings),
	    "big.yaml: the file has 262150 bytes, at most 262144 are "
	    "allowed\n");
	buf_reset(&findings);
	buf_add_str(&many, "version: 1\ntokens:\n");
	for (i = 0; i <= CONFIG_MAX_TOKENS; i++)
		buf_printf(&many,
		    "- {name: t%d, module: /m, uri: 'pkcs11:token=t', "
		    "pin: {ask: true}}\n",
		    i);
	buf_add_str(&many, "issuers:\n");
	for (i = 0; i <= CONFIG_MAX_ISSUERS; i++)
		buf_printf(&many,
		    "- {name: i%d, token: t1, key: 'pkcs11:object=i', "
		    "certificate: c}\n",
		    i);
	bad_render("many.yaml", buf_span(&many), &findings);
	assert_string_equal(buf_cstr(&findings),
	    "many.yaml:19:3: more than 16 tokens\n"
	    "many.yaml:85:3: more than 64 issuers\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_key_arrives),
	    cmocka_unit_test(what_is_left_out_has_its_default),
	    cmocka_unit_test(a_file_without_directory_has_relative_paths),
	    cmocka_unit_test(the_manuals_example_loads),
	    cmocka_unit_test(every_bad_file_has_its_findings),
	    cmocka_unit_test(a_pin_in_a_uri_is_not_repeated),
	    cmocka_unit_test(a_half_written_file_is_never_half_read),
	    cmocka_unit_test(too_much_of_anything_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
