/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vendor's module: loaded by path, initialised once, its tokens listed.
 *
 * Loading code into the process that holds the PIN is the largest trust this
 * house gives, so the path is absolute and the file nobody else's to write.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mem.h"
#include "pkcs11/calls.h"

#define SLOTS_MAX 4096
#define SLOTS_TRIES 4

static int
path_check(const char *path, struct diag *d)
{
	struct stat st;

	if (path[0] != '/')
		return diag_set(d, ERR_TOKEN_MODULE,
		    "the module's path must be absolute, this is \"%s\"", path);
	if (stat(path, &st) != 0)
		return diag_errno(d, ERR_TOKEN_MODULE, "module %s", path);
	if (!S_ISREG(st.st_mode))
		return diag_set(d, ERR_TOKEN_MODULE,
		    "module %s is not a regular file", path);
	if (st.st_mode & S_IWOTH)
		return diag_set(d, ERR_TOKEN_MODULE,
		    "module %s may be written by everybody", path);
	return 0;
}

/* The function list of a loaded object, if it is a PKCS#11 module. */
static int
list_take(const char *path, void *dl, CK_FUNCTION_LIST **out, struct diag *d)
{
	CK_C_GetFunctionList get;
	CK_FUNCTION_LIST *list = NULL;
	const char *missing;
	CK_RV rv;

	/* POSIX promises that this works; ISO C only knows data pointers. */
	*(void **)&get = dlsym(dl, "C_GetFunctionList");
	if (get == NULL)
		return diag_set(d, ERR_TOKEN_MODULE,
		    "%s is a shared library but not a PKCS#11 module: it has "
		    "no C_GetFunctionList",
		    path);
	rv = get(&list);
	if (rv != CKR_OK || list == NULL) {
		diag_set(d, ERR_TOKEN_MODULE,
		    "module %s: C_GetFunctionList said %s (0x%lx)", path,
		    ckr_name(rv), rv);
		if (d != NULL)
			d->native = rv;
		return ERR_TOKEN_MODULE;
	}
	if (list->version.major != 2 && list->version.major != 3)
		return diag_set(d, ERR_TOKEN_MODULE,
		    "module %s speaks Cryptoki %u.%u, wanted 2.x or 3.x", path,
		    list->version.major, list->version.minor);
	missing = call_missing(list);
	if (missing != NULL)
		return diag_set(d, ERR_TOKEN_MODULE,
		    "module %s does not have %s", path, missing);
	*out = list;
	return 0;
}

/*
 * Another process may be rewriting the files that the module reads now, so
 * some answers are worth a few more tries.
 */
static CK_RV
initialize(struct module *module)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
	CK_RV rv;
	int try;

	for (try = 1;; try++) {
		rv = p11_C_Initialize(module, &args);
		if (rv == CKR_OK)
			module->owned = true;
		if (!ckr_is_worth_retry(rv) || try == START_TRIES)
			return rv;
		start_wait(try);
	}
}

static int
module_initialize(struct module *module, struct diag *d)
{
	CK_RV rv = initialize(module);

	if (rv == CKR_OK || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED)
		return 0;
	diag_set(d, ERR_TOKEN_MODULE,
	    "module %s: C_Initialize said %s (0x%lx): see the module's own "
	    "configuration and whether its files can be read",
	    module->path, ckr_name(rv), rv);
	if (d != NULL)
		d->native = rv;
	return ERR_TOKEN_MODULE;
}

/*
 * The library stays loaded even when module_close() follows: modules leave
 * threads and exit handlers behind that must not lose their code.
 */
int
module_open(const char *path, struct module **out, struct diag *d)
{
	CK_FUNCTION_LIST *list = NULL;
	struct module *module;
	void *dl;
	int rc;

	rc = path_check(path, d);
	if (rc != 0)
		return rc;
	dl = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (dl == NULL)
		return diag_set(d, ERR_TOKEN_MODULE,
		    "module %s cannot be loaded: %s", path, dlerror());
	rc = list_take(path, dl, &list, d);
	if (rc != 0) {
		dlclose(dl);
		return rc;
	}
	module = xcalloc(1, sizeof(*module));
	module->path = xstrdup(path);
	module->list = list;
	module->pid = getpid();
	pthread_mutex_init(&module->lock, NULL);
	rc = module_initialize(module, d);
	if (rc != 0) {
		module_close(module);
		return rc;
	}
	*out = module;
	return 0;
}

void
module_close(struct module *module)
{
	if (module == NULL)
		return;
	if (module->owned && module->pid == getpid())
		(void)p11_C_Finalize(module, NULL);
	pthread_mutex_destroy(&module->lock);
	free(module->path);
	free(module);
}

bool
module_restart(struct module *module)
{
	bool restarted = false;

	pthread_mutex_lock(&module->lock);
	if (module->owned && module->open_tokens == 0) {
		(void)p11_C_Finalize(module, NULL);
		module->owned = false;
		restarted = initialize(module) == CKR_OK;
	}
	pthread_mutex_unlock(&module->lock);
	return restarted;
}

/* The slots with a token; *slots is freed by the caller. */
static CK_RV
module_slots(struct module *module, CK_SLOT_ID **slots, CK_ULONG *n)
{
	CK_SLOT_ID *list;
	CK_RV rv;
	int try;

	/* The list may grow between the two calls, but not for ever. */
	for (try = 0; try < SLOTS_TRIES; try++) {
		rv = p11_C_GetSlotList(module, CK_TRUE, NULL, n);
		if (rv != CKR_OK)
			return rv;
		if (*n > SLOTS_MAX)
			return CKR_GENERAL_ERROR;
		list = xcalloc(*n + 1, sizeof(*list));
		if (*n > 0)
			rv = p11_C_GetSlotList(module, CK_TRUE, list, n);
		if (rv == CKR_OK) {
			*slots = list;
			return CKR_OK;
		}
		free(list);
		if (rv != CKR_BUFFER_TOO_SMALL)
			return rv;
	}
	return CKR_GENERAL_ERROR;
}

/* Fields are padded with blanks and not terminated; some pad with NULs. */
static void
field_copy(char *out, const CK_BYTE *field, size_t len)
{
	size_t i;

	for (i = 0; i < len && field[i] != '\0'; i++)
		out[i] =
		    (char)(field[i] < ' ' || field[i] == 0x7f ? '?' : field[i]);
	while (i > 0 && out[i - 1] == ' ')
		i--;
	out[i] = '\0';
}

void
token_info_of(CK_SLOT_ID slot, const CK_TOKEN_INFO *raw, struct token_info *out)
{
	memset(out, 0, sizeof(*out));
	field_copy(out->label, raw->label, sizeof(raw->label));
	field_copy(out->manufacturer, raw->manufacturerID,
	    sizeof(raw->manufacturerID));
	field_copy(out->model, raw->model, sizeof(raw->model));
	field_copy(out->serial, raw->serialNumber, sizeof(raw->serialNumber));
	out->slot = slot;
	out->initialized = (raw->flags & CKF_TOKEN_INITIALIZED) != 0;
	out->login_required = (raw->flags & CKF_LOGIN_REQUIRED) != 0;
	out->pin_set = (raw->flags & CKF_USER_PIN_INITIALIZED) != 0;
	out->pin_count_low = (raw->flags & CKF_USER_PIN_COUNT_LOW) != 0;
	out->pin_final_try = (raw->flags & CKF_USER_PIN_FINAL_TRY) != 0;
	out->pin_locked = (raw->flags & CKF_USER_PIN_LOCKED) != 0;
}

int
module_tokens(struct module *module,
    void (*tell)(void *arg, const struct token_info *info), void *arg,
    struct diag *d)
{
	MEM_CLEANUP CK_SLOT_ID *slots = NULL;
	struct token_info info;
	CK_TOKEN_INFO raw;
	CK_ULONG i, n;
	CK_RV rv;

	rv = module_slots(module, &slots, &n);
	if (rv != CKR_OK)
		return ckr_diag(d, module->path, "C_GetSlotList", rv);
	for (i = 0; i < n; i++) {
		/* A token that was taken out meanwhile is not listed. */
		if (p11_C_GetTokenInfo(module, slots[i], &raw) != CKR_OK)
			continue;
		token_info_of(slots[i], &raw, &info);
		tell(arg, &info);
	}
	return 0;
}
