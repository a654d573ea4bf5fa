/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON writer (RFC 8259), for answers: compact, in one pass, into a buffer.
 * (jw_: what starts with json_ is jansson's.)
 *
 *	struct json_writer j = jw_new(&out);
 *	jw_object(&j, NULL);
 *	jw_text(&j, "name", "web-server");
 *	jw_array(&j, "names");
 *	jw_text(&j, NULL, "a.example");
 *	jw_end(&j);
 *	jw_end(&j);
 *
 * key is NULL in an array and at the top, and a name in an object. Text that
 * is not UTF-8 comes out with U+FFFD where it is wrong: the answer is valid
 * JSON whatever was put in.
 */
#ifndef API_JSON_H
#define API_JSON_H

#include "lib/buf.h"

#define JSON_MAX_DEPTH 8

struct json_writer {
	struct buf *out;
	unsigned depth;
	bool has_member[JSON_MAX_DEPTH + 1];
	char closing[JSON_MAX_DEPTH + 1];
};

struct json_writer jw_new(struct buf *out);

void jw_object(struct json_writer *j, const char *key);
void jw_array(struct json_writer *j, const char *key);
void jw_end(struct json_writer *j); /* of the innermost object or array */

void jw_text(struct json_writer *j, const char *key, const char *text);
void jw_span(struct json_writer *j, const char *key, struct span text);
void jw_int(struct json_writer *j, const char *key, int64_t value);
void jw_bool(struct json_writer *j, const char *key, bool value);
void jw_null(struct json_writer *j, const char *key);
/* "2026-11-23T14:48:19Z" */
void jw_time(struct json_writer *j, const char *key, int64_t utc_s);
/* Lower-case hexadecimal text. */
void jw_hex(struct json_writer *j, const char *key, struct span bytes);
/* JSON that is written already. */
void jw_raw(struct json_writer *j, const char *key, struct span value);

#endif
