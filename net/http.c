/* SPDX-License-Identifier: Apache-2.0 */
/* The limits used when nobody says otherwise; see http.h. */
#include "net/http.h"

const struct http_limits http_default_limits = {
    .header_max = 16384,
    .body_max = 65536,
    .header_ms = 2000,
    .request_ms = 5000,
    .idle_ms = 30000,
    .write_ms = 5000,
    .streams = 64,
};
