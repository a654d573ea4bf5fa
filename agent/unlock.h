/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unlock.sock: an operator's connection on its way to a signer.
 *
 * The parent reads the first line, which names the token, byte by byte and so
 * never one of the PIN that follows; then the descriptor goes to the signer.
 */
#ifndef AGENT_UNLOCK_H
#define AGENT_UNLOCK_H

#include "lib/loop.h"

struct unlocker;

/* Takes the listening descriptor. pass() gets the descriptor with the token's
 * name, and closes or forwards it. */
int unlocker_open(struct loop *loop, int fd,
    void (*pass)(void *arg, const char *token, int fd), void *arg,
    struct unlocker **out, struct diag *d);

/* "error CODE sentence\n", and closes. */
void unlock_refuse(int fd, int err, const char *text);

#endif
