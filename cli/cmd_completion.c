/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privyseal completion: a script for the shell, made from the same tables as
 * the help, so that it knows every command and option of this very version.
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/out.h"

/* A command lists its options itself, because its table is its own. */
static void
options_list(
    const struct cli *cli, const struct command *command, struct buf *words)
{
	char name[] = "completion";
	char *argv[] = {name, NULL};
	struct diag d = DIAG_INIT;
	struct cli asking = *cli;

	asking.command = command;
	asking.words = words;
	(void)command->run(&asking, 1, argv, &d);
	(void)buf_cstr(words);
}

/* "--json --policy ": newlines as blanks. */
static void
words_print(const struct buf *words)
{
	size_t i;

	for (i = 0; i < words->len; i++)
		(void)fputc(
		    words->data[i] == '\n' ? ' ' : words->data[i], stdout);
}

static void
bash_tables(const struct cli *cli)
{
	size_t i;

	(void)puts("declare -A _privyseal_options=(");
	for (i = 0; i < n_commands; i++) {
		BUF_CLEANUP words = BUF_INIT;

		options_list(cli, &commands[i], &words);
		(void)printf("    ['%s']='", commands[i].name);
		words_print(&words);
		(void)puts("'");
	}
	(void)puts(")");
}

static void
bash_print(const struct cli *cli)
{
	bash_tables(cli);
	(void)fputs(
	    "_privyseal() {\n"
	    "    local current=${COMP_WORDS[COMP_CWORD]} said='' word name\n"
	    "    local -a next=()\n"
	    "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	    "        for name in \"${!_privyseal_options[@]}\"; do\n"
	    "            if [[ $name == \"${said:+$said }$word\" ||\n"
	    "                $name == \"${said:+$said }$word \"* ]]; then\n"
	    "                said=${said:+$said }$word\n"
	    "                break\n"
	    "            fi\n"
	    "        done\n"
	    "    done\n"
	    "    if [[ $current == -* ]]; then\n"
	    "        next=(${_privyseal_options[${said:-help}]:-"
	    "--json --quiet --help})\n"
	    "    else\n"
	    "        for name in \"${!_privyseal_options[@]}\"; do\n"
	    "            if [[ -z $said ]]; then\n"
	    "                next+=(\"${name%% *}\")\n"
	    "            elif [[ $name == \"$said \"* ]]; then\n"
	    "                next+=(\"${name#\"$said \"}\")\n"
	    "            fi\n"
	    "        done\n"
	    "    fi\n"
	    "    if [[ ${#next[@]} -gt 0 ]]; then\n"
	    "        COMPREPLY=($(compgen -W \"${next[*]}\" -- "
	    "\"$current\"))\n"
	    "    else\n"
	    "        COMPREPLY=($(compgen -f -- \"$current\"))\n"
	    "    fi\n"
	    "}\n"
	    "complete -o filenames -F _privyseal privyseal\n",
	    stdout);
}

/* zsh runs bash's completions. */
static void
zsh_print(const struct cli *cli)
{
	(void)puts("autoload -U +X bashcompinit && bashcompinit");
	bash_print(cli);
}

static void
fish_command(const struct cli *cli, const struct command *command)
{
	const char *space = strchr(command->name, ' ');
	BUF_CLEANUP words = BUF_INIT;
	char *word, *rest = NULL;

	if (space == NULL)
		(void)printf("complete -c privyseal -n "
			     "__fish_use_subcommand -f -a %s -d \"%s\"\n",
		    command->name, command->summary);
	else
		(void)printf("complete -c privyseal -n "
			     "__fish_use_subcommand -f -a %.*s\n"
			     "complete -c privyseal -n "
			     "'__fish_seen_subcommand_from %.*s' -f -a %s "
			     "-d \"%s\"\n",
		    (int)(space - command->name), command->name,
		    (int)(space - command->name), command->name, space + 1,
		    command->summary);
	options_list(cli, command, &words);
	for (word = strtok_r((char *)words.data, "\n", &rest); word != NULL;
	     word = strtok_r(NULL, "\n", &rest))
		(void)printf("complete -c privyseal -n "
			     "'__fish_seen_subcommand_from %s' -l %s\n",
		    space != NULL ? space + 1 : command->name, word + 2);
}

static void
fish_print(const struct cli *cli)
{
	size_t i;

	for (i = 0; i < n_commands; i++)
		fish_command(cli, &commands[i]);
}

int
cmd_completion(struct cli *cli, int argc, char **argv, struct diag *d)
{
	static const struct {
		const char *shell;
		void (*print)(const struct cli *cli);
	} shells[] = {
	    {"bash", bash_print}, {"zsh", zsh_print}, {"fish", fish_print}};
	const char *shell;
	size_t i;
	int rc;

	rc = options_take(cli, NULL, 0, argc, argv, d);
	if (rc != 0)
		return rc;
	shell = cli->n_operands == 1 ? cli->operands[0] : "bash";
	for (i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shells[i].shell, shell) == 0) {
			shells[i].print(cli);
			return 0;
		}
	}
	return diag_set(d, ERR_USAGE,
	    "completion is there for bash, zsh and fish, not for %s", shell);
}
