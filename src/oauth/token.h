/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_TOKEN_H
#define UAUTH_OAUTH_TOKEN_H

/* The token endpoint (RFC 6749 3.2): the one door of all grants. */

#include "oauth/grant.h"

struct token_response {
    const char *access_token;
    const char *issued_token_type;
    const char *token_type;
    int64_t expires_in;
    const char *refresh_token;
    const char *scope;
    const char *id_token;
    struct bytes authorization_details;
};

/* clang-format off */
SHAPE(token_response,
    FIELD(token_response, access_token, REQUIRED | SECRET, 0, 0, "The access token"),
    FIELD(token_response, issued_token_type, OPTIONAL, 0, 0, "What it is (RFC 8693)"),
    FIELD(token_response, token_type, REQUIRED, 0, 0, "Bearer"),
    FIELD(token_response, expires_in, REQUIRED, 0, 0, "Seconds"),
    FIELD(token_response, refresh_token, OPTIONAL | SECRET, 0, 0, "The refresh token to use next"),
    FIELD(token_response, scope, REQUIRED, 0, 0, "The scopes of the access token"),
    FIELD(token_response, id_token, OPTIONAL, 0, 0, "Who signed in (OpenID Connect)"),
    FIELD(token_response, authorization_details, OPTIONAL | LISTED, 0, 0, "What exactly the token is good for (RFC 9396)"));
/* clang-format on */

RESULT post_oauth_token(struct req *r);

#endif
