/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/csr: the corpus of tests/data/csr. What is in good/ is accepted, what
 * is in bad/ is refused with the code beside it.
 */
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
#include "x509/csr.h"
#include "x509/pem.h"

#define FILE_MAX_LEN (1 << 20)

static char *
path_of(const char *dir, const char *file)
{
	const char *top = getenv("top_srcdir");

	return xasprintf(
	    "%s/tests/data/csr/%s/%s", top != NULL ? top : ".", dir, file);
}

static void
read_whole(const char *path, struct buf *out)
{
	struct diag d = DIAG_INIT;

	if (file_read(path, FILE_ANY, FILE_MAX_LEN, out, &d) != 0)
		fail_msg("%s", d.text);
}

/* As the agent takes one: PEM or DER, parsed, checked. */
static int
take(const char *path, struct buf *der, struct csr *csr, struct diag *d)
{
	const char *suffix = strrchr(path, '.');
	BUF_CLEANUP text = BUF_INIT;
	int rc = 0;

	read_whole(path, &text);
	if (strcmp(suffix, ".pem") == 0)
		rc = pem_decode(buf_span(&text), PEM_CSR, der, d);
	else
		buf_add_span(der, buf_span(&text));
	if (rc == 0)
		rc = csr_parse(buf_span(der), csr, d);
	if (rc == 0)
		rc = csr_check(csr, d);
	return rc;
}

static void
good_ones_are_taken(void **state)
{
	MEM_CLEANUP char *dir = path_of("good", "");
	struct diag d = DIAG_INIT;
	struct csr csr;
	char **names;
	size_t n, i;

	(void)state;
	assert_int_equal(file_list(dir, ".pem", &names, &n, &d), 0);
	assert_true(n > 30);
	for (i = 0; i < n; i++) {
		MEM_CLEANUP char *path = path_of("good", names[i]);
		BUF_CLEANUP der = BUF_INIT;

		if (take(path, &der, &csr, &d) != 0)
			fail_msg("%s: %s", names[i], d.text);
	}
	file_names_free(names, n);
}

static void
expect_refusal(const char *name)
{
	MEM_CLEANUP char *path = path_of("bad", name);
	MEM_CLEANUP char *want_path = NULL;
	BUF_CLEANUP der = BUF_INIT;
	BUF_CLEANUP want = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct csr csr;
	int rc;

	want_path =
	    xasprintf("%.*s.want", (int)(strrchr(path, '.') - path), path);
	read_whole(want_path, &want);
	if (want.len > 0)
		want.len--; /* the newline */
	rc = take(path, &der, &csr, &d);
	if (rc == 0 || strcmp(err_code(rc), buf_cstr(&want)) != 0)
		fail_msg("%s: %s was wanted, %s came: %s", name,
		    buf_cstr(&want), rc == 0 ? "nothing" : err_code(rc),
		    d.text);
	assert_int_equal(d.code, rc);
	assert_true(d.text[0] != '\0');
}

static void
bad_ones_are_refused_for_their_reason(void **state)
{
	static const char *const suffixes[] = {".pem", ".der"};
	MEM_CLEANUP char *dir = path_of("bad", "");
	struct diag d = DIAG_INIT;
	size_t n, i, k, all = 0;
	char **names;

	(void)state;
	for (k = 0; k < 2; k++) {
		assert_int_equal(
		    file_list(dir, suffixes[k], &names, &n, &d), 0);
		for (i = 0; i < n; i++)
			expect_refusal(names[i]);
		all += n;
		file_names_free(names, n);
	}
	assert_true(all > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_ones_are_taken),
	    cmocka_unit_test(bad_ones_are_refused_for_their_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
