/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that ends the process instead of failing; see mem.h. */
#include "lib/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

noreturn void
mem_exhausted(void)
{
	static const char text[] = "<2>privyseal: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)ignored;
	_exit(1);
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n != 0 ? n : 1, size != 0 ? size : 1);

	if (p == NULL)
		mem_exhausted();
	return p;
}

void *
xrealloc(void *p, size_t size)
{
	p = realloc(p, size != 0 ? size : 1);
	if (p == NULL)
		mem_exhausted();
	return p;
}

void *
xmemdup(const void *p, size_t len)
{
	void *copy = xcalloc(len, 1);

	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

char *
xstrndup(const char *s, size_t len)
{
	char *copy = xcalloc(len + 1, 1);

	memcpy(copy, s, len);
	return copy;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *
xasprintf(const char *fmt, ...)
{
	char *s;
	int len;
	va_list ap;

	va_start(ap, fmt);
	len = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (len < 0)
		mem_exhausted();
	return s;
}

void
mem_free(void *pp)
{
	void *p;

	memcpy(&p, pp, sizeof(p));
	free(p);
}
