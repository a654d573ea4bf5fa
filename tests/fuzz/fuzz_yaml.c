/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as YAML: a tree within its limits, or findings, never neither;
 * both only when a key is there twice.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static size_t
tree_check(const struct yaml_node *node, unsigned depth, bool in_map)
{
	const struct yaml_node *child;
	size_t n = 1, n_keys = 0;

	must(depth <= YAML_MAX_DEPTH);
	must((node->key != NULL) == in_map);
	must(node->line > 0 && node->column > 0);
	must((node->type == YAML_SCALAR) == (node->text != NULL));
	must(node->type != YAML_SCALAR || node->child == NULL);
	for (child = node->child; child != NULL; child = child->next) {
		n += tree_check(child, depth + 1, node->type == YAML_MAP);
		n_keys++;
		must(node->type != YAML_MAP ||
		     yaml_entry(node, child->key) == child);
	}
	must(node->type != YAML_MAP || n_keys <= YAML_MAX_KEYS);
	return n;
}

static void
findings_check(const struct yaml_findings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		must(f->at[i].text[0] != '\0' &&
		     strchr(f->at[i].text, '\n') == NULL);
	must(f->n == YAML_MAX_FINDINGS || f->dropped == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yaml_findings f = YAML_FINDINGS_INIT;
	struct yaml_doc *doc = NULL;
	int rc = yaml_parse("fuzz", span_of(data, size), &doc, &f);

	must(rc != 0 || doc != NULL);
	must((rc == 0) == (f.n == 0));
	findings_check(&f);
	if (rc != 0 && doc != NULL)
		must(strstr(f.at[0].text, "is there twice") != NULL);
	if (doc != NULL)
		must(
		    tree_check(yaml_root(doc), 0, false) <= YAML_MAX_NODES + 1);
	yaml_doc_free(doc);
	yaml_findings_free(&f);
	return 0;
}
