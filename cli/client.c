/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client; see client.h. */
#include "cli/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/un.h>

#include "cli/report.h"
#include "lib/mem.h"

#define BASE "http://localhost/api/v1"
#define ANSWER_MAX (16 * 1024 * 1024) /* bytes */
#define CONNECT_MS 5000L
#define ANSWER_MS 60000L

void
client_query(struct buf *path, const char *name, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	if (value == NULL)
		return;
	buf_printf(path, "%c%s=",
	    path->len > 0 && memchr(path->data, '?', path->len) != NULL ? '&'
									: '?',
	    name);
	for (; *value != '\0'; value++) {
		if (strchr(plain, *value) != NULL)
			buf_add(path, value, 1);
		else
			buf_printf(path, "%%%02X", (unsigned char)*value);
	}
}

static size_t
take_bytes(char *data, size_t size, size_t n, void *arg)
{
	struct buf *body = arg;

	if (body->len + size * n > ANSWER_MAX)
		return 0;
	buf_add(body, data, size * n);
	return size * n;
}

/* Why there is no connection, and what a person does then. */
static int
unreachable(const char *socket, int native, struct diag *d)
{
	const char *advice = "is privyseald running there?";

	if (native == EACCES)
		advice = "you may not open it; whoever runs the agent decides "
			 "that by socket-group and socket-mode";
	else if (native == ENOENT)
		advice = "there is no such socket; start privyseald, or name "
			 "its socket with -s or its configuration with -c";
	else if (native == ECONNREFUSED)
		advice = "nobody listens there; start privyseald";
	(void)diag_set(d, ERR_UNREACHABLE, "%s: %s", socket, advice);
	if (d != NULL)
		d->native = (unsigned long)native;
	return ERR_UNREACHABLE;
}

static void
options_set(CURL *curl, const char *socket,
    const struct client_request *request, const char *url,
    struct curl_slist *headers, struct buf *body)
{
	(void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ANSWER_MS);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	if (strcmp(request->method, "POST") != 0)
		return;
	(void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
	(void)curl_easy_setopt(
	    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
	(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
	    request->body.len > 0 ? (const char *)request->body.data : "");
}

static int
perform(CURL *curl, const char *socket, struct diag *d)
{
	long native = 0;
	CURLcode code = curl_easy_perform(curl);

	if (code == CURLE_OK)
		return 0;
	(void)curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &native);
	if (code == CURLE_COULDNT_CONNECT)
		return unreachable(socket, (int)native, d);
	return diag_set(d, ERR_UNREACHABLE,
	    "%s: the agent did not finish its answer: %s", socket,
	    curl_easy_strerror(code));
}

/* Problem documents are JSON; anything else came from something else. */
static int
refusal(struct cli *cli, long status, const struct buf *body, struct diag *d)
{
	json_t *problem = json_loadb(
	    (const char *)body->data, body->len, JSON_REJECT_DUPLICATES, NULL);

	return report_take(cli, status, problem, d);
}

static struct curl_slist *
headers_make(const struct client_request *request)
{
	MEM_CLEANUP char *accept = xasprintf("Accept: %s",
	    request->accept != NULL ? request->accept : "application/json");
	MEM_CLEANUP char *type = xasprintf("Content-Type: %s",
	    request->content_type != NULL ? request->content_type
					  : "application/json");
	struct curl_slist *headers = curl_slist_append(NULL, accept);

	headers = curl_slist_append(headers, "Expect:");
	if (strcmp(request->method, "POST") == 0)
		headers = curl_slist_append(headers, type);
	return headers;
}

static int
exchange(const char *socket, const struct client_request *request,
    struct buf *body, long *status, struct diag *d)
{
	MEM_CLEANUP char *url = xasprintf("%s%s", BASE, request->path);
	struct curl_slist *headers = headers_make(request);
	CURL *curl = curl_easy_init();
	int rc;

	if (curl == NULL || headers == NULL)
		mem_exhausted();
	options_set(curl, socket, request, url, headers, body);
	rc = perform(curl, socket, d);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	return rc;
}

int
client_call(struct cli *cli, const struct client_request *request,
    struct buf *body, struct diag *d)
{
	const char *socket;
	long status = 0;
	int rc;

	rc = setup_socket(cli, request->socket, &socket, d);
	if (rc != 0)
		return rc;
	if (strlen(socket) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return diag_set(d, ERR_USAGE,
		    "%s: the path is too long for a socket", socket);
	if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK)
		return diag_set(d, ERR_INTERNAL, "libcurl does not start");
	buf_reset(body);
	rc = exchange(socket, request, body, &status, d);
	if (rc == 0 && (status < 200 || status > 299 || status == 202))
		rc = refusal(cli, status, body, d);
	return rc;
}

int
client_json(struct cli *cli, const struct client_request *request, json_t **out,
    struct diag *d)
{
	BUF_CLEANUP body = BUF_INIT;
	json_error_t error;
	json_t *answer;
	int rc;

	rc = client_call(cli, request, &body, d);
	if (rc != 0)
		return rc;
	answer = json_loadb(
	    (const char *)body.data, body.len, JSON_REJECT_DUPLICATES, &error);
	if (answer == NULL)
		return diag_set(d, ERR_UNREACHABLE,
		    "the answer is not the JSON of a privyseal agent: %s",
		    error.text);
	*out = answer;
	return 0;
}

int
client_get(struct cli *cli, enum setup_socket socket, const char *path,
    json_t **out, struct diag *d)
{
	struct client_request request = {
	    .socket = socket, .method = "GET", .path = path};

	return client_json(cli, &request, out, d);
}
