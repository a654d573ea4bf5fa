/* SPDX-License-Identifier: Apache-2.0 */
/* Files with the answer beside them; see golden.h. */
#include "tests/unit/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/file.h"
#include "lib/mem.h"

#define GOLDEN_MAX (1 << 20)

static char *
source_path(const char *path)
{
	const char *top = getenv("top_srcdir");

	return xasprintf("%s/%s", top != NULL ? top : ".", path);
}

void
golden_read(const char *path, struct buf *out)
{
	MEM_CLEANUP char *whole = source_path(path);
	struct diag d = DIAG_INIT;

	if (file_read(whole, FILE_ANY, GOLDEN_MAX, out, &d) != 0)
		fail_msg("%s", d.text);
}

static void
want_write(const char *path, const struct buf *have)
{
	MEM_CLEANUP char *whole = source_path(path);
	struct diag d = DIAG_INIT;

	if (file_write(whole, 0644, buf_span(have), &d) != 0)
		fail_msg("%s", d.text);
}

static bool
is_wanted(const char *want_path, struct buf *have)
{
	BUF_CLEANUP want = BUF_INIT;

	if (getenv("GOLDEN_UPDATE") != NULL) {
		want_write(want_path, have);
		return true;
	}
	golden_read(want_path, &want);
	if (span_eq(buf_span(&want), buf_span(have)))
		return true;
	print_error("--- %s\n%s+++ have\n%s", want_path, buf_cstr(&want),
	    buf_cstr(have));
	return false;
}

void
golden_each(const char *dir, size_t least,
    void (*render)(const char *file, struct span text, struct buf *out))
{
	MEM_CLEANUP char *whole = source_path(dir);
	struct diag d = DIAG_INIT;
	char **names = NULL;
	size_t n = 0, n_bad = 0, i;

	if (file_list(whole, ".yaml", &names, &n, &d) != 0)
		fail_msg("%s", d.text);
	for (i = 0; i < n; i++) {
		MEM_CLEANUP char *path = xasprintf("%s/%s", dir, names[i]);
		MEM_CLEANUP char *want =
		    xasprintf("%.*swant", (int)strlen(path) - 4, path);
		BUF_CLEANUP text = BUF_INIT;
		BUF_CLEANUP have = BUF_INIT;

		golden_read(path, &text);
		render(names[i], buf_span(&text), &have);
		n_bad += !is_wanted(want, &have);
	}
	file_names_free(names, n);
	assert_int_equal(n_bad, 0);
	assert_true(n >= least);
}

void
golden_example(const char *page, struct buf *out)
{
	static const char start[] = ".Sh EXAMPLES\n.Bd -literal\n";
	BUF_CLEANUP text = BUF_INIT;
	const char *from, *to;

	golden_read(page, &text);
	from = strstr(buf_cstr(&text), start);
	to = from != NULL ? strstr(from, "\n.Ed") : NULL;
	if (to == NULL)
		fail_msg("%s has no example", page);
	from += sizeof(start) - 1;
	buf_add(out, from, (size_t)(to - from) + 1);
}

void
golden_findings(struct yaml_findings *f, struct buf *out)
{
	yaml_findings_print(f, out);
	yaml_findings_free(f);
}
