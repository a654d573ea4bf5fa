/* SPDX-License-Identifier: Apache-2.0 */
/* The directory that measurements are made in; see setup.h. */
#include "tests/bench/setup.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/ca.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/mem.h"
#include "tests/bench/csr.h"
#include "tests/bench/process.h"
#include "x509/pem.h"

#define DAY_S 86400
#define PIN "123456"

noreturn void
bench_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)fputs("bench: ", stderr);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

static void
file_put(const char *dir, const char *name, struct span content)
{
	MEM_CLEANUP char *path = xasprintf("%s/%s", dir, name);
	struct diag d = DIAG_INIT;

	if (file_write(path, 0600, content, &d) != 0)
		bench_die("%s", d.text);
}

static void
file_get(const char *dir, const char *name, struct buf *out)
{
	MEM_CLEANUP char *path = xasprintf("%s/%s", dir, name);
	struct diag d = DIAG_INIT;

	if (file_read(path, FILE_ANY, 1 << 20, out, &d) != 0)
		bench_die("%s", d.text);
}

static void
dir_make(const char *base, const char *name)
{
	MEM_CLEANUP char *path = xasprintf("%s/%s", base, name);
	struct diag d = DIAG_INIT;

	if (file_make_dir(path, 0700, &d) != 0)
		bench_die("%s", d.text);
}

static void
ca_put(const struct setup *s, const char *name, const struct ca *ca)
{
	BUF_CLEANUP pem = BUF_INIT;

	pem_encode(buf_span(&ca->der), PEM_CERT, &pem);
	file_put(s->hsm.dir, name, buf_span(&pem));
}

static void
cas_make(const struct setup *s, struct session *session)
{
	struct ca root = {.spki_der = BUF_INIT}, issuing = root;
	int64_t now = clock_now_s();
	struct ca_spec spec = {
	    "Bench", "Bench root", now - 300, now + 3650 * (int64_t)DAY_S, 1};
	BUF_CLEANUP facts = BUF_INIT;
	struct diag d = DIAG_INIT;
	int rc;

	rc = ca_key_make(session, KEY_EC_P256, "root", &root, &facts, &d);
	if (rc == 0)
		rc = ca_certify(session, &spec, &root, &root, &d);
	if (rc == 0)
		rc = ca_key_make(
		    session, KEY_EC_P256, "issuing", &issuing, &facts, &d);
	spec.common_name = "Bench issuing";
	spec.not_after = now + 1825 * (int64_t)DAY_S;
	spec.path_len = 0;
	if (rc == 0)
		rc = ca_certify(session, &spec, &root, &issuing, &d);
	if (rc != 0)
		bench_die("a CA: %s", d.text);
	ca_put(s, "root.pem", &root);
	ca_put(s, "issuing.pem", &issuing);
	ca_free(&root);
	ca_free(&issuing);
}

static void
user_find(struct setup *s)
{
	const struct passwd *user = getpwuid(geteuid());

	if (user == NULL)
		bench_die("uid %u has no name", geteuid());
	s->user = xstrdup(user->pw_name);
}

static void
policy_make(const struct setup *s)
{
	MEM_CLEANUP char *dir = xasprintf("%s/policy.d", s->hsm.dir);
	BUF_CLEANUP text = BUF_INIT;

	buf_printf(&text,
	    "version: 1\n"
	    "name: " SETUP_POLICY "\n"
	    "issuer: issuing\n"
	    "callers:\n"
	    "  - unix: {user: '%s'}\n"
	    "keys: [ecdsa-p256, ecdsa-p384, \"rsa>=2048\"]\n"
	    "subject: {cn: first-dns, set: {O: Bench}}\n"
	    "san:\n"
	    "  dns: {allow: [\"**.bench.example\"], min: 1, max: 20}\n"
	    "usage: {key: [digital-signature], ext: [server-auth, "
	    "client-auth]}\n"
	    "validity: {default: 30d, max: 90d, backdate: 5m}\n",
	    s->user);
	dir_make(s->hsm.dir, "policy.d");
	file_put(dir, SETUP_POLICY ".yaml", buf_span(&text));
}

/* base: where agent.sock and the state are; policies are shared. */
static void
config_make(const struct setup *s, const char *base, const char *module,
    const char *environment)
{
	const char *top = s->hsm.dir;
	BUF_CLEANUP text = BUF_INIT;

	buf_printf(&text,
	    "version: 1\n"
	    "socket: agent.sock\n"
	    "socket-mode: 0600\n"
	    "admin-socket: admin.sock\n"
	    "unlock-socket: unlock.sock\n"
	    "policy-dir: '%s/policy.d'\n"
	    "state-dir: state\n"
	    "tokens:\n"
	    "  - name: main\n"
	    "    module: '%s'\n"
	    "    uri: 'pkcs11:token=bench'\n"
	    "    pin: {file: '%s/pin'}\n"
	    "    environment: {SOFTHSM2_CONF: '%s/softhsm2.conf'%s}\n"
	    "    writable: ['%s']\n",
	    top, module, top, base, environment, base);
	buf_printf(&text,
	    "issuers:\n"
	    "  - name: issuing\n"
	    "    token: main\n"
	    "    key: 'pkcs11:object=issuing'\n"
	    "    certificate: '%s/issuing.pem'\n"
	    "    chain: '%s/root.pem'\n"
	    "limits: {connections: 512, connections-per-uid: 256}\n",
	    top, top);
	file_put(base, "privyseal.yaml", buf_span(&text));
}

static void
csr_files_make(const struct setup *s)
{
	BUF_CLEANUP der = BUF_INIT;
	BUF_CLEANUP pem = BUF_INIT;

	bench_csr_make(SETUP_NAMES, &der);
	pem_encode(buf_span(&der), PEM_CSR, &pem);
	file_put(s->hsm.dir, "req.der", buf_span(&der));
	file_put(s->hsm.dir, "req.pem", buf_span(&pem));
}

void
setup_make(struct setup *s)
{
	struct diag d = DIAG_INIT;
	struct session *session;
	struct module *module;
	struct token *token;

	/* The log is to be on a disk: /tmp may be memory. */
	(void)setenv("TMPDIR", "/var/tmp", 0);
	(void)umask(077);
	if (softhsm_setup(&s->hsm, "bench", "12345678", PIN) != 0 ||
	    softhsm_open(&s->hsm, &module, &token) != 0)
		exit(1);
	if (session_open(token, true, &session, &d) != 0)
		bench_die("%s", d.text);
	cas_make(s, session);
	session_close(session);
	softhsm_close(module, token);
	user_find(s);
	policy_make(s);
	csr_files_make(s);
	file_put(s->hsm.dir, "pin", span_str(PIN));
	config_make(s, s->hsm.dir, s->hsm.module, "");
}

void
setup_adopt(struct setup *s, const char *dir)
{
	struct softhsm *hsm = &s->hsm;

	user_find(s);
	(void)snprintf(hsm->dir, sizeof(hsm->dir), "%s", dir);
	(void)snprintf(hsm->conf, sizeof(hsm->conf), "%s/softhsm2.conf", dir);
	(void)snprintf(
	    hsm->module, sizeof(hsm->module), "%s", softhsm_module());
	(void)snprintf(hsm->uri, sizeof(hsm->uri), "pkcs11:token=bench");
	(void)snprintf(hsm->pin, sizeof(hsm->pin), PIN);
	(void)setenv("SOFTHSM2_CONF", hsm->conf, 1);
}

static void
rules_open(struct setup *s)
{
	struct yaml_findings findings = YAML_FINDINGS_INIT;
	MEM_CLEANUP char *path = xasprintf("%s/privyseal.yaml", s->hsm.dir);
	MEM_CLEANUP char *policies = xasprintf("%s/policy.d", s->hsm.dir);
	BUF_CLEANUP text = BUF_INIT;
	struct diag d = DIAG_INIT;

	file_get(s->hsm.dir, "privyseal.yaml", &text);
	if (config_parse(path, buf_span(&text), &s->config, &findings) != 0 ||
	    issuers_open(s->config, &s->issuers, &d) != 0 ||
	    rules_load(policies, &s->issuers, &s->rules, &findings, &d) != 0) {
		BUF_CLEANUP told = BUF_INIT;

		yaml_findings_print(&findings, &told);
		bench_die("%s%s", buf_cstr(&told), d.text);
	}
	s->issuer = &s->issuers.at[0];
}

void
setup_open(struct setup *s)
{
	struct diag d = DIAG_INIT;
	size_t i;

	file_get(s->hsm.dir, "req.der", &s->csr);
	file_get(s->hsm.dir, "req.pem", &s->csr_pem);
	rules_open(s);
	if (softhsm_open(&s->hsm, &s->module, &s->token) != 0)
		exit(1);
	for (i = 0; i < SETUP_SEATS; i++) {
		if (session_open(s->token, false, &s->seats[i].session, &d) !=
			0 ||
		    key_find(s->seats[i].session, "pkcs11:object=issuing",
			&s->seats[i].key, &d) != 0)
			bench_die("%s", d.text);
	}
}

void
setup_close(struct setup *s)
{
	size_t i;

	for (i = 0; i < SETUP_SEATS; i++)
		session_close(s->seats[i].session);
	softhsm_close(s->module, s->token);
	rules_free(s->rules);
	issuers_free(&s->issuers);
	config_free(s->config);
	buf_free(&s->csr);
	buf_free(&s->csr_pem);
}

static void
token_copy(const struct setup *s, const char *base)
{
	MEM_CLEANUP char *from = xasprintf("%s/tokens", s->hsm.dir);
	MEM_CLEANUP char *to = xasprintf("%s/tokens", base);
	const char *const argv[] = {"cp", "-a", from, to, NULL};
	BUF_CLEANUP conf = BUF_INIT;

	if (process_run(argv, NULL) != 0)
		bench_die("cp -a %s %s failed", from, to);
	buf_printf(&conf,
	    "directories.tokendir = %s\n"
	    "objectstore.backend = file\n"
	    "log.level = ERROR\n"
	    "slots.removable = false\n",
	    to);
	file_put(base, "softhsm2.conf", buf_span(&conf));
}

char *
setup_agent(const struct setup *s, const char *name, const char *shim)
{
	char *base = xasprintf("%s/%s", s->hsm.dir, name);
	MEM_CLEANUP char *counting =
	    xasprintf(", P11_SHIM_MODULE: '%s', P11_SHIM_LOG: '%s/calls'",
		s->hsm.module, base);

	dir_make(s->hsm.dir, name);
	dir_make(base, "state");
	token_copy(s, base);
	config_make(s, base, shim != NULL ? shim : s->hsm.module,
	    shim != NULL ? counting : "");
	return base;
}
