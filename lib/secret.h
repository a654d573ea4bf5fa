/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret: bytes in memory that is locked, kept out of core files and of
 * forked children, and zeroed when it goes. There is no way to print one.
 *
 * Each secret has pages of its own, so it is meant for PINs, not for bulk.
 */
#ifndef LIB_SECRET_H
#define LIB_SECRET_H

#include "lib/buf.h"
#include "lib/diag.h"

#define SECRET_MAX_LEN 1024 /* bytes */

struct secret {
	uint8_t *data;
	size_t len;
};

#define SECRET_INIT     \
	{               \
		NULL, 0 \
	}

/* Room for SECRET_MAX_LEN bytes, len 0. ERR_INTERNAL when it cannot be had. */
int secret_new(struct secret *s, struct diag *d);

/*
 * Reads from a descriptor until its end or the first newline, which is not
 * kept. ERR_FILE when nothing came, or more than SECRET_MAX_LEN bytes.
 */
int secret_read(struct secret *s, int fd, struct diag *d);

/* The same from a file: regular, not a link, nobody else may write or read. */
int secret_read_file(struct secret *s, const char *path, struct diag *d);

void secret_free(struct secret *s);
#define SECRET_CLEANUP __attribute__((cleanup(secret_free))) struct secret

/* The process: no core file, no ptrace by its own user. */
int secret_harden_process(struct diag *d);

#endif
