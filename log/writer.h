/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an open log: shared by log.c (callers) and writer.c. */
#ifndef LOG_WRITER_H
#define LOG_WRITER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "log/intents.h"
#include "log/log.h"
#include "log/tree.h"

struct log {
	int fd;
	char *path;
	struct log_options options;
	pthread_t thread;

	pthread_mutex_t lock; /* of what follows, down to durable_bytes */
	struct log_entry *first;
	struct log_entry **last;
	bool idle; /* whoever clears this posts wake, once */
	bool stopping;
	struct diag failure; /* code 0 while all is well */
	struct tree durable;
	int64_t durable_bytes;
	struct hasher head_hasher;

	sem_t wake;           /* the writer, when it is idle */
	atomic_size_t queued; /* entries ever appended */

	/* The writer's alone. */
	struct hasher hasher;
	struct tree tree;
	uint8_t before[LOG_HASH_LEN];
	int64_t end;
	int64_t room_end; /* zeros were written up to here */
	bool room_failed;
	struct intents open;
	struct buf batch;
};

/* The thread's main; arg is the log. */
void *writer_run(void *arg);

int log_start(struct log *log, struct diag *d);
void log_stop(struct log *log); /* when what is queued has been written */
void log_free(struct log *log); /* of one that is not running */

#endif
