/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#11 URIs (RFC 7512) written for people and configurations. */
#ifndef CLI_URI_H
#define CLI_URI_H

#include "lib/buf.h"

/* "pkcs11:token=LABEL", percent-encoded as RFC 7512 section 2.3 says. */
void uri_token(const char *label, struct buf *out);
/* "pkcs11:object=LABEL;id=%01%02;type=private"; an empty part is left out. */
void uri_key(const char *label, struct span id, struct buf *out);

#endif
