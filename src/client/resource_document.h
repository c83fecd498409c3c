/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_RESOURCE_DOCUMENT_H
#define UAUTH_CLIENT_RESOURCE_DOCUMENT_H

/* Protected resource metadata (RFC 9728 2): from an API to the server whose tokens it takes. */

#include "base/json_writer.h"

struct resource_document {
    const char *resource; /* its identifier (1.2) */
    struct texts authorization_servers;
    const char *name; /* and all that follows may be NULL, or empty */
    struct texts scopes;
    const char *documentation, *policy, *terms, *jwks_uri;
    struct texts dpop_algs;
    bool dpop_bound, certificate_bound; /* takes no token that is not bound so */
};

/* Appends its members to the object that `w` stands in: bearer tokens come in the header. */
void resource_document_write(struct json_writer *w, const struct resource_document *d);

/* Where the document of `resource` is found (3.1): the well-known part stands between its host and
 * its path.  NULL: it is no absolute URL without fragment. */
const char *resource_document_url(struct arena *a, const char *resource);

#endif
