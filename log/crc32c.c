/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32C, eight bytes a step. The tables are made on first use from the
 * reflected polynomial 0x82f63b78.
 */
#include "log/crc32c.h"

#include <pthread.h>

#define POLYNOMIAL 0x82f63b78u

static uint32_t table[8][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void
table_fill(void)
{
	uint32_t i, crc;
	int k;

	for (i = 0; i < 256; i++) {
		crc = i;
		for (k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
		table[0][i] = crc;
	}
	/* table[k][i]: what i does to the sum k bytes later. */
	for (k = 1; k < 8; k++)
		for (i = 0; i < 256; i++)
			table[k][i] = table[k - 1][i] >> 8 ^
				      table[0][table[k - 1][i] & 0xff];
}

static uint32_t
load_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static uint32_t
step_eight(uint32_t crc, const uint8_t *p)
{
	uint32_t a = crc ^ load_le32(p);
	uint32_t b = load_le32(p + 4);

	return table[7][a & 0xff] ^ table[6][a >> 8 & 0xff] ^
	       table[5][a >> 16 & 0xff] ^ table[4][a >> 24] ^
	       table[3][b & 0xff] ^ table[2][b >> 8 & 0xff] ^
	       table[1][b >> 16 & 0xff] ^ table[0][b >> 24];
}

uint32_t
crc32c(uint32_t crc, struct span s)
{
	size_t i = 0;

	(void)pthread_once(&table_once, table_fill);
	crc = ~crc;
	for (; s.len - i >= 8; i += 8)
		crc = step_eight(crc, s.data + i);
	for (; i < s.len; i++)
		crc = table[0][(crc ^ s.data[i]) & 0xff] ^ crc >> 8;
	return ~crc;
}
