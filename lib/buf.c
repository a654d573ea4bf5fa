/* SPDX-License-Identifier: Apache-2.0 */
/* Growable buffers and bounded readers; see buf.h. */
#include "lib/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

struct span
span_of(const void *data, size_t len)
{
	return (struct span){data, len};
}

struct span
span_str(const char *s)
{
	return (struct span){(const uint8_t *)s, s != NULL ? strlen(s) : 0};
}

bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool
span_is(struct span a, const char *s)
{
	return span_eq(a, span_str(s));
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

void
buf_reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap != 0 ? b->cap : 64;

	if (b->cap - b->len >= more)
		return;
	if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		mem_exhausted();
	while (cap - b->len < more)
		cap *= 2;
	b->data = xrealloc(b->data, cap);
	b->cap = cap;
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	if (len == 0)
		return;
	buf_reserve(b, len);
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void
buf_add_span(struct buf *b, struct span s)
{
	buf_add(b, s.data, s.len);
}

void
buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_add_u8(struct buf *b, uint8_t v)
{
	buf_add(b, &v, 1);
}

static void
store_be(uint8_t *out, uint64_t v, size_t len)
{
	while (len-- > 0) {
		out[len] = (uint8_t)v;
		v >>= 8;
	}
}

static void
add_be(struct buf *b, uint64_t v, size_t len)
{
	buf_reserve(b, len);
	store_be(b->data + b->len, v, len);
	b->len += len;
}

void
buf_add_u16(struct buf *b, uint16_t v)
{
	add_be(b, v, 2);
}

void
buf_add_u32(struct buf *b, uint32_t v)
{
	add_be(b, v, 4);
}

void
buf_add_u64(struct buf *b, uint64_t v)
{
	add_be(b, v, 8);
}

void
buf_add_bytes(struct buf *b, struct span s)
{
	if (s.len > UINT32_MAX)
		mem_exhausted();
	buf_add_u32(b, (uint32_t)s.len);
	buf_add_span(b, s);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len > 0) {
		buf_reserve(b, (size_t)len + 1);
		(void)vsnprintf(
		    (char *)b->data + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	}
	va_end(again);
}

void
buf_put_u32_at(struct buf *b, size_t at, uint32_t v)
{
	if (at <= b->len && b->len - at >= 4)
		store_be(b->data + at, v, 4);
}

void
buf_consume(struct buf *b, size_t len)
{
	if (len >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
}

struct span
buf_span(const struct buf *b)
{
	return (struct span){b->data, b->len};
}

const char *
buf_cstr(struct buf *b)
{
	buf_reserve(b, 1);
	b->data[b->len] = '\0';
	return (const char *)b->data;
}

struct buf
buf_take(struct buf *b)
{
	struct buf taken = *b;

	*b = (struct buf)BUF_INIT;
	return taken;
}

struct reader
reader_of(struct span s)
{
	return (struct reader){
	    s.data, s.data != NULL ? s.data + s.len : NULL, false};
}

size_t
reader_left(const struct reader *r)
{
	return r->bad || r->p == NULL ? 0 : (size_t)(r->end - r->p);
}

struct span
reader_take(struct reader *r, size_t len)
{
	struct span s = SPAN_NONE;

	if (r->bad || reader_left(r) < len) {
		r->bad = true;
		return s;
	}
	s = span_of(r->p, len);
	if (len > 0)
		r->p += len;
	return s;
}

static uint64_t
take_be(struct reader *r, size_t len)
{
	struct span s = reader_take(r, len);
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		v = v << 8 | s.data[i];
	return v;
}

uint8_t
reader_u8(struct reader *r)
{
	return (uint8_t)take_be(r, 1);
}

uint16_t
reader_u16(struct reader *r)
{
	return (uint16_t)take_be(r, 2);
}

uint32_t
reader_u32(struct reader *r)
{
	return (uint32_t)take_be(r, 4);
}

uint64_t
reader_u64(struct reader *r)
{
	return take_be(r, 8);
}

struct span
reader_bytes(struct reader *r, size_t max)
{
	uint32_t len = reader_u32(r);

	if (len > max)
		r->bad = true;
	return reader_take(r, r->bad ? 0 : len);
}

void
reader_copy(struct reader *r, void *out, size_t len)
{
	struct span s = reader_take(r, len);

	memset(out, 0, len);
	if (s.len == len && len > 0)
		memcpy(out, s.data, len);
}

bool
reader_done(const struct reader *r)
{
	return !r->bad && reader_left(r) == 0;
}
