/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a log still begins as it did when a head was kept; see read.h. */
#include "log/read.h"

#include <inttypes.h>
#include <string.h>

#include "log/tree.h"

static int
tree_read(struct log_reader *reader, uint64_t size, struct hasher *h,
    struct tree *tree, struct diag *d)
{
	struct log_record record;
	bool torn;
	int rc;

	while (tree->size < size) {
		rc = log_reader_next(reader, &record, &torn, d);
		if (rc < 0)
			return rc;
		if (rc == 0)
			return diag_set(d, ERR_LOG_CORRUPT,
			    "the log has %" PRIu64 " records; it had %" PRIu64
			    " when that head was made",
			    tree->size, size);
		tree_append(tree, h, record.leaf);
	}
	return 0;
}

static int
head_compare(struct log_reader *reader, const struct log_head *head,
    struct hasher *h, struct diag *d)
{
	uint8_t root[LOG_HASH_LEN];
	struct tree tree = {.size = 0};
	int rc = tree_read(reader, head->size, h, &tree, d);

	if (rc != 0)
		return rc;
	tree_root(&tree, h, root);
	if (memcmp(root, head->root, sizeof(root)) != 0)
		return diag_set(d, ERR_LOG_CORRUPT,
		    "the first %" PRIu64
		    " records of the log are not those that it had when that "
		    "head was made",
		    head->size);
	return 0;
}

int
log_contains(const char *path, const struct log_head *head, struct diag *d)
{
	struct log_reader *reader;
	struct hasher h;
	int rc = log_reader_open(path, &reader, d);

	if (rc != 0)
		return rc;
	rc = hasher_new(&h, d);
	if (rc == 0) {
		rc = head_compare(reader, head, &h, d);
		hasher_free(&h);
	}
	log_reader_close(reader);
	return rc != 0 && d != NULL ? diag_prefix(d, "%s", path) : rc;
}
