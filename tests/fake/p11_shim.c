/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PKCS#11 module that goes wrong on demand.
 *
 * It loads a real module, wraps every call of it, logs each and breaks those
 * that the rules name. Use it wherever a module's path is asked for:
 *
 *	P11_SHIM_MODULE=/usr/lib/softhsm/libsofthsm2.so	the real module
 *	P11_SHIM_LOG=/tmp/x/log		a line for every call (may be unset)
 *	P11_SHIM_RULES=/tmp/x/rules	read at every call (may be unset)
 *	P11_SHIM_LACKS=C_Sign		that entry of the list is NULL
 *
 * The environment is read when the module is loaded, the two files are opened
 * then (and created when they are not there), so a sandbox that closes the
 * file system later does no harm as long as the rules are rewritten in place.
 *
 * The log: one line a call, after it has returned, appended in one write:
 *
 *	C_Sign rv=0x30 session=3 thread=4711 ms=123456
 *
 * ms is the monotonic clock. A rule that fires is logged before it acts, since
 * it may not come back: "C_Sign fires: C_Sign hang count=1". To count calls,
 * count the lines that begin "C_Sign rv=".
 *
 * The rules: one a line, the first that fires is the one; # begins a comment.
 *
 *	FUNCTION ACTION[=VALUE] [after=N] [count=M] [rate=P] [before]
 *
 * FUNCTION is a name as C_Sign, or *. The first N calls are let pass, then M
 * are broken (default: all that follow), each with probability P (default 1;
 * which ones is the same in every run). What is not understood aborts. The
 * counts are kept in RULES.state for all processes together; a rule whose
 * line, comment included, has changed counts from zero, and so do all when the
 * state is overwritten with zeros.
 *
 *	rv=X		the call is not made and X returned. For C_Sign the
 *			call is made and its signature thrown away, because a
 *			token that fails ends the operation; `before` does
 *			not make the call and so leaves it active
 *	lateok[=X]	the call is made, then X (0x30) returned all the same
 *	hang		never returns
 *	delay=MS	waits, then makes the call
 *	segv abort exit[=N]	the process ends so
 *	flip		C_Sign: one bit of the signature
 *	short		C_Sign: its last byte is missing
 *	garbage		C_Sign: as long as it should be, all bytes 0xa5
 *	otherkey	C_SignInit: with another private key of that type
 *	lie=ATTR:VALUE	C_GetAttributeValue: ATTR is a name of the table below
 *			or a number; VALUE is true, false, unknown, a number
 *			(as CK_ULONG), or hex:BYTES
 *	pinflags=X	C_GetTokenInfo: these flags are set too, e.g. 0x40000
 *			for CKF_USER_PIN_LOCKED
 *	vanish		C_GetSlotList: no slot has a token
 *
 * Two examples: three bad signatures after a hundred good ones, and a login
 * that must not be tried again:
 *
 *	C_Sign flip after=100 count=3
 *	C_Login rv=0xa0
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

#include "tests/fake/p11_rules.h"

#define SIGNATURE_MAX 4096

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST list;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int log_fd = -1;

static void
log_line(const char *text, size_t len)
{
	if (log_fd >= 0 && write(log_fd, text, len) < 0)
		log_fd = -1;
}

static void
log_call(const char *call, CK_SESSION_HANDLE session, CK_RV rv)
{
	struct timespec now;
	char line[160];
	int len;

	if (log_fd < 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	len = snprintf(line, sizeof(line),
	    "%s rv=0x%lx session=%lu thread=%ld ms=%lld\n", call, rv, session,
	    syscall(SYS_gettid),
	    (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
	log_line(line, (size_t)len);
}

static void
wait_ms(unsigned long ms)
{
	struct timespec pause = {
	    (time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	nanosleep(&pause, NULL);
}

static void
hang(void)
{
	for (;;)
		wait_ms(1000);
}

/* Those that concern no argument are done here and now. */
static void
rule_act(const struct rule *rule)
{
	switch (rule->action) {
	case ACTION_HANG:
		hang();
		break;
	case ACTION_DELAY:
		wait_ms(rule->number);
		break;
	case ACTION_SEGV:
		/* By default action, so that no sanitizer answers for us. */
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
		break;
	case ACTION_ABORT:
		signal(SIGABRT, SIG_DFL);
		abort();
	case ACTION_EXIT:
		_exit((int)rule->number);
	default:
		break;
	}
}

static const struct {
	const char *name;
	CK_ATTRIBUTE_TYPE type;
} attributes[] = {
#define NAME(type)          \
	{                   \
#type, type \
	}
    NAME(CKA_TOKEN),
    NAME(CKA_PRIVATE),
    NAME(CKA_SENSITIVE),
    NAME(CKA_ALWAYS_SENSITIVE),
    NAME(CKA_EXTRACTABLE),
    NAME(CKA_NEVER_EXTRACTABLE),
    NAME(CKA_SIGN),
    NAME(CKA_WRAP),
    NAME(CKA_UNWRAP),
    NAME(CKA_DECRYPT),
    NAME(CKA_DERIVE),
    NAME(CKA_MODIFIABLE),
    NAME(CKA_LOCAL),
    NAME(CKA_COPYABLE),
    NAME(CKA_ALWAYS_AUTHENTICATE),
    NAME(CKA_KEY_TYPE),
    NAME(CKA_EC_PARAMS),
    NAME(CKA_EC_POINT),
    NAME(CKA_MODULUS),
    NAME(CKA_PUBLIC_EXPONENT),
    NAME(CKA_ID),
    NAME(CKA_LABEL),
#undef NAME
};

static CK_ATTRIBUTE_TYPE
attribute_type(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		if (strlen(attributes[i].name) == len &&
		    memcmp(attributes[i].name, name, len) == 0)
			return attributes[i].type;
	}
	return strtoul(name, NULL, 0);
}

/*
 * A lie is counted only where its attribute is asked for: after= must not
 * depend on what else a caller reads.
 */
static bool
is_about(const struct rule *rule, const void *arg)
{
	const CK_ATTRIBUTE *attribute = arg;
	const char *colon = strchr(rule->text, ':');

	if (rule->action != ACTION_LIE)
		return true;
	return colon != NULL &&
	       attribute_type(rule->text, (size_t)(colon - rule->text)) ==
		   attribute->type;
}

static struct rule
rule_for_attribute(const char *call, const CK_ATTRIBUTE *attribute)
{
	struct rule rule;
	char line[400];
	int len;

	if (!rules_match(
		call, attribute != NULL ? is_about : NULL, attribute, &rule)) {
		memset(&rule, 0, sizeof(rule));
		return rule;
	}
	len = snprintf(line, sizeof(line), "%s fires: %s\n", call, rule.line);
	log_line(line, (size_t)len);
	rule_act(&rule);
	return rule;
}

static struct rule
rule_for(const char *call)
{
	return rule_for_attribute(call, NULL);
}

static CK_RV
late_rv(const struct rule *rule, CK_RV rv)
{
	if (rule->action != ACTION_LATEOK)
		return rv;
	return rule->number != 0 ? rule->number : CKR_DEVICE_ERROR;
}

/* One wrapper for each call; those with a fault of their own come below. */
#define P(...) __VA_ARGS__
#define CALL(name, kind, handle, params, args)                                 \
	static CK_RV wrap_##name(params)                                       \
	{                                                                      \
		struct rule rule = rule_for(#name);                            \
		CK_RV rv =                                                     \
		    rule.action == ACTION_RV ? rule.number : real->name(args); \
                                                                               \
		rv = late_rv(&rule, rv);                                       \
		log_call(#name, handle, rv);                                   \
		return rv;                                                     \
	}
#include "pkcs11/calls.def"
#undef CALL
#undef P

static CK_RV
bend_GetFunctionList(CK_FUNCTION_LIST **out)
{
	*out = &list;
	return CKR_OK;
}

static CK_RV
bend_GetSlotList(CK_BYTE present, CK_SLOT_ID *slots, CK_ULONG *count)
{
	struct rule rule = rule_for("C_GetSlotList");
	CK_RV rv;

	if (rule.action == ACTION_RV)
		rv = rule.number;
	else
		rv = late_rv(&rule, real->C_GetSlotList(present, slots, count));
	if (rule.action == ACTION_VANISH && rv == CKR_OK)
		*count = 0;
	log_call("C_GetSlotList", 0, rv);
	return rv;
}

static CK_RV
bend_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	struct rule rule = rule_for("C_GetTokenInfo");
	CK_RV rv;

	if (rule.action == ACTION_RV)
		rv = rule.number;
	else
		rv = late_rv(&rule, real->C_GetTokenInfo(slot, info));
	if (rule.action == ACTION_PINFLAGS && rv == CKR_OK)
		info->flags |= rule.number;
	log_call("C_GetTokenInfo", 0, rv);
	return rv;
}

/* Another private key of the same type, or 0. */
static CK_OBJECT_HANDLE
other_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_OBJECT_HANDLE found[16], other = 0;
	CK_ULONG type = 0, n = 0, i;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)},
	    {CKA_KEY_TYPE, &type, sizeof(type)}};

	if (real->C_GetAttributeValue(session, key, &template[1], 1) != CKR_OK)
		return 0;
	if (real->C_FindObjectsInit(session, template, 2) != CKR_OK)
		return 0;
	(void)real->C_FindObjects(session, found, 16, &n);
	(void)real->C_FindObjectsFinal(session);
	for (i = 0; i < n; i++) {
		if (found[i] != key)
			other = found[i];
	}
	return other;
}

static CK_RV
bend_SignInit(
    CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	struct rule rule = rule_for("C_SignInit");
	CK_RV rv;

	if (rule.action == ACTION_OTHERKEY)
		key = other_key(session, key);
	if (rule.action == ACTION_RV)
		rv = rule.number;
	else
		rv = late_rv(&rule, real->C_SignInit(session, mechanism, key));
	log_call("C_SignInit", session, rv);
	return rv;
}

static void
signature_bend(const struct rule *rule, CK_BYTE *signature, CK_ULONG *len)
{
	if (*len == 0)
		return;
	if (rule->action == ACTION_FLIP)
		signature[*len / 2] ^= 0x10;
	else if (rule->action == ACTION_SHORT)
		(*len)--;
	else if (rule->action == ACTION_GARBAGE)
		memset(signature, 0xa5, *len);
}

static CK_RV
bend_Sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len,
    CK_BYTE *signature, CK_ULONG *len)
{
	struct rule rule = rule_for("C_Sign");
	CK_BYTE lost[SIGNATURE_MAX];
	CK_ULONG lost_len = sizeof(lost);
	CK_RV rv;

	if (rule.action == ACTION_RV) {
		if (!rule.before)
			(void)real->C_Sign(
			    session, data, data_len, lost, &lost_len);
		rv = rule.number;
	} else {
		rv = real->C_Sign(session, data, data_len, signature, len);
		if (rv == CKR_OK && signature != NULL)
			signature_bend(&rule, signature, len);
		rv = late_rv(&rule, rv);
	}
	log_call("C_Sign", session, rv);
	return rv;
}

/* What VALUE stands for, in the room that the caller gave. */
static CK_RV
attribute_put(CK_ATTRIBUTE *attribute, const void *value, CK_ULONG len)
{
	if (attribute->pValue != NULL && attribute->ulValueLen < len) {
		attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_BUFFER_TOO_SMALL;
	}
	if (attribute->pValue != NULL)
		memcpy(attribute->pValue, value, len);
	attribute->ulValueLen = len;
	return CKR_OK;
}

static CK_RV
attribute_lie(CK_ATTRIBUTE *attribute, const char *value)
{
	CK_BYTE bytes[128];
	CK_BBOOL truth = strcmp(value, "true") == 0 ? CK_TRUE : CK_FALSE;
	CK_ULONG number, len = 0;

	if (strcmp(value, "unknown") == 0) {
		attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_ATTRIBUTE_TYPE_INVALID;
	}
	if (truth || strcmp(value, "false") == 0)
		return attribute_put(attribute, &truth, sizeof(truth));
	if (strncmp(value, "hex:", 4) == 0) {
		for (value += 4; len < sizeof(bytes) && value[0] && value[1];
		     value += 2) {
			char digits[3] = {value[0], value[1], '\0'};

			bytes[len++] = (CK_BYTE)strtoul(digits, NULL, 16);
		}
		return attribute_put(attribute, bytes, len);
	}
	number = strtoul(value, NULL, 0);
	return attribute_put(attribute, &number, sizeof(number));
}

/* Callers that ask for several at once are told the truth. */
static CK_RV
bend_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct rule rule = rule_for_attribute(
	    "C_GetAttributeValue", count == 1 ? template : NULL);
	CK_RV rv;

	if (rule.action == ACTION_RV)
		rv = rule.number;
	else if (rule.action == ACTION_LIE && count == 1)
		rv = attribute_lie(template, strchr(rule.text, ':') + 1);
	else
		rv = late_rv(&rule, real->C_GetAttributeValue(
					session, object, template, count));
	log_call("C_GetAttributeValue", session, rv);
	return rv;
}

static void
list_lack(const char *name)
{
#define CALL(call, kind, session, params, args) \
	if (strcmp(name, #call) == 0)           \
		list.call = NULL;
#include "pkcs11/calls.def"
#undef CALL
}

static void
list_make(void)
{
	list.version = real->version;
#define CALL(name, kind, session, params, args) list.name = wrap_##name;
#include "pkcs11/calls.def"
#undef CALL
	list.C_GetFunctionList = bend_GetFunctionList;
	list.C_GetSlotList = bend_GetSlotList;
	list.C_GetTokenInfo = bend_GetTokenInfo;
	list.C_SignInit = bend_SignInit;
	list.C_Sign = bend_Sign;
	list.C_GetAttributeValue = bend_GetAttributeValue;
}

static void
shim_load(void)
{
	const char *path = getenv("P11_SHIM_MODULE");
	const char *log = getenv("P11_SHIM_LOG");
	const char *lacks = getenv("P11_SHIM_LACKS");
	CK_C_GetFunctionList get = NULL;
	void *dl;

	dl = path != NULL ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
	if (dl != NULL)
		*(void **)&get = dlsym(dl, "C_GetFunctionList");
	if (get == NULL || get(&real) != CKR_OK) {
		fprintf(stderr, "p11_shim: P11_SHIM_MODULE is not a module\n");
		return;
	}
	if (log != NULL)
		log_fd =
		    open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	rules_open(getenv("P11_SHIM_RULES"));
	list_make();
	if (lacks != NULL)
		list_lack(lacks);
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **out)
{
	pthread_once(&once, shim_load);
	if (real == NULL)
		return CKR_GENERAL_ERROR;
	return bend_GetFunctionList(out);
}
