/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers around jansson; see json.h. */
#include "agent/json.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/mem.h"

json_t *
json_of_span(struct span s)
{
	json_t *value = json_stringn((const char *)s.data, s.len);
	MEM_CLEANUP char *copy = NULL;
	size_t i;

	if (s.len == 0)
		return json_string("");
	if (value != NULL)
		return value;
	copy = xstrndup((const char *)s.data, s.len);
	for (i = 0; i < s.len; i++) {
		if ((unsigned char)copy[i] >= 0x80)
			copy[i] = '?';
	}
	return json_stringn(copy, s.len);
}

void
json_put_span(json_t *object, const char *key, struct span s)
{
	(void)json_object_set_new(object, key, json_of_span(s));
}

void
json_put_str(json_t *object, const char *key, const char *s)
{
	(void)json_object_set_new(
	    object, key, s != NULL ? json_of_span(span_str(s)) : json_null());
}

void
json_put_int(json_t *object, const char *key, uint64_t v)
{
	(void)json_object_set_new(object, key, json_integer((json_int_t)v));
}

void
json_put_hex(json_t *object, const char *key, struct span s)
{
	MEM_CLEANUP char *text = xcalloc(s.len * 2 + 1, 1);

	hex_encode(s, text);
	(void)json_object_set_new(object, key, json_string(text));
}

void
json_put_time(json_t *object, const char *key, int64_t utc_s)
{
	char text[CLOCK_TEXT_LEN];

	clock_format(utc_s, text);
	(void)json_object_set_new(object, key, json_string(text));
}

void
json_print(json_t *value, struct buf *out)
{
	char *text = json_dumps(value, JSON_COMPACT);

	if (text == NULL)
		mem_exhausted();
	buf_add_str(out, text);
	buf_add_u8(out, '\n');
	free(text);
	json_decref(value);
}
