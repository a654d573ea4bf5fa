/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that decide something: read whole, and only when nobody but their
 * owner can have written them.
 */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include "lib/buf.h"
#include "lib/diag.h"

enum file_trust {
	FILE_ANY,     /* the user named it on a command line */
	FILE_TRUSTED, /* ours or root's, no group or other write, one link */
	FILE_SECRET   /* as trusted, and nobody else may read it */
};

/*
 * Reads a regular file of at most max_len bytes. With FILE_TRUSTED and
 * FILE_SECRET the last path component may not be a symbolic link, and the
 * checks are made on the open descriptor. path "-" with FILE_ANY is standard
 * input. Errors: ERR_FILE, ERR_TOO_LARGE.
 */
int file_read(const char *path, enum file_trust trust, size_t max_len,
    struct buf *out, struct diag *d);

/* Opens with the checks above; the descriptor is close-on-exec. */
int file_open(const char *path, enum file_trust trust, int *fd, struct diag *d);

/*
 * Writes a whole file by way of a temporary one beside it, synced and then
 * renamed; the directory is synced too.
 */
int file_write(
    const char *path, unsigned mode, struct span content, struct diag *d);

/* Makes one directory with that mode; fine when it is there already. */
int file_make_dir(const char *path, unsigned mode, struct diag *d);

/*
 * The names in a directory that end in suffix, sorted by bytes; *names is an
 * array of n strings, freed with file_names_free().
 */
int file_list(const char *dir, const char *suffix, char ***names, size_t *n,
    struct diag *d);
void file_names_free(char **names, size_t n);

/* The whole of len is written, or -1 with errno. EINTR is handled. */
int fd_write_all(int fd, const void *data, size_t len);

#endif
