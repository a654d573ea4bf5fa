/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hash tree of RFC 6962 section 2.1 as a compact range: of n leaves only
 * the roots of the perfect subtrees are kept, one for each bit set in n.
 */
#ifndef LOG_TREE_H
#define LOG_TREE_H

#include "lib/buf.h"
#include "lib/diag.h"

#define TREE_HASH_LEN 32
#define TREE_LEVELS 64

/* SHA-256, fetched once; one owner at a time. */
struct hasher {
	struct evp_md_st *md;
	struct evp_md_ctx_st *ctx;
};

int hasher_new(struct hasher *h, struct diag *d);
void hasher_free(struct hasher *h);

/* SHA-256(0x00 || record), SHA-256(0x01 || left || right), SHA-256(bytes). */
void hash_leaf(struct hasher *h, struct span record, uint8_t *out);
void hash_node(
    struct hasher *h, const uint8_t *left, const uint8_t *right, uint8_t *out);
void hash_plain(struct hasher *h, struct span bytes, uint8_t *out);

/* All zero is the empty tree. */
struct tree {
	uint64_t size; /* leaves */
	/* at[k] is in use when bit k of size is set: 2^k leaves. */
	uint8_t at[TREE_LEVELS][TREE_HASH_LEN];
};

void tree_append(struct tree *t, struct hasher *h, const uint8_t *leaf);
void tree_root(const struct tree *t, struct hasher *h, uint8_t *root);
/* Copies what is in use: cheaper than the whole struct. */
void tree_copy(struct tree *to, const struct tree *from);

#endif
