/* SPDX-License-Identifier: Apache-2.0 */
/* The Date field of an answer; see date.h. */
#include "net/date.h"

#include <stdio.h>

#include "lib/clock.h"

const char *
date_now(void)
{
	/* 1970 began on a Thursday. */
	static const char days[] = "ThuFriSatSunMonTueWed";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static _Thread_local int64_t made_s = -1;
	static _Thread_local char text[64];
	int64_t now_s = clock_now_s();
	struct clock_date t;

	if (now_s == made_s)
		return text;
	made_s = now_s;
	clock_date_of(now_s, &t);
	(void)snprintf(text, sizeof(text),
	    "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
	    days + now_s / 86400 % 7 * 3, t.day, months + (t.month - 1) * 3,
	    t.year, t.hour, t.minute, t.second);
	return text;
}
