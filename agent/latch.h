/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PIN latch: a token refused its PIN, and nobody logs in again until an
 * operator has unlocked it. A file in the state directory, so that it
 * outlives restarts; the PIN itself is never kept.
 */
#ifndef AGENT_LATCH_H
#define AGENT_LATCH_H

#include "config/config.h"

bool latch_is_set(const struct config *config, const char *token);
int latch_set(const struct config *config, const char *token, struct diag *d);
void latch_clear(const struct config *config, const char *token);

#endif
