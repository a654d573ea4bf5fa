/* SPDX-License-Identifier: Apache-2.0 */
/* Cryptoki without the room in between; see tests/fake/raw.h. */
#include "tests/fake/raw.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTRIBUTES_MAX 24

static void
expect(CK_RV rv, const char *call)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "raw: %s: 0x%lx\n", call, rv);
	abort();
}

void
raw_open(struct raw *raw, const char *module, unsigned long slot)
{
	CK_C_GetFunctionList get = NULL;
	void *dl = dlopen(module, RTLD_NOW | RTLD_LOCAL);

	if (dl != NULL)
		*(void **)&get = dlsym(dl, "C_GetFunctionList");
	if (get == NULL)
		expect(CKR_GENERAL_ERROR, module);
	else
		expect(get(&raw->list), "C_GetFunctionList");
	expect(
	    raw->list->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
		NULL, NULL, &raw->session),
	    "C_OpenSession");
}

void
raw_close(struct raw *raw)
{
	expect(raw->list->C_CloseSession(raw->session), "C_CloseSession");
}

static CK_ULONG
names_put(CK_ATTRIBUTE *template, const struct raw_pair *pair)
{
	static CK_BBOOL yes = CK_TRUE;
	CK_ULONG n = 0;

	template[n++] = (CK_ATTRIBUTE){CKA_TOKEN, &yes, sizeof(yes)};
	template[n++] =
	    (CK_ATTRIBUTE){CKA_LABEL, (void *)pair->label, strlen(pair->label)};
	if (pair->id != NULL)
		template[n++] =
		    (CK_ATTRIBUTE){CKA_ID, (void *)pair->id, strlen(pair->id)};
	return n;
}

void
raw_pair_make(struct raw *raw, struct raw_pair *pair)
{
	static CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE own[ATTRIBUTES_MAX], shown[ATTRIBUTES_MAX];
	CK_MECHANISM mechanism = {pair->mechanism, NULL, 0};
	CK_ULONG n_private, n_public, i, bits = 2048;

	n_private = names_put(own, pair);
	own[n_private++] = (CK_ATTRIBUTE){CKA_SIGN, &yes, sizeof(yes)};
	for (i = 0; i < pair->n_extra; i++)
		own[n_private++] = pair->extra[i];
	n_public = names_put(shown, pair);
	shown[n_public++] = (CK_ATTRIBUTE){CKA_VERIFY, &yes, sizeof(yes)};
	if (pair->params != NULL)
		shown[n_public++] = (CK_ATTRIBUTE){
		    CKA_EC_PARAMS, (void *)pair->params, pair->params_len};
	else
		shown[n_public++] =
		    (CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof(bits)};
	expect(raw->list->C_GenerateKeyPair(raw->session, &mechanism, shown,
		   n_public, own, n_private, &pair->public_key,
		   &pair->private_key),
	    "C_GenerateKeyPair");
}

void
raw_destroy(struct raw *raw, CK_OBJECT_HANDLE object)
{
	expect(raw->list->C_DestroyObject(raw->session, object),
	    "C_DestroyObject");
}
