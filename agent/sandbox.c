/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock and seccomp, per role; see sandbox.h. */
#include "agent/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/notice.h"
#include "lib/secret.h"

/* Debian 12's header knows ABI 2; the kernel may know more. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) /* ABI 3 */
#endif
#define ACCESS_FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define ACCESS_NET_BIND_TCP (1ULL << 0)  /* ABI 4 */
#define ACCESS_NET_CONNECT_TCP (1ULL << 1)

struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* ABI 4 */
};

#define READ_ACCESS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FILE_ACCESS                                                     \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    LANDLOCK_ACCESS_FS_TRUNCATE)
#define WRITE_ACCESS                                                       \
	(READ_ACCESS | FILE_ACCESS | LANDLOCK_ACCESS_FS_MAKE_REG |         \
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	    LANDLOCK_ACCESS_FS_REMOVE_DIR)

static char description[64] = "none";

const char *
sandbox_text(void)
{
	return description;
}

static int
landlock_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
}

/* Everything the kernel can refuse, it shall. */
static uint64_t
fs_access_of(int abi)
{
	uint64_t access = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	if (abi >= 2)
		access |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		access |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (abi >= 5)
		access |= ACCESS_FS_IOCTL_DEV;
	return access;
}

static int
path_allow(int ruleset, const struct sandbox_path *path, uint64_t handled,
    struct diag *d)
{
	struct landlock_path_beneath_attr rule = {0};
	struct stat st;
	long rc;

	rule.parent_fd = open(path->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0 || fstat(rule.parent_fd, &st) != 0)
		return diag_errno(d, ERR_CONFIG, "%s", path->path);
	rule.allowed_access = path->writable ? WRITE_ACCESS : READ_ACCESS;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FILE_ACCESS;
	rule.allowed_access &= handled;
	rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
	    &rule, 0);
	(void)close(rule.parent_fd);
	return rc == 0
		   ? 0
		   : diag_errno(d, ERR_INTERNAL, "Landlock, %s", path->path);
}

static int
landlock_enter(const struct sandbox *sandbox, int abi, struct diag *d)
{
	struct ruleset_attr attr = {.handled_access_fs = fs_access_of(abi)};
	size_t size = abi >= 4 ? sizeof(attr) : sizeof(uint64_t), i;
	int ruleset, rc = 0;

	if (abi >= 4 && !sandbox->network)
		attr.handled_access_net =
		    ACCESS_NET_BIND_TCP | ACCESS_NET_CONNECT_TCP;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0)
		return diag_errno(d, ERR_INTERNAL, "Landlock");
	for (i = 0; rc == 0 && i < sandbox->n_paths; i++)
		rc = path_allow(
		    ruleset, &sandbox->paths[i], attr.handled_access_fs, d);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		rc = diag_errno(d, ERR_INTERNAL, "Landlock");
	(void)close(ruleset);
	return rc;
}

#ifndef PS_SANITIZED

#define F (1u << ROLE_FRONT)
#define C (1u << ROLE_CORE)
#define S (1u << ROLE_SIGNER)

static const struct {
	int call;
	unsigned roles;
} allowed[] = {
#define ALLOW(call, roles) {SCMP_SYS(call), roles},
#include "agent/sandbox.def"
#undef ALLOW
};

/* Nobody here ever needs these: trying them is reason enough to end. */
static const int deadly[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
};

/* New threads, never new processes; signals to nobody else (abort). */
static int
threads_allow(scmp_filter_ctx filter)
{
	int rc;

	/* Its flags are behind a pointer; glibc then takes clone(2). */
	rc = seccomp_rule_add(
	    filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone),
		    1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
		    1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl),
		    1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
	return rc;
}

/* Only the signer, which loads a module, may map code. */
static int
memory_allow(scmp_filter_ctx filter, enum role role)
{
	struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	unsigned n = role == ROLE_SIGNER ? 0 : 1;
	int rc;

	rc = seccomp_rule_add_array(
	    filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), n, &no_code);
	if (rc == 0)
		rc = seccomp_rule_add_array(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), n, &no_code);
	return rc;
}

static int
network_allow(scmp_filter_ctx filter)
{
	static const int calls[] = {SCMP_SYS(socket), SCMP_SYS(connect),
	    SCMP_SYS(getsockname), SCMP_SYS(getpeername)};
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return rc;
}

static int
filter_fill(scmp_filter_ctx filter, const struct sandbox *sandbox)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if ((allowed[i].roles & 1u << sandbox->role) != 0)
			rc = seccomp_rule_add(
			    filter, SCMP_ACT_ALLOW, allowed[i].call, 0);
	}
	for (i = 0; rc == 0 && i < sizeof(deadly) / sizeof(deadly[0]); i++)
		rc = seccomp_rule_add(
		    filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
	if (rc == 0)
		rc = threads_allow(filter);
	if (rc == 0)
		rc = memory_allow(filter, sandbox->role);
	if (rc == 0 && sandbox->network)
		rc = network_allow(filter);
	return rc;
}

static int
seccomp_enter(const struct sandbox *sandbox, struct diag *d)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc;

	if (filter == NULL)
		return diag_set(d, ERR_INTERNAL, "no seccomp filter");
	/* A tree instead of a list: the hot calls cost a few comparisons. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	rc = filter_fill(filter, sandbox);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	errno = -rc;
	return rc == 0 ? 0 : diag_errno(d, ERR_INTERNAL, "seccomp");
}

#else

static int
seccomp_enter(const struct sandbox *sandbox, struct diag *d)
{
	(void)sandbox;
	(void)d;
	return 0;
}

#endif

int
sandbox_enter(const struct sandbox *sandbox, struct diag *d)
{
	int abi = landlock_abi();
	int rc;

	rc = secret_harden_process(d);
	if (rc != 0)
		return rc;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return diag_errno(d, ERR_INTERNAL, "PR_SET_NO_NEW_PRIVS");
	if (abi > 0)
		rc = landlock_enter(sandbox, abi, d);
	else
		notice(NOTICE_WARNING,
		    "this kernel has no Landlock: files are "
		    "guarded by seccomp and permissions only");
	if (rc == 0)
		rc = seccomp_enter(sandbox, d);
#ifdef PS_SANITIZED
	(void)snprintf(description, sizeof(description), "landlock-abi-%d",
	    abi > 0 ? abi : 0);
#else
	(void)snprintf(description, sizeof(description),
	    "landlock-abi-%d seccomp", abi > 0 ? abi : 0);
#endif
	return rc;
}

void
sandbox_close_from(int first)
{
	(void)syscall(SYS_close_range, (unsigned)first, ~0U, 0);
}
