/* SPDX-License-Identifier: Apache-2.0 */
/* Serial numbers: ordered by time, and impossible to guess; see cert.h. */
#include <openssl/err.h>
#include <openssl/rand.h>

#include "x509/cert.h"
#include "x509/refuse.h"

#define TIME_OCTETS 6

/*
 * Bit 46 of the time is always set, so that the first octet is 0x40..0x7f:
 * positive, minimal and of one length for every clock until the year 4199.
 * 112 random bits follow; the CABF rules ask for 64.
 */
int
serial_make(int64_t now_ms, uint8_t out[SERIAL_MAX_LEN], struct diag *d)
{
	uint64_t top = UINT64_C(1) << (TIME_OCTETS * 8 - 2);
	uint64_t time = ((uint64_t)now_ms & (top - 1)) | top;
	uint8_t random[SERIAL_MAX_LEN - TIME_OCTETS];
	size_t i;

	if (RAND_bytes(random, sizeof(random)) != 1) {
		ERR_clear_error();
		return refuse(d, ERR_INTERNAL, "RFC 5280 4.1.2.2",
		    "there are no random numbers for a serial number");
	}
	for (i = 0; i < TIME_OCTETS; i++)
		out[i] = (uint8_t)(time >> (8 * (TIME_OCTETS - 1 - i)));
	for (i = 0; i < sizeof(random); i++)
		out[TIME_OCTETS + i] = random[i];
	return 0;
}
