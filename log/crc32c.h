/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C (Castagnoli), as in RFC 3720 B.4: tells a torn record from a whole.
 */
#ifndef LOG_CRC32C_H
#define LOG_CRC32C_H

#include "lib/buf.h"

/* Carry on from crc; 0 to begin with. */
uint32_t crc32c(uint32_t crc, struct span s);

#endif
