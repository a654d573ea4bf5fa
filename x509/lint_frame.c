/* SPDX-License-Identifier: Apache-2.0 */
/* Lint rules: version, serial, algorithm, issuer, validity. */
#include "lib/clock.h"
#include "x509/lint_read.h"
#include "x509/sigalg.h"

#define YEAR_2050 INT64_C(2524608000)

bool
lint_version(const struct lint *l, struct lint_text *text)
{
	/* "When extensions are used, ... version MUST be 3 (value is 2)." */
	return l->version == 2 ||
	       lint_say(text, "version 3 is wanted, version %u is there",
		   l->version + 1);
}

bool
lint_serial_positive(const struct lint *l, struct lint_text *text)
{
	size_t i;

	if (l->serial.len != 0 && l->serial.data[0] >= 0x80)
		return lint_say(text, "the serial number is negative");
	for (i = 0; i < l->serial.len; i++) {
		if (l->serial.data[i] != 0)
			return true;
	}
	return lint_say(text, "the serial number is zero");
}

bool
lint_serial_minimal(const struct lint *l, struct lint_text *text)
{
	const uint8_t *p = l->serial.data;

	if (l->serial.len == 0)
		return lint_say(text, "the serial number has no octets");
	return l->serial.len == 1 ||
	       !((p[0] == 0x00 && p[1] < 0x80) ||
		   (p[0] == 0xff && p[1] >= 0x80)) ||
	       lint_say(text, "the serial number has a superfluous octet");
}

bool
lint_serial_length(const struct lint *l, struct lint_text *text)
{
	return l->serial.len <= SERIAL_MAX_LEN ||
	       lint_say(text, "a serial number has at most %d octets, not %zu",
		   SERIAL_MAX_LEN, l->serial.len);
}

bool
lint_algorithm_known(const struct lint *l, struct lint_text *text)
{
	return l->alg != SIG_NONE ||
	       lint_say(text, "the signature algorithm is not on the list");
}

bool
lint_algorithm_form(const struct lint *l, struct lint_text *text)
{
	BUF_CLEANUP want = BUF_INIT;

	/* The reader takes what RFC 4055 lets others omit; we write it. */
	if (l->alg == SIG_NONE)
		return true;
	sig_alg_put(&want, l->alg);
	return span_eq(l->algorithm, buf_span(&want)) ||
	       lint_say(text, "the parameters of %s are not as they must be",
		   sig_alg_name(l->alg));
}

/* The key that signs: the issuer's, or its own. */
static enum key_kind
signing_kind(const struct lint *l)
{
	return l->issuer != NULL ? l->issuer->spki.kind : l->spki.kind;
}

bool
lint_algorithm_key(const struct lint *l, struct lint_text *text)
{
	return l->alg == SIG_NONE ||
	       sig_alg_family(l->alg) == key_kind_family(signing_kind(l)) ||
	       lint_say(text, "%s cannot be made by the issuer's %s key",
		   sig_alg_name(l->alg), key_kind_name(signing_kind(l)));
}

bool
lint_algorithm_curve(const struct lint *l, struct lint_text *text)
{
	enum sig_alg want = sig_alg_default(signing_kind(l));

	return sig_alg_family(l->alg) != FAMILY_EC || l->alg == want ||
	       lint_say(text, "an issuer with a %s key signs by %s, not %s",
		   key_kind_name(signing_kind(l)), sig_alg_name(want),
		   sig_alg_name(l->alg));
}

bool
lint_algorithm_outer(const struct lint *l, struct lint_text *text)
{
	return l->outer_algorithm.len == 0 ||
	       span_eq(l->outer_algorithm, l->algorithm) ||
	       lint_say(text, "the two signature algorithms differ");
}

bool
lint_issuer_name(const struct lint *l, struct lint_text *text)
{
	struct span want = l->issuer != NULL ? l->issuer->subject : l->subject;

	/* Two octets are an empty SEQUENCE. */
	if (l->issuer_name.len <= 2)
		return lint_say(text, "the issuer's name is empty");
	return span_eq(l->issuer_name, want) ||
	       lint_say(text, "the issuer's name is not, byte by byte, the "
			      "subject of the issuer's certificate");
}

bool
lint_issuer_ca(const struct lint *l, struct lint_text *text)
{
	if (l->issuer == NULL)
		return l->is_ca ||
		       lint_say(text, "a self-signed certificate is a CA's");
	return (l->issuer->is_ca &&
		   (l->issuer->key_usage & KU_KEY_CERT_SIGN) != 0) ||
	       lint_say(text, "the issuer's certificate is not that of a CA");
}

bool
lint_issuer_path(const struct lint *l, struct lint_text *text)
{
	int above = l->issuer != NULL ? l->issuer->path_len : -1;

	if (above < 0 || !l->is_ca)
		return true;
	if (above == 0)
		return lint_say(
		    text, "the issuer's path length 0 allows no CA below it");
	return (l->has_path_len && l->path_len < (unsigned)above) ||
	       lint_say(text, "the path length must be below the issuer's %d",
		   above);
}

bool
lint_validity_form(const struct lint *l, struct lint_text *text)
{
	return (l->not_before.ok && l->not_after.ok) ||
	       lint_say(text, "%s is neither YYMMDDHHMMSSZ nor YYYYMMDDHHMMSSZ",
		   l->not_before.ok ? "notAfter" : "notBefore");
}

/* "through the year 2049 as UTCTime; 2050 or later as GeneralizedTime" */
static bool
choice_is_right(const struct lint_time *time)
{
	uint8_t want =
	    time->utc_s >= YEAR_2050 ? DER_GENERALIZED_TIME : DER_UTC_TIME;

	return !time->ok || time->tag == want;
}

bool
lint_validity_choice(const struct lint *l, struct lint_text *text)
{
	return (choice_is_right(&l->not_before) &&
		   choice_is_right(&l->not_after)) ||
	       lint_say(text,
		   "%s must be UTCTime through 2049, GeneralizedTime "
		   "from 2050",
		   choice_is_right(&l->not_before) ? "notAfter" : "notBefore");
}

bool
lint_validity_order(const struct lint *l, struct lint_text *text)
{
	return !l->not_before.ok || !l->not_after.ok ||
	       l->not_before.utc_s <= l->not_after.utc_s ||
	       lint_say(text, "notAfter comes before notBefore");
}

bool
lint_validity_issuer(const struct lint *l, struct lint_text *text)
{
	char end[CLOCK_TEXT_LEN], issuer_end[CLOCK_TEXT_LEN];

	if (l->issuer == NULL || !l->not_before.ok || !l->not_after.ok)
		return true;
	if (l->not_before.utc_s < l->issuer->not_before)
		return lint_say(text, "notBefore is before the issuer's");
	if (l->not_after.utc_s <= l->issuer->not_after)
		return true;
	clock_format(l->not_after.utc_s, end);
	clock_format(l->issuer->not_after, issuer_end);
	return lint_say(
	    text, "notAfter %s is after the issuer's %s", end, issuer_end);
}
