/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to sign; see sign.h. */
#include "api/sign.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define JSON_NESTING_MAX 2
#define PEM_BEGIN "-----BEGIN"
#define DER_SEQUENCE 0x30

enum { PARAM_POLICY, PARAM_TTL, PARAM_FORMAT, PARAMS };

/* Anywhere: `openssl req -text` puts words before the block. */
static bool
has_pem(struct span s)
{
	return memmem(s.data, s.len, PEM_BEGIN, strlen(PEM_BEGIN)) != NULL;
}

void
api_sign_free(struct api_sign *sign)
{
	buf_free(&sign->csr);
}

static int
policy_take(struct api_sign *out, struct span name, struct diag *d)
{
	if (out->policy[0] != '\0')
		return diag_set(d, ERR_REQUEST,
		    "the policy is named twice; path, query or body: one of "
		    "them");
	return api_name_take("the name of a policy", name, out->policy, d);
}

static int
ttl_take(struct api_sign *out, const char *text, struct diag *d)
{
	if (out->ttl_s != 0)
		return diag_set(
		    d, ERR_REQUEST, "the ttl is in the query and in the body");
	return api_ttl_parse(text, &out->ttl_s, d);
}

/* What a request asks for beats what an Accept field prefers. */
static int
format_take(
    struct api_sign *out, const char *text, bool *is_chosen, struct diag *d)
{
	if (*is_chosen)
		return diag_set(d, ERR_REQUEST,
		    "the format is in the query and in the body");
	if (strcmp(text, "json") != 0 && strcmp(text, "pem") != 0)
		return diag_set(d, ERR_REQUEST,
		    "format must be 'json' or 'pem', not '%.32s'", text);
	out->wants_json = strcmp(text, "json") == 0;
	*is_chosen = true;
	return 0;
}

static int
query_take(
    struct api_sign *out, const char *query, bool *has_format, struct diag *d)
{
	struct api_param params[PARAMS] = {
	    [PARAM_POLICY] = {.name = "policy"},
	    [PARAM_TTL] = {.name = "ttl"},
	    [PARAM_FORMAT] = {.name = "format"},
	};
	int rc = api_query_decode(query, params, PARAMS, d);

	if (rc == 0 && params[PARAM_POLICY].is_set)
		rc = policy_take(out, span_str(params[PARAM_POLICY].value), d);
	if (rc == 0 && params[PARAM_TTL].is_set)
		rc = ttl_take(out, params[PARAM_TTL].value, d);
	if (rc == 0 && params[PARAM_FORMAT].is_set)
		rc =
		    format_take(out, params[PARAM_FORMAT].value, has_format, d);
	return rc;
}

/* Whoever sends more than the size would have the next room read it all. */
static int
csr_take(struct api_sign *out, struct span csr, bool is_pem, struct diag *d)
{
	size_t max = is_pem ? API_CSR_PEM_MAX : API_CSR_MAX;

	if (csr.len > max)
		return diag_set(d, ERR_CSR_TOO_LARGE,
		    "the CSR has %zu bytes, at most %zu are allowed", csr.len,
		    max);
	buf_add_span(&out->csr, csr);
	out->is_pem = is_pem;
	return 0;
}

/*
 * The parser recurses once a level; the body is an object of plain values, so
 * what nests deeper is not given to it.
 */
static int
nesting_check(struct span body, struct diag *d)
{
	size_t i, depth = 0;
	bool in_text = false;

	for (i = 0; i < body.len; i++) {
		if (in_text && body.data[i] == '\\')
			i++;
		else if (body.data[i] == '"')
			in_text = !in_text;
		else if (in_text)
			continue;
		else if (body.data[i] == '{' || body.data[i] == '[')
			depth++;
		else if (depth > 0 &&
			 (body.data[i] == '}' || body.data[i] == ']'))
			depth--;
		if (depth > JSON_NESTING_MAX)
			return diag_set(d, ERR_JSON,
			    "the JSON nests deeper than a request does");
	}
	return 0;
}

/* NULL, and the reason, when it is no string. */
static const char *
member_text(const char *key, const json_t *value, struct diag *d)
{
	if (!json_is_string(value))
		(void)diag_set(d, ERR_JSON, "'%s' must be a string", key);
	return json_string_value(value);
}

static int
member_policy(
    struct api_sign *out, const json_t *value, bool *has_format, struct diag *d)
{
	const char *text = member_text("policy", value, d);

	(void)has_format;
	return text != NULL ? policy_take(out, span_str(text), d) : ERR_JSON;
}

static int
member_csr(
    struct api_sign *out, const json_t *value, bool *has_format, struct diag *d)
{
	const char *text = member_text("csr", value, d);

	(void)has_format;
	if (text == NULL)
		return ERR_JSON;
	if (!has_pem(span_str(text)))
		return diag_set(d, ERR_PEM,
		    "'csr' must be PEM and have '" PEM_BEGIN
		    " CERTIFICATE REQUEST-----'");
	return csr_take(out, span_str(text), true, d);
}

static int
member_ttl(
    struct api_sign *out, const json_t *value, bool *has_format, struct diag *d)
{
	char number[32];

	(void)has_format;
	if (json_is_string(value))
		return ttl_take(out, json_string_value(value), d);
	if (!json_is_integer(value))
		return diag_set(d, ERR_JSON,
		    "'ttl' must be a string or a whole number of seconds");
	(void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
	    json_integer_value(value));
	return ttl_take(out, number, d);
}

static int
member_format(
    struct api_sign *out, const json_t *value, bool *has_format, struct diag *d)
{
	const char *text = member_text("format", value, d);

	return text != NULL ? format_take(out, text, has_format, d) : ERR_JSON;
}

static const struct {
	const char *key;
	int (*take)(struct api_sign *out, const json_t *value, bool *has_format,
	    struct diag *d);
} members[] = {
    {"policy", member_policy},
    {"csr", member_csr},
    {"ttl", member_ttl},
    {"format", member_format},
};

static int
member_take(struct api_sign *out, const char *key, const json_t *value,
    bool *has_format, struct diag *d)
{
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].key, key) == 0)
			return members[i].take(out, value, has_format, d);
	}
	return diag_set(d, ERR_JSON,
	    "member '%.32s' is not known; known: policy, csr, ttl, format",
	    key);
}

static int
members_take(
    struct api_sign *out, json_t *object, bool *has_format, struct diag *d)
{
	const char *key;
	json_t *value;
	int rc;

	if (!json_is_object(object))
		return diag_set(d, ERR_JSON, "the body must be a JSON object");
	json_object_foreach(object, key, value)
	{
		rc = member_take(out, key, value, has_format, d);
		if (rc != 0)
			return rc;
	}
	if (out->csr.len == 0)
		return diag_set(d, ERR_JSON, "'csr' is missing");
	return 0;
}

static int
json_body_take(
    struct api_sign *out, struct span body, bool *has_format, struct diag *d)
{
	json_error_t error;
	json_t *object;
	int rc = nesting_check(body, d);

	if (rc != 0)
		return rc;
	object = json_loadb(
	    (const char *)body.data, body.len, JSON_REJECT_DUPLICATES, &error);
	if (object == NULL)
		return diag_set(d, ERR_JSON,
		    "the body is not JSON: line %d, column %d: %s", error.line,
		    error.column, error.text);
	rc = members_take(out, object, has_format, d);
	json_decref(object);
	return rc;
}

/* Neither PEM nor said to be anything: name what it probably is. */
static int
body_unknown(struct span body, struct diag *d)
{
	const char *hint = "";

	if (body.data[0] == '{')
		hint = "; JSON needs Content-Type: application/json";
	else if (body.data[0] == DER_SEQUENCE)
		hint = "; DER needs Content-Type: application/pkcs10";
	return diag_set(d, ERR_PEM,
	    "the body must have '" PEM_BEGIN " CERTIFICATE REQUEST-----'%s",
	    hint);
}

static int
body_take(const struct api_sign_input *in, struct api_sign *out,
    bool *has_format, struct diag *d)
{
	if (in->body.len == 0)
		return diag_set(
		    d, ERR_REQUEST, "the body is empty, a CSR is to be in it");
	if (strcmp(in->content_type, "application/json") == 0)
		return json_body_take(out, in->body, has_format, d);
	if (strcmp(in->content_type, "application/pkcs10") == 0 &&
	    in->body.data[0] == DER_SEQUENCE)
		return csr_take(out, in->body, false, d);
	if (in->body.data[0] != '{' && has_pem(in->body))
		return csr_take(out, in->body, true, d);
	if (strcmp(in->content_type, "application/pkcs10") == 0)
		return csr_take(out, in->body, false, d);
	return body_unknown(in->body, d);
}

int
api_sign_decode(
    const struct api_sign_input *in, struct api_sign *out, struct diag *d)
{
	bool is_json = strcmp(in->content_type, "application/json") == 0;
	bool has_format = false;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (in->policy.len > 0)
		rc = policy_take(out, in->policy, d);
	if (rc == 0)
		rc = query_take(out, in->query, &has_format, d);
	if (rc == 0)
		rc = body_take(in, out, &has_format, d);
	if (rc != 0)
		return rc;
	if (out->policy[0] == '\0')
		return diag_set(d, ERR_REQUEST,
		    "no policy is named; add ?policy=NAME, or 'policy' to the "
		    "JSON");
	if (!has_format)
		out->wants_json = api_accepts_json(in->accept, is_json);
	return 0;
}
