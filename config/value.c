/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of values that privyseal.yaml has: names, paths, URIs. */
#include "config/private.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#define NAME_MAX_LEN 64

/* Names end up in file names, thread names and log lines. */
static bool
is_name(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

	return s[0] != '-' && s[0] != '.' && s[0] != '_' &&
	       s[strspn(s, allowed)] == '\0';
}

void
config_name_take(struct yaml_walk *w, const struct yaml_node *node, char **out)
{
	if (!is_name(node->text))
		yaml_blame(w, node,
		    "a name has a-z 0-9 - _ . and starts with a letter or "
		    "digit, not \"%s\"",
		    node->text);
	else
		(void)yaml_take_text(w, node, NAME_MAX_LEN, out);
}

char *
config_path_resolve(const char *config_path, const char *path)
{
	const char *slash = strrchr(config_path, '/');

	if (path[0] == '/' || slash == NULL)
		return xstrdup(path);
	return xasprintf(
	    "%.*s/%s", (int)(slash - config_path), config_path, path);
}

/* What useradd makes; Debian's own start with an underscore. */
void
config_account_take(
    struct yaml_walk *w, const struct yaml_node *node, char **out)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	const char *s = node->text;

	if (s[0] == '-' || s[0] == '.' || s[strspn(s, allowed)] != '\0')
		yaml_blame(w, node,
		    "the name of a user or group was wanted, not \"%s\"", s);
	else
		(void)yaml_take_text(w, node, NAME_MAX_LEN, out);
}

bool
config_path_take(struct yaml_walk *w, const struct yaml_node *node, char **out)
{
	MEM_CLEANUP char *text = NULL;

	if (!yaml_take_text(w, node, CONFIG_TEXT_MAX, &text))
		return false;
	free(*out);
	*out = config_path_resolve(yaml_file(w->doc), text);
	return true;
}

/*
 * An RFC 7512 URI. A PIN in it would be in every copy and listing of this
 * file; the text is not repeated in the finding, for the same reason.
 */
void
config_uri_take(struct yaml_walk *w, const struct yaml_node *node, char **out)
{
	if (strncmp(node->text, "pkcs11:", 7) != 0)
		yaml_blame(w, node,
		    "a PKCS#11 URI starts with \"pkcs11:\" (RFC 7512)");
	else if (strstr(node->text, "pin-value") != NULL ||
		 strstr(node->text, "pin-source") != NULL)
		yaml_blame(w, node,
		    "a PIN does not belong in the URI; name its file or "
		    "credential under \"pin\"");
	else
		(void)yaml_take_text(w, node, CONFIG_TEXT_MAX, out);
}
