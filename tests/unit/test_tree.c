/* SPDX-License-Identifier: Apache-2.0 */
/* log/tree: the roots that everybody else computes too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/hex.h"
#include "log/tree.h"

/* The leaves and roots of the reference implementation of RFC 6962. */
static const char *const leaves[] = {"", "00", "10", "2021", "3031", "40414243",
    "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
static const char *const roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

static void
root_is(const struct tree *t, struct hasher *h, const char *expected)
{
	char text[2 * TREE_HASH_LEN + 1];
	uint8_t root[TREE_HASH_LEN];

	tree_root(t, h, root);
	hex_encode(span_of(root, sizeof(root)), text);
	assert_string_equal(text, expected);
}

static void
roots_are_those_of_rfc_6962(void **state)
{
	uint8_t leaf[TREE_HASH_LEN], data[32];
	struct tree t = {.size = 0};
	struct hasher h;
	size_t i;
	int n;

	(void)state;
	assert_int_equal(hasher_new(&h, NULL), 0);
	for (i = 0; i < 8; i++) {
		root_is(&t, &h, roots[i]);
		n = hex_decode(leaves[i], data, sizeof(data));
		assert_true(n >= 0);
		hash_leaf(&h, span_of(data, (size_t)n), leaf);
		tree_append(&t, &h, leaf);
	}
	root_is(&t, &h, roots[8]);
	hasher_free(&h);
}

/* MTH(D[n]) as section 2.1 writes it down. */
static void
plain_root(struct hasher *h, const uint8_t (*leaf)[TREE_HASH_LEN], size_t n,
    uint8_t *root)
{
	uint8_t left[TREE_HASH_LEN], right[TREE_HASH_LEN];
	size_t k = 1;

	if (n == 1) {
		memcpy(root, leaf[0], TREE_HASH_LEN);
		return;
	}
	while (k * 2 < n)
		k *= 2;
	plain_root(h, leaf, k, left);
	plain_root(h, leaf + k, n - k, right);
	hash_node(h, left, right, root);
}

static void
roots_are_those_of_the_definition(void **state)
{
	static uint8_t leaf[300][TREE_HASH_LEN];
	uint8_t expected[TREE_HASH_LEN], root[TREE_HASH_LEN];
	struct tree t = {.size = 0}, copy;
	struct hasher h;
	size_t i;

	(void)state;
	assert_int_equal(hasher_new(&h, NULL), 0);
	for (i = 0; i < 300; i++) {
		hash_leaf(&h, span_of(&i, sizeof(i)), leaf[i]);
		tree_append(&t, &h, leaf[i]);
		/* A copy is enough, also over an old one. */
		tree_copy(&copy, &t);
		tree_root(&copy, &h, root);
		plain_root(
		    &h, (const uint8_t(*)[TREE_HASH_LEN])leaf, i + 1, expected);
		assert_memory_equal(root, expected, sizeof(root));
	}
	hasher_free(&h);
}

static void
a_leaf_is_no_node(void **state)
{
	uint8_t two[64] = {7}, leaf[TREE_HASH_LEN], node[TREE_HASH_LEN];
	struct hasher h;

	(void)state;
	assert_int_equal(hasher_new(&h, NULL), 0);
	hash_leaf(&h, span_of(two, sizeof(two)), leaf);
	hash_node(&h, two, two + 32, node);
	assert_memory_not_equal(leaf, node, sizeof(leaf));
	hasher_free(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(roots_are_those_of_rfc_6962),
	    cmocka_unit_test(roots_are_those_of_the_definition),
	    cmocka_unit_test(a_leaf_is_no_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
