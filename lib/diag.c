/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences about failures; see diag.h. */
#include "lib/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 0))) static void
diag_vset(struct diag *d, int code, const char *fmt, va_list ap)
{
	char text[DIAG_TEXT_MAX] = "";

	/* By way of a copy: the arguments may point into the old sentence. */
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	d->code = code;
	d->native = 0;
	d->ref[0] = '\0';
	memcpy(d->text, text, sizeof(d->text));
}

int
diag_set(struct diag *d, int code, const char *fmt, ...)
{
	va_list ap;

	if (d == NULL)
		return code;
	va_start(ap, fmt);
	diag_vset(d, code, fmt, ap);
	va_end(ap);
	return code;
}

int
diag_errno(struct diag *d, int code, const char *fmt, ...)
{
	int saved = errno;
	size_t len;
	va_list ap;

	if (d == NULL)
		return code;
	va_start(ap, fmt);
	diag_vset(d, code, fmt, ap);
	va_end(ap);
	len = strlen(d->text);
	(void)snprintf(
	    d->text + len, sizeof(d->text) - len, ": %s", strerror(saved));
	d->native = (unsigned long)saved;
	errno = saved;
	return code;
}

int
diag_ref(struct diag *d, const char *ref)
{
	if (d == NULL)
		return ERR_INTERNAL;
	(void)snprintf(d->ref, sizeof(d->ref), "%s", ref);
	return d->code;
}

int
diag_prefix(struct diag *d, const char *fmt, ...)
{
	char text[DIAG_TEXT_MAX] = "";
	size_t len;
	va_list ap;

	if (d == NULL)
		return ERR_INTERNAL;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	len = strlen(text);
	(void)snprintf(text + len, sizeof(text) - len, ": %s", d->text);
	memcpy(d->text, text, sizeof(d->text));
	return d->code;
}
