/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small helpers around jansson, for answers that are asked for now and then.
 * Text that is not UTF-8 is written with its bad bytes as question marks.
 */
#ifndef AGENT_JSON_H
#define AGENT_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "lib/buf.h"

json_t *json_of_span(struct span s);
void json_put_span(json_t *object, const char *key, struct span s);
void json_put_str(
    json_t *object, const char *key, const char *s); /* NULL: null */
void json_put_int(json_t *object, const char *key, uint64_t v);
void json_put_hex(json_t *object, const char *key, struct span s);
void json_put_time(json_t *object, const char *key, int64_t utc_s);

/* Appends the text and a newline, and lets go of the value. */
void json_print(json_t *value, struct buf *out);

#endif
