/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as privyseal.yaml: a whole configuration, or findings. */
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
token_check(const struct config_token *token)
{
	int n_pins = (token->pin_file != NULL) +
		     (token->pin_credential != NULL) + token->pin_ask;

	must(token->name != NULL && token->module != NULL);
	must(strncmp(token->uri, "pkcs11:", 7) == 0);
	must(strstr(token->uri, "pin-") == NULL || n_pins == 1);
	must(n_pins == 1);
	must(token->deadline_ms > 0);
}

static void
config_check_whole(const struct config *config)
{
	const struct config_issuer *issuer;
	size_t i;

	must(config->n_tokens > 0 && config->n_issuers > 0);
	must(config->socket[0] != '\0' && config->log_path[0] != '\0');
	must((config->socket_mode & ~0666u) == 0);
	for (i = 0; i < config->n_tokens; i++)
		token_check(&config->tokens[i]);
	for (i = 0; i < config->n_issuers; i++) {
		issuer = &config->issuers[i];
		must(issuer->token_place < config->n_tokens);
		must(strcmp(issuer->token,
			 config->tokens[issuer->token_place].name) == 0);
		must(config_issuer_find(config, issuer->name) == issuer);
		must(issuer->key != NULL && issuer->certificate != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct config *config = NULL;
	int rc =
	    config_parse("/etc/fuzz.yaml", span_of(data, size), &config, &f);

	must((rc == 0) == (config != NULL));
	must((rc == 0) == (f.n == 0));
	if (rc == 0)
		config_check_whole(config);
	config_free(config);
	yaml_findings_free(&f);
	return 0;
}
