/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_INTROSPECT_H
#define UAUTH_OAUTH_INTROSPECT_H

/*
 * Token introspection (RFC 7662): for clients that authenticate, about their own tokens and those
 * whose audience they serve (`audiences` of their metadata).  Of every other token, live or not,
 * the answer is the same: not active, and nothing else.  Who asks for
 * application/token-introspection+jwt gets it signed, and encrypted where that is registered (RFC
 * 9701).
 */

#include "web/req.h"

struct introspection_request {
    const char *token, *token_type_hint;
    const char *client_id, *client_secret, *client_assertion_type, *client_assertion;
};

/* clang-format off */
SHAPE_OPEN(introspection_request,
    FIELD(introspection_request, token, REQUIRED | SECRET, 1, 8192, "The token to be told about"),
    FIELD(introspection_request, token_type_hint, OPTIONAL, 1, 64, "access_token or refresh_token"),
    FIELD(introspection_request, client_id, OPTIONAL, 1, 255, "The client"),
    FIELD(introspection_request, client_secret, OPTIONAL | SECRET, 1, 999, "Its secret (client_secret_post)"),
    FIELD(introspection_request, client_assertion_type, OPTIONAL, 1, 128, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    FIELD(introspection_request, client_assertion, OPTIONAL | SECRET, 1, 8192, "Its assertion (RFC 7523)"));
/* clang-format on */

RESULT post_introspect(struct req *r);

#endif
