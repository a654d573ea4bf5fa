/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of the fault-injecting module. The grammar is at the top of
 * tests/fake/p11_shim.c.
 *
 * How often a rule was seen and has fired is kept in a file that is mapped
 * shared, so that `count=1` is once for all processes: a signer that dies of a
 * fault and is started again does not meet the same one.
 */
#include "tests/fake/p11_rules.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RULES_MAX_LEN 8192
#define SLOTS 128

/* One for each different line that was ever in the file. */
struct slot {
	_Atomic uint64_t hash; /* 0: free */
	_Atomic uint64_t seen;
	_Atomic uint64_t fired;
};

struct limits {
	unsigned long after;
	unsigned long count;
	double rate;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *rules_path;
static int rules_fd = -1;
static struct slot *slots;

static const struct {
	const char *name;
	enum action action;
} actions[] = {
    {"rv", ACTION_RV},
    {"lateok", ACTION_LATEOK},
    {"hang", ACTION_HANG},
    {"delay", ACTION_DELAY},
    {"flip", ACTION_FLIP},
    {"short", ACTION_SHORT},
    {"garbage", ACTION_GARBAGE},
    {"otherkey", ACTION_OTHERKEY},
    {"lie", ACTION_LIE},
    {"pinflags", ACTION_PINFLAGS},
    {"vanish", ACTION_VANISH},
    {"segv", ACTION_SEGV},
    {"abort", ACTION_ABORT},
    {"exit", ACTION_EXIT},
};

/* A rule nobody understands would make a test pass for nothing. */
static void
refuse(const char *line)
{
	fprintf(stderr, "p11_shim: this rule is not understood: %s\n", line);
	abort();
}

static struct slot *
slots_map(const char *path)
{
	size_t len = SLOTS * sizeof(struct slot);
	char state[4096];
	void *map;
	int fd;

	snprintf(state, sizeof(state), "%s.state", path);
	fd = open(state, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)len) != 0) {
		perror("p11_shim: the file of counters");
		abort();
	}
	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED) {
		perror("p11_shim: the file of counters");
		abort();
	}
	return map;
}

void
rules_open(const char *path)
{
	if (path == NULL)
		return;
	rules_path = strdup(path);
	rules_fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	if (rules_fd < 0 || rules_path == NULL) {
		perror("p11_shim: the file of rules");
		abort();
	}
	slots = slots_map(path);
}

static uint64_t
line_hash(const char *line)
{
	uint64_t hash = 0xcbf29ce484222325ULL; /* FNV-1a */

	for (; *line != '\0'; line++)
		hash = (hash ^ (unsigned char)*line) * 0x100000001b3ULL;
	return hash | 1;
}

static struct slot *
slot_find(uint64_t hash)
{
	uint64_t free_hash;
	size_t i;

	for (i = 0; i < SLOTS; i++) {
		free_hash = 0;
		if (atomic_load(&slots[i].hash) == hash ||
		    atomic_compare_exchange_strong(
			&slots[i].hash, &free_hash, hash) ||
		    free_hash == hash)
			return &slots[i];
	}
	fprintf(stderr, "p11_shim: more than %d different rules\n", SLOTS);
	abort();
}

/* The same calls fire in every run. */
static bool
is_drawn(uint64_t hash, uint64_t seen, double rate)
{
	uint64_t x = hash + seen * 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	x ^= x >> 31;
	return (double)(x >> 11) / 9007199254740992.0 < rate;
}

static bool
is_due(const char *line, const struct limits *limits)
{
	uint64_t hash = line_hash(line), seen;
	struct slot *slot = slot_find(hash);

	seen = atomic_fetch_add(&slot->seen, 1);
	if (seen < limits->after || !is_drawn(hash, seen, limits->rate))
		return false;
	return atomic_fetch_add(&slot->fired, 1) < limits->count;
}

static void
action_parse(char *word, struct rule *rule)
{
	char *value = strchr(word, '=');
	size_t i;

	if (value != NULL)
		*value++ = '\0';
	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(actions[i].name, word) == 0)
			rule->action = actions[i].action;
	}
	if (rule->action == ACTION_NONE)
		refuse(rule->line);
	if (value != NULL) {
		rule->number = strtoul(value, NULL, 0);
		snprintf(rule->text, sizeof(rule->text), "%s", value);
	}
}

static void
limit_parse(const char *word, struct rule *rule, struct limits *limits)
{
	if (strncmp(word, "after=", 6) == 0)
		limits->after = strtoul(word + 6, NULL, 0);
	else if (strncmp(word, "count=", 6) == 0)
		limits->count = strtoul(word + 6, NULL, 0);
	else if (strncmp(word, "rate=", 5) == 0)
		limits->rate = strtod(word + 5, NULL);
	else if (strcmp(word, "before") == 0)
		rule->before = true;
	else
		refuse(rule->line);
}

/* FUNCTION ACTION[=VALUE] [after=N] [count=M] [rate=P] [before] [#comment] */
static bool
line_parse(const char *line, const char *call, struct rule *rule,
    struct limits *limits)
{
	char copy[sizeof(rule->line)], *word, *rest = copy;

	memset(rule, 0, sizeof(*rule));
	snprintf(rule->line, sizeof(rule->line), "%s", line);
	snprintf(copy, sizeof(copy), "%s", line);
	copy[strcspn(copy, "#")] = '\0';
	word = strtok_r(rest, " \t\r", &rest);
	if (word == NULL || (strcmp(word, call) != 0 && strcmp(word, "*") != 0))
		return false;
	word = strtok_r(NULL, " \t\r", &rest);
	if (word == NULL)
		refuse(line);
	action_parse(word, rule);
	while ((word = strtok_r(NULL, " \t\r", &rest)) != NULL)
		limit_parse(word, rule, limits);
	return true;
}

/*
 * By name, so that a file that was replaced is seen; by the descriptor from
 * the start where a sandbox has closed the door meanwhile.
 */
static size_t
rules_read(char *text, size_t max)
{
	int fd = open(rules_path, O_RDONLY | O_CLOEXEC);
	int from = fd >= 0 ? fd : rules_fd;
	ssize_t len;

	(void)lseek(from, 0, SEEK_SET);
	len = read(from, text, max);
	if (fd >= 0)
		close(fd);
	return len > 0 ? (size_t)len : 0;
}

bool
rules_match(const char *call,
    bool (*applies)(const struct rule *rule, const void *arg), const void *arg,
    struct rule *out)
{
	char text[RULES_MAX_LEN + 1], *line, *rest = text;
	struct limits limits;
	bool found = false;

	if (rules_path == NULL)
		return false;
	pthread_mutex_lock(&lock);
	text[rules_read(text, RULES_MAX_LEN)] = '\0';
	while (!found && (line = strsep(&rest, "\n")) != NULL) {
		limits = (struct limits){0, ~0UL, 1.0};
		found = line_parse(line, call, out, &limits) &&
			(applies == NULL || applies(out, arg)) &&
			is_due(line, &limits);
	}
	pthread_mutex_unlock(&lock);
	return found;
}
