/* SPDX-License-Identifier: Apache-2.0 */
/* The hash tree of RFC 6962 section 2.1; see tree.h. */
#include "log/tree.h"

#include <openssl/evp.h>
#include <string.h>

#include "lib/mem.h"

int
hasher_new(struct hasher *h, struct diag *d)
{
	h->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	h->ctx = EVP_MD_CTX_new();
	if (h->md == NULL || h->ctx == NULL) {
		hasher_free(h);
		return diag_set(
		    d, ERR_INTERNAL, "libcrypto does not offer SHA-256");
	}
	return 0;
}

void
hasher_free(struct hasher *h)
{
	EVP_MD_CTX_free(h->ctx);
	EVP_MD_free(h->md);
	h->ctx = NULL;
	h->md = NULL;
}

/*
 * One digest of two pieces. It can only fail when memory runs out, which ends
 * the process as everywhere; a wrong hash must not go on.
 */
static void
digest(struct hasher *h, struct span a, struct span b, uint8_t *out)
{
	if (EVP_DigestInit_ex2(h->ctx, h->md, NULL) != 1 ||
	    EVP_DigestUpdate(h->ctx, a.data, a.len) != 1 ||
	    EVP_DigestUpdate(h->ctx, b.data, b.len) != 1 ||
	    EVP_DigestFinal_ex(h->ctx, out, NULL) != 1)
		mem_exhausted();
}

void
hash_leaf(struct hasher *h, struct span record, uint8_t *out)
{
	static const uint8_t prefix[1] = {0x00};

	digest(h, span_of(prefix, 1), record, out);
}

void
hash_node(
    struct hasher *h, const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	uint8_t head[1 + TREE_HASH_LEN] = {0x01};

	memcpy(head + 1, left, TREE_HASH_LEN);
	digest(
	    h, span_of(head, sizeof(head)), span_of(right, TREE_HASH_LEN), out);
}

void
hash_plain(struct hasher *h, struct span bytes, uint8_t *out)
{
	digest(h, bytes, SPAN_NONE, out);
}

/* Like adding one to a binary number: each carry joins two subtrees. */
void
tree_append(struct tree *t, struct hasher *h, const uint8_t *leaf)
{
	uint8_t carry[TREE_HASH_LEN];
	unsigned level;

	memcpy(carry, leaf, TREE_HASH_LEN);
	for (level = 0; (t->size >> level & 1) != 0; level++)
		hash_node(h, t->at[level], carry, carry);
	memcpy(t->at[level], carry, TREE_HASH_LEN);
	t->size++;
}

/* RFC 6962 section 2.1: the last, smaller subtrees hang on the right. */
void
tree_root(const struct tree *t, struct hasher *h, uint8_t *root)
{
	bool any = false;
	unsigned level;

	for (level = 0; level < TREE_LEVELS; level++) {
		if ((t->size >> level & 1) == 0)
			continue;
		if (any)
			hash_node(h, t->at[level], root, root);
		else
			memcpy(root, t->at[level], TREE_HASH_LEN);
		any = true;
	}
	if (!any)
		hash_plain(h, SPAN_NONE, root);
}

void
tree_copy(struct tree *to, const struct tree *from)
{
	unsigned level;

	to->size = from->size;
	for (level = 0; level < TREE_LEVELS; level++)
		if ((from->size >> level & 1) != 0)
			memcpy(to->at[level], from->at[level], TREE_HASH_LEN);
}
