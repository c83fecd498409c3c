/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLAIMS_REQUEST_H
#define UAUTH_OAUTH_CLAIMS_REQUEST_H

/*
 * The parameter `claims` (OpenID Connect Core 1.0 5.5): single claims, by name, for the ID token
 * and for userinfo.
 */

#include "base/ctx.h"
#include "base/text.h"

enum { CLAIMS_REQUEST_MAX = 32 /* names of each kind; more are left out */ };

struct claims_request {
    struct texts userinfo, id_token; /* the names that are asked for */
    struct texts acr;                /* values of acr for the ID token; or none */
    bool acr_essential;              /* and one of them has to be reached (5.5.1.1) */
    const char *sub;                 /* the user that it has to be, or NULL */
};

/* Reads it; NULL is nothing.  INVALID_REQUEST if it is not a JSON object of objects. */
RESULT claims_request_read(struct ctx *c, const char *claims, struct claims_request *out);

#endif
