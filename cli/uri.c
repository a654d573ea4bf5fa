/* SPDX-License-Identifier: Apache-2.0 */
/* Writing PKCS#11 URIs; see uri.h. */
#include "cli/uri.h"

#include <string.h>

/* RFC 3986 2.3 unreserved, and what RFC 7512 2.3 allows beside it. */
static void
text_add(struct buf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			buf_add(out, text, 1);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

void
uri_token(const char *label, struct buf *out)
{
	buf_add_str(out, "pkcs11:token=");
	text_add(out, label);
}

void
uri_key(const char *label, struct span id, struct buf *out)
{
	size_t i;

	buf_add_str(out, "pkcs11:");
	if (label[0] != '\0') {
		buf_add_str(out, "object=");
		text_add(out, label);
		buf_add_str(out, ";");
	}
	if (id.len > 0)
		buf_add_str(out, "id=");
	for (i = 0; i < id.len; i++)
		buf_printf(out, "%%%02X", id.data[i]);
	buf_add_str(out, id.len > 0 ? ";type=private" : "type=private");
}
