/* SPDX-License-Identifier: Apache-2.0 */
/* privyseal show: CSRs and certificates in words. */
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/objects.h"
#include "cli/out.h"
#include "lib/file.h"

struct show {
	struct cli *cli;
	json_t *list; /* with --json */
	size_t n;
	int worst; /* of what was readable but not acceptable */
	struct diag why;
};

static int
show_csr(struct show *show, struct span der, struct diag *d)
{
	BUF_CLEANUP text = BUF_INIT;
	struct diag why = DIAG_INIT;
	struct csr csr;
	int rc, checked;

	rc = csr_parse(der, &csr, d);
	if (rc != 0)
		return rc;
	checked = csr_check(&csr, &why);
	if (checked != 0) {
		show->worst = checked;
		show->why = why;
	}
	if (show->cli->json) {
		(void)json_array_append_new(
		    show->list, object_csr_json(&csr, checked));
		return 0;
	}
	csr_print(&csr, &text);
	out_span(stdout, buf_span(&text));
	return 0;
}

static int
show_cert(struct show *show, struct span der, struct diag *d)
{
	BUF_CLEANUP text = BUF_INIT;
	struct cert cert;
	int rc;

	rc = cert_parse(der, &cert, d);
	if (rc != 0)
		return rc;
	if (show->cli->json) {
		(void)json_array_append_new(
		    show->list, object_cert_json(&cert));
		return 0;
	}
	cert_print(&cert, &text);
	out_span(stdout, buf_span(&text));
	return 0;
}

static int
show_object(void *arg, const struct object *object, struct diag *d)
{
	struct show *show = arg;

	if (show->n++ > 0 && !show->cli->json)
		(void)fputc('\n', stdout);
	switch (object->kind) {
	case OBJECT_CERT:
		return show_cert(show, object->der, d);
	case OBJECT_CSR:
		return show_csr(show, object->der, d);
	case OBJECT_OTHER:
		break;
	}
	out_say(show->cli, "a %s block: not shown", object->label);
	return 0;
}

static int
show_file(struct show *show, const char *path, struct diag *d)
{
	BUF_CLEANUP file = BUF_INIT;
	int rc;

	rc = file_read(path, FILE_ANY, OBJECTS_FILE_MAX, &file, d);
	if (rc != 0)
		return rc;
	rc = object_each(buf_span(&file), show_object, show, d);
	return rc != 0 ? diag_prefix(d, "%s", path) : 0;
}

/* From the agent's index: what was issued under that serial number. */
static int
show_serial(struct show *show, const char *serial, struct diag *d)
{
	BUF_CLEANUP path = BUF_INIT;
	const char *pem;
	json_t *answer;
	int rc;

	buf_printf(&path, "/certificates/%s", serial);
	rc = client_get(show->cli, SETUP_AGENT, buf_cstr(&path), &answer, d);
	if (rc != 0)
		return rc;
	pem = json_string_value(json_object_get(answer, "certificate"));
	if (pem != NULL)
		rc = object_each(span_str(pem), show_object, show, d);
	else
		rc = diag_set(
		    d, ERR_UNREACHABLE, "the answer has no certificate in it");
	json_decref(answer);
	return rc;
}

/* It ends in a path, so nothing but a serial number may go in. */
static int
serial_check(const char *serial, struct diag *d)
{
	size_t len = strspn(serial, "0123456789abcdefABCDEF:");

	if (serial[len] == '\0' && len > 0 && len <= 59)
		return 0;
	return diag_set(d, ERR_USAGE,
	    "%s is not a serial number: hexadecimal digits are wanted", serial);
}

static int
show_all(struct show *show, const char *serial, struct diag *d)
{
	struct cli *cli = show->cli;
	size_t i;
	int rc = 0;

	if (serial != NULL) {
		rc = serial_check(serial, d);
		if (rc == 0)
			rc = show_serial(show, serial, d);
	} else if (cli->n_operands == 0) {
		rc = show_file(show, "-", d);
	}
	for (i = 0; rc == 0 && i < cli->n_operands; i++)
		rc = show_file(show, cli->operands[i], d);
	return rc;
}

int
cmd_show(struct cli *cli, int argc, char **argv, struct diag *d)
{
	struct show show = {.cli = cli};
	const char *serial = NULL;
	const struct option_row rows[] = {
	    {0, "serial", OPTION_TEXT, "HEX", &serial,
		"a certificate the agent has issued"},
	};
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc != 0)
		return rc;
	show.list = json_array();
	rc = show_all(&show, serial, d);
	if (cli->json && rc == 0)
		out_json(show.list);
	else
		json_decref(show.list);
	if (rc == 0 && show.worst != 0) {
		*d = show.why;
		return show.worst;
	}
	return rc;
}
