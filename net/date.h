/* SPDX-License-Identifier: Apache-2.0 */
/* The Date field of an answer. */
#ifndef NET_DATE_H
#define NET_DATE_H

/*
 * "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7), made once a second. It
 * belongs to the calling thread and lasts until its next call.
 */
const char *date_now(void);

#endif
