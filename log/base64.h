/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 with padding and without line breaks, RFC 4648 section 4. */
#ifndef LOG_BASE64_H
#define LOG_BASE64_H

#include "lib/buf.h"

void base64_encode(struct span s, struct buf *out);

/*
 * The number of bytes, or -1 when the text is not the one encoding of at most
 * max bytes.
 */
int base64_decode(struct span text, uint8_t *out, size_t max);

#endif
