/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that privyseal init writes. They are meant to be read and changed
 * by people: what they can say beyond this is in the manuals they name.
 */
#include "cli/init.h"

#include "lib/mem.h"

/* A YAML scalar in single quotes: everything but the quote is itself. */
static void
quote(struct buf *out, const char *text)
{
	buf_add_str(out, "'");
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buf_add_str(out, "'");
		buf_add(out, text, 1);
	}
	buf_add_str(out, "'");
}

static void
token_text(const struct init *init, struct buf *out)
{
	buf_add_str(out, "tokens:\n  - name: main\n    module: ");
	quote(out, init->module_path);
	buf_add_str(out, "\n    uri: ");
	quote(out,
	    init->uri != NULL ? init->uri : "pkcs11:token=" INIT_TOKEN_LABEL);
	if (init->module != NULL && init->pin_file == NULL) {
		buf_add_str(out,
		    "\n    # The PIN is asked for once, by: privyseal unlock\n"
		    "    pin: {ask: true}\n");
		return;
	}
	buf_add_str(out,
	    "\n    # A 0600 file; or {credential: NAME} of systemd; or\n"
	    "    # {ask: true}, then `privyseal unlock` gives it.\n"
	    "    pin: {file: ");
	quote(out, init->pin_path);
	buf_add_str(out, "}\n");
	if (init->module != NULL)
		return;
	buf_add_str(out, "    environment: {SOFTHSM2_CONF: ");
	buf_printf(out,
	    "'%s/softhsm2.conf'}\n"
	    "    # The only place the module may write to: its locks.\n"
	    "    writable: [tokens]\n",
	    init->path);
}

void
init_config_text(const struct init *init, struct buf *out)
{
	buf_add_str(out,
	    "# The agent's configuration; privyseal.yaml(5) has every key.\n"
	    "# Start it with: privyseald -c THIS-FILE\n"
	    "# Paths that are not absolute begin in this file's directory.\n"
	    "version: 1\n\n"
	    "# Callers ask on this socket. To let others in: socket-group and\n"
	    "# mode 0660. Who may have what is decided by policy all the "
	    "same.\n"
	    "socket: agent.sock\n"
	    "socket-mode: 0600\n"
	    "# Only the owner asks on these: reload; PINs.\n"
	    "admin-socket: admin.sock\n"
	    "unlock-socket: unlock.sock\n\n"
	    "# One policy a file; what no policy allows is refused.\n"
	    "policy-dir: policy.d\n"
	    "# The log, its index, and whether a PIN was refused.\n"
	    "state-dir: state\n\n");
	token_text(init, out);
	buf_add_str(out,
	    "\n# A certificate authority: its key stays on the token.\n"
	    "issuers:\n"
	    "  - name: " INIT_ISSUING_LABEL "\n"
	    "    token: main\n"
	    "    key: ");
	buf_printf(out, "'%s'\n", (const char *)init->issuing_key.data);
	buf_add_str(out, "    certificate: ca/" INIT_ISSUING_LABEL ".pem\n"
			 "    chain: ca/root.pem\n");
}

void
init_softhsm_text(const char *tokens_dir, struct buf *out)
{
	buf_printf(out,
	    "# SoftHSM2: keys in files. Good for trying and testing; they are\n"
	    "# guarded by nothing but the permissions of the directory.\n"
	    "directories.tokendir = %s\n"
	    "objectstore.backend = file\n"
	    "objectstore.umask = 0077\n"
	    "log.level = ERROR\n"
	    "slots.removable = false\n",
	    tokens_dir);
}

static void
head_text(const struct init *init, const char *name, const char *what,
    struct buf *out)
{
	buf_printf(out,
	    "# %s\n"
	    "# privyseal-policy(5) has every key. Try a change before the "
	    "agent does:\n"
	    "#   privyseal -c ../privyseal.yaml policy test\n"
	    "# and then: privyseal -c ../privyseal.yaml reload\n"
	    "version: 1\n"
	    "name: %s\n"
	    "issuer: " INIT_ISSUING_LABEL "\n"
	    "# Any one may match; {group: NAME} is the other way to name "
	    "callers.\n"
	    "callers:\n"
	    "  - unix: {user: ",
	    what, name);
	quote(out, init->user);
	buf_add_str(out, "}\n"
			 "keys: [ecdsa-p256, ecdsa-p384, ed25519, "
			 "\"rsa>=2048\"]\n");
}

static void
tail_text(const char *usage, struct buf *out)
{
	buf_printf(out,
	    "usage: {key: [digital-signature, key-encipherment], "
	    "ext: [%s]}\n"
	    "validity: {default: 30d, max: 90d, backdate: 5m}\n"
	    "tests:\n",
	    usage);
}

/* One case of tests:. */
static void
test_text(const struct init *init, const char *name, const char *csr,
    const char *expect, struct buf *out)
{
	buf_printf(out, "  - name: %s\n    caller: {user: ", name);
	quote(out, init->user);
	buf_printf(out, "}\n    csr: {key: ecdsa-p256, %s}\n    expect: %s\n",
	    csr, expect);
}

void
init_server_text(const struct init *init, struct buf *out)
{
	const char *zone = init->domain;
	MEM_CLEANUP char *own =
	    xasprintf("dns: [www.%s, localhost], ip: [127.0.0.1]", zone);

	head_text(init, "server", "Certificates for TLS servers.", out);
	buf_printf(out,
	    "# The CSR only proposes names; they are taken when they match.\n"
	    "# * is one label, ** is one or more.\n"
	    "subject: {cn: first-dns}\n"
	    "san:\n"
	    "  dns: {allow: [\"**.%s\", %s, localhost], max: 20}\n"
	    "  ip: {allow: [127.0.0.1/32, \"::1/128\"]}\n",
	    zone, zone);
	tail_text("server-auth", out);
	test_text(init, "our own zone", own, "allow", out);
	buf_add_str(out, "    cert: {ext: [server-auth], days: 30}\n");
	test_text(
	    init, "a foreign zone", "dns: [www.example.org]", "deny", out);
	buf_add_str(out, "    reasons: [san.dns.not-allowed]\n");
}

void
init_client_text(const struct init *init, struct buf *out)
{
	const char *zone = init->domain;
	MEM_CLEANUP char *host = xasprintf("dns: [agent-7.%s]", zone);
	MEM_CLEANUP char *workload =
	    xasprintf("uri: [\"spiffe://%s/billing\"]", zone);
	MEM_CLEANUP char *person = xasprintf("email: [ada@%s]", zone);

	head_text(init, "client", "Certificates for TLS clients.", out);
	buf_printf(out,
	    "# A client may be a host, a workload or a person.\n"
	    "subject: {cn: none}\n"
	    "san:\n"
	    "  dns: {allow: [\"**.%s\"], max: 5}\n"
	    "  uri: {allow: [\"spiffe://%s/**\"], max: 1}\n"
	    "  email: {allow: [\"*@%s\"], max: 1}\n",
	    zone, zone, zone);
	tail_text("client-auth", out);
	test_text(init, "a host", host, "allow", out);
	buf_add_str(out, "    cert: {ext: [client-auth], days: 30}\n");
	test_text(init, "a workload", workload, "allow", out);
	test_text(init, "a person", person, "allow", out);
	test_text(
	    init, "a foreign host", "dns: [www.example.org]", "deny", out);
	buf_add_str(out, "    reasons: [san.dns.not-allowed]\n");
}
