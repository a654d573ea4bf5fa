/* SPDX-License-Identifier: Apache-2.0 */
/* What was called, how often, and with what result; see pkcs11/calls.h. */
#include "pkcs11/calls.h"

#include <string.h>

static const struct {
	const char *name;
	size_t offset; /* of the pointer in CK_FUNCTION_LIST */
	bool used;
} calls[CALLS] = {
#define CALL_USED true
#define CALL_OTHER false
#define CALL(name, kind, session, params, args) \
	[CALL_##name] = {#name, offsetof(CK_FUNCTION_LIST, name), CALL_##kind},
#include "pkcs11/calls.def"
#undef CALL
#undef CALL_USED
#undef CALL_OTHER
};

void
call_note(struct module *module, enum call call, CK_RV rv)
{
	atomic_fetch_add_explicit(
	    &module->counts[call], 1, memory_order_relaxed);
	if (module->trace != NULL)
		module->trace(module->trace_arg, calls[call].name, rv);
}

const char *
call_missing(const CK_FUNCTION_LIST *list)
{
	void *entry;
	int i;

	for (i = 0; i < CALLS; i++) {
		memcpy(&entry, (const char *)list + calls[i].offset,
		    sizeof(entry));
		if (calls[i].used && entry == NULL)
			return calls[i].name;
	}
	return NULL;
}

unsigned long
module_calls(const struct module *module, const char *name)
{
	unsigned long n = 0;
	int i;

	for (i = 0; i < CALLS; i++) {
		if (name == NULL || strcmp(calls[i].name, name) == 0)
			n += atomic_load(&module->counts[i]);
	}
	return n;
}

void
module_trace(struct module *module,
    void (*trace)(void *arg, const char *call, unsigned long rv), void *arg)
{
	module->trace_arg = arg;
	module->trace = trace;
}
