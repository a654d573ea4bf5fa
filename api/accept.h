/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of answer a client asks for. */
#ifndef API_ACCEPT_H
#define API_ACCEPT_H

#include <stdbool.h>

/*
 * RFC 9110 12.5.1, as far as JSON and PEM go: of the two the one with the
 * greater weight, the first when they are equal; dflt when neither is named.
 */
bool api_accepts_json(const char *accept, bool dflt);

#endif
