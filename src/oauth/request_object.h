/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_REQUEST_OBJECT_H
#define UAUTH_OAUTH_REQUEST_OBJECT_H

/*
 * Request objects (RFC 9101): an authorization request as a JWT that its client has signed.  What
 * stands in it is the request, and goes through the same checks as a plain one
 * (oauth/authorize_request.h); what stands beside it counts for nothing (6.3).
 */

#include "oauth/authorize_request.h"

enum { REQUEST_OBJECT_LIFE_MAX = 3600 /* seconds */ };

struct request_object {
    struct authorize_request in;
    const char *jti;    /* or NULL */
    int64_t expires_at; /* from then on it is refused in any case */
};

/*
 * Reads `object`, which came with the client_id of `client`.  REQUEST_NOT_SUPPORTED if the client
 * has no keys by which it could be checked.  INVALID_REQUEST_OBJECT: not one strict JWT of the type
 * oauth-authz-req+jwt (or JWT), signed by a key of the client with an asymmetric algorithm, the one
 * of its registration if it names one; an iss or client_id that is another's; an aud that is not
 * the issuer alone; an exp that is absent, past, or more than REQUEST_OBJECT_LIFE_MAX ahead, and
 * for FAPI 2.0 Message Signing an nbf that is absent or further than that from exp; the client as
 * sub, since it would be a client assertion (10.8); a request or request_uri in it (4); a parameter
 * of the wrong type.  INVALID_FIELD, INVALID_REQUEST as of a plain request.
 */
RESULT request_object_read(struct ctx *c, const struct client *client, const char *object,
                           struct request_object *out);

/*
 * Notes that the object has been used.  INVALID_REQUEST_OBJECT if its jti has been seen before; one
 * without may come again until it expires.
 */
RESULT request_object_use(struct ctx *c, const struct client *client,
                          const struct request_object *object);

#endif
