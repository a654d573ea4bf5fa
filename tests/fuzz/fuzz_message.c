/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages between the roles: the first byte chooses the decoder, the rest
 * is the body. What decodes must encode to the same bytes again.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TRY(name)                                             \
	do {                                                  \
		static struct msg_##name m;                   \
		if (msg_##name##_parse(body, &m, &d) == 0) {  \
			msg_##name##_encode(&m, &again);      \
			if (!span_eq(buf_span(&again), body)) \
				abort();                      \
		}                                             \
	} while (0)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_CLEANUP again = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct span body;

	if (size == 0)
		return 0;
	body = span_of(data + 1, size - 1);
	switch (data[0] % 12) {
	case 0:
		TRY(link);
		break;
	case 1:
		TRY(conn);
		break;
	case 2:
		TRY(sign);
		break;
	case 3:
		TRY(refused);
		break;
	case 4:
		TRY(query);
		break;
	case 5:
		TRY(issued);
		break;
	case 6:
		TRY(result);
		break;
	case 7:
		TRY(problem);
		break;
	case 8:
		TRY(key);
		break;
	case 9:
		TRY(keys_done);
		break;
	case 10:
		TRY(sign_bytes);
		break;
	default:
		TRY(signed);
		break;
	}
	return 0;
}
