/* SPDX-License-Identifier: Apache-2.0 */
/* The query of a request; see query.h. */
#include "api/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One byte from the front of *p, or -1. '+' is a space, as forms have it. */
static int
byte_take(const char **p, const char *end)
{
	const char *s = *p;
	int high, low;

	*p += 1;
	if (*s == '+')
		return ' ';
	if (*s != '%')
		return (unsigned char)*s;
	high = end - s >= 3 ? hex_value(s[1]) : -1;
	low = high >= 0 ? hex_value(s[2]) : -1;
	if (low < 0)
		return -1;
	*p += 2;
	return high << 4 | low;
}

static int
value_decode(
    struct api_param *param, const char *p, const char *end, struct diag *d)
{
	size_t n = 0;
	int c;

	while (p < end) {
		c = byte_take(&p, end);
		if (c < 0x20 || c > 0x7e)
			return diag_set(d, ERR_REQUEST,
			    "parameter '%s' has a bad escape or a byte that "
			    "is not printable ASCII",
			    param->name);
		if (n == API_VALUE_MAX)
			return diag_set(d, ERR_REQUEST,
			    "parameter '%s' has more than %d bytes",
			    param->name, API_VALUE_MAX);
		param->value[n++] = (char)c;
	}
	param->value[n] = '\0';
	param->is_set = true;
	return 0;
}

/* "policy, ttl" */
static void
names_join(const struct api_param *params, size_t n, char *out, size_t max)
{
	size_t i, len = 0;

	(void)snprintf(out, max, "%s", n == 0 ? "none" : "");
	for (i = 0; i < n && len < max; i++)
		len += (size_t)snprintf(out + len, max - len, "%s%s",
		    i > 0 ? ", " : "", params[i].name);
}

static struct api_param *
param_find(struct api_param *params, size_t n, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strlen(params[i].name) == len &&
		    memcmp(params[i].name, name, len) == 0)
			return &params[i];
	}
	return NULL;
}

static int
pair_decode(struct api_param *params, size_t n, const char *pair, size_t len,
    struct diag *d)
{
	const char *equals = memchr(pair, '=', len);
	struct api_param *param;
	char known[128];

	if (equals == NULL)
		return diag_set(
		    d, ERR_REQUEST, "the query must be NAME=VALUE&NAME=VALUE");
	param = param_find(params, n, pair, (size_t)(equals - pair));
	if (param == NULL) {
		names_join(params, n, known, sizeof(known));
		return diag_set(d, ERR_REQUEST,
		    "parameter '%.*s' is not known here; known: %s",
		    (int)(equals - pair < 32 ? equals - pair : 32), pair,
		    known);
	}
	if (param->is_set)
		return diag_set(d, ERR_REQUEST, "parameter '%s' is there twice",
		    param->name);
	return value_decode(param, equals + 1, pair + len, d);
}

int
api_query_decode(
    const char *query, struct api_param *params, size_t n, struct diag *d)
{
	size_t i, len;
	int rc;

	for (i = 0; i < n; i++) {
		params[i].is_set = false;
		params[i].value[0] = '\0';
	}
	while (*query != '\0') {
		len = strcspn(query, "&");
		rc = pair_decode(params, n, query, len, d);
		if (rc != 0)
			return rc;
		query += len;
		if (*query == '&' && *++query == '\0')
			return diag_set(
			    d, ERR_REQUEST, "the query ends in '&'");
	}
	return 0;
}

/* Digits from the front of *text; -1 when there are none, or too many. */
static int64_t
digits_take(const char **text)
{
	int64_t value = 0;
	size_t n = strspn(*text, "0123456789"), i;

	if (n == 0 || n > 15)
		return -1;
	for (i = 0; i < n; i++)
		value = value * 10 + ((*text)[i] - '0');
	*text += n;
	return value;
}

static int64_t
unit_of(const char *suffix)
{
	static const struct {
		const char *suffix;
		int64_t s;
	} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].suffix, suffix) == 0)
			return units[i].s;
	}
	return -1;
}

int
api_ttl_parse(const char *text, int64_t *ttl_s, struct diag *d)
{
	const char *p = text;
	int64_t value = digits_take(&p), unit = unit_of(p);

	if (value < 0 || unit < 0)
		return diag_set(d, ERR_REQUEST,
		    "ttl must be like 30d, 12h, 5m, 90s or a number of "
		    "seconds, not '%.32s'",
		    text);
	if (value < 1 || value > API_TTL_MAX_S / unit)
		return diag_set(d, ERR_REQUEST,
		    "ttl must be from 1 s to 100 years, not '%.32s'", text);
	*ttl_s = value * unit;
	return 0;
}

int
api_number_parse(const char *what, const char *text, int64_t min, int64_t max,
    int64_t *out, struct diag *d)
{
	const char *p = text;
	int64_t value = digits_take(&p);

	if (value < min || value > max || *p != '\0')
		return diag_set(d, ERR_REQUEST,
		    "%s must be a number from %" PRId64 " to %" PRId64
		    ", not '%.32s'",
		    what, min, max, text);
	*out = value;
	return 0;
}

int
api_name_take(const char *what, struct span text, char out[API_NAME_MAX + 1],
    struct diag *d)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-_.";
	size_t i;

	if (text.len == 0 || text.len > API_NAME_MAX)
		return diag_set(d, ERR_REQUEST, "%s must have 1 to %d bytes",
		    what, API_NAME_MAX);
	for (i = 0; i < text.len; i++) {
		if (text.data[i] == '\0' || strchr(plain, text.data[i]) == NULL)
			return diag_set(d, ERR_REQUEST,
			    "%s may have a-z 0-9 - _ . only", what);
	}
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return 0;
}
