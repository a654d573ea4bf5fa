/* SPDX-License-Identifier: Apache-2.0 */
/* The Accept field; see accept.h. */
#include "api/accept.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* "q=0.25" in thousandths; what cannot be read weighs nothing. */
static int
weight_parse(const char *p, const char *end)
{
	int weight, digit;

	if (p == end || (*p != '0' && *p != '1'))
		return 0;
	weight = (*p++ - '0') * 1000;
	if (p == end || *p++ != '.')
		return weight;
	for (digit = 100; digit > 0 && p < end; digit /= 10, p++) {
		if (*p < '0' || *p > '9')
			break;
		weight += (*p - '0') * digit;
	}
	return weight > 1000 ? 1000 : weight;
}

static const char *
skip_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* The weight of one range, whose parameters start at p. */
static int
range_weight(const char *p, const char *end)
{
	while (p < end) {
		p = skip_blank(p + 1, end);
		if (end - p >= 2 && (p[0] | 0x20) == 'q' && p[1] == '=')
			return weight_parse(p + 2, end);
		while (p < end && *p != ';')
			p++;
	}
	return 1000;
}

static bool
is_type(const char *p, size_t len, const char *type)
{
	return len == strlen(type) && strncasecmp(p, type, len) == 0;
}

static bool
is_pem_type(const char *p, size_t len)
{
	return is_type(p, len, "application/x-pem-file") ||
	       is_type(p, len, "application/pem-certificate-chain") ||
	       is_type(p, len, "text/plain");
}

bool
api_accepts_json(const char *accept, bool dflt)
{
	int best = 0, weight;
	bool json = dflt;
	const char *end;
	size_t len;

	for (; *accept != '\0'; accept = *end == ',' ? end + 1 : end) {
		end = accept + strcspn(accept, ",");
		accept = skip_blank(accept, end);
		for (len = 0; accept + len < end; len++) {
			if (strchr("; \t", accept[len]) != NULL)
				break;
		}
		weight = range_weight(skip_blank(accept + len, end), end);
		if (weight <= best)
			continue;
		if (is_type(accept, len, "application/json")) {
			json = true;
			best = weight;
		} else if (is_pem_type(accept, len)) {
			json = false;
			best = weight;
		}
	}
	return json;
}
