/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error table, looked up by value. It has a few dozen rows and is asked
 * only on the way to an answer, so a linear search is what it gets.
 */
#include "lib/err.h"

#include <stddef.h>
#include <string.h>

struct err_row {
	int err;
	enum err_class class;
	const char *code;
	const char *text;
};

static const struct err_row rows[] = {
#define ERR(name, number, class, code, text) {name, CLASS_##class, code, text},
#include "lib/err.def"
#undef ERR
};

struct class_row {
	const char *name;
	int http;
	int exit;
	bool retry;
};

static const struct class_row classes[] = {
#define CLASS(name, http, vault, grpc, exit, retry) \
	[CLASS_##name] = {#name, http, exit, retry},
#include "lib/err_class.def"
#undef CLASS
};

static const struct err_row *
row_find(int err)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].err == err)
			return &rows[i];
	}
	return NULL;
}

bool
err_is_known(int err)
{
	return err == 0 || row_find(err) != NULL;
}

const char *
err_code(int err)
{
	const struct err_row *row = row_find(err);

	if (err == 0)
		return "ok";
	return row != NULL ? row->code : "internal";
}

int
err_find(const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].code, code) == 0)
			return rows[i].err;
	}
	return 0;
}

const char *
err_text(int err)
{
	const struct err_row *row = row_find(err);

	if (err == 0)
		return "all is well";
	return row != NULL ? row->text : "an error without a name";
}

enum err_class
err_class(int err)
{
	const struct err_row *row = row_find(err);

	return row != NULL ? row->class : CLASS_INTERNAL;
}

const char *
err_class_name(int err)
{
	return classes[err_class(err)].name;
}

int
err_http(int err)
{
	switch (err) {
	case 0:
		return 200;
	case ERR_NOT_FOUND:
	case ERR_POLICY_UNKNOWN:
		return 404;
	case ERR_METHOD:
		return 405;
	case ERR_TIMEOUT:
		return 408;
	case ERR_TOO_LARGE:
	case ERR_CSR_TOO_LARGE:
		return 413;
	case ERR_HEADER_TOO_LARGE:
		return 431;
	case ERR_REQUEST:
	case ERR_HTTP:
	case ERR_JSON:
		return 400;
	default:
		return classes[err_class(err)].http;
	}
}

int
err_exit(int err)
{
	return err == 0 ? 0 : classes[err_class(err)].exit;
}

bool
err_is_retryable(int err)
{
	return err != 0 && classes[err_class(err)].retry;
}
