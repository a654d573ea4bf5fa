/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for PINs and making them; see pin.h. */
#include "cli/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <termios.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/hex.h"

#define PIN_MADE_BYTES 16

/* For the handler: what the terminal was like before it stopped echoing. */
static struct termios shown;

static void
echo_again(int signal_number)
{
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	(void)raise(signal_number); /* its default again: SA_RESETHAND */
}

static const int endings[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
#define N_ENDINGS (sizeof(endings) / sizeof(endings[0]))

static int
terminal_ask(const char *whose, struct secret *pin, struct diag *d)
{
	struct sigaction action = {
	    .sa_handler = echo_again, .sa_flags = (int)SA_RESETHAND};
	struct sigaction before[N_ENDINGS];
	struct termios hidden;
	size_t i;
	int rc;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return diag_errno(d, ERR_FILE, "the terminal");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ECHONL;
	for (i = 0; i < N_ENDINGS; i++)
		(void)sigaction(endings[i], &action, &before[i]);
	(void)fprintf(stderr, "PIN of %s: ", whose);
	(void)fflush(stderr);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	rc = secret_read(pin, STDIN_FILENO, d);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	for (i = 0; i < N_ENDINGS; i++)
		(void)sigaction(endings[i], &before[i], NULL);
	return rc;
}

int
pin_ask(const char *whose, struct secret *pin, struct diag *d)
{
	int rc;

	if (isatty(STDIN_FILENO) == 1)
		rc = terminal_ask(whose, pin, d);
	else
		rc = secret_read(pin, STDIN_FILENO, d);
	return rc != 0 ? diag_prefix(d, "the PIN of %s", whose) : 0;
}

int
pin_make(struct secret *pin, struct diag *d)
{
	uint8_t random[PIN_MADE_BYTES];
	int rc;

	rc = secret_new(pin, d);
	if (rc != 0)
		return rc;
	if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
		secret_free(pin);
		return diag_errno(d, ERR_INTERNAL, "no random bytes");
	}
	/* hex_encode() also writes a NUL; a secret has room for it. */
	hex_encode(span_of(random, sizeof(random)), (char *)pin->data);
	pin->len = 2 * sizeof(random);
	explicit_bzero(random, sizeof(random));
	return 0;
}

int
pin_write(const char *path, const struct secret *pin, struct diag *d)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = 0;

	if (fd < 0)
		return diag_errno(d, ERR_FILE, "%s", path);
	if (fd_write_all(fd, pin->data, pin->len) != 0 ||
	    fd_write_all(fd, "\n", 1) != 0 || fsync(fd) != 0)
		rc = diag_errno(d, ERR_FILE, "%s", path);
	(void)close(fd);
	if (rc != 0)
		(void)unlink(path);
	return rc;
}
