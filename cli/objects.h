/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and CSRs as JSON, and finding them in files. */
#ifndef CLI_OBJECTS_H
#define CLI_OBJECTS_H

#include "cli/cli.h"
#include "x509/cert.h"
#include "x509/csr.h"

#define OBJECTS_FILE_MAX (1024 * 1024) /* bytes */

json_t *object_cert_json(const struct cert *cert);
/* checked: 0 or what csr_check() said. */
json_t *object_csr_json(const struct csr *csr, int checked);
json_t *object_sans_json(const struct san *sans, size_t n);
json_t *object_key_usage_json(unsigned bits);
json_t *object_ext_usage_json(unsigned bits);

enum object_kind { OBJECT_CERT, OBJECT_CSR, OBJECT_OTHER };

/* One PEM block, or the whole of a DER file. */
struct object {
	enum object_kind kind;
	const char *label; /* of an OBJECT_OTHER */
	struct span der;
};

/*
 * Calls found() for each PEM block, or once for DER. ERR_PEM when there is
 * neither.
 */
int object_each(struct span file,
    int (*found)(void *arg, const struct object *object, struct diag *d),
    void *arg, struct diag *d);

/* Exactly one CSR, PEM or DER, from a file or "-"; its DER. */
int object_csr_read(const char *path, struct buf *der, struct diag *d);

#endif
