/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_REVOKE_H
#define UAUTH_OAUTH_REVOKE_H

/*
 * Token revocation (RFC 7009): a client gives up a token of its own.  A refresh token takes its
 * authorization along, with every token made from it; an access token goes alone.  A token that is
 * unknown or over is no error.
 */

#include "web/req.h"

struct revocation_request {
    const char *token, *token_type_hint;
    const char *client_id, *client_secret, *client_assertion_type, *client_assertion;
};

/* clang-format off */
SHAPE_OPEN(revocation_request,
    FIELD(revocation_request, token, REQUIRED | SECRET, 1, 8192, "The token to be revoked"),
    FIELD(revocation_request, token_type_hint, OPTIONAL, 1, 64, "access_token or refresh_token"),
    FIELD(revocation_request, client_id, OPTIONAL, 1, 255, "The client"),
    FIELD(revocation_request, client_secret, OPTIONAL | SECRET, 1, 999, "Its secret (client_secret_post)"),
    FIELD(revocation_request, client_assertion_type, OPTIONAL, 1, 128, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    FIELD(revocation_request, client_assertion, OPTIONAL | SECRET, 1, 8192, "Its assertion (RFC 7523)"));
/* clang-format on */

RESULT post_revoke(struct req *r);

#endif
