/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/http1: each row is bytes and what is understood of them. Every row is
 * fed whole, byte by byte, and in threes; the outcome must be the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "net/http1.h"

#define HOST "Host: x\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST
#define POST "POST /s HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static const struct http_limits limits = {
    .header_max = 400,
    .body_max = 20,
};

static void
tell(const struct http1 *p, const struct http_request *r, struct buf *log)
{
	static const char *const methods[] = {
	    "GET", "POST", "PUT", "DELETE", "OTHER"};

	buf_printf(log, "%s %s", methods[r->method], r->path);
	if (r->query[0] != '\0')
		buf_printf(log, " ?%s", r->query);
	if (r->content_type[0] != '\0')
		buf_printf(log, " type=%s", r->content_type);
	if (r->accept[0] != '\0')
		buf_printf(log, " accept=%s", r->accept);
	if (r->body.len > 0)
		buf_printf(log, " [%.*s]", (int)r->body.len,
		    (const char *)r->body.data);
	if (!p->keep_alive)
		buf_add_str(log, " close");
	buf_add_str(log, "; ");
}

/* Parses what is there; false after an error. */
static bool
parse_all(struct http1 *p, struct buf *in, struct buf *log)
{
	struct http_request request;
	struct diag d = DIAG_INIT;
	size_t used;
	int rc;

	for (;;) {
		rc = http1_parse(p, buf_span(in), &used, &request, &d);
		if (rc < 0) {
			buf_printf(log, "%s: %s", err_code(rc), d.text);
			return false;
		}
		if (rc == HTTP1_REQUEST)
			tell(p, &request, log);
		buf_consume(in, used);
		if (rc == HTTP1_MORE)
			return true;
	}
}

static void
feed(struct span text, size_t step, struct buf *log)
{
	BUF_CLEANUP in = BUF_INIT;
	struct http1 p;
	size_t at, len;
	bool ok = true;

	http1_init(&p, &limits);
	for (at = 0; ok && at < text.len; at += len) {
		len = text.len - at < step ? text.len - at : step;
		/* A copy of just this size, so that ASan sees one byte more. */
		buf_add(&in, text.data + at, len);
		ok = parse_all(&p, &in, log);
	}
	if (ok && (http1_is_midway(&p) || in.len > 0))
		buf_add_str(log, "...");
	http1_free(&p);
}

struct row {
	const char *text;
	const char *expected; /* a refusal by its beginning, else all */
};

static void
check_row(const struct row *row, struct span text)
{
	static const size_t steps[] = {1, 3, 7};
	BUF_CLEANUP whole = BUF_INIT;
	size_t i, len = SIZE_MAX;

	feed(text, text.len, &whole);
	/* Requests end in "; ", what is not whole in "...". */
	if (strstr(row->expected, ": ") != NULL)
		len = strlen(row->expected);
	if (strncmp(buf_cstr(&whole), row->expected, len) != 0)
		fail_msg("%s\ngave     %s\nexpected %s", row->text,
		    buf_cstr(&whole), row->expected);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		BUF_CLEANUP pieces = BUF_INIT;

		feed(text, steps[i], &pieces);
		assert_string_equal(buf_cstr(&pieces), buf_cstr(&whole));
	}
}

static void
good_requests(void **state)
{
	static const struct row rows[] = {
	    {GET "\r\n", "GET /; "},
	    {GET "\r\n" GET "\r\n", "GET /; GET /; "},
	    {"\r\n" GET "\r\n\r\n" GET "\r\n", "GET /; GET /; "},
	    {"GET /a/b?c=d&e HTTP/1.1\r\n" HOST "\r\n", "GET /a/b ?c=d&e; "},
	    {"GET /a%20b%7e HTTP/1.1\r\n" HOST "\r\n", "GET /a b~; "},
	    {"GET /a?b?c=%20 HTTP/1.1\r\n" HOST "\r\n", "GET /a ?b?c=%20; "},
	    {"GET /...a/.b HTTP/1.1\r\n" HOST "\r\n", "GET /...a/.b; "},
	    {"GET http://localhost/p?q HTTP/1.1\r\n" HOST "\r\n",
		"GET /p ?q; "},
	    {"HEAD / HTTP/1.1\r\n" HOST "\r\n", "GET /; "},
	    {"PUT / HTTP/1.1\r\n" HOST "\r\n", "PUT /; "},
	    {"DELETE / HTTP/1.1\r\n" HOST "\r\n", "DELETE /; "},
	    {"get / HTTP/1.1\r\n" HOST "\r\n", "OTHER /; "},
	    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET /; "},
	    {"GET / HTTP/1.0\r\n\r\n", "GET / close; "},
	    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		"GET / close; "},
	    {GET "Connection: foo, Close\r\n\r\n", "GET / close; "},
	    {GET "Connection: keep-alive\r\n\r\n", "GET /; "},
	    {GET "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
		 "HTTP2-Settings: AAMAAABk\r\n\r\n",
		"GET /; "},
	    {GET "X-Any:\t some \t text \t\r\nX-Utf8: \xc3\xa4\r\n\r\n",
		"GET /; "},
	    {POST "Content-Length: 3\r\n\r\nabc" GET "\r\n",
		"POST /s [abc]; GET /; "},
	    {POST "content-length:0\r\n\r\n", "POST /s; "},
	    {POST "Content-Length: 0003\r\n\r\nabc", "POST /s [abc]; "},
	    {POST "Content-Length: 20\r\n\r\n01234567890123456789",
		"POST /s [01234567890123456789]; "},
	    {POST "Content-Type: Application/JSON ; charset=utf-8\r\n"
		  "Accept: text/html\r\nAccept: */*;q=0.5\r\n\r\n",
		"POST /s type=application/json accept=text/html, */*;q=0.5; "},
	    {CHUNKED "3\r\nabc\r\n0002\r\nde\r\n0\r\n\r\n" GET "\r\n",
		"POST /s [abcde]; GET /; "},
	    {CHUNKED "0\r\n\r\n", "POST /s; "},
	    {CHUNKED "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
		"POST /s [01234567890123456789]; "},
	    {CHUNKED "1\r\na\r\n0\r\nTrailer: yes\r\nB: c\r\n\r\n",
		"POST /s [a]; "},
	    {POST "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", "POST /s; "},
	    {POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\na",
		"POST /s [a]; "},
	    /* not whole yet */
	    {"", ""},
	    {GET, "..."},
	    {POST "Content-Length: 3\r\n\r\nab", "..."},
	    {CHUNKED "3\r\nabc\r\n0\r\n", "..."},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], span_str(rows[i].text));
}

static void
bad_framing(void **state)
{
	static const struct row rows[] = {
	    {"GET / HTTP/1.1\nHost: x\n\n", "http.invalid: a line ends in LF"},
	    {GET "A: b\n\r\n", "http.invalid: a line ends in LF"},
	    {GET "\n", "http.invalid: a line ends in LF"},
	    {GET "A: b\rc\r\n\r\n", "http.invalid: a header field has a con"},
	    {"\x16\x03\x01\x02", "http.invalid: the first byte is 0x16"},
	    {" GET / HTTP/1.1\r\n" HOST "\r\n", "http.invalid: the first byte"},
	    {"\r\n\r\n" GET "\r\n", "http.invalid: the first byte is 0x0d"},
	    {"\rGET / HTTP/1.1\r\n\r\n", "http.invalid: the first byte"},
	    {"GET /\r\n" HOST "\r\n", "http.invalid: the first line must be"},
	    {"GET\r\n\r\n", "http.invalid: the first line must be"},
	    {"GET  / HTTP/1.1\r\n" HOST "\r\n", "http.invalid: the request ta"},
	    {"GET /  HTTP/1.1\r\n" HOST "\r\n", "http.invalid: the path has"},
	    {"GET / HTTP/1.1 \r\n" HOST "\r\n", "http.invalid: the version"},
	    {"GET / HTTP/1.2\r\n" HOST "\r\n", "http.invalid: the version"},
	    {"GET / HTTP/2.0\r\n" HOST "\r\n", "http.invalid: the version"},
	    {"GET / http/1.1\r\n" HOST "\r\n", "http.invalid: the version"},
	    {"G(T / HTTP/1.1\r\n" HOST "\r\n", "http.invalid: the request has "
					       "no valid method"},
	    {"PRI * HTTP/2.0\r\n\r\n", "http.invalid: the version"},
	    {GET " folded: x\r\n\r\n", "http.invalid: a header field has no"},
	    {GET "A: b\r\n\tfolded\r\n\r\n",
		"http.invalid: a header field has"},
	    {GET "A : b\r\n\r\n", "http.invalid: a header field has no valid"},
	    {GET ": b\r\n\r\n", "http.invalid: a header field has no valid"},
	    {GET "A b\r\n\r\n", "http.invalid: a header field has no colon"},
	    {GET "A: \x01\r\n\r\n", "http.invalid: a header field has a con"},
	    {GET "A: \x7f\r\n\r\n", "http.invalid: a header field has a con"},
	    {"GET / HTTP/1.1\r\nA: b\r\n\r\n", "http.invalid: the request has "
					       "no Host"},
	    {GET HOST "\r\n", "http.invalid: the request has two Host"},
	    {"GET / HTTP/1.0\r\n" HOST HOST "\r\n",
		"http.invalid: the request has two Host"},
	    {GET "Content-Type: a\r\nContent-Type: a\r\n\r\n",
		"http.invalid: the request has two Content-Type"},
	    {GET "Expect: 200-ok\r\n\r\n", "http.invalid: Expect can only"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], span_str(rows[i].text));
}

static void
bad_targets(void **state)
{
	static const char *const targets[] = {"a", "*", "localhost:80",
	    "http://", "http://x", "http://x?a", "https:/a", "/a#b", "/a%0",
	    "/a%", "/a%0g", "/a%00b", "/a%0ab", "/a%7f", "/a%2fb", "/a%2Fb",
	    "/a%c3%a4", "/\xc3\xa4", "/a\"b", "/a<b", "/a\\b", "/a|b", "/.",
	    "/..", "/a/../b", "/a/./b", "/a/..", "/%2e%2e/b", "/a?b\"c",
	    "/a?b\\c", "/a?\x80"};
	char text[128];
	struct row row = {text, "http.invalid: the "};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "GET %s HTTP/1.1\r\n" HOST "\r\n", targets[i]);
		check_row(&row, span_str(text));
	}
}

static void
bad_bodies(void **state)
{
	static const struct row rows[] = {
	    {POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
		"http.invalid: the request has two Content-Length"},
	    {POST "Content-Length: 3, 3\r\n\r\nabc", "http.invalid: Content-L"},
	    {POST "Content-Length: +3\r\n\r\nabc", "http.invalid: Content-L"},
	    {POST "Content-Length: -3\r\n\r\nabc", "http.invalid: Content-L"},
	    {POST "Content-Length: 0x3\r\n\r\nabc", "http.invalid: Content-L"},
	    {POST "Content-Length: 3 3\r\n\r\nabc", "http.invalid: Content-L"},
	    {POST "Content-Length:\r\n\r\nabc", "http.invalid: Content-L"},
	    {POST "Content-Length: 9999999999999999999\r\n\r\n",
		"http.invalid: Content-L"},
	    {POST "Content-Length: 18446744073709551617\r\n\r\na",
		"http.invalid: Content-L"},
	    {POST "Content-Length: 21\r\n\r\n",
		"request.too-large: the body has 21 bytes, at most 20"},
	    {POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "0\r\n\r\n",
		"http.invalid: the request has Transfer-Encoding and"},
	    {POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
		  "0\r\n\r\n",
		"http.invalid: the request has Transfer-Encoding and"},
	    {POST "Transfer-Encoding: gzip\r\n\r\n", "http.invalid: Transfer"},
	    {POST "Transfer-Encoding: gzip, chunked\r\n\r\n",
		"http.invalid: Transfer"},
	    {POST "Transfer-Encoding: identity\r\n\r\n",
		"http.invalid: Transfer"},
	    {POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"
		  "\r\n\r\n",
		"http.invalid: Transfer"},
	    {POST "Transfer-Encoding: \x0b"
		  "chunked\r\n\r\n",
		"http.invalid: a header field has a control byte"},
	    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		"http.invalid: HTTP/1.0 has no"},
	    {CHUNKED "g\r\n", "http.invalid: a chunk size"},
	    {CHUNKED "\r\n", "http.invalid: a chunk size"},
	    {CHUNKED "-1\r\n", "http.invalid: a chunk size"},
	    {CHUNKED " 1\r\n", "http.invalid: a chunk size"},
	    {CHUNKED "1 \r\n", "http.invalid: a chunk size"},
	    {CHUNKED "0x1\r\n", "http.invalid: a chunk size"},
	    {CHUNKED "1;a=b\r\na\r\n", "http.invalid: a chunk size"},
	    {CHUNKED "000000001\r\na\r\n", "http.invalid: a chunk size"},
	    {CHUNKED "1\na\n", "http.invalid: a line ends in LF"},
	    {CHUNKED "1\r\nab\r\n", "http.invalid: a chunk does not end"},
	    {CHUNKED "1\r\na\n", "http.invalid: a chunk does not end"},
	    {CHUNKED "15\r\n", "request.too-large: the chunks have more"},
	    {CHUNKED "ffffffff\r\n", "request.too-large: the chunks have"},
	    {CHUNKED "10\r\n0123456789abcdef\r\n5\r\n",
		"request.too-large: the chunks have more"},
	    {CHUNKED "0\r\nA\r\n\r\n", "http.invalid: a header field has no"},
	    {CHUNKED "0\r\n a: b\r\n\r\n", "http.invalid: a header field has"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], span_str(rows[i].text));
}

/* NUL bytes end no string here. */
static void
nul_bytes_are_refused(void **state)
{
	static const char in_path[] = "GET /a\0b HTTP/1.1\r\n" HOST "\r\n";
	static const char in_field[] = GET "A: b\0c\r\n\r\n";
	static const char in_name[] = GET "A\0: c\r\n\r\n";
	struct row row = {"NUL in the path", "http.invalid: the path has"};

	(void)state;
	check_row(&row, span_of(in_path, sizeof(in_path) - 1));
	row = (struct row){"NUL in a field", "http.invalid: a header field"};
	check_row(&row, span_of(in_field, sizeof(in_field) - 1));
	check_row(&row, span_of(in_name, sizeof(in_name) - 1));
}

static void
pad(struct buf *text, size_t len)
{
	while (text->len < len)
		buf_add_u8(text, 'a');
}

/* header_max counts the empty line too: 400 bytes pass, 401 do not. */
static void
headers_end_at_their_limit(void **state)
{
	struct row row = {"400 bytes", "GET /; "};
	size_t len;

	(void)state;
	for (len = 400; len <= 401; len++) {
		BUF_CLEANUP text = BUF_INIT;

		buf_add_str(&text, GET "A: ");
		pad(&text, len - 4);
		buf_add_str(&text, "\r\n\r\n");
		check_row(&row, buf_span(&text));
		row = (struct row){"401 bytes",
		    "request.header-too-large: request line and header"};
	}
}

/* What never ends is refused when the limit is reached, not when it ends. */
static void
an_endless_header_is_refused(void **state)
{
	const struct row row = {
	    "endless", "request.header-too-large: request line and header"};
	BUF_CLEANUP text = BUF_INIT;

	(void)state;
	buf_add_str(&text, "GET /");
	pad(&text, 400);
	check_row(&row, buf_span(&text));
}

static void
too_many_fields_are_refused(void **state)
{
	const struct row row = {
	    "fields", "request.header-too-large: the header has more than 64"};
	BUF_CLEANUP text = BUF_INIT;
	size_t i;

	(void)state;
	buf_add_str(&text, GET);
	for (i = 0; i < HTTP1_MAX_FIELDS; i++)
		buf_add_str(&text, "a:\r\n");
	buf_add_str(&text, "\r\n");
	check_row(&row, buf_span(&text));
}

static void
an_endless_trailer_is_refused(void **state)
{
	struct row row = {"long", "request.header-too-large: the trailer has"};
	BUF_CLEANUP text = BUF_INIT;
	BUF_CLEANUP line = BUF_INIT;
	size_t i;

	(void)state;
	buf_add_str(&text, CHUNKED "0\r\n");
	for (i = 0; i < 50; i++)
		buf_add_str(&text, "abc: defghi\r\n");
	check_row(&row, buf_span(&text));
	buf_add_str(&line, CHUNKED "0\r\n");
	pad(&line, line.len + HTTP1_LINE_MAX);
	row = (struct row){"line", "http.invalid: a line between chunks has"};
	check_row(&row, buf_span(&line));
}

/* Every prefix of a good request is only incomplete, never refused. */
static void
every_prefix_waits_for_more(void **state)
{
	static const char text[] =
	    "POST /a%20b?c HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
	    "Expect: 100-continue\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n";
	size_t len;

	(void)state;
	for (len = 1; len < sizeof(text) - 1; len++) {
		BUF_CLEANUP log = BUF_INIT;

		feed(span_of(text, len), len, &log);
		assert_string_equal(buf_cstr(&log), "...");
	}
}

static void
expect_waits_for_its_answer(void **state)
{
	static const char text[] =
	    POST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n";
	struct http_request request;
	struct diag d = DIAG_INIT;
	struct http1 p;
	size_t used;

	(void)state;
	http1_init(&p, &limits);
	assert_int_equal(
	    http1_parse(&p, span_str(text), &used, &request, &d), HTTP1_MORE);
	assert_int_equal(used, sizeof(text) - 1);
	assert_true(p.wants_continue);
	assert_true(http1_is_midway(&p));
	http1_free(&p);
}

static void
check_answer(const struct http_response *response,
    const struct http1_answer *how, const char *expected)
{
	BUF_CLEANUP out = BUF_INIT;

	http1_encode(&out, response, how);
	assert_string_equal(buf_cstr(&out), expected);
}

#define DATE "Date: Mon, 23 Nov 2026 14:48:19 GMT\r\n"

static void
answers_are_framed(void **state)
{
	const struct http1_answer keep = {true, false}, last = {false, false};
	const struct http1_answer head = {true, true};
	struct http_response r = {.status = 200,
	    .content_type = "text/plain",
	    .body = span_str("hello")};

	(void)state;
	clock_freeze(1795445299);
	check_answer(&r, &keep,
	    "HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/plain\r\n"
	    "Content-Length: 5\r\n\r\nhello");
	check_answer(&r, &head,
	    "HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/plain\r\n"
	    "Content-Length: 5\r\n\r\n");
	r = (struct http_response){.status = 405, .allow = "GET, POST"};
	check_answer(&r, &last,
	    "HTTP/1.1 405 Method Not Allowed\r\n" DATE
	    "Content-Length: 0\r\nAllow: GET, POST\r\n"
	    "Connection: close\r\n\r\n");
	r = (struct http_response){.status = 503, .retry_after_s = 7};
	check_answer(&r, &keep,
	    "HTTP/1.1 503 Service Unavailable\r\n" DATE
	    "Content-Length: 0\r\nRetry-After: 7\r\n\r\n");
	r = (struct http_response){.status = 204};
	check_answer(&r, &keep, "HTTP/1.1 204 No Content\r\n" DATE "\r\n");
	r = (struct http_response){.status = 299};
	check_answer(
	    &r, &keep, "HTTP/1.1 299 \r\n" DATE "Content-Length: 0\r\n\r\n");
	clock_freeze(-1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_requests),
	    cmocka_unit_test(bad_framing),
	    cmocka_unit_test(bad_targets),
	    cmocka_unit_test(bad_bodies),
	    cmocka_unit_test(nul_bytes_are_refused),
	    cmocka_unit_test(headers_end_at_their_limit),
	    cmocka_unit_test(an_endless_header_is_refused),
	    cmocka_unit_test(too_many_fields_are_refused),
	    cmocka_unit_test(an_endless_trailer_is_refused),
	    cmocka_unit_test(every_prefix_waits_for_more),
	    cmocka_unit_test(expect_waits_for_its_answer),
	    cmocka_unit_test(answers_are_framed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
