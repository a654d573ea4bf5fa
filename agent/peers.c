/* SPDX-License-Identifier: Apache-2.0 */
/* Who is connected; see peers.h. */
#include "agent/peers.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define NAME_TTL_MS 60000
#define NAMES_MAX 4096

/* A name by uid or gid, or the knowledge that there is none. */
struct known_name {
	char *name;
	int64_t until_ms;
};

/* Users and groups share the table; ids are never 0 there. */
enum name_kind { NAME_USER = 1, NAME_GROUP = 2 };

static uint64_t
name_key(enum name_kind kind, uint32_t id)
{
	return (uint64_t)kind << 32 | id;
}

static const char *
name_ask(enum name_kind kind, uint32_t id)
{
	const struct passwd *user;
	const struct group *group;

	if (kind == NAME_USER) {
		user = getpwuid(id);
		return user != NULL ? user->pw_name : NULL;
	}
	group = getgrgid(id);
	return group != NULL ? group->gr_name : NULL;
}

static void
name_free(void *value, void *arg)
{
	struct known_name *known = value;

	(void)arg;
	free(known->name);
	free(known);
}

/* NSS reads files: not for every connection of a busy caller. */
static char *
name_find(struct peers *peers, enum name_kind kind, uint32_t id)
{
	uint64_t key = name_key(kind, id);
	struct known_name *known = idmap_find(&peers->names, key);
	const char *name;

	if (known == NULL && peers->names.n >= NAMES_MAX) {
		idmap_each(&peers->names, name_free, NULL);
		idmap_free(&peers->names);
	}
	if (known == NULL) {
		known = xcalloc(1, sizeof(*known));
		idmap_put(&peers->names, key, known);
	}
	if (known->until_ms < clock_mono_ms()) {
		name = name_ask(kind, id);
		free(known->name);
		known->name = name != NULL ? xstrdup(name) : NULL;
		known->until_ms = clock_mono_ms() + NAME_TTL_MS;
	}
	return known->name != NULL ? xstrdup(known->name) : NULL;
}

static uintptr_t
count_change(struct peers *peers, uid_t uid, int by)
{
	uint64_t key = (uint64_t)uid + 1;
	uintptr_t n = (uintptr_t)idmap_take(&peers->counts, key);

	n += (uintptr_t)(intptr_t)by;
	if (n > 0)
		idmap_put(&peers->counts, key, (void *)n);
	return n;
}

static int
limits_check(struct peers *peers, const struct peer *peer, struct diag *d)
{
	uintptr_t own =
	    (uintptr_t)idmap_find(&peers->counts, (uint64_t)peer->uid + 1);

	if (peers->callers.n >= peers->max)
		return diag_set(d, ERR_CONNECTIONS,
		    "%u connections are open, that is the limit", peers->max);
	if (own >= peers->max_per_uid)
		return diag_set(d, ERR_CONNECTIONS,
		    "uid %u has %u connections open, that is the limit",
		    peer->uid, peers->max_per_uid);
	return 0;
}

int
peers_add(struct peers *peers, const struct peer *peer, enum door door,
    struct caller **out, struct diag *d)
{
	struct caller *caller;
	size_t i;
	int rc;

	rc = limits_check(peers, peer, d);
	if (rc != 0)
		return rc;
	caller = xcalloc(1, sizeof(*caller));
	caller->conn = ++peers->next;
	caller->door = door;
	caller->peer = *peer;
	caller->refs = 1;
	caller->user = name_find(peers, NAME_USER, peer->uid);
	for (i = 0; i < peer->n_groups; i++)
		caller->groups[i] =
		    name_find(peers, NAME_GROUP, peer->groups[i]);
	idmap_put(&peers->callers, caller->conn, caller);
	(void)count_change(peers, peer->uid, 1);
	*out = caller;
	return 0;
}

struct caller *
peers_hold(struct peers *peers, uint64_t conn)
{
	struct caller *caller = idmap_find(&peers->callers, conn);

	if (caller != NULL)
		caller->refs++;
	return caller;
}

void
caller_release(struct caller *caller)
{
	size_t i;

	if (caller == NULL || --caller->refs > 0)
		return;
	free(caller->user);
	for (i = 0; i < caller->peer.n_groups; i++)
		free(caller->groups[i]);
	free(caller);
}

void
peers_remove(struct peers *peers, uint64_t conn)
{
	struct caller *caller = idmap_take(&peers->callers, conn);

	if (caller == NULL)
		return;
	(void)count_change(peers, caller->peer.uid, -1);
	caller_release(caller);
}

static void
release_one(void *value, void *arg)
{
	(void)arg;
	caller_release(value);
}

void
peers_clear(struct peers *peers)
{
	idmap_each(&peers->callers, release_one, NULL);
	idmap_free(&peers->callers);
	idmap_free(&peers->counts);
}

struct policy_caller
caller_facts(const struct caller *caller)
{
	return (struct policy_caller){
	    .uid = caller->peer.uid,
	    .user = caller->user,
	    .gids = caller->peer.groups,
	    .groups = (const char *const *)caller->groups,
	    .n_groups = caller->peer.n_groups,
	};
}
