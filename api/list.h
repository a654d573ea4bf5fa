/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificates a list is to have: the query of GET /certificates. */
#ifndef API_LIST_H
#define API_LIST_H

#include "api/query.h"

#define API_LIST_MAX 1000
#define API_LIST_DEFAULT 100

/* "": any. */
struct api_list {
	char policy[API_NAME_MAX + 1];
	char issuer[API_NAME_MAX + 1];
	char name[API_VALUE_MAX + 1]; /* part of subject or names */
	int64_t before; /* only rows of an older sequence; 0: the newest */
	unsigned limit;
};

int api_list_decode(const char *query, struct api_list *out, struct diag *d);

/* A serial in the path: hexadecimal, colons allowed, at most 20 octets. */
#define API_SERIAL_MAX 20
int api_serial_decode(
    struct span text, uint8_t out[API_SERIAL_MAX], size_t *len, struct diag *d);

#endif
