/* SPDX-License-Identifier: Apache-2.0 */
/* PINs, from where people and programs keep them. */
#ifndef CLI_PIN_H
#define CLI_PIN_H

#include "lib/secret.h"

/*
 * One line from the terminal without echo, or from standard input when that is
 * not a terminal.
 */
int pin_ask(const char *whose, struct secret *pin, struct diag *d);

/* A random one, hexadecimal, for tokens that are made here. */
int pin_make(struct secret *pin, struct diag *d);

/* A new file, 0600; ERR_FILE when there is one already. */
int pin_write(const char *path, const struct secret *pin, struct diag *d);

#endif
