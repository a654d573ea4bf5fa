/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privyseal init: the questions, and what was made. Questions are asked only
 * of a person at a terminal; a script gets what it said, and defaults.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/init.h"
#include "cli/out.h"
#include "lib/mem.h"
#include "lib/secret.h"

#define DEFAULT_DIR "privyseal"
#define DEFAULT_NAME "Demo"
#define DEFAULT_DOMAIN "demo.test"
#define DEFAULT_KIND "ecdsa-p256"
#define LINE_MAX_LEN 256

/* What the options said; NULL where they said nothing. */
struct wishes {
	const char *dir, *name, *domain, *kind;
	bool yes;
	char lines[4][LINE_MAX_LEN]; /* what was typed */
};

static const char *
ask(const char *question, const char *otherwise, char *line)
{
	(void)fprintf(stderr, "%s [%s]: ", question, otherwise);
	(void)fflush(stderr);
	if (fgets(line, LINE_MAX_LEN, stdin) == NULL)
		return otherwise;
	line[strcspn(line, "\n")] = '\0';
	return line[0] != '\0' ? line : otherwise;
}

static void
wishes_complete(struct wishes *w)
{
	const struct {
		const char **to, *question, *otherwise;
	} rows[] = {
	    {&w->dir, "Directory of the new CA", DEFAULT_DIR},
	    {&w->name, "Organization in its certificates", DEFAULT_NAME},
	    {&w->domain, "DNS domain of the first policies", DEFAULT_DOMAIN},
	    {&w->kind, "Kind of the CA keys", DEFAULT_KIND},
	};
	bool asks = !w->yes && isatty(STDIN_FILENO) == 1;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (*rows[i].to != NULL)
			continue;
		if (asks)
			*rows[i].to = ask(
			    rows[i].question, rows[i].otherwise, w->lines[i]);
		else if (i > 0)
			*rows[i].to = rows[i].otherwise;
	}
}

/* Lower-case host name: it goes into YAML and into patterns. */
static bool
is_domain(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= 200 &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.")] ==
		   '\0' &&
	       text[0] != '.' && text[0] != '-' && text[len - 1] != '.' &&
	       strstr(text, "..") == NULL;
}

static int
wishes_check(const struct wishes *w, struct init *init, struct diag *d)
{
	if (w->dir == NULL || w->dir[0] == '\0')
		return diag_set(d, ERR_USAGE, "--dir DIR is needed");
	if (w->name[0] == '\0' || strlen(w->name) > INIT_NAME_MAX)
		return diag_set(
		    d, ERR_USAGE, "--name takes 1 to %d bytes", INIT_NAME_MAX);
	if (!is_domain(w->domain))
		return diag_set(d, ERR_USAGE,
		    "--domain takes a lower-case DNS name, not %s", w->domain);
	init->kind = key_kind_find(w->kind);
	if (init->kind == KEY_NONE)
		return diag_set(d, ERR_USAGE,
		    "--kind takes ecdsa-p256, ecdsa-p384, ecdsa-p521, rsa or "
		    "ed25519, not %s",
		    w->kind);
	if ((init->module != NULL) != (init->uri != NULL))
		return diag_set(
		    d, ERR_USAGE, "--module and --uri belong together");
	if (init->pin_file != NULL && init->module == NULL)
		return diag_set(d, ERR_USAGE,
		    "--pin-file is for a token that is there already: name it "
		    "with --module and --uri");
	init->dir = w->dir;
	init->name = w->name;
	init->domain = w->domain;
	return 0;
}

static void
made_json(const struct init *init)
{
	MEM_CLEANUP char *config = xasprintf("%s/privyseal.yaml", init->path);
	MEM_CLEANUP char *root = xasprintf("%s/ca/root.pem", init->path);
	MEM_CLEANUP char *issuing =
	    xasprintf("%s/ca/" INIT_ISSUING_LABEL ".pem", init->path);
	MEM_CLEANUP char *socket = xasprintf("%s/agent.sock", init->path);

	out_json(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[s, s]}",
	    "dir", init->path, "config", config, "socket", socket, "root", root,
	    "issuing", issuing, "key", (const char *)init->issuing_key.data,
	    "module", init->module_path, "policies", "client", "server"));
}

static void
made_plain(const struct init *init)
{
	(void)printf("made in %s\n", init->path);
	(void)printf(
	    "  privyseal.yaml   the agent's configuration\n"
	    "  policy.d/        two policies: server and client, for %s\n"
	    "  ca/              the certificates of root and issuing CA\n",
	    init->user);
	if (init->module == NULL)
		(void)printf(
		    "  tokens/          a SoftHSM2 token; both CA keys were "
		    "born there\n"
		    "  secrets/         its PINs, for the agent and for "
		    "nobody else\n");
	(void)printf(
	    "  state/           where the log will be\n"
	    "The root's key lies beside the issuing one: good for trying. A "
	    "root that\nmatters has a token of its own, in a safe.\n\n"
	    "next\n"
	    "  privyseald -c %s/privyseal.yaml\n"
	    "  privyseal csr --new-key key.pem --dns www.%s --out req.pem\n"
	    "  privyseal -c %s/privyseal.yaml sign --policy server req.pem\n",
	    init->dir, init->domain, init->dir);
}

int
cmd_init(struct cli *cli, int argc, char **argv, struct diag *d)
{
	struct init init = {.facts = BUF_INIT};
	struct wishes w = {.dir = NULL};
	const struct option_row rows[] = {
	    {'d', "dir", OPTION_TEXT, "DIR", &w.dir,
		"where; made if it is not there"},
	    {'n', "name", OPTION_TEXT, "NAME", &w.name,
		"organization in the certificates; else " DEFAULT_NAME},
	    {0, "domain", OPTION_TEXT, "NAME", &w.domain,
		"what the first policies allow; else " DEFAULT_DOMAIN},
	    {'k', "kind", OPTION_TEXT, "KIND", &w.kind,
		"of the CA keys; else " DEFAULT_KIND},
	    {0, "module", OPTION_TEXT, "FILE", &init.module,
		"a PKCS#11 module, instead of a new SoftHSM2 token"},
	    {0, "uri", OPTION_TEXT, "URI", &init.uri,
		"its token: pkcs11:token=LABEL"},
	    {0, "pin-file", OPTION_TEXT, "FILE", &init.pin_file,
		"a 0600 file with its PIN; else it is asked for"},
	    {'y', "yes", OPTION_FLAG, NULL, &w.yes, "ask nothing"},
	};
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc == 0)
		rc = secret_harden_process(d);
	if (rc != 0)
		return rc;
	wishes_complete(&w);
	rc = wishes_check(&w, &init, d);
	if (rc == 0)
		rc = init_run(&init, d);
	if (rc == 0 && cli->json)
		made_json(&init);
	else if (rc == 0)
		made_plain(&init);
	init_free(&init);
	return rc;
}
