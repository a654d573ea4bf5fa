/* SPDX-License-Identifier: Apache-2.0 */
/* privyseal log show: the records, one a line. */
#include <string.h>

#include "cli/commands.h"
#include "cli/logfile.h"
#include "cli/out.h"
#include "lib/clock.h"
#include "lib/hex.h"
#include "log/read.h"
#include "x509/cert.h"

struct show {
	struct cli *cli;
	const char *kind;
	int64_t from, limit;
	uint64_t shown;
};

/* A record as JSON members; people get the same ones as words. */

static json_t *
hash_json(const uint8_t *hash)
{
	return out_json_hex(span_of(hash, LOG_HASH_LEN));
}

static void
set(json_t *to, const char *key, json_t *value)
{
	(void)json_object_set_new(to, key, value);
}

static void
request_fill(const struct event_request *e, json_t *to)
{
	set(to, "policy", out_json_span(e->policy));
	set(to, "user", out_json_span(e->user));
	set(to, "uid", json_integer(e->uid));
	set(to, "gid", json_integer(e->gid));
	set(to, "pid", json_integer(e->pid));
	set(to, "policy_hash", hash_json(e->policy_hash));
	set(to, "csr_hash", hash_json(e->csr_hash));
}

static int
intent_fill(struct span body, json_t *to, struct diag *d)
{
	struct event_intent e;
	int rc = event_intent_parse(body, &e, d);

	if (rc != 0)
		return rc;
	set(to, "issuer", out_json_span(e.issuer));
	set(to, "serial", out_json_hex(e.serial));
	request_fill(&e.request, to);
	return 0;
}

static int
issued_fill(struct span body, json_t *to, struct diag *d)
{
	BUF_CLEANUP subject = BUF_INIT;
	struct event_issued e;
	struct cert cert;
	int rc;

	rc = event_issued_parse(body, &e, d);
	if (rc != 0)
		return rc;
	set(to, "intent", json_integer((json_int_t)e.intent_seq));
	rc = cert_parse(e.certificate, &cert, d);
	if (rc != 0)
		return rc;
	name_print(cert.subject, &subject);
	set(to, "serial", out_json_hex(cert.serial));
	set(to, "subject", out_json_span(buf_span(&subject)));
	set(to, "not_after", out_json_time(cert.not_after));
	return 0;
}

static int
refused_fill(struct span body, json_t *to, struct diag *d)
{
	struct event_refused e;
	int rc = event_refused_parse(body, &e, d);

	if (rc != 0)
		return rc;
	set(to, "code", json_string(err_code(e.err)));
	set(to, "count", json_integer(e.count));
	request_fill(&e.request, to);
	set(to, "reasons", out_json_span(e.reasons));
	return 0;
}

static int
failed_fill(struct span body, json_t *to, struct diag *d)
{
	struct event_failed e;
	int rc = event_failed_parse(body, &e, d);

	if (rc != 0)
		return rc;
	set(to, "intent", json_integer((json_int_t)e.intent_seq));
	set(to, "code", json_string(err_code(e.err)));
	set(to, "text", out_json_span(e.text));
	set(to, "possibly_signed", json_boolean(e.possibly_signed));
	return 0;
}

static int
agent_fill(struct span body, json_t *to, struct diag *d)
{
	struct event_agent e;
	int rc = event_agent_parse(body, &e, d);

	if (rc != 0)
		return rc;
	set(to, "version", out_json_span(e.version));
	set(to, "size", json_integer((json_int_t)e.size));
	set(to, "root", hash_json(e.root));
	return 0;
}

static int
policy_fill(struct span body, json_t *to, struct diag *d)
{
	struct event_policy e;
	int rc = event_policy_parse(body, &e, d);

	if (rc != 0)
		return rc;
	set(to, "count", json_integer(e.count));
	set(to, "policy_hash", hash_json(e.hash));
	set(to, "names", out_json_span(e.names));
	return 0;
}

static int
key_fill(struct span body, json_t *to, struct diag *d)
{
	struct event_key e;
	int rc = event_key_parse(body, &e, d);

	if (rc != 0)
		return rc;
	set(to, "issuer", out_json_span(e.issuer));
	set(to, "token", out_json_span(e.token));
	set(to, "facts", out_json_span(e.facts));
	return 0;
}

static const struct {
	uint8_t kind;
	int (*fill)(struct span body, json_t *to, struct diag *d);
} fills[] = {
    {EVENT_START, agent_fill},
    {EVENT_STOP, agent_fill},
    {EVENT_POLICY, policy_fill},
    {EVENT_KEY, key_fill},
    {EVENT_INTENT, intent_fill},
    {EVENT_ISSUED, issued_fill},
    {EVENT_REFUSED, refused_fill},
    {EVENT_FAILED, failed_fill},
};

static int
record_fill(const struct log_record *record, json_t *to, struct diag *d)
{
	size_t i;

	for (i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		if (fills[i].kind == record->kind)
			return fills[i].fill(record->body, to, d);
	}
	return 0; /* a kind that only a newer agent writes */
}

/* Hashes and texts of many lines are for programs. */
static bool
is_for_people(const char *key, const json_t *value)
{
	static const char *const hidden[] = {
	    "policy_hash", "csr_hash", "gid", "pid", "facts"};
	size_t i;

	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (strcmp(key, hidden[i]) == 0)
			return false;
	}
	return !json_is_string(value) || json_string_length(value) > 0;
}

static void
member_print(const char *key, const json_t *value)
{
	const char *p;

	(void)printf(" %s=", key);
	if (json_is_integer(value))
		(void)printf("%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		(void)fputs(json_is_true(value) ? "yes" : "no", stdout);
	for (p = json_string_value(value); p != NULL && *p != '\0'; p++) {
		if (*p != '\n')
			out_span(stdout, span_of(p, 1));
		else if (p[1] != '\0')
			(void)fputs("; ", stdout);
	}
}

static void
record_print(const struct log_record *record, const char *kind, json_t *body)
{
	char time[CLOCK_TEXT_LEN];
	const char *key;
	void *it;

	clock_format(record->time_ms / 1000, time);
	(void)printf("%ju %s %s", (uintmax_t)record->seq, time, kind);
	for (it = json_object_iter(body); it != NULL;
	     it = json_object_iter_next(body, it)) {
		key = json_object_iter_key(it);
		if (is_for_people(key, json_object_iter_value(it)))
			member_print(key, json_object_iter_value(it));
	}
	(void)fputc('\n', stdout);
}

static int
record_show(struct show *show, const struct log_record *record,
    const char *kind, struct diag *d)
{
	json_t *body = json_object(), *whole;
	int rc = record_fill(record, body, d);

	if (rc != 0) {
		json_decref(body);
		return diag_prefix(d, "record %ju", (uintmax_t)record->seq);
	}
	show->shown++;
	if (!show->cli->json) {
		record_print(record, kind, body);
		json_decref(body);
		return 0;
	}
	whole = json_pack("{s:I, s:o, s:I, s:s, s:o}", "seq",
	    (json_int_t)record->seq, "time",
	    out_json_time(record->time_ms / 1000), "time_ms",
	    (json_int_t)record->time_ms, "kind", kind, "leaf",
	    hash_json(record->leaf));
	(void)json_object_update_missing(whole, body);
	json_decref(body);
	out_json_line(whole);
	return 0;
}

static bool
is_wanted(
    const struct show *show, const struct log_record *record, const char *kind)
{
	return record->seq >= (uint64_t)show->from &&
	       (show->kind == NULL || strcasecmp(show->kind, kind) == 0);
}

static int
records_show(struct show *show, struct log_reader *reader, struct diag *d)
{
	struct log_record record;
	const char *kind;
	bool torn = false;
	int rc;

	while ((rc = log_reader_next(reader, &record, &torn, d)) == 1) {
		kind = event_kind_name(record.kind);
		kind = kind != NULL ? kind : "UNKNOWN";
		if (!is_wanted(show, &record, kind))
			continue;
		rc = record_show(show, &record, kind, d);
		if (rc != 0)
			return rc;
		if (show->limit > 0 && show->shown == (uint64_t)show->limit)
			return 0;
	}
	if (rc == 0 && torn)
		out_say(show->cli, "the last record is not whole: it is being "
				   "written, or was when the agent ended");
	return rc;
}

static int
kind_check(const char *kind, struct diag *d)
{
	const char *name;
	int number;

	for (number = 0; kind != NULL && number < 256; number++) {
		name = event_kind_name((uint8_t)number);
		if (name != NULL && strcasecmp(name, kind) == 0)
			return 0;
	}
	return kind == NULL
		   ? 0
		   : diag_set(d, ERR_USAGE, "there are no %s records", kind);
}

int
cmd_log_show(struct cli *cli, int argc, char **argv, struct diag *d)
{
	struct show show = {.cli = cli};
	const struct option_row rows[] = {
	    {'k', "kind", OPTION_TEXT, "KIND", &show.kind,
		"only INTENT, ISSUED, REFUSED, FAILED, START, ..."},
	    {'f', "from", OPTION_NUMBER, "SEQ", &show.from,
		"from this sequence number on"},
	    {'l', "limit", OPTION_NUMBER, "N", &show.limit,
		"not more than N records"},
	};
	struct log_reader *reader;
	const char *path;
	int rc;

	rc = OPTIONS_TAKE(cli, rows, argc, argv, d);
	if (rc == 0)
		rc = kind_check(show.kind, d);
	if (rc == 0)
		rc = logfile_path(cli, &path, d);
	if (rc == 0)
		rc = log_reader_open(path, &reader, d);
	if (rc != 0)
		return rc;
	rc = records_show(&show, reader, d);
	log_reader_close(reader);
	return rc;
}
