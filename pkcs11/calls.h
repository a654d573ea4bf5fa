/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One counted wrapper for each Cryptoki call this house makes, generated from
 * pkcs11/calls.def: p11_C_Sign(module, session, ...) and so on.
 *
 * Every call goes through here, so that `exactly one C_SignInit and one C_Sign
 * a certificate` can be counted, and a trace shows what the token was asked.
 */
#ifndef PKCS11_CALLS_H
#define PKCS11_CALLS_H

#include "pkcs11/private.h"

void call_note(struct module *module, enum call call, CK_RV rv);

/*
 * The name without its C_ gives the pointer's place in the list; a wrapper
 * that this file's reader does not use costs nothing.
 */
#define P(...) __VA_ARGS__
#define CALL_OTHER(name, session, params, args)
#define CALL_USED(name, session, params, args)                        \
	static inline CK_RV p11_##name(struct module *module, params) \
	{                                                             \
		CK_RV rv = module->list->name(args);                  \
                                                                      \
		call_note(module, CALL_##name, rv);                   \
		return rv;                                            \
	}
#define CALL(name, kind, session, params, args) \
	CALL_##kind(name, session, P(params), P(args))
#include "pkcs11/calls.def"
#undef CALL
#undef CALL_USED
#undef CALL_OTHER
#undef P

#endif
