/* SPDX-License-Identifier: Apache-2.0 */
/* A decision in JSON: what would be issued, or every reason why not. */
#ifndef AGENT_EXPLAIN_H
#define AGENT_EXPLAIN_H

#include "issue/plan.h"

/* Appends the document that docs/protocol.md calls an explanation. */
void explain_encode(
    const struct plan *plan, const struct rules *rules, struct buf *out);

#endif
