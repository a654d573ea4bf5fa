/* SPDX-License-Identifier: Apache-2.0 */
/* Time; see clock.h. */
#include "lib/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static _Atomic int64_t frozen_s = -1;

void
clock_freeze(int64_t now_s)
{
	atomic_store(&frozen_s, now_s);
}

static int64_t
read_us(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_now_ms(void)
{
	int64_t fixed = atomic_load(&frozen_s);

	return fixed >= 0 ? fixed * 1000 : read_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_now_s(void)
{
	return clock_now_ms() / 1000;
}

int64_t
clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t
clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

/*
 * Days and dates by the era of 400 years (146,097 days), counted from the
 * first of March so that the leap day is the last of its year.
 */
int64_t
clock_from_date(const struct clock_date *date)
{
	int64_t year = date->month <= 2 ? date->year - 1 : date->year;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year =
	    (153 * ((date->month + 9) % 12) + 2) / 5 + date->day - 1;
	int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
		       of_year - 719468;

	return days * 86400 + date->hour * 3600 + date->minute * 60 +
	       date->second;
}

void
clock_date_of(int64_t utc_s, struct clock_date *out)
{
	int64_t days = utc_s / 86400, rest = utc_s % 86400;
	int64_t era, of_era, year, of_year, month;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	of_era = days - era * 146097;
	year =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;
	out->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	out->month = (int)(month < 10 ? month + 3 : month - 9);
	out->year = (int)(year + era * 400 + (out->month <= 2));
	out->hour = (int)(rest / 3600);
	out->minute = (int)(rest / 60 % 60);
	out->second = (int)(rest % 60);
}

void
clock_format(int64_t utc_s, char *out)
{
	struct clock_date t;
	char text[96];

	clock_date_of(utc_s, &t);
	(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    t.year, t.month, t.day, t.hour, t.minute, t.second);
	(void)snprintf(out, CLOCK_TEXT_LEN, "%.20s", text);
}
