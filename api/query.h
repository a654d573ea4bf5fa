/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The query of a request and the words in it: each parameter once, nothing
 * unknown, escapes well formed, printable ASCII only.
 */
#ifndef API_QUERY_H
#define API_QUERY_H

#include "lib/buf.h"
#include "lib/diag.h"

#define API_NAME_MAX 64   /* bytes of a policy's or issuer's name */
#define API_VALUE_MAX 256 /* bytes of a parameter, decoded */
#define API_TTL_MAX_S INT64_C(3155760000) /* a hundred years */

struct api_param {
	const char *name;
	bool is_set;
	char value[API_VALUE_MAX + 1];
};

/* ERR_REQUEST. query is raw, without '?'. */
int api_query_decode(
    const char *query, struct api_param *params, size_t n, struct diag *d);

/* "30d", "12h", "5m", "90s" or seconds; from 1 to API_TTL_MAX_S. */
int api_ttl_parse(const char *text, int64_t *ttl_s, struct diag *d);

/* Digits only. */
int api_number_parse(const char *what, const char *text, int64_t min,
    int64_t max, int64_t *out, struct diag *d);

/* Copies a name: 1 to API_NAME_MAX bytes of a-z 0-9 - _ . */
int api_name_take(const char *what, struct span text,
    char out[API_NAME_MAX + 1], struct diag *d);

#endif
