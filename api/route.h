/* SPDX-License-Identifier: Apache-2.0 */
/* From a method and a path to what is asked; the table is route.def. */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "lib/buf.h"
#include "lib/diag.h"

enum api_route {
#define ROUTE(name, method, pattern) name,
#include "api/route.def"
#undef ROUTE
	API_ROUTES
};

enum api_method { API_METHOD_GET, API_METHOD_POST, API_METHOD_OTHER };

struct api_match {
	enum api_route route;
	struct span part;  /* what {part} stands for, in path; or empty */
	const char *allow; /* with ERR_METHOD: what the path does take */
};

/* Errors: ERR_NOT_FOUND, ERR_METHOD. path is decoded, without a query. */
int api_route_find(enum api_method method, const char *path,
    struct api_match *out, struct diag *d);

const char *api_route_pattern(enum api_route route);

#endif
