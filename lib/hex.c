/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal text; see hex.h. */
#include "lib/hex.h"

void
hex_encode(struct span s, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < s.len; i++) {
		*out++ = digits[s.data[i] >> 4];
		*out++ = digits[s.data[i] & 15];
	}
	*out = '\0';
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
hex_decode(const char *text, uint8_t *out, size_t max)
{
	size_t n = 0;
	int high, low;

	while (*text != '\0') {
		if (n > 0 && *text == ':')
			text++;
		high = digit_value(text[0]);
		low = high < 0 ? -1 : digit_value(text[1]);
		if (low < 0 || n == max)
			return -1;
		out[n++] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	return (int)n;
}
