/* SPDX-License-Identifier: Apache-2.0 */
/* CK_RV to names, errors and sentences; the table is pkcs11/ckr.def. */
#include <stdio.h>
#include <time.h>

#include "pkcs11/private.h"

static const struct row {
	CK_RV rv;
	const char *name;
	int error;
	bool retry;
	const char *meaning;
} rows[] = {
#define CKR(name, error, retry, meaning) {name, #name, error, retry, meaning},
#include "pkcs11/ckr.def"
#undef CKR
};

static const struct row *
row_find(CK_RV rv)
{
	static const struct row vendor = {CKR_VENDOR_DEFINED,
	    "a value of the vendor's", ERR_TOKEN, false, ""};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].rv == rv)
			return &rows[i];
	}
	return &vendor;
}

const char *
ckr_name(CK_RV rv)
{
	return row_find(rv)->name;
}

int
ckr_error(CK_RV rv)
{
	return row_find(rv)->error;
}

bool
ckr_is_worth_retry(CK_RV rv)
{
	return row_find(rv)->retry;
}

int
ckr_diag(struct diag *d, const char *label, const char *call, CK_RV rv)
{
	const struct row *row = row_find(rv);
	int rc;

	rc = diag_set(d, row->error, "token \"%s\": %s said %s (0x%lx)%s%s",
	    label, call, row->name, rv, row->meaning[0] != '\0' ? ": " : "",
	    row->meaning);
	if (d != NULL)
		d->native = rv;
	return rc;
}

void
start_wait(int try)
{
	long ms = START_WAIT_MS << (try - 1);
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}
