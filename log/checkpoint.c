/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of the log as signed notes; see checkpoint.h. */
#include "log/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/mem.h"
#include "lib/secret.h"
#include "log/base64.h"
#include "log/tree.h"

#define PRIVATE "PRIVATE+KEY+"
#define ALG_ED25519 0x01
#define ID_LEN 4
#define RAW_LEN 32 /* of a public key and of a seed */
#define SIG_LEN 64
#define NOTE_MAX (64 * 1024)
#define DASH "\xe2\x80\x94 " /* an em dash and a space begin a signature */

struct checkpoint_key {
	char *name;
	char *public_text;
	EVP_PKEY *pkey;
	uint8_t id[ID_LEN];
};

/* c2sp.org/signed-note: not empty, no space, no plus. */
static int
name_check(struct span name, struct diag *d)
{
	size_t i;

	if (name.len == 0 || name.len > CHECKPOINT_NAME_MAX)
		return diag_set(d, ERR_FILE,
		    "the name of a log has 1 to %d characters",
		    CHECKPOINT_NAME_MAX);
	for (i = 0; i < name.len; i++)
		if (name.data[i] <= ' ' || name.data[i] > '~' ||
		    name.data[i] == '+')
			return diag_set(d, ERR_FILE,
			    "the name of a log has printable characters only, "
			    "no space and no +");
	return 0;
}

/* SHA-256(name || 0x0a || algorithm || key), the first four bytes. */
static int
id_make(struct span name, const uint8_t *public, uint8_t *id, struct diag *d)
{
	BUF_CLEANUP text = BUF_INIT;
	uint8_t hash[TREE_HASH_LEN];
	struct hasher h;
	int rc = hasher_new(&h, d);

	if (rc != 0)
		return rc;
	buf_add_span(&text, name);
	buf_add_u8(&text, '\n');
	buf_add_u8(&text, ALG_ED25519);
	buf_add(&text, public, RAW_LEN);
	hash_plain(&h, buf_span(&text), hash);
	hasher_free(&h);
	memcpy(id, hash, ID_LEN);
	return 0;
}

static uint32_t
id_number(const uint8_t *id)
{
	struct reader r = reader_of(span_of(id, ID_LEN));

	return reader_u32(&r);
}

/* "name+id+base64(algorithm || raw)" */
static void
key_print(
    struct buf *out, const char *name, const uint8_t *id, const uint8_t *raw)
{
	uint8_t key[1 + RAW_LEN] = {ALG_ED25519};

	memcpy(key + 1, raw, RAW_LEN);
	buf_printf(out, "%s+%08" PRIx32 "+", name, id_number(id));
	base64_encode(span_of(key, sizeof(key)), out);
	OPENSSL_cleanse(key, sizeof(key));
}

/* The pieces of such a text. */
struct key_text {
	struct span name;
	uint8_t id[ID_LEN];
	uint8_t raw[RAW_LEN];
};

/* What comes before the next plus; a key in base64 may have some too. */
static bool
piece_take(struct span *text, struct span *out)
{
	const uint8_t *plus =
	    text->len > 0 ? memchr(text->data, '+', text->len) : NULL;

	if (plus == NULL)
		return false;
	*out = span_of(text->data, (size_t)(plus - text->data));
	*text = span_of(plus + 1, text->len - out->len - 1);
	return true;
}

static bool
key_scan(struct span text, struct key_text *out)
{
	uint8_t key[1 + RAW_LEN];
	struct span id;
	char hex[2 * ID_LEN + 1] = "";
	unsigned number;
	int i;

	if (!piece_take(&text, &out->name) || !piece_take(&text, &id) ||
	    id.len != 2 * ID_LEN ||
	    base64_decode(text, key, sizeof(key)) != sizeof(key) ||
	    key[0] != ALG_ED25519)
		return false;
	memcpy(hex, id.data, id.len);
	if (strspn(hex, "0123456789abcdef") != id.len)
		return false;
	number = (unsigned)strtoul(hex, NULL, 16);
	for (i = 0; i < ID_LEN; i++)
		out->id[i] = (uint8_t)(number >> (24 - 8 * i));
	memcpy(out->raw, key + 1, RAW_LEN);
	OPENSSL_cleanse(key, sizeof(key));
	return true;
}

static int
key_finish(struct checkpoint_key *key, struct diag *d)
{
	BUF_CLEANUP text = BUF_INIT;
	uint8_t public[RAW_LEN];
	size_t len = sizeof(public);
	int rc;

	if (key->pkey == NULL ||
	    EVP_PKEY_get_raw_public_key(key->pkey, public, &len) != 1)
		return diag_set(
		    d, ERR_INTERNAL, "libcrypto does not offer Ed25519");
	rc = id_make(span_str(key->name), public, key->id, d);
	if (rc != 0)
		return rc;
	key_print(&text, key->name, key->id, public);
	key->public_text = xstrdup(buf_cstr(&text));
	return 0;
}

static int
key_read(const char *path, struct checkpoint_key *key, struct diag *d)
{
	SECRET_CLEANUP secret = SECRET_INIT;
	size_t prefix = strlen(PRIVATE);
	struct key_text text;
	int rc = secret_read_file(&secret, path, d);

	if (rc != 0)
		return rc;
	if (secret.len < prefix || memcmp(secret.data, PRIVATE, prefix) != 0 ||
	    !key_scan(
		span_of(secret.data + prefix, secret.len - prefix), &text))
		return diag_set(d, ERR_FILE,
		    "%s: is no key of a log (\"" PRIVATE "name+id+...\")",
		    path);
	if (!span_is(text.name, key->name))
		return diag_set(d, ERR_FILE,
		    "%s: is the key of another log, this one is %s", path,
		    key->name);
	key->pkey = EVP_PKEY_new_raw_private_key_ex(
	    NULL, "ED25519", NULL, text.raw, RAW_LEN);
	OPENSSL_cleanse(text.raw, sizeof(text.raw));
	rc = key_finish(key, d);
	if (rc == 0 && memcmp(text.id, key->id, ID_LEN) != 0)
		return diag_set(d, ERR_FILE,
		    "%s: the key does not have the id it says", path);
	return rc;
}

static int
key_write(const char *path, const struct checkpoint_key *key, struct diag *d)
{
	BUF_CLEANUP text = BUF_INIT;
	uint8_t seed[RAW_LEN];
	size_t len = sizeof(seed);
	int rc;

	if (EVP_PKEY_get_raw_private_key(key->pkey, seed, &len) != 1)
		return diag_set(
		    d, ERR_INTERNAL, "libcrypto does not give the key");
	/* At once, so that no copy is left where the buffer grew. */
	buf_reserve(&text, 1024);
	buf_add_str(&text, PRIVATE);
	key_print(&text, key->name, key->id, seed);
	buf_add_u8(&text, '\n');
	OPENSSL_cleanse(seed, sizeof(seed));
	rc = file_write(path, 0600, buf_span(&text), d);
	OPENSSL_cleanse(text.data, text.len);
	return rc;
}

static int
key_make(const char *path, struct checkpoint_key *key, struct diag *d)
{
	int rc;

	key->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	rc = key_finish(key, d);
	return rc != 0 ? rc : key_write(path, key, d);
}

int
checkpoint_key_open(const char *path, const char *name,
    struct checkpoint_key **out, struct diag *d)
{
	struct checkpoint_key *key;
	int rc = name_check(span_str(name), d);

	if (rc != 0)
		return rc;
	key = xcalloc(1, sizeof(*key));
	key->name = xstrdup(name);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		rc = key_make(path, key, d);
	else
		rc = key_read(path, key, d);
	if (rc != 0) {
		checkpoint_key_free(key);
		return rc;
	}
	*out = key;
	return 0;
}

void
checkpoint_key_free(struct checkpoint_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key->public_text);
	free(key->name);
	free(key);
}

const char *
checkpoint_key_public(const struct checkpoint_key *key)
{
	return key->public_text;
}

/* The text that is signed: three lines. */
static void
text_print(struct buf *out, const char *name, const struct log_head *head)
{
	buf_printf(out, "%s\n%" PRIu64 "\n", name, head->size);
	base64_encode(span_of(head->root, sizeof(head->root)), out);
	buf_add_u8(out, '\n');
}

int
checkpoint_encode(const struct log_head *head, const struct checkpoint_key *key,
    struct buf *out, struct diag *d)
{
	BUF_CLEANUP text = BUF_INIT;
	uint8_t signature[ID_LEN + SIG_LEN];
	size_t len = SIG_LEN;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	text_print(&text, key->name, head);
	memcpy(signature, key->id, ID_LEN);
	good = ctx != NULL &&
	       EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
	       EVP_DigestSign(
		   ctx, signature + ID_LEN, &len, text.data, text.len) == 1;
	EVP_MD_CTX_free(ctx);
	if (!good)
		return diag_set(
		    d, ERR_INTERNAL, "the head of the log cannot be signed");
	buf_add_span(out, buf_span(&text));
	buf_printf(out, "\n%s%s ", DASH, key->name);
	base64_encode(span_of(signature, sizeof(signature)), out);
	buf_add_u8(out, '\n');
	return 0;
}

static int
malformed(struct diag *d, const char *why)
{
	return diag_set(d, ERR_LOG_CORRUPT, "the checkpoint %s", why);
}

/* A line without its newline; false when there is none. */
static bool
line_take(struct span *rest, struct span *line)
{
	const uint8_t *end =
	    rest->len > 0 ? memchr(rest->data, '\n', rest->len) : NULL;

	if (end == NULL)
		return false;
	*line = span_of(rest->data, (size_t)(end - rest->data));
	rest->data += line->len + 1;
	rest->len -= line->len + 1;
	return true;
}

/* Decimal, no sign, no leading zero. */
static bool
number_scan(struct span s, uint64_t *out)
{
	uint64_t v = 0, digit;
	size_t i;

	if (s.len == 0 || (s.len > 1 && s.data[0] == '0'))
		return false;
	for (i = 0; i < s.len; i++) {
		digit = (uint64_t)s.data[i] - '0';
		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

/* c2sp.org/tlog-checkpoint: origin, size, root; extensions we have none. */
static int
text_scan(
    struct span text, struct span name, struct log_head *out, struct diag *d)
{
	struct span line;

	if (!line_take(&text, &line) || !span_eq(line, name))
		return malformed(d, "is not of the log that the key is of");
	if (!line_take(&text, &line) || !number_scan(line, &out->size))
		return malformed(d, "has no size on its second line");
	if (!line_take(&text, &line) ||
	    base64_decode(line, out->root, LOG_HASH_LEN) != LOG_HASH_LEN)
		return malformed(d, "has no root on its third line");
	if (text.len != 0)
		return malformed(d, "has lines behind its root");
	return 0;
}

/* Ours among the signatures: "— name base64(id || signature)". */
static int
signature_find(struct span rest, const struct key_text *key, uint8_t *signature,
    struct diag *d)
{
	uint8_t bytes[ID_LEN + SIG_LEN];
	BUF_CLEANUP prefix = BUF_INIT;
	struct span line;

	buf_add_str(&prefix, DASH);
	buf_add_span(&prefix, key->name);
	buf_add_u8(&prefix, ' ');
	while (line_take(&rest, &line)) {
		if (line.len < prefix.len ||
		    memcmp(line.data, prefix.data, prefix.len) != 0)
			continue;
		line = span_of(line.data + prefix.len, line.len - prefix.len);
		if (base64_decode(line, bytes, sizeof(bytes)) !=
			sizeof(bytes) ||
		    memcmp(bytes, key->id, ID_LEN) != 0)
			continue;
		memcpy(signature, bytes + ID_LEN, SIG_LEN);
		return 0;
	}
	return malformed(d, "is not signed with that key");
}

static bool
is_signed(struct span text, const uint8_t *raw, const uint8_t *signature)
{
	EVP_PKEY *pkey =
	    EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, raw, RAW_LEN);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	good =
	    pkey != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestVerify(ctx, signature, SIG_LEN, text.data, text.len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return good;
}

static int
public_scan(const char *public_key, struct key_text *key, struct diag *d)
{
	uint8_t id[ID_LEN];
	int rc;

	if (!key_scan(span_str(public_key), key))
		return diag_set(d, ERR_FILE,
		    "this is no public key of a log: name+id+base64");
	rc = name_check(key->name, d);
	if (rc == 0)
		rc = id_make(key->name, key->raw, id, d);
	if (rc == 0 && memcmp(id, key->id, ID_LEN) != 0)
		return diag_set(
		    d, ERR_FILE, "the public key does not have the id it says");
	return rc;
}

int
checkpoint_check(struct span note, const char *public_key, struct log_head *out,
    struct diag *d)
{
	struct log_head head = {0};
	uint8_t signature[SIG_LEN];
	struct span text, rest;
	struct key_text key;
	const uint8_t *gap;
	int rc = public_scan(public_key, &key, d);

	if (rc != 0)
		return rc;
	if (note.len > NOTE_MAX)
		return malformed(d, "is longer than 64 KiB");
	gap = note.len > 0 ? memmem(note.data, note.len, "\n\n", 2) : NULL;
	if (gap == NULL)
		return malformed(d, "has no empty line before a signature");
	text = span_of(note.data, (size_t)(gap - note.data) + 1);
	rest = span_of(gap + 2, note.len - text.len - 1);
	rc = signature_find(rest, &key, signature, d);
	if (rc != 0)
		return rc;
	if (!is_signed(text, key.raw, signature))
		return malformed(d, "has a signature that does not verify");
	rc = text_scan(text, key.name, &head, d);
	if (rc == 0)
		*out = head;
	return rc;
}
