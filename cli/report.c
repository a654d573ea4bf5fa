/* SPDX-License-Identifier: Apache-2.0 */
/* Problems, ours and the agent's; see report.h. */
#include "cli/report.h"

#include <stdio.h>
#include <string.h>

#include "cli/out.h"

json_t *
report_problem(const struct diag *d)
{
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:b, s:s, s:[]}", "title",
	    err_text(d->code), "status", err_http(d->code), "detail",
	    d->text[0] != '\0' ? d->text : err_text(d->code), "code",
	    err_code(d->code), "class", err_class_name(d->code), "retryable",
	    (int)err_is_retryable(d->code), "ref", d->ref, "reasons");
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void
reason_print(const json_t *reason)
{
	json_int_t line = json_integer_value(json_object_get(reason, "line"));
	const char *file = text_of(reason, "file");

	(void)fputs("  ", stderr);
	out_text(stderr, file);
	if (line > 0)
		(void)fprintf(stderr, ":%lld", (long long)line);
	if (file[0] != '\0')
		(void)fputs(": ", stderr);
	out_text(stderr, text_of(reason, "text"));
	if (text_of(reason, "code")[0] != '\0') {
		(void)fputs(" (", stderr);
		out_text(stderr, text_of(reason, "code"));
		(void)fputc(')', stderr);
	}
	(void)fputc('\n', stderr);
}

static void
report_plain(const struct cli *cli, const struct diag *d)
{
	const char *code = text_of(cli->problem, "code");
	const json_t *reasons;
	size_t i;

	(void)fputs("privyseal: ", stderr);
	out_text(stderr, d->text[0] != '\0' ? d->text : err_text(d->code));
	(void)fputs(" (", stderr);
	out_text(stderr, code[0] != '\0' ? code : err_code(d->code));
	if (d->ref[0] != '\0') {
		(void)fputs(", ", stderr);
		out_text(stderr, d->ref);
	}
	(void)fputs(")\n", stderr);
	if (cli->problem == NULL)
		return;
	reasons = json_object_get(cli->problem, "reasons");
	for (i = 0; i < json_array_size(reasons); i++)
		reason_print(json_array_get(reasons, i));
}

void
report(const struct cli *cli, const struct diag *d)
{
	json_t *problem;

	if (cli->told)
		return;
	if (!cli->json) {
		report_plain(cli, d);
		return;
	}
	problem = cli->problem != NULL ? json_incref(cli->problem)
				       : report_problem(d);
	(void)json_dumpf(problem, stderr, JSON_COMPACT);
	(void)fputc('\n', stderr);
	json_decref(problem);
}

/* A row that stands for its class, for codes that this version has not. */
static int
class_err(const char *class, long status)
{
	static const int examples[] = {ERR_USAGE, ERR_REQUEST, ERR_DENIED,
	    ERR_BUSY, ERR_UNAVAILABLE, ERR_LOG, ERR_INTERNAL};
	size_t i;

	for (i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		if (strcmp(err_class_name(examples[i]), class) == 0)
			return examples[i];
	}
	return status >= 400 && status < 500 ? ERR_REQUEST : ERR_UNAVAILABLE;
}

int
report_exit(const struct cli *cli, int rc)
{
	if (rc >= 0)
		return 0;
	if (cli->problem != NULL &&
	    strcmp(text_of(cli->problem, "class"), "PENDING") == 0)
		return 7;
	return err_exit(rc);
}

int
report_take(struct cli *cli, long status, json_t *problem, struct diag *d)
{
	int code = err_find(text_of(problem, "code"));
	const char *text = text_of(problem, "detail");

	if (code == 0)
		code = class_err(text_of(problem, "class"), status);
	if (text[0] == '\0')
		text = text_of(problem, "trouble"); /* of /health */
	if (text[0] == '\0')
		text = text_of(problem, "title");
	if (text[0] == '\0')
		(void)diag_set(d, code, "the agent answered %ld", status);
	else
		(void)diag_set(d, code, "%s", text);
	if (text_of(problem, "ref")[0] != '\0')
		(void)diag_ref(d, text_of(problem, "ref"));
	json_decref(cli->problem);
	cli->problem =
	    json_is_string(json_object_get(problem, "code")) ? problem : NULL;
	if (cli->problem == NULL)
		json_decref(problem);
	return code;
}
