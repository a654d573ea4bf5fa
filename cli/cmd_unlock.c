/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privyseal unlock: the PIN goes over a socket of its own, 0600, straight to
 * the signer of that token; one line comes back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "cli/pin.h"
#include "cli/setup.h"

#define ANSWER_MAX 1024 /* bytes */
#define ANSWER_S 30     /* a token may take its time to log in */

static int
socket_connect(const char *path, int *out, struct diag *d)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {ANSWER_S, 0};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return diag_set(d, ERR_USAGE,
		    "%s: the path is too long for a socket", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return diag_errno(d, ERR_INTERNAL, "socket");
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		(void)diag_errno(d, ERR_UNREACHABLE,
		    "%s: only who runs privyseald may unlock, while it runs",
		    path);
		(void)close(fd);
		return ERR_UNREACHABLE;
	}
	*out = fd;
	return 0;
}

/* An agent that goes away is an error here, not a signal. */
static bool
send_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;
	ssize_t n;

	while (len > 0) {
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static int
pin_send(int fd, const char *token, const struct secret *pin, struct diag *d)
{
	if (send_all(fd, token, strlen(token)) && send_all(fd, "\n", 1) &&
	    send_all(fd, pin->data, pin->len) && send_all(fd, "\n", 1) &&
	    shutdown(fd, SHUT_WR) == 0)
		return 0;
	return diag_errno(d, ERR_UNREACHABLE, "the unlock socket");
}

/* Up to its newline: what a hasty peer does to the socket then is no news. */
static int
line_read(int fd, char *line, struct diag *d)
{
	size_t len = 0;
	ssize_t n;

	line[0] = '\0';
	while (len < ANSWER_MAX - 1 && strchr(line, '\n') == NULL) {
		n = read(fd, line + len, ANSWER_MAX - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_errno(
			    d, ERR_UNREACHABLE, "the unlock socket");
		if (n == 0)
			break;
		len += (size_t)n;
		line[len] = '\0';
	}
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

/* "ok", or "error CODE sentence". */
static int
line_judge(char *line, struct diag *d)
{
	char *code, *sentence;
	int err;

	if (strcmp(line, "ok") == 0)
		return 0;
	if (strncmp(line, "error ", 6) != 0)
		return diag_set(d, ERR_UNREACHABLE,
		    "the agent did not say whether the token is unlocked");
	code = line + 6;
	sentence = strchr(code, ' ');
	if (sentence != NULL)
		*sentence++ = '\0';
	err = err_find(code);
	return diag_set(d, err != 0 ? err : ERR_TOKEN, "%s",
	    sentence != NULL ? sentence : err_text(err));
}

static int
exchange(int fd, const char *token, const struct secret *pin, struct diag *d)
{
	char line[ANSWER_MAX];
	int sent, rc;

	/* Who hangs up before the PIN has said why: look for that first. */
	sent = pin_send(fd, token, pin, d);
	rc = line_read(fd, line, sent == 0 ? d : NULL);
	if (rc == 0 && line[0] != '\0')
		return line_judge(line, d);
	return sent != 0 ? sent : rc != 0 ? rc : line_judge(line, d);
}

/* The PIN is asked for first: the agent does not wait for slow fingers. */
static int
unlock(struct cli *cli, const char *token, struct diag *d)
{
	SECRET_CLEANUP pin = SECRET_INIT;
	const char *path;
	int fd = -1, rc;

	rc = setup_socket(cli, SETUP_UNLOCK, &path, d);
	if (rc == 0 && access(path, W_OK) != 0)
		rc = diag_errno(d, ERR_UNREACHABLE, "%s", path);
	if (rc == 0)
		rc = pin_ask(token, &pin, d);
	if (rc == 0)
		rc = socket_connect(path, &fd, d);
	if (rc != 0)
		return rc;
	rc = exchange(fd, token, &pin, d);
	(void)close(fd);
	return rc;
}

int
cmd_unlock(struct cli *cli, int argc, char **argv, struct diag *d)
{
	const struct config_token *token;
	const char *name;
	int rc;

	rc = options_take(cli, NULL, 0, argc, argv, d);
	if (rc == 0)
		rc = secret_harden_process(d);
	if (rc != 0)
		return rc;
	name = cli->n_operands == 1 ? cli->operands[0] : NULL;
	if (name == NULL) {
		rc = setup_token_find(cli, NULL, &token, d);
		if (rc != 0)
			return rc;
		name = token->name;
	}
	rc = unlock(cli, name, d);
	if (rc != 0)
		return rc;
	if (cli->json)
		out_json(json_pack("{s:s, s:b}", "token", name, "unlocked", 1));
	else
		out_say(cli, "token %s is unlocked", name);
	return 0;
}
