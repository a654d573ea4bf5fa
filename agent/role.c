/* SPDX-License-Identifier: Apache-2.0 */
/* What all roles do first: read the configuration, give up root. */
#include "agent/role.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "lib/file.h"

int
role_config(const char *path, struct config **out)
{
	struct yaml_findings findings = YAML_FINDINGS_INIT;
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	const struct yaml_finding *at;
	size_t i;
	int rc;

	rc = file_read(path, FILE_TRUSTED, CONFIG_FILE_MAX, &text, &d);
	if (rc != 0) {
		notice(NOTICE_ERROR, "%s", d.text);
		return ERR_CONFIG;
	}
	rc = config_parse(path, buf_span(&text), out, &findings);
	for (i = 0; i < findings.n; i++) {
		at = &findings.at[i];
		notice(NOTICE_ERROR, "%s:%u:%u: %s", at->file, at->line,
		    at->column, at->text);
	}
	yaml_findings_free(&findings);
	return rc;
}

int
role_drop_user(const struct config *config, struct diag *d)
{
	const struct passwd *user;

	if (geteuid() != 0 || config->user == NULL)
		return 0;
	user = getpwnam(config->user);
	if (user == NULL)
		return diag_set(
		    d, ERR_CONFIG, "there is no user %s", config->user);
	if (initgroups(user->pw_name, user->pw_gid) != 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
		return diag_errno(
		    d, ERR_CONFIG, "becoming user %s", config->user);
	return 0;
}
