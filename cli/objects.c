/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and CSRs for programs; see objects.h. */
#include "cli/objects.h"

#include <string.h>

#include "cli/out.h"
#include "lib/file.h"
#include "lib/mem.h"
#include "x509/pem.h"

json_t *
object_sans_json(const struct san *sans, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++) {
		BUF_CLEANUP text = BUF_INIT;

		buf_printf(&text, "%s:", san_kind_name(sans[i].kind));
		san_print(&sans[i], &text);
		(void)json_array_append_new(
		    list, out_json_span(buf_span(&text)));
	}
	return list;
}

static json_t *
bits_json(unsigned bits, const char *(*name)(unsigned))
{
	json_t *list = json_array();
	unsigned bit;

	for (bit = 1; bit != 0 && bit <= bits; bit <<= 1) {
		if ((bits & bit) != 0)
			(void)json_array_append_new(
			    list, json_string(name(bit)));
	}
	return list;
}

json_t *
object_key_usage_json(unsigned bits)
{
	return bits_json(bits, key_usage_name);
}

json_t *
object_ext_usage_json(unsigned bits)
{
	return bits_json(bits, ext_usage_name);
}

static json_t *
name_json(struct span name)
{
	BUF_CLEANUP text = BUF_INIT;

	name_print(name, &text);
	return out_json_span(buf_span(&text));
}

static json_t *
key_json(const struct spki *spki)
{
	return json_pack("{s:s, s:i}", "kind", key_kind_name(spki->kind),
	    "bits", (int)spki->bits);
}

json_t *
object_cert_json(const struct cert *cert)
{
	struct san sans[CSR_MAX_SANS];
	struct diag ignored = DIAG_INIT;
	size_t n = 0;

	if (cert_sans(cert, sans, CSR_MAX_SANS, &n, &ignored) != 0)
		n = 0;
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, "
			 "s:b, s:o, s:o, s:o, s:o}",
	    "type", "certificate", "serial", out_json_hex(cert->serial),
	    "subject", name_json(cert->subject), "issuer",
	    name_json(cert->issuer), "names", object_sans_json(sans, n),
	    "not_before", out_json_time(cert->not_before), "not_after",
	    out_json_time(cert->not_after), "key", key_json(&cert->spki),
	    "signature", sig_alg_name(cert->alg), "ca", (int)cert->is_ca,
	    "path_len",
	    cert->path_len >= 0 ? json_integer(cert->path_len) : json_null(),
	    "key_usage", object_key_usage_json(cert->key_usage), "ext_usage",
	    object_ext_usage_json(cert->ext_usage), "subject_key_id",
	    out_json_hex(cert->subject_key_id));
}

json_t *
object_csr_json(const struct csr *csr, int checked)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:s, s:b, s:s, s:b, s:o}",
	    "type", "csr", "subject", name_json(csr->subject), "names",
	    object_sans_json(csr->sans, csr->n_sans), "key",
	    key_json(&csr->spki), "signature", sig_alg_name(csr->alg),
	    "acceptable", (int)(checked == 0), "code", err_code(checked),
	    "asks_ca", (int)csr->asks_ca, "asks_key_usage",
	    object_key_usage_json(csr->key_usage));
}

static const struct {
	const char *label;
	enum object_kind kind;
} labels[] = {
    {"CERTIFICATE", OBJECT_CERT},
    {"CERTIFICATE REQUEST", OBJECT_CSR},
    {"NEW CERTIFICATE REQUEST", OBJECT_CSR},
};

static enum object_kind
kind_of(const char *label)
{
	size_t i;

	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (strcmp(labels[i].label, label) == 0)
			return labels[i].kind;
	}
	return OBJECT_OTHER;
}

static const char *
find(const char *p, const char *end, const char *what)
{
	return memmem(p, (size_t)(end - p), what, strlen(what));
}

typedef int object_found(
    void *arg, const struct object *object, struct diag *d);

/* From "-----BEGIN " to the end of its END line, which must be there. */
static int
block_take(const char **at, const char *end, object_found *found, void *arg,
    struct diag *d)
{
	static const char begin[] = "-----BEGIN ";
	const char *label = *at + sizeof(begin) - 1, *dashes, *stop;
	MEM_CLEANUP char *word = NULL, *last = NULL;
	struct object object = {OBJECT_OTHER, NULL, SPAN_NONE};
	BUF_CLEANUP der = BUF_INIT;
	int rc;

	dashes = find(label, end, "-----");
	if (dashes == NULL || dashes - label > 64)
		return diag_set(d, ERR_PEM, "a BEGIN line has no end");
	word = xstrndup(label, (size_t)(dashes - label));
	last = xasprintf("-----END %s-----", word);
	stop = find(dashes, end, last);
	if (stop == NULL)
		return diag_set(d, ERR_PEM, "BEGIN %s has no END", word);
	stop += strlen(last);
	object.kind = kind_of(word);
	object.label = word;
	if (object.kind != OBJECT_OTHER) {
		rc = pem_decode(span_of(*at, (size_t)(stop - *at)),
		    object.kind == OBJECT_CERT ? PEM_CERT : PEM_CSR, &der, d);
		if (rc != 0)
			return rc;
		object.der = buf_span(&der);
	}
	*at = stop;
	return found(arg, &object, d);
}

/* DER has no label: a CSR is what a certificate's parser refuses. */
static int
der_take(struct span file, object_found *found, void *arg, struct diag *d)
{
	struct object object = {OBJECT_CERT, NULL, file};
	struct diag ignored = DIAG_INIT;
	struct csr csr;

	if (csr_parse(file, &csr, &ignored) == 0)
		object.kind = OBJECT_CSR;
	return found(arg, &object, d);
}

int
object_each(struct span file,
    int (*found)(void *arg, const struct object *object, struct diag *d),
    void *arg, struct diag *d)
{
	const char *at = (const char *)file.data, *end = at + file.len;
	bool any = false;
	int rc;

	if (file.len == 0)
		return diag_set(d, ERR_PEM, "the file is empty");
	if (file.data[0] == 0x30)
		return der_take(file, found, arg, d);
	while ((at = find(at, end, "-----BEGIN ")) != NULL) {
		any = true;
		rc = block_take(&at, end, found, arg, d);
		if (rc != 0)
			return rc;
	}
	if (!any)
		return diag_set(d, ERR_PEM,
		    "neither PEM (no BEGIN line) nor DER (does not start with "
		    "a SEQUENCE)");
	return 0;
}

int
object_csr_read(const char *path, struct buf *der, struct diag *d)
{
	BUF_CLEANUP file = BUF_INIT;
	int rc;

	rc = file_read(path, FILE_ANY, OBJECTS_FILE_MAX, &file, d);
	if (rc != 0)
		return rc;
	if (file.len > 0 && file.data[0] == 0x30)
		*der = buf_take(&file);
	else
		rc = pem_decode(buf_span(&file), PEM_CSR, der, d);
	return rc != 0 ? diag_prefix(d, "%s", path) : 0;
}
