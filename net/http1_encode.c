/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP/1.1 answer; see http1.h. */
#include <stdio.h>

#include "net/date.h"
#include "net/http1.h"

static const struct {
	int status;
	const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

/* RFC 9112 4: the phrase is for people; an unknown status has an empty one. */
static const char *
reason_of(int status)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "";
}

void
http1_encode(struct buf *out, const struct http_response *response,
    const struct http1_answer *how)
{
	struct span body =
	    response->content_type != NULL ? response->body : SPAN_NONE;

	buf_reserve(out, 256 + body.len);
	buf_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\n", response->status,
	    reason_of(response->status), date_now());
	if (response->content_type != NULL)
		buf_printf(out, "Content-Type: %s\r\n", response->content_type);
	/* RFC 9110 8.6: 204 has no body and says nothing about its length. */
	if (response->status != 204)
		buf_printf(out, "Content-Length: %zu\r\n", body.len);
	if (response->allow != NULL)
		buf_printf(out, "Allow: %s\r\n", response->allow);
	if (response->retry_after_s != 0)
		buf_printf(out, "Retry-After: %u\r\n", response->retry_after_s);
	if (!how->keep_alive)
		buf_add_str(out, "Connection: close\r\n");
	buf_add_str(out, "\r\n");
	if (!how->is_head)
		buf_add_span(out, body);
}
