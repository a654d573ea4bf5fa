/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three calls by which the log reaches the disk. A test puts failing ones
 * in their place; nothing else may.
 */
#ifndef LOG_DISK_H
#define LOG_DISK_H

#include <stddef.h>
#include <sys/types.h>

struct log_disk {
	ssize_t (*write)(int fd, const void *data, size_t len, off_t at);
	int (*sync)(int fd);
	/* Zeros behind the end; how many bytes there are now, or -1. */
	ssize_t (*extend)(int fd, off_t at);
};

extern struct log_disk log_disk;

#endif
