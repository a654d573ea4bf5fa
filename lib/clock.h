/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time. Wall time is UTC; the monotonic clock is for deadlines. A test may
 * freeze wall time so that output is the same byte for byte.
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_now_s(void);   /* seconds since 1970, UTC */
int64_t clock_now_ms(void);  /* milliseconds since 1970, UTC */
int64_t clock_mono_ms(void); /* monotonic milliseconds */
int64_t clock_mono_us(void); /* monotonic microseconds */

/* Every later clock_now_* says this second; -1 lets time go on. */
void clock_freeze(int64_t now_s);

#define CLOCK_TEXT_LEN 21
/* "2026-11-23T14:48:19Z"; the years 0 to 9999. out has CLOCK_TEXT_LEN bytes. */
void clock_format(int64_t utc_s, char *out);

/* Civil date from seconds and back (proleptic Gregorian, no leap seconds). */
struct clock_date {
	int year, month, day, hour, minute, second;
};
void clock_date_of(int64_t utc_s, struct clock_date *out);
int64_t clock_from_date(const struct clock_date *date);

#endif
