/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as lower-case hexadecimal text, and back. */
#ifndef LIB_HEX_H
#define LIB_HEX_H

#include "lib/buf.h"

/* Writes 2 * s.len digits and a NUL; out must have room for them. */
void hex_encode(struct span s, char *out);

/*
 * Reads digits of either case, with single colons between bytes allowed.
 * Returns the number of bytes, or -1 when the text is not that or too long.
 */
int hex_decode(const char *text, uint8_t *out, size_t max);

#endif
