/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cfssl serve` of Debian's golang-cfssl: the peer that can always be
 * installed. Its P-256 CA key is in a file, it listens on loopback, it gets
 * the same CSR in its own JSON, and makes certificates of the same use.
 */
#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/mem.h"
#include "tests/bench/server.h"

#define START_PATIENCE_MS 10000

static const char config_text[] =
    "{\"signing\": {\"default\": {\"expiry\": \"720h\", \"usages\": "
    "[\"digital signature\", \"server auth\", \"client auth\"]}}}\n";
static const char request_text[] =
    "{\"CN\": \"Bench peer\", \"key\": {\"algo\": \"ecdsa\", \"size\": 256}}\n";

static void
put(const char *base, const char *name, struct span content)
{
	MEM_CLEANUP char *path = xasprintf("%s/%s", base, name);
	struct diag d = DIAG_INIT;

	if (file_write(path, 0600, content, &d) != 0)
		bench_die("%s", d.text);
}

/* False when it cannot be run. */
static bool
ca_make(const char *base)
{
	MEM_CLEANUP char *request = xasprintf("%s/ca-request.json", base);
	const char *const argv[] = {
	    "cfssl", "gencert", "-loglevel=5", "-initca", request, NULL};
	BUF_CLEANUP out = BUF_INIT;
	const char *cert, *key;
	json_t *json;
	bool made;

	put(base, "ca-request.json", span_str(request_text));
	if (process_run(argv, &out) != 0)
		return false;
	json = json_loadb((const char *)out.data, out.len, 0, NULL);
	cert = json_string_value(json_object_get(json, "cert"));
	key = json_string_value(json_object_get(json, "key"));
	made = cert != NULL && key != NULL;
	if (made) {
		put(base, "ca.pem", span_str(cert));
		put(base, "ca-key.pem", span_str(key));
	}
	json_decref(json);
	return made;
}

/* One that was free a moment ago; 0 when there is none. */
static unsigned short
port_find(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) != 0)
		addr.sin_port = 0;
	(void)close(fd);
	return ntohs(addr.sin_port);
}

static void
request_make(struct server *out, const struct setup *setup)
{
	json_t *json = json_pack("{s:s%}", "certificate_request",
	    (const char *)setup->csr_pem.data, setup->csr_pem.len);
	char *text = json_dumps(json, JSON_COMPACT);

	if (text == NULL)
		bench_die("jansson cannot write a request");
	target_post(&out->target, "/api/v1/cfssl/sign", "application/json",
	    span_str(text));
	free(text);
	json_decref(json);
}

static bool
start(struct server *out, unsigned short port)
{
	MEM_CLEANUP char *cert = xasprintf("-ca=%s/ca.pem", out->base);
	MEM_CLEANUP char *key = xasprintf("-ca-key=%s/ca-key.pem", out->base);
	MEM_CLEANUP char *config =
	    xasprintf("-config=%s/config.json", out->base);
	MEM_CLEANUP char *port_text = xasprintf("-port=%u", port);
	MEM_CLEANUP char *messages = xasprintf("%s/messages", out->base);
	const char *const argv[] = {"cfssl", "serve", "-address=127.0.0.1",
	    "-loglevel=5", port_text, cert, key, config, NULL};
	BUF_CLEANUP answer = BUF_INIT;
	int ms, status = -1;

	out->pid = process_start(argv, messages);
	for (ms = 0; status != 200 && ms < START_PATIENCE_MS; ms += 20) {
		if (!process_is_alive(out->pid))
			return false;
		(void)usleep(20000);
		buf_reset(&answer);
		status = load_once(&out->target, &answer);
	}
	return status == 200 &&
	       strstr(buf_cstr(&answer), "BEGIN CERTIFICATE") != NULL;
}

bool
server_cfssl(struct server *out, const struct setup *setup)
{
	unsigned short port = port_find();
	struct diag d = DIAG_INIT;

	*out = (struct server){.target = {.name = "cfssl"}};
	out->base = xasprintf("%s/cfssl", setup->hsm.dir);
	if (file_make_dir(out->base, 0700, &d) != 0)
		bench_die("%s", d.text);
	if (!ca_make(out->base)) {
		puts("cfssl: not installed (apt install golang-cfssl), so "
		     "there is nobody to race against");
		return false;
	}
	put(out->base, "config.json", span_str(config_text));
	target_tcp(&out->target, port);
	request_make(out, setup);
	if (!start(out, port)) {
		puts("cfssl: is installed, but does not serve; left out");
		return false;
	}
	processes_find(out->pid, &out->processes);
	out->target.servers = &out->processes;
	return true;
}
