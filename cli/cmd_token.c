/* SPDX-License-Identifier: Apache-2.0 */
/* privyseal token list, token keygen: a look at a token, and a key born there.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "cli/setup.h"
#include "cli/uri.h"
#include "lib/hex.h"
#include "x509/pem.h"

#define PUBLIC_KEY "PUBLIC KEY"

/* The options that say where a token is; the first rows of every table. */
#define WHERE_ROWS(where)                                              \
	{0, "module", OPTION_TEXT, "FILE", &(where).module,            \
	    "a PKCS#11 module; else as the configuration says"},       \
	    {0, "uri", OPTION_TEXT, "URI", &(where).uri,               \
		"the token: pkcs11:token=LABEL"},                      \
	    {0, "token", OPTION_TEXT, "NAME", &(where).name,           \
		"the token of that name in the configuration"},        \
	{                                                              \
		0, "pin-file", OPTION_TEXT, "FILE", &(where).pin_file, \
		    "a 0600 file with the PIN; else it is asked for"   \
	}

struct listing {
	struct cli *cli;
	struct table *table;
	json_t *list;
};

static const char *
state_of(const struct token_info *info)
{
	if (!info->initialized)
		return "not initialized";
	if (info->pin_locked)
		return "PIN locked";
	if (info->pin_final_try)
		return "PIN: last try";
	if (info->pin_count_low)
		return "PIN: a wrong try was made";
	return info->pin_set ? "ready" : "no PIN set";
}

static void
token_tell(void *arg, const struct token_info *info)
{
	struct listing *listing = arg;
	BUF_CLEANUP uri = BUF_INIT;
	BUF_CLEANUP slot = BUF_INIT;
	const char *cells[6];

	uri_token(info->label, &uri);
	buf_printf(&slot, "%lu", info->slot);
	cells[0] = buf_cstr(&slot);
	cells[1] = info->label;
	cells[2] = info->model;
	cells[3] = info->serial;
	cells[4] = state_of(info);
	cells[5] = info->initialized ? buf_cstr(&uri) : "-";
	table_add(listing->table, cells);
	(void)json_array_append_new(listing->list,
	    json_pack("{s:I, s:o, s:o, s:o, s:o, s:s, s:b, s:s}", "slot",
		(json_int_t)info->slot, "label",
		out_json_span(span_str(info->label)), "manufacturer",
		out_json_span(span_str(info->manufacturer)), "model",
		out_json_span(span_str(info->model)), "serial",
		out_json_span(span_str(info->serial)), "state", state_of(info),
		"initialized", (int)info->initialized, "uri", buf_cstr(&uri)));
}

static void
key_tell(void *arg, const struct key_listing *found)
{
	struct listing *listing = arg;
	const struct key *key = &found->key;
	struct span id = span_of(key->id, key->id_len);
	BUF_CLEANUP uri = BUF_INIT;
	BUF_CLEANUP bits = BUF_INIT;
	const char *cells[5];

	uri_key(key->label, id, &uri);
	buf_printf(&bits, "%u", key->bits);
	cells[0] = key->label[0] != '\0' ? key->label : "-";
	cells[1] = key->kind != KEY_NONE ? key_kind_name(key->kind) : "other";
	cells[2] = buf_cstr(&bits);
	cells[3] = found->half ? "half a pair" : "pair";
	cells[4] = buf_cstr(&uri);
	table_add(listing->table, cells);
	(void)json_array_append_new(listing->list,
	    json_pack("{s:o, s:s, s:i, s:o, s:b, s:s}", "label",
		out_json_span(span_str(key->label)), "kind", cells[1], "bits",
		(int)key->bits, "id", out_json_hex(id), "half",
		(int)found->half, "uri", buf_cstr(&uri)));
}

static int
tokens_collect(
    struct listing *listing, const struct setup_where *where, struct diag *d)
{
	SETUP_TOKEN_CLEANUP access = {NULL, NULL, NULL};
	int rc;

	rc = setup_token_open(listing->cli, where, SETUP_MODULE, &access, d);
	return rc != 0 ? rc
		       : module_tokens(access.module, token_tell, listing, d);
}

static int
keys_collect(
    struct listing *listing, const struct setup_where *where, struct diag *d)
{
	SETUP_TOKEN_CLEANUP access = {NULL, NULL, NULL};
	int rc;

	rc = setup_token_open(listing->cli, where, SETUP_READ, &access, d);
	return rc != 0 ? rc : key_list(access.session, key_tell, listing, d);
}

int
cmd_token_list(struct cli *cli, int argc, char **argv, struct diag *d)
{
	static const char *const token_heads[] = {
	    "SLOT", "LABEL", "MODEL", "SERIAL", "STATE", "URI"};
	static const char *const key_heads[] = {
	    "LABEL", "KIND", "BITS", "STATE", "URI"};
	struct setup_where where = {.name = NULL};
	struct listing listing = {.cli = cli};
	bool keys = false;
	const struct option_row rows[] = {
	    WHERE_ROWS(where),
	    {'k', "keys", OPTION_FLAG, NULL, &keys,
		"log in, list the token's keys"},
	};
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc != 0)
		return rc;
	listing.table =
	    keys ? table_new(5, key_heads) : table_new(6, token_heads);
	listing.list = json_array();
	rc = keys ? keys_collect(&listing, &where, d)
		  : tokens_collect(&listing, &where, d);
	if (rc == 0 && cli->json)
		out_json(
		    json_pack("{s:O}", keys ? "keys" : "tokens", listing.list));
	else if (rc == 0)
		table_print(listing.table, stdout);
	table_free(listing.table);
	json_decref(listing.list);
	return rc;
}

static int
keygen_show(struct cli *cli, struct session *session, const struct key *key,
    struct buf *facts, struct diag *d)
{
	BUF_CLEANUP spki = BUF_INIT;
	BUF_CLEANUP uri = BUF_INIT;
	BUF_CLEANUP pem = BUF_INIT;
	struct span id = span_of(key->id, key->id_len);
	int rc;

	rc = key_public(session, key, &spki, d);
	if (rc != 0)
		return rc;
	uri_key(key->label, id, &uri);
	pem_encode(buf_span(&spki), PUBLIC_KEY, &pem);
	if (cli->json) {
		out_json(json_pack("{s:s, s:s, s:s, s:o, s:i, s:s, s:o}", "uri",
		    buf_cstr(&uri), "label", key->label, "kind",
		    key_kind_name(key->kind), "id", out_json_hex(id), "bits",
		    (int)key->bits, "public_key", buf_cstr(&pem), "facts",
		    out_json_span(buf_span(facts))));
		return 0;
	}
	(void)puts(buf_cstr(&uri));
	out_span(stdout, buf_span(&pem));
	if (!cli->quiet)
		out_span(stderr, buf_span(facts));
	return 0;
}

static int
spec_take(const char *kind, int64_t bits, const char *id, struct key_spec *spec,
    struct diag *d)
{
	int len;

	spec->kind = key_kind_find(kind);
	if (spec->kind == KEY_NONE)
		return diag_set(d, ERR_USAGE,
		    "--kind takes ecdsa-p256, ecdsa-p384, ecdsa-p521, rsa or "
		    "ed25519, not %s",
		    kind);
	if (bits != 0 && spec->kind != KEY_RSA)
		return diag_set(d, ERR_USAGE, "--bits is for --kind rsa");
	if (spec->kind == KEY_RSA) {
		bits = bits != 0 ? bits : 3072;
		if (bits < 2048 || bits > 4096 || bits % 8 != 0)
			return diag_set(d, ERR_USAGE,
			    "--bits takes 2048 to 4096, in eights");
		spec->bits = (unsigned)bits;
	}
	if (id == NULL)
		return 0;
	len = hex_decode(id, spec->id, sizeof(spec->id));
	if (len != (int)sizeof(spec->id))
		return diag_set(d, ERR_USAGE,
		    "--id takes %zu bytes in hexadecimal", sizeof(spec->id));
	return 0;
}

static int
keygen(struct cli *cli, const struct setup_where *where,
    const struct key_spec *spec, struct diag *d)
{
	SETUP_TOKEN_CLEANUP access = {NULL, NULL, NULL};
	BUF_CLEANUP facts = BUF_INIT;
	struct key key;
	int rc;

	rc = setup_token_open(cli, where, SETUP_WRITE, &access, d);
	if (rc == 0)
		rc = key_generate(access.session, spec, &key, &facts, d);
	if (rc == 0)
		rc = keygen_show(cli, access.session, &key, &facts, d);
	return rc;
}

int
cmd_token_keygen(struct cli *cli, int argc, char **argv, struct diag *d)
{
	struct setup_where where = {.name = NULL};
	struct key_spec spec = {.kind = KEY_NONE};
	const char *kind = "ecdsa-p256", *id = NULL;
	int64_t bits = 0;
	const struct option_row rows[] = {
	    WHERE_ROWS(where),
	    {'l', "label", OPTION_TEXT, "LABEL", &spec.label,
		"the key's CKA_LABEL; needed"},
	    {0, "id", OPTION_TEXT, "HEX", &id, "its CKA_ID (else random)"},
	    {'k', "kind", OPTION_TEXT, "KIND", &kind,
		"ecdsa-p256 (else this), -p384, -p521, rsa, ed25519"},
	    {'b', "bits", OPTION_NUMBER, "N", &bits,
		"of an RSA key: 2048 to 4096, else 3072"},
	};
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc == 0)
		rc = spec_take(kind, bits, id, &spec, d);
	if (rc != 0)
		return rc;
	if (spec.label == NULL || spec.label[0] == '\0')
		return diag_set(d, ERR_USAGE, "--label LABEL is needed");
	return keygen(cli, &where, &spec, d);
}
