/* SPDX-License-Identifier: Apache-2.0 */
/* Base64; see base64.h. */
#include "log/base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

void
base64_encode(struct span s, struct buf *out)
{
	int n;

	if (s.len == 0)
		return;
	buf_reserve(out, (s.len + 2) / 3 * 4 + 1);
	n = EVP_EncodeBlock(out->data + out->len, s.data, (int)s.len);
	out->len += (size_t)n;
}

static int
decode(struct span text, struct buf *bytes, struct buf *again)
{
	size_t len = text.len / 4 * 3, i;

	buf_reserve(bytes, len);
	if (EVP_DecodeBlock(bytes->data, text.data, (int)text.len) < 0)
		return -1;
	for (i = 0; i < 2 && text.data[text.len - 1 - i] == '='; i++)
		len--;
	bytes->len = len;
	/* libcrypto reads more than one text for some bytes. */
	base64_encode(buf_span(bytes), again);
	return span_eq(buf_span(again), text) ? (int)len : -1;
}

int
base64_decode(struct span text, uint8_t *out, size_t max)
{
	BUF_CLEANUP bytes = BUF_INIT;
	BUF_CLEANUP again = BUF_INIT;
	int len;

	if (text.len == 0 || text.len % 4 != 0 || text.len / 4 * 3 > max + 2)
		return -1;
	len = decode(text, &bytes, &again);
	if (len > (int)max)
		len = -1;
	if (len > 0)
		memcpy(out, bytes.data, (size_t)len);
	/* It may have been a key. */
	OPENSSL_cleanse(bytes.data, bytes.cap);
	OPENSSL_cleanse(again.data, again.cap);
	return len;
}
