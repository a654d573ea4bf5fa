/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and certificates in words. What came from outside is shown with
 * control and non-ASCII bytes escaped, so a terminal is safe to look at it.
 */
#include <openssl/evp.h>

#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/mem.h"
#include "x509/csr.h"
#include "x509/usage.h"

#define ROW "%-14s"

static void
row(struct buf *out, const char *name)
{
	buf_printf(out, ROW, name);
}

static void
print_name(struct span subject, const char *row_name, struct buf *out)
{
	size_t before;

	row(out, row_name);
	before = out->len;
	name_print(subject, out);
	if (out->len == before)
		buf_add_str(out, "(empty)");
	buf_add_str(out, "\n");
}

static void
print_hex(struct span bytes, const char *row_name, struct buf *out)
{
	size_t i;

	if (bytes.len == 0)
		return;
	row(out, row_name);
	for (i = 0; i < bytes.len; i++)
		buf_printf(out, "%s%02x", i > 0 ? ":" : "", bytes.data[i]);
	buf_add_str(out, "\n");
}

static void
print_key(const struct spki *spki, struct buf *out)
{
	uint8_t hash[32];
	char hex[sizeof(hash) * 2 + 1];

	row(out, "key");
	buf_add_str(out, key_kind_name(spki->kind));
	if (spki->kind == KEY_RSA)
		buf_printf(out, ", %u bits", spki->bits);
	buf_add_str(out, "\n");
	if (EVP_Digest(spki->der.data, spki->der.len, hash, NULL, EVP_sha256(),
		NULL) != 1)
		mem_exhausted();
	hex_encode(span_of(hash, sizeof(hash)), hex);
	row(out, "key sha256");
	buf_printf(out, "%s\n", hex);
}

static void
print_san(const struct san *san, struct buf *out)
{
	row(out, "name");
	buf_printf(out, "%s ", san_kind_name(san->kind));
	san_print(san, out);
	buf_add_str(out, "\n");
}

static void
print_key_usage(unsigned bits, struct buf *out)
{
	row(out, "key usage");
	if (bits == 0)
		buf_add_str(out, "(none)");
	key_usage_print(bits, out);
	buf_add_str(out, "\n");
}

void
csr_print(const struct csr *csr, struct buf *out)
{
	size_t i;

	buf_add_str(out, "certificate request\n");
	print_name(csr->subject, "subject", out);
	for (i = 0; i < csr->n_sans; i++)
		print_san(&csr->sans[i], out);
	print_key(&csr->spki, out);
	row(out, "signed with");
	buf_printf(out, "%s\n", sig_alg_name(csr->alg));
	/* Wishes: shown so that nobody thinks they were overlooked. */
	if (csr->asks_ca)
		buf_printf(
		    out, ROW "CA:TRUE (a wish, never granted)\n", "asks for");
	if (csr->asks_key_usage)
		print_key_usage(csr->key_usage, out);
	if (csr->asks_ext_key_usage)
		buf_printf(out, ROW "an extended key usage (policy decides)\n",
		    "asks for");
}

static void
print_ext_usage(unsigned bits, struct buf *out)
{
	const char *between = "";
	unsigned bit;

	if (bits == 0)
		return;
	row(out, "ext usage");
	for (bit = 1; bit < EKU_END; bit <<= 1) {
		if ((bits & bit) == 0)
			continue;
		buf_printf(out, "%s%s", between, ext_usage_name(bit));
		between = ", ";
	}
	buf_add_str(out, "\n");
}

static void
print_time(int64_t utc_s, const char *row_name, struct buf *out)
{
	char text[CLOCK_TEXT_LEN];

	clock_format(utc_s, text);
	row(out, row_name);
	buf_printf(out, "%s\n", text);
}

static void
print_ca(const struct cert *cert, struct buf *out)
{
	row(out, "CA");
	if (!cert->is_ca)
		buf_add_str(out, "no");
	else if (cert->path_len < 0)
		buf_add_str(out, "yes");
	else
		buf_printf(out, "yes, path length %d", cert->path_len);
	buf_add_str(out, "\n");
}

static void
print_sans(const struct cert *cert, struct buf *out)
{
	/* As many as fit the largest request; others' may have more. */
	struct san sans[CSR_MAX_SANS];
	struct diag d = DIAG_INIT;
	size_t n = 0, i;

	if (cert_sans(cert, sans, CSR_MAX_SANS, &n, &d) != 0)
		buf_printf(out, ROW "(%s)\n", "name", d.text);
	for (i = 0; i < n; i++)
		print_san(&sans[i], out);
}

void
cert_print(const struct cert *cert, struct buf *out)
{
	buf_add_str(out, "certificate\n");
	print_hex(cert->serial, "serial", out);
	print_name(cert->subject, "subject", out);
	print_sans(cert, out);
	print_name(cert->issuer, "issuer", out);
	print_time(cert->not_before, "not before", out);
	print_time(cert->not_after, "not after", out);
	print_key(&cert->spki, out);
	print_ca(cert, out);
	print_key_usage(cert->key_usage, out);
	print_ext_usage(cert->ext_usage, out);
	print_hex(cert->subject_key_id, "subject key", out);
	print_hex(cert->authority_key_id, "issuer key", out);
	row(out, "signed with");
	buf_printf(out, "%s\n", sig_alg_name(cert->alg));
}
