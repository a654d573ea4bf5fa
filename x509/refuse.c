/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals that cite a section; see refuse.h. */
#include "x509/refuse.h"

#include <stdarg.h>
#include <stdio.h>

int
refuse(struct diag *d, int code, const char *ref, const char *fmt, ...)
{
	char text[DIAG_TEXT_MAX] = "";
	va_list ap;

	if (d == NULL)
		return code;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)diag_set(d, code, "%s", text);
	(void)diag_ref(d, ref);
	return code;
}
