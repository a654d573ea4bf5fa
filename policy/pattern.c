/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of a policy file, taken apart once at load. * is one label or
 * segment, ** is one or more (DNS: anywhere, once; URI: the rest); a star
 * beside other letters is refused, so that nobody takes it for a glob.
 */
#include "policy/private.h"

#include <string.h>

#include "lib/mem.h"

static bool
part_parse(struct yaml_walk *w, const struct yaml_node *node,
    struct policy *policy, struct span text, struct part *out)
{
	if (span_is(text, "*")) {
		out->kind = PART_ONE;
		return true;
	}
	if (span_is(text, "**")) {
		out->kind = PART_MANY;
		return true;
	}
	if (text.len == 0 || memchr(text.data, '*', text.len) != NULL) {
		yaml_blame(w, node,
		    text.len == 0
			? "\"%s\": a part of the pattern is empty"
			: "\"%s\": * and ** stand for whole parts of a name, "
			  "not for a few letters",
		    node->text);
		return false;
	}
	out->kind = PART_TEXT;
	return template_parse(w, node, policy, text, &out->text);
}

static size_t
count_byte(struct span text, uint8_t byte)
{
	size_t n = 0, i;

	for (i = 0; i < text.len; i++)
		n += text.data[i] == byte;
	return n;
}

/* Where the part at the front ends. Separators in braces do not count. */
static size_t
part_len(struct span text, uint8_t separator)
{
	bool braces = false;
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.data[i] == '{' || text.data[i] == '}')
			braces = text.data[i] == '{';
		else if (text.data[i] == separator && !braces)
			break;
	}
	return i;
}

static bool
parts_parse(struct yaml_walk *w, const struct yaml_node *node,
    struct policy *policy, struct span text, uint8_t separator,
    struct parts *out)
{
	size_t most = count_byte(text, separator) + 1, len, many = most;
	bool again = true;

	out->at = policy_keep(policy, most * sizeof(*out->at));
	for (out->n = 0; again; out->n++) {
		len = part_len(text, separator);
		if (!part_parse(w, node, policy, span_of(text.data, len),
			&out->at[out->n]))
			return false;
		if (out->at[out->n].kind == PART_MANY) {
			if (many != most) {
				yaml_blame(w, node,
				    "\"%s\": one ** is all a pattern may have",
				    node->text);
				return false;
			}
			many = out->n;
		}
		again = len < text.len;
		text = span_of(text.data + len + again, text.len - len - again);
	}
	out->many = many != most ? many : out->n;
	return true;
}

static bool
is_dns_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_';
}

static bool
is_local_byte(uint8_t c)
{
	return c == '.' || is_email_byte(c);
}

static void
byte_blame(struct yaml_walk *w, const struct yaml_node *node, uint8_t byte,
    const char *where)
{
	if (byte >= 0x80)
		yaml_blame(w, node,
		    "\"%s\": a byte is not ASCII; %s cannot have it",
		    node->text, where);
	else
		yaml_blame(w, node, "\"%s\": %s cannot have \"%c\" there",
		    node->text, where, byte);
}

/* What a pattern spells out must be what a name can have. */
static bool
bytes_check(struct yaml_walk *w, const struct yaml_node *node,
    const struct part *part, bool (*is_allowed)(uint8_t c), const char *where)
{
	const struct template *t = &part->text;
	struct span text;
	size_t i, j;

	for (i = 0; part->kind == PART_TEXT && i < t->n; i++) {
		text = t->pieces[i].text;
		for (j = 0; j < text.len; j++) {
			if (is_allowed(text.data[j]))
				continue;
			byte_blame(w, node, text.data[j], where);
			return false;
		}
	}
	return true;
}

static bool
dns_pattern_parse(struct yaml_walk *w, const struct yaml_node *node,
    struct policy *policy, struct span text, struct pattern *out)
{
	size_t i;

	if (text.len > DNS_MAX_LEN) {
		yaml_blame(
		    w, node, "a DNS pattern has at most %d bytes", DNS_MAX_LEN);
		return false;
	}
	if (!parts_parse(w, node, policy, text, '.', &out->parts))
		return false;
	for (i = 0; i < out->parts.n; i++) {
		if (!bytes_check(w, node, &out->parts.at[i], is_dns_byte,
			"a DNS name (in lower case)"))
			return false;
	}
	return true;
}

/* The number of leading bits behind the slash; all of them without one. */
static bool
bits_parse(struct span text, unsigned most, unsigned *out)
{
	size_t i;

	*out = 0;
	if (text.len == 0 || text.len > 3 ||
	    (text.len > 1 && text.data[0] == '0'))
		return false;
	for (i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		*out = *out * 10 + (unsigned)(text.data[i] - '0');
	}
	return *out <= most;
}

static bool
has_host_bits(const struct cidr *cidr)
{
	size_t i;

	for (i = cidr->bits; i < cidr->len * 8; i++) {
		if (cidr->address[i / 8] >> (7 - i % 8) & 1)
			return true;
	}
	return false;
}

static bool
cidr_parse(struct yaml_walk *w, const struct yaml_node *node, struct span text,
    struct cidr *out)
{
	const uint8_t *slash = memchr(text.data, '/', text.len);
	size_t len = slash != NULL ? (size_t)(slash - text.data) : text.len;
	const char *wrong =
	    ip_parse(span_of(text.data, len), out->address, &out->len);

	if (wrong != NULL) {
		yaml_blame(w, node, "\"%s\": %s", node->text, wrong);
		return false;
	}
	out->bits = (unsigned)out->len * 8;
	if (slash != NULL && !bits_parse(span_of(slash + 1, text.len - len - 1),
				 out->bits, &out->bits)) {
		yaml_blame(w, node,
		    "\"%s\": behind the / is a number of bits, "
		    "at most %zu",
		    node->text, out->len * 8);
		return false;
	}
	if (has_host_bits(out)) {
		yaml_blame(w, node,
		    "\"%s\": the address has bits set behind the first %u",
		    node->text, out->bits);
		return false;
	}
	return true;
}

static bool
prefix_check(struct yaml_walk *w, const struct yaml_node *node,
    struct span text, size_t *end)
{
	MEM_CLEANUP char *lowered = xcalloc(text.len, 1);
	const char *colon = strstr(node->text, "://");
	struct uri_name name;
	const char *wrong = "it is not scheme://authority/path";
	size_t i;

	if (colon != NULL) {
		i = (size_t)(colon - node->text) + 3;
		while (i < text.len && text.data[i] != '/')
			i++;
		*end = i;
		wrong = uri_parse(span_of(text.data, i), lowered, &name);
	}
	if (wrong == NULL && memcmp(lowered, text.data, *end) != 0)
		wrong = "scheme and authority are written in lower case";
	if (wrong != NULL)
		yaml_blame(w, node, "\"%s\": %s", node->text, wrong);
	return wrong == NULL;
}

static bool
uri_pattern_parse(struct yaml_walk *w, const struct yaml_node *node,
    struct policy *policy, struct span text, struct pattern *out)
{
	size_t end = 0, i;

	if (text.len > URI_MAX_LEN) {
		yaml_blame(
		    w, node, "a URI pattern has at most %d bytes", URI_MAX_LEN);
		return false;
	}
	if (!prefix_check(w, node, text, &end))
		return false;
	out->prefix =
	    span_str(policy_keep_text(policy, (const char *)text.data, end));
	if (end == text.len)
		return true;
	if (!parts_parse(w, node, policy,
		span_of(text.data + end + 1, text.len - end - 1), '/',
		&out->parts))
		return false;
	for (i = 0; i < out->parts.n; i++) {
		if (!bytes_check(w, node, &out->parts.at[i], is_uri_byte,
			"a URI's path"))
			return false;
	}
	if (out->parts.many + 1 < out->parts.n) {
		yaml_blame(w, node,
		    "\"%s\": in a URI ** is the rest and comes last",
		    node->text);
		return false;
	}
	return true;
}

static bool
email_pattern_parse(struct yaml_walk *w, const struct yaml_node *node,
    struct policy *policy, struct span text, struct pattern *out)
{
	const uint8_t *at = memchr(text.data, '@', text.len);
	size_t local = at != NULL ? (size_t)(at - text.data) : 0;

	if (at == NULL || local > EMAIL_LOCAL_MAX) {
		yaml_blame(w, node, "\"%s\": an e-mail pattern is local@domain",
		    node->text);
		return false;
	}
	if (!part_parse(
		w, node, policy, span_of(text.data, local), &out->local) ||
	    !bytes_check(
		w, node, &out->local, is_local_byte, "an e-mail address"))
		return false;
	if (out->local.kind == PART_MANY) {
		yaml_blame(w, node,
		    "\"%s\": before the @ there is one part: use *",
		    node->text);
		return false;
	}
	return dns_pattern_parse(
	    w, node, policy, span_of(at + 1, text.len - local - 1), out);
}

bool
pattern_parse(struct yaml_walk *w, const struct yaml_node *node,
    struct policy *policy, enum policy_name_kind kind, struct pattern *out)
{
	struct span text = span_str(node->text);

	if (text.len == 0) {
		yaml_blame(w, node, "the pattern is empty");
		return false;
	}
	out->text = policy_keep_text(policy, node->text, text.len);
	switch (kind) {
	case POLICY_DNS:
		return dns_pattern_parse(w, node, policy, text, out);
	case POLICY_IP:
		return cidr_parse(w, node, text, &out->cidr);
	case POLICY_URI:
		return uri_pattern_parse(w, node, policy, text, out);
	default:
		return email_pattern_parse(w, node, policy, text, out);
	}
}
