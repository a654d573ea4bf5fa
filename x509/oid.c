/* SPDX-License-Identifier: Apache-2.0 */
/* Object identifiers by name; see oid.h. */
#include "x509/oid.h"

#include <inttypes.h>
#include <string.h>

static const struct {
	const char *name;
	const char *octets;
	size_t len;
} oids[OIDS] = {
#define OID(symbol, name, octets) [symbol] = {name, octets, sizeof(octets) - 1},
#include "x509/oid.def"
#undef OID
};

enum oid
oid_find(struct span content)
{
	uint8_t last;
	int i;

	if (content.len == 0)
		return OID_NONE;
	/* The last octet tells most of them apart without a call. */
	last = content.data[content.len - 1];
	for (i = OID_NONE + 1; i < OIDS; i++) {
		if (oids[i].len == content.len &&
		    (uint8_t)oids[i].octets[content.len - 1] == last &&
		    memcmp(oids[i].octets, content.data, content.len) == 0)
			return (enum oid)i;
	}
	return OID_NONE;
}

struct span
oid_content(enum oid oid)
{
	if (oid <= OID_NONE || oid >= OIDS)
		return SPAN_NONE;
	return span_of(oids[oid].octets, oids[oid].len);
}

const char *
oid_name(enum oid oid)
{
	return oid > OID_NONE && oid < OIDS ? oids[oid].name : "unknown";
}

/* X.690 8.19.4: the first subidentifier is 40 * X + Y, X at most 2. */
static void
print_subidentifier(struct buf *out, uint64_t v, bool first)
{
	unsigned top = v < 40 ? 0 : v < 80 ? 1 : 2;

	if (first)
		buf_printf(out, "%u.%" PRIu64, top, v - 40 * top);
	else
		buf_printf(out, ".%" PRIu64, v);
}

void
oid_print(struct span content, struct buf *out)
{
	enum oid oid = oid_find(content);
	uint64_t v = 0;
	bool first = true;
	size_t i;

	if (oid != OID_NONE) {
		buf_add_str(out, oid_name(oid));
		return;
	}
	for (i = 0; i < content.len; i++) {
		/* More than 63 bits: no such arc is assigned; say so. */
		if (v >> 56 != 0) {
			buf_add_str(out, ".?");
			return;
		}
		v = v << 7 | (content.data[i] & 0x7f);
		if ((content.data[i] & 0x80) != 0)
			continue;
		print_subidentifier(out, v, first);
		first = false;
		v = 0;
	}
}
