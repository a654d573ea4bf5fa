/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request to sign or to explain, in all the shapes it may come in:
 *
 *	PEM   whatever Content-Type says, so that curl --data-binary works
 *	JSON  application/json: {"policy", "csr", "ttl", "format"}
 *	DER   application/pkcs10
 *
 * Policy, ttl and format may be in the query, the policy also in the path;
 * each in one place only. The CSR is not looked into here.
 */
#ifndef API_SIGN_H
#define API_SIGN_H

#include "api/accept.h"
#include "api/query.h"

#define API_CSR_MAX 16384 /* bytes of DER */
#define API_CSR_PEM_MAX                                      \
	24576 /* bytes of PEM: the same in base64, and lines \
	       */

/* All borrowed. */
struct api_sign_input {
	struct span policy;       /* from the path; or empty */
	const char *query;        /* raw; "" when there is none */
	const char *content_type; /* lower case, without parameters; or "" */
	const char *accept;       /* as sent; or "" */
	struct span body;
};

struct api_sign {
	char policy[API_NAME_MAX + 1];
	int64_t ttl_s; /* 0: the policy's default */
	struct buf csr;
	bool is_pem;     /* csr is PEM text, else DER */
	bool wants_json; /* the answer; else PEM */
};

/*
 * Errors: ERR_REQUEST, ERR_JSON, ERR_PEM, ERR_CSR_TOO_LARGE. *out is freed
 * with api_sign_free() whatever came back.
 */
int api_sign_decode(
    const struct api_sign_input *in, struct api_sign *out, struct diag *d);
void api_sign_free(struct api_sign *sign);

#endif
