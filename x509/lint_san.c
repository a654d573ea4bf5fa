/* SPDX-License-Identifier: Apache-2.0 */
/* Lint rules: subject alternative names. */
#include "x509/lint_read.h"
#include "x509/text.h"

#define TAG_EMAIL DER_CONTEXT(1)
#define TAG_DNS DER_CONTEXT(2)
#define TAG_URI DER_CONTEXT(6)
#define TAG_IP DER_CONTEXT(7)

/* A walk over the names; values that are not DER are ext.value's. */
struct names {
	struct der_fault fault;
	struct der left;
	uint8_t tag;
	struct span value;
};

static void
names_open(const struct lint *l, struct names *names)
{
	struct der top = der_open(l->san.value, &names->fault);

	names->left = l->san.present ? der_enter(&top, DER_SEQUENCE) : top;
}

static bool
names_next(struct names *names)
{
	if (!der_more(&names->left))
		return false;
	names->tag = der_peek(&names->left);
	names->value = der_take(&names->left, names->tag);
	return !der_failed(&names->left);
}

/* Fires with the first name of that tag that is not as it should be. */
static bool
all_are(const struct lint *l, uint8_t tag, bool (*is_fine)(struct span),
    const char *want, struct lint_text *text)
{
	struct names names;
	BUF_CLEANUP quoted = BUF_INIT;

	names_open(l, &names);
	while (names_next(&names)) {
		if (names.tag != tag || is_fine(names.value))
			continue;
		text_quote(names.value, &quoted);
		return lint_say(
		    text, "%s, not \"%.80s\"", want, buf_cstr(&quoted));
	}
	return true;
}

bool
lint_san_present(const struct lint *l, struct lint_text *text)
{
	return l->is_ca || l->san.present ||
	       lint_say(text, "a leaf has no subjectAltName");
}

bool
lint_san_empty(const struct lint *l, struct lint_text *text)
{
	struct names names;

	if (!l->san.present || l->bad_value == OID_SAN)
		return true;
	names_open(l, &names);
	return names_next(&names) ||
	       lint_say(text, "subjectAltName has no name");
}

/* Critical with an empty subject; else not, so that all may read the rest. */
bool
lint_san_critical(const struct lint *l, struct lint_text *text)
{
	bool want = l->n_attrs == 0;

	return !l->san.present || l->san.critical == want ||
	       lint_say(text,
		   "subjectAltName must %sbe critical when the "
		   "subject is %sempty",
		   want ? "" : "not ", want ? "" : "not ");
}

bool
lint_san_kind(const struct lint *l, struct lint_text *text)
{
	struct names names;

	names_open(l, &names);
	while (names_next(&names)) {
		if (names.tag != TAG_EMAIL && names.tag != TAG_DNS &&
		    names.tag != TAG_URI && names.tag != TAG_IP)
			return lint_say(text,
			    "a name is of a kind that is never written here, "
			    "tag 0x%02x",
			    names.tag);
	}
	return true;
}

bool
lint_san_dns(const struct lint *l, struct lint_text *text)
{
	return all_are(l, TAG_DNS, text_is_dns,
	    "a dNSName is labels of lower-case letters, digits and hyphens",
	    text);
}

static bool
is_address(struct span s)
{
	return s.len == 4 || s.len == 16;
}

bool
lint_san_ip(const struct lint *l, struct lint_text *text)
{
	return all_are(
	    l, TAG_IP, is_address, "an iPAddress has 4 or 16 octets", text);
}

bool
lint_san_uri(const struct lint *l, struct lint_text *text)
{
	return all_are(
	    l, TAG_URI, text_is_uri, "a URI is ASCII and has a scheme", text);
}

bool
lint_san_email(const struct lint *l, struct lint_text *text)
{
	return all_are(l, TAG_EMAIL, text_is_email,
	    "an rfc822Name is ASCII with one @", text);
}

bool
lint_san_once(const struct lint *l, struct lint_text *text)
{
	struct names names, before;

	names_open(l, &names);
	while (names_next(&names)) {
		names_open(l, &before);
		while (names_next(&before) &&
		       before.value.data != names.value.data) {
			if (before.tag == names.tag &&
			    span_eq(before.value, names.value))
				return lint_say(text, "a name is there twice");
		}
	}
	return true;
}
