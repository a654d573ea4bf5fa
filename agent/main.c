/* SPDX-License-Identifier: Apache-2.0 */
/* privyseald: reads its options and becomes the parent, or a role of it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "agent/role.h"
#include "issue/rules.h"

enum option_id { OPT_ROLE = 256, OPT_PLACE, OPT_LEVEL, OPT_PIN_REFUSED };

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check", no_argument, NULL, 'n'},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    /* Between the parent and its roles only. */
    {"role", required_argument, NULL, OPT_ROLE},
    {"place", required_argument, NULL, OPT_PLACE},
    {"level", required_argument, NULL, OPT_LEVEL},
    {"pin-refused", no_argument, NULL, OPT_PIN_REFUSED},
    {NULL, 0, NULL, 0},
};

static const char usage[] =
    "usage: privyseald [-c FILE] [-nv]\n"
    "\n"
    "  -c, --config FILE  the configuration (" CONFIG_DEFAULT_PATH ")\n"
    "  -n, --check        check configuration, issuers and policies, then "
    "exit\n"
    "  -v, --verbose      say more\n"
    "  -V, --version      print the version\n"
    "  -h, --help         print this\n"
    "\n"
    "It stays in the foreground. SIGHUP reads the policies again; SIGTERM\n"
    "finishes what is in flight, then ends. See privyseald(8).\n";

struct role_row {
	enum role role;
	const char *speaker; /* in front of every line on standard error */
	const char *name;    /* of the process, at most 15 bytes */
	int (*main)(const struct role_args *args);
};

static const struct role_row roles[] = {
    {ROLE_PARENT, "privyseald", "privyseald", parent_main},
    {ROLE_CORE, "privyseald[core]", "privyseal-core", core_main},
    {ROLE_FRONT, "privyseald[front]", "privyseal-front", front_main},
    {ROLE_SIGNER, "privyseald[signer]", "privyseal-sign", signer_main},
};

static const struct role_row *
role_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (strcmp(role_name(roles[i].role), name) == 0)
			return &roles[i];
	}
	return NULL;
}

/* What a start would refuse, found without starting. */
static int
check(const char *path)
{
	struct yaml_findings findings = YAML_FINDINGS_INIT;
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct issuers issuers;
	struct config *config;
	struct rules *rules;

	if (role_config(path, &config) != 0)
		return ROLE_EXIT_CONFIG;
	if (issuers_open(config, &issuers, &d) != 0) {
		notice_diag(NOTICE_ERROR, path, &d);
		return ROLE_EXIT_CONFIG;
	}
	if (rules_load(config->policy_dir, &issuers, &rules, &findings, &d) !=
	    0) {
		yaml_findings_print(&findings, &text);
		(void)fputs(buf_cstr(&text), stderr);
		notice_diag(NOTICE_ERROR, path, &d);
		return ROLE_EXIT_CONFIG;
	}
	(void)printf("%s: %zu issuer%s, %zu polic%s: fine\n", path, issuers.n,
	    issuers.n == 1 ? "" : "s", rules->n, rules->n == 1 ? "y" : "ies");
	rules_free(rules);
	issuers_free(&issuers);
	config_free(config);
	return ROLE_EXIT_OK;
}

int
main(int argc, char **argv)
{
	struct role_args args = {
	    .config_path = CONFIG_DEFAULT_PATH, .level = NOTICE_INFO};
	const struct role_row *row = &roles[0];
	bool check_only = false;
	int c;

	while ((c = getopt_long(argc, argv, "c:nvVh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			args.config_path = optarg;
			break;
		case 'n':
			check_only = true;
			break;
		case 'v':
			args.level = NOTICE_DEBUG;
			break;
		case 'V':
			(void)puts("privyseald " PACKAGE_VERSION);
			return 0;
		case 'h':
			(void)fputs(usage, stdout);
			return 0;
		case OPT_ROLE:
			row = role_find(optarg);
			break;
		case OPT_PLACE:
			args.place = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case OPT_LEVEL:
			args.level =
			    (enum notice_level)strtoul(optarg, NULL, 10);
			break;
		case OPT_PIN_REFUSED:
			args.pin_refused = true;
			break;
		default:
			(void)fputs(usage, stderr);
			return err_exit(ERR_USAGE);
		}
	}
	if (optind < argc || row == NULL) {
		(void)fputs(usage, stderr);
		return err_exit(ERR_USAGE);
	}
	notice_open(row->speaker, args.level);
	/* What ps and top show: a role is started from /proc/self/exe. */
	(void)prctl(PR_SET_NAME, row->name);
	return check_only ? check(args.config_path) : row->main(&args);
}
