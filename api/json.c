/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer; see json.h. */
#include "api/json.h"

#include <assert.h>
#include <string.h>

#include "lib/clock.h"

struct json_writer
jw_new(struct buf *out)
{
	struct json_writer j = {.out = out};

	return j;
}

/*
 * The length of the character that s starts with; 0 when it is none.
 * RFC 3629 4: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
static size_t
utf8_len(struct span s)
{
	size_t len, i;
	uint8_t lead = s.len > 0 ? s.data[0] : 0, low = 0x80, high = 0xbf;

	if (s.len > 0 && lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	if (s.len < len || s.data[1] < low || s.data[1] > high)
		return 0;
	for (i = 2; i < len; i++) {
		if ((s.data[i] & 0xc0) != 0x80)
			return 0;
	}
	return len;
}

static void
add_escape(struct buf *out, uint8_t c)
{
	switch (c) {
	case '\n':
		buf_add_str(out, "\\n");
		break;
	case '\r':
		buf_add_str(out, "\\r");
		break;
	case '\t':
		buf_add_str(out, "\\t");
		break;
	case '"':
		buf_add_str(out, "\\\"");
		break;
	case '\\':
		buf_add_str(out, "\\\\");
		break;
	default:
		buf_printf(out, "\\u%04x", c);
		break;
	}
}

static bool
is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Runs of plain bytes are copied whole: an answer is mostly base64. */
static void
add_string(struct buf *out, struct span s)
{
	size_t i, run, len;

	buf_add_u8(out, '"');
	for (i = 0; i < s.len; i += run) {
		for (run = 0; i + run < s.len && is_plain(s.data[i + run]);)
			run++;
		buf_add(out, s.data + i, run);
		if (run > 0)
			continue;
		run = 1;
		if (s.data[i] < 0x80) {
			add_escape(out, s.data[i]);
			continue;
		}
		len = utf8_len(span_of(s.data + i, s.len - i));
		if (len > 0)
			buf_add(out, s.data + i, run = len);
		else
			buf_add_str(out, "\xef\xbf\xbd");
	}
	buf_add_u8(out, '"');
}

static void
begin(struct json_writer *j, const char *key)
{
	if (j->has_member[j->depth])
		buf_add_u8(j->out, ',');
	j->has_member[j->depth] = true;
	if (key == NULL)
		return;
	add_string(j->out, span_str(key));
	buf_add_u8(j->out, ':');
}

static void
open_level(struct json_writer *j, const char *key, char opening, char closing)
{
	begin(j, key);
	buf_add_u8(j->out, (uint8_t)opening);
	assert(j->depth < JSON_MAX_DEPTH);
	j->depth++;
	j->has_member[j->depth] = false;
	j->closing[j->depth] = closing;
}

void
jw_object(struct json_writer *j, const char *key)
{
	open_level(j, key, '{', '}');
}

void
jw_array(struct json_writer *j, const char *key)
{
	open_level(j, key, '[', ']');
}

void
jw_end(struct json_writer *j)
{
	assert(j->depth > 0);
	buf_add_u8(j->out, (uint8_t)j->closing[j->depth]);
	j->depth--;
}

void
jw_span(struct json_writer *j, const char *key, struct span text)
{
	begin(j, key);
	add_string(j->out, text);
}

void
jw_text(struct json_writer *j, const char *key, const char *text)
{
	jw_span(j, key, span_str(text));
}

void
jw_int(struct json_writer *j, const char *key, int64_t value)
{
	begin(j, key);
	buf_printf(j->out, "%jd", (intmax_t)value);
}

void
jw_raw(struct json_writer *j, const char *key, struct span value)
{
	begin(j, key);
	buf_add_span(j->out, value);
}

void
jw_bool(struct json_writer *j, const char *key, bool value)
{
	jw_raw(j, key, span_str(value ? "true" : "false"));
}

void
jw_null(struct json_writer *j, const char *key)
{
	jw_raw(j, key, span_str("null"));
}

void
jw_time(struct json_writer *j, const char *key, int64_t utc_s)
{
	char text[CLOCK_TEXT_LEN];

	clock_format(utc_s, text);
	jw_text(j, key, text);
}

void
jw_hex(struct json_writer *j, const char *key, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	begin(j, key);
	buf_add_u8(j->out, '"');
	for (i = 0; i < bytes.len; i++) {
		buf_add_u8(j->out, (uint8_t)digits[bytes.data[i] >> 4]);
		buf_add_u8(j->out, (uint8_t)digits[bytes.data[i] & 15]);
	}
	buf_add_u8(j->out, '"');
}
