/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is always there: these end the process instead of failing.
 * A role that dies is restarted by the parent; half an allocation is not a
 * state worth testing for at every call.
 */
#ifndef LIB_MEM_H
#define LIB_MEM_H

#include <stddef.h>
#include <stdnoreturn.h>

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
void *xmemdup(const void *p, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
noreturn void mem_exhausted(void);

/* free() through a pointer to the pointer, for the cleanup attribute. */
void mem_free(void *pp);
#define MEM_CLEANUP __attribute__((cleanup(mem_free)))

#endif
