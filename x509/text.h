/* SPDX-License-Identifier: Apache-2.0 */
/* Alphabets: what the bytes of a name may be. */
#ifndef X509_TEXT_H
#define X509_TEXT_H

#include "lib/buf.h"

bool text_is_ascii(struct span s); /* 0x21..0x7e and space */
/* Valid UTF-8 without control characters (C0, DEL, C1). */
bool text_is_utf8(struct span s);
bool text_is_printable(struct span s); /* PrintableString, X.680 41.4 */
size_t text_chars(struct span s);      /* code points of valid UTF-8 */

/*
 * A host name: labels of letters, digits and hyphens, 1..63 octets, 253 in
 * all, no hyphen at an end, the last not all digits (RFC 1123 2.1, RFC 5280
 * 4.2.1.6). Lower case only; one leftmost "*" label is taken, and underscores,
 * which a policy has to allow before they come here.
 */
bool text_is_dns(struct span s);
/* "scheme:something", ASCII without spaces (RFC 3986 3, RFC 5280 4.2.1.6). */
bool text_is_uri(struct span s);
/* local-part@host, ASCII, one "@" (RFC 5280 4.2.1.6). */
bool text_is_email(struct span s);

/* Appends printable text; everything else as \xNN. For messages. */
void text_quote(struct span s, struct buf *out);

#endif
