/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes: a growable buffer to write into, a span to point at, a reader to take
 * apart what came from outside.
 *
 * Numbers are big-endian. A buffer grows as needed; running out of memory ends
 * the process (the parent restarts it), so nothing here fails. A reader never
 * reads past its end: the first short read sets `bad`, every later get returns
 * zero or an empty span, and reader_done() tells at the end. That lets a
 * decoder read like the message:
 *
 *	struct reader r = reader_of(span);
 *	id = reader_u64(&r);
 *	name = reader_bytes(&r, NAME_MAX_LEN);
 *	if (!reader_done(&r))
 *		return diag_set(d, ERR_MESSAGE, ...);
 *
 * Threads: no locking; one owner at a time.
 */
#ifndef LIB_BUF_H
#define LIB_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes. */
struct span {
	const uint8_t *data;
	size_t len;
};

#define SPAN_NONE ((struct span){NULL, 0})

struct span span_of(const void *data, size_t len);
struct span span_str(const char *s); /* without the NUL; NULL is empty */
bool span_eq(struct span a, struct span b);
bool span_is(struct span a, const char *s);

/* Owned bytes. Zero-initialise with BUF_INIT. */
struct buf {
	uint8_t *data;
	size_t len;
	size_t cap;
};

#define BUF_INIT           \
	{                  \
		NULL, 0, 0 \
	}

void buf_free(struct buf *b); /* leaves it empty and usable */
#define BUF_CLEANUP __attribute__((cleanup(buf_free))) struct buf

void buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_span(struct buf *b, struct span s);
void buf_add_str(struct buf *b, const char *s);
void buf_add_u8(struct buf *b, uint8_t v);
void buf_add_u16(struct buf *b, uint16_t v);
void buf_add_u32(struct buf *b, uint32_t v);
void buf_add_u64(struct buf *b, uint64_t v);
/* A 32-bit length, then the bytes: what reader_bytes() takes. */
void buf_add_bytes(struct buf *b, struct span s);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Overwrites four bytes at an offset, for lengths known afterwards. */
void buf_put_u32_at(struct buf *b, size_t at, uint32_t v);
void buf_consume(struct buf *b, size_t len); /* drops bytes from the front */
void buf_reset(struct buf *b);               /* empties it, keeps the memory */
struct span buf_span(const struct buf *b);
/* A NUL-terminated view; the NUL is not counted in len. */
const char *buf_cstr(struct buf *b);
/* Moves the content out of *b, which is left empty. */
struct buf buf_take(struct buf *b);

struct reader {
	const uint8_t *p;
	const uint8_t *end;
	bool bad;
};

struct reader reader_of(struct span s);
size_t reader_left(const struct reader *r);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
struct span reader_take(struct reader *r, size_t len);
/* A 32-bit length and that many bytes; more than max is bad. */
struct span reader_bytes(struct reader *r, size_t max);
/* Copies a fixed number of bytes; zeroes out when there are too few. */
void reader_copy(struct reader *r, void *out, size_t len);
/* True when nothing was short and nothing is left. */
bool reader_done(const struct reader *r);

#endif
