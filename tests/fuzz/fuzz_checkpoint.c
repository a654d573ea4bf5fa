/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint from elsewhere: only what our key signed is one. */
#include <stdint.h>
#include <stdlib.h>

#include "log/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PUBLIC \
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(span_of(data, size));
	BUF_CLEANUP key = BUF_INIT;
	struct log_head head;

	/* The one head that the corpus has a signature of. */
	if (checkpoint_check(span_of(data, size), PUBLIC, &head, NULL) == 0 &&
	    head.size != 1042)
		abort();
	buf_add_span(&key, reader_bytes(&r, size));
	(void)checkpoint_check(
	    reader_take(&r, reader_left(&r)), buf_cstr(&key), &head, NULL);
	return 0;
}
