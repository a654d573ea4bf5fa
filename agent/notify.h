/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling systemd (sd_notify(3), the protocol, without its library). Without
 * NOTIFY_SOCKET all of this does nothing.
 */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

#include <stdint.h>

/* "READY=1", "STOPPING=1", "WATCHDOG=1" ... */
void notify_send(const char *state);

/* How often WATCHDOG=1 is wanted, halved; 0: not at all. */
int64_t notify_watchdog_ms(void);

#endif
