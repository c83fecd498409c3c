/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_GRANT_H
#define UAUTH_OAUTH_GRANT_H

/*
 * The grants of the token endpoint: one file each, ending in its row, and one line in grants.c.
 */

#include "oauth/client.h"
#include "token/authorization_details.h"
#include "token/issue.h"
#include "web/req.h"

enum { GRANT_TEXT_MAX = 999, GRANT_RESOURCES_MAX = 8, GRANT_ASSERTION_MAX = 8192 };

#define GRANT_TOKEN_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define GRANT_JWT_BEARER     "urn:ietf:params:oauth:grant-type:jwt-bearer"

/* The form (RFC 6749 4.1.3, 4.4.2, 6, RFC 8693 2.1, RFC 8707 2.2).  What authenticates the client
 * is read by its guard. */
struct token_request {
    const char *grant_type;
    const char *code, *redirect_uri, *code_verifier;
    const char *refresh_token, *device_code;
    const char *assertion;
    const char *subject_token, *subject_token_type, *actor_token, *actor_token_type;
    const char *requested_token_type;
    const char *scope;
    struct texts resource, audience;
    const char *client_id, *client_secret, *client_assertion_type, *client_assertion;
    const char *authorization_details;
    /* No fields: what the tokens are to be bound to, or NULL. */
    const char *jkt; /* the key that the client has proven (RFC 9449 5) */
    const char *x5t; /* the certificate that it has shown (RFC 8705 3) */
};

/* clang-format off */
SHAPE_OPEN(token_request,
    FIELD(token_request, grant_type, REQUIRED, 1, 128, "authorization_code, refresh_token, client_credentials, or one that begins with urn:ietf:params:oauth:grant-type:"),
    FIELD(token_request, code, OPTIONAL | SECRET, 1, GRANT_TEXT_MAX, "The authorization code"),
    FIELD(token_request, redirect_uri, OPTIONAL, 1, 2048, "As in the authorization request"),
    FIELD(token_request, code_verifier, OPTIONAL | SECRET, 1, GRANT_TEXT_MAX, "PKCE (RFC 7636)"),
    FIELD(token_request, refresh_token, OPTIONAL | SECRET, 1, GRANT_TEXT_MAX, "The refresh token"),
    FIELD(token_request, device_code, OPTIONAL | SECRET, 1, GRANT_TEXT_MAX, "The code of a device (RFC 8628)"),
    FIELD(token_request, assertion, OPTIONAL | SECRET, 1, GRANT_ASSERTION_MAX, "The assertion of a trusted issuer (RFC 7523 2.1)"),
    FIELD(token_request, subject_token, OPTIONAL | SECRET, 1, GRANT_ASSERTION_MAX, "Whose rights are asked for (RFC 8693)"),
    FIELD(token_request, subject_token_type, OPTIONAL, 1, 128, "urn:ietf:params:oauth:token-type:access_token, ...:jwt or ...:id_token"),
    FIELD(token_request, actor_token, OPTIONAL | SECRET, 1, GRANT_ASSERTION_MAX, "Who is to act, if that is not the client"),
    FIELD(token_request, actor_token_type, OPTIONAL, 1, 128, "urn:ietf:params:oauth:token-type:access_token or ...:jwt"),
    FIELD(token_request, requested_token_type, OPTIONAL, 1, 128, "urn:ietf:params:oauth:token-type:access_token or ...:jwt"),
    FIELD(token_request, audience, OPTIONAL, 0, GRANT_RESOURCES_MAX, "Whom the token is for (RFC 8693)"),
    FIELD(token_request, scope, OPTIONAL, 1, GRANT_TEXT_MAX, "Scopes, separated by spaces"),
    FIELD(token_request, resource, OPTIONAL, 0, GRANT_RESOURCES_MAX, "The API that the token is for (RFC 8707)"),
    FIELD(token_request, authorization_details, OPTIONAL, 1, AUTHORIZATION_DETAILS_BYTES_MAX, "Of what was granted, only this (RFC 9396 6); for client credentials, what is asked for"),
    FIELD(token_request, client_id, OPTIONAL, 1, 255, "The client"),
    FIELD(token_request, client_secret, OPTIONAL | SECRET, 1, GRANT_TEXT_MAX, "Its secret (client_secret_post)"),
    FIELD(token_request, client_assertion_type, OPTIONAL, 1, 128, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    FIELD(token_request, client_assertion, OPTIONAL | SECRET, 1, GRANT_ASSERTION_MAX, "Its assertion (RFC 7523)"));
/* clang-format on */

/* What a grant has decided and had made. */
struct grant_given {
    struct grant_facts facts; /* what the access token says */
    struct tokens tokens;
    const char *sid;               /* of the session, for the ID token; or NULL */
    const char *nonce;             /* or NULL */
    const char *issued_token_type; /* of RFC 8693 2.2.1, or NULL */
    bool no_id_token;              /* nobody has signed in for this */
    const char *claims;            /* the parameter of the authorization request, or NULL */
};

struct grant {
    const char *name; /* grant_type */
    RESULT(*give)
    (struct req *r, const struct client *client, const struct token_request *in,
     struct grant_given *out);
    bool takes_details; /* authorization_details mean something to it (RFC 9396) */
};

extern const struct grant grant_authorization_code;
extern const struct grant grant_refresh_token;
extern const struct grant grant_client_credentials;
extern const struct grant grant_device_code;
extern const struct grant grant_token_exchange;
extern const struct grant grant_jwt_bearer;

/* All of them, in the order of discovery; and the one called `name`, or NULL. */
const struct grant *const *grants(size_t *n);
const struct grant *grant_find(const char *name);

/* Their names, for administrators. */
const char *grant_names(struct arena *a) __attribute__((returns_nonnull));

/* The one resource that a token request names, or NULL; INVALID_TARGET for more. */
RESULT grant_resource(struct ctx *c, const struct token_request *in, const char **out);

#endif
