/* SPDX-License-Identifier: Apache-2.0 */
/* Callers that are not there; see caller.h. */
#include "cli/caller.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"

#define NOBODY_UID ((uid_t)-1)
#define NOBODY_GID ((gid_t)-1)

/* What the text said, before the machine is asked. */
struct wish {
	const char *user;
	bool has_uid, has_group;
	uid_t uid;
};

static void
group_add(struct caller *caller, gid_t gid, const char *name)
{
	if (caller->n == CALLER_MAX_GROUPS)
		return;
	caller->gids[caller->n] = gid;
	caller->groups[caller->n] = name != NULL ? xstrdup(name) : NULL;
	caller->n++;
}

static void
group_take(struct caller *caller, const char *name)
{
	const struct group *entry = getgrnam(name);

	group_add(caller, entry != NULL ? entry->gr_gid : NOBODY_GID, name);
}

static int
uid_take(struct wish *wish, const char *text, struct diag *d)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    n >= NOBODY_UID)
		return diag_set(d, ERR_USAGE, "uid=%s is not a uid", text);
	wish->uid = (uid_t)n;
	wish->has_uid = true;
	return 0;
}

static int
word_take(struct caller *caller, struct wish *wish, char *word, struct diag *d)
{
	char *value = strchr(word, '=');

	if (value == NULL || value[1] == '\0')
		return diag_set(d, ERR_USAGE,
		    "--as takes user=NAME, group=NAME and uid=N with commas "
		    "between, not %s",
		    word);
	*value++ = '\0';
	if (strcmp(word, "uid") == 0)
		return uid_take(wish, value, d);
	if (strcmp(word, "user") == 0 && wish->user == NULL) {
		wish->user = value;
		return 0;
	}
	if (strcmp(word, "group") == 0) {
		wish->has_group = true;
		group_take(caller, value);
		return 0;
	}
	return diag_set(d, ERR_USAGE, "--as does not take %s%s", word,
	    strcmp(word, "user") == 0 ? " twice" : "");
}

static void
groups_of(struct caller *caller, const struct passwd *entry)
{
	gid_t gids[CALLER_MAX_GROUPS];
	const struct group *group;
	int n = CALLER_MAX_GROUPS, i;

	if (getgrouplist(entry->pw_name, entry->pw_gid, gids, &n) < 0)
		n = CALLER_MAX_GROUPS;
	for (i = 0; i < n; i++) {
		group = getgrgid(gids[i]);
		group_add(
		    caller, gids[i], group != NULL ? group->gr_name : NULL);
	}
}

static void
complete(struct caller *caller, const struct wish *wish)
{
	const struct passwd *entry = NULL;

	if (wish->user != NULL)
		entry = getpwnam(wish->user);
	else if (wish->has_uid)
		entry = getpwuid(wish->uid);
	caller->caller.uid = NOBODY_UID;
	if (wish->has_uid)
		caller->caller.uid = wish->uid;
	else if (entry != NULL)
		caller->caller.uid = entry->pw_uid;
	if (wish->user != NULL)
		caller->user = xstrdup(wish->user);
	else if (entry != NULL)
		caller->user = xstrdup(entry->pw_name);
	if (entry != NULL && !wish->has_group)
		groups_of(caller, entry);
}

static void
seal(struct caller *caller)
{
	caller->caller.user = caller->user;
	caller->caller.gids = caller->gids;
	caller->caller.groups = (const char *const *)caller->groups;
	caller->caller.n_groups = caller->n;
}

int
caller_parse(const char *text, struct caller *out, struct diag *d)
{
	MEM_CLEANUP char *copy = xstrdup(text != NULL ? text : "");
	struct wish wish = {.has_uid = text == NULL, .uid = geteuid()};
	char *word, *rest = NULL;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	for (word = strtok_r(copy, ",", &rest); rc == 0 && word != NULL;
	     word = strtok_r(NULL, ",", &rest))
		rc = word_take(out, &wish, word, d);
	if (rc == 0 && text != NULL && wish.user == NULL && !wish.has_uid &&
	    !wish.has_group)
		rc = diag_set(d, ERR_USAGE, "--as names nobody");
	if (rc != 0) {
		caller_free(out);
		return rc;
	}
	complete(out, &wish);
	seal(out);
	return 0;
}

void
caller_free(struct caller *caller)
{
	size_t i;

	free(caller->user);
	caller->user = NULL;
	for (i = 0; i < caller->n; i++)
		free(caller->groups[i]);
	caller->n = 0;
}
