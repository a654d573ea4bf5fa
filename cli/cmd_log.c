/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privyseal log verify: the file and the issuers' certificates, nothing else.
 * Every certificate's signature is checked here; the rest is log_verify()'s.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/logfile.h"
#include "cli/objects.h"
#include "cli/out.h"
#include "cli/setup.h"
#include "issue/issuer.h"
#include "lib/file.h"
#include "lib/hex.h"
#include "log/read.h"

#define ISSUERS_MAX 64

/* One issuer certificate that may have signed. */
struct signer {
	const char *name; /* in the configuration; NULL: by its subject */
	struct buf der;
	struct cert cert;
	EVP_PKEY *key;
};

struct signers {
	struct signer at[ISSUERS_MAX];
	size_t n;
};

static void
signers_free(struct signers *signers)
{
	size_t i;

	for (i = 0; i < signers->n; i++) {
		buf_free(&signers->at[i].der);
		EVP_PKEY_free(signers->at[i].key);
	}
}

static int
signer_add(
    struct signers *signers, const char *name, struct span der, struct diag *d)
{
	struct signer *signer = &signers->at[signers->n];
	int rc;

	if (signers->n == ISSUERS_MAX)
		return diag_set(d, ERR_USAGE,
		    "more than %d issuer certificates", ISSUERS_MAX);
	memset(signer, 0, sizeof(*signer));
	signers->n++;
	signer->name = name;
	buf_add_span(&signer->der, der);
	rc = cert_parse(buf_span(&signer->der), &signer->cert, d);
	return rc != 0 ? rc : spki_open(&signer->cert.spki, &signer->key, d);
}

static int
object_add(void *arg, const struct object *object, struct diag *d)
{
	if (object->kind != OBJECT_CERT)
		return diag_set(d, ERR_PEM, "only certificates are wanted");
	return signer_add(arg, NULL, object->der, d);
}

static int
signers_read(
    struct signers *signers, const struct option_list *paths, struct diag *d)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < paths->n; i++) {
		BUF_CLEANUP file = BUF_INIT;

		rc = file_read(
		    paths->at[i], FILE_ANY, OBJECTS_FILE_MAX, &file, d);
		if (rc == 0)
			rc = object_each(
			    buf_span(&file), object_add, signers, d);
		if (rc != 0)
			(void)diag_prefix(d, "%s", paths->at[i]);
	}
	return rc;
}

static int
signers_of_config(struct cli *cli, struct signers *signers, struct diag *d)
{
	struct issuers issuers = {NULL, 0};
	size_t i;
	int rc;

	rc = issuers_open(cli->config, &issuers, d);
	for (i = 0; rc == 0 && i < issuers.n; i++)
		rc = signer_add(signers, issuers.at[i].name,
		    buf_span(&issuers.at[i].der), d);
	issuers_free(&issuers);
	return rc;
}

/* By name where the configuration gave one, else by the name it signs with. */
static bool
is_signer(
    const struct signer *signer, struct span name, const struct cert *cert)
{
	if (signer->name != NULL && !span_is(name, signer->name))
		return false;
	return span_eq(signer->cert.subject, cert->issuer) &&
	       (cert->authority_key_id.len == 0 ||
		   signer->cert.subject_key_id.len == 0 ||
		   span_eq(
		       cert->authority_key_id, signer->cert.subject_key_id));
}

static int
certificate_check(void *arg, struct span issuer, struct span tbs,
    struct span certificate, struct diag *d)
{
	struct signers *signers = arg;
	struct cert cert;
	size_t i;
	int rc;

	rc = cert_parse(certificate, &cert, d);
	if (rc != 0)
		return rc;
	if (!span_eq(cert.tbs, tbs))
		return diag_set(d, ERR_LOG_CORRUPT,
		    "the certificate is not the one that was announced");
	for (i = 0; i < signers->n; i++) {
		if (is_signer(&signers->at[i], issuer, &cert))
			return signature_verify(signers->at[i].key, cert.alg,
			    cert.tbs, cert.signature, d);
	}
	return diag_set(d, ERR_LOG_CORRUPT,
	    "no certificate was given for the issuer %.*s", (int)issuer.len,
	    (const char *)issuer.data);
}

static void
summary_json(const struct log_summary *s, bool checked)
{
	char root[2 * LOG_HASH_LEN + 1];

	hex_encode(span_of(s->head.root, LOG_HASH_LEN), root);
	out_json(json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I, "
			   "s:b, s:I, s:s}",
	    "valid", 1, "records", (json_int_t)s->records, "intents",
	    (json_int_t)s->intents, "issued", (json_int_t)s->issued, "refused",
	    (json_int_t)s->refused, "failed", (json_int_t)s->failed,
	    "open_intents", (json_int_t)s->open_intents,
	    "signatures_were_checked", (int)checked, "signatures_checked",
	    (json_int_t)s->signatures_checked, "torn", (int)s->torn, "size",
	    (json_int_t)s->head.size, "root", root));
}

static void
summary_plain(const struct log_summary *s, bool checked)
{
	char root[2 * LOG_HASH_LEN + 1];

	hex_encode(span_of(s->head.root, LOG_HASH_LEN), root);
	out_mark(stdout, true, "the log verifies");
	(void)printf("\n"
		     "records     %ju\n"
		     "issued      %ju, of %ju announced\n"
		     "refused     %ju\n"
		     "failed      %ju\n",
	    (uintmax_t)s->records, (uintmax_t)s->issued, (uintmax_t)s->intents,
	    (uintmax_t)s->refused, (uintmax_t)s->failed);
	if (checked)
		(void)printf("signatures  %ju checked, all hold\n",
		    (uintmax_t)s->signatures_checked);
	else
		(void)printf("signatures  not checked\n");
	(void)printf("root        %s\n", root);
	if (s->open_intents > 0)
		(void)printf("open        %ju announced and not ended\n",
		    (uintmax_t)s->open_intents);
	if (s->torn)
		(void)printf("torn        the last record is not whole\n");
}

static int
verify(struct cli *cli, const char *path, struct signers *signers, bool checked,
    struct diag *d)
{
	struct log_summary summary = {.records = 0};
	int rc;

	rc = log_verify(
	    path, checked ? certificate_check : NULL, signers, &summary, d);
	if (rc != 0)
		return rc;
	if (cli->json)
		summary_json(&summary, checked);
	else
		summary_plain(&summary, checked);
	if (!checked)
		out_say(cli, "certificates' signatures were not checked: name "
			     "the issuers with --issuer or -c");
	return 0;
}

int
cmd_log_verify(struct cli *cli, int argc, char **argv, struct diag *d)
{
	struct option_list paths = {.n = 0};
	struct signers signers = {.n = 0};
	const struct option_row rows[] = {
	    {'i', "issuer", OPTION_LIST, "FILE", &paths,
		"issuer certificates (else the configuration's)"},
	};
	const char *path;
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc == 0)
		rc = logfile_path(cli, &path, d);
	if (rc == 0)
		rc = signers_read(&signers, &paths, d);
	if (rc == 0 && paths.n == 0 && cli->config_given)
		rc = setup_config(cli, d);
	if (rc == 0 && paths.n == 0 && cli->config != NULL)
		rc = signers_of_config(cli, &signers, d);
	if (rc == 0)
		rc = verify(cli, path, &signers, signers.n > 0, d);
	signers_free(&signers);
	return rc;
}
