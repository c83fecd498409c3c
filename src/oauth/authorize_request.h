/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_AUTHORIZE_REQUEST_H
#define UAUTH_OAUTH_AUTHORIZE_REQUEST_H

/*
 * An authorization request: what came (RFC 6749 4.1.1, RFC 7636, RFC 8707, RFC 9126, OpenID Connect
 * Core 1.0 3.1.2.1), and what it means once it has been checked.
 */

#include "oauth/claims_request.h"
#include "oauth/client.h"
#include "oauth/response.h"
#include "store/authorization_requests.h"
#include "token/authorization_details.h"

enum { AUTHORIZE_TEXT_MAX = 999, AUTHORIZE_LONG_MAX = 4096, AUTHORIZE_RESOURCES_MAX = 8 };

struct authorize_request {
    const char *response_type, *client_id, *redirect_uri, *scope, *state, *nonce;
    const char *response_mode, *code_challenge, *code_challenge_method, *dpop_jkt;
    const char *prompt, *max_age, *login_hint, *id_token_hint, *ui_locales, *acr_values, *claims;
    struct texts resource;
    const char *authorization_details;
    const char *request, *request_uri;
};

/* clang-format off */
SHAPE_OPEN(authorize_request,
    FIELD(authorize_request, response_type, OPTIONAL, 1, 128, "code"),
    FIELD(authorize_request, client_id, OPTIONAL, 1, 255, "The client"),
    FIELD(authorize_request, redirect_uri, OPTIONAL, 1, 2048, "Where the answer goes: exactly as registered"),
    FIELD(authorize_request, scope, OPTIONAL, 1, AUTHORIZE_TEXT_MAX, "Scopes, separated by spaces"),
    FIELD(authorize_request, state, OPTIONAL, 1, 2048, "Comes back as it is"),
    FIELD(authorize_request, nonce, OPTIONAL, 1, AUTHORIZE_TEXT_MAX, "Comes back in the ID token"),
    FIELD(authorize_request, response_mode, OPTIONAL, 1, 64, "query, form_post, or one of jwt, query.jwt and form_post.jwt (JARM)"),
    FIELD(authorize_request, code_challenge, OPTIONAL, 1, AUTHORIZE_TEXT_MAX, "PKCE (RFC 7636)"),
    FIELD(authorize_request, code_challenge_method, OPTIONAL, 1, 64, "S256"),
    FIELD(authorize_request, dpop_jkt, OPTIONAL, 1, 64, "Thumbprint of the key that will redeem the code (RFC 9449 10)"),
    FIELD(authorize_request, prompt, OPTIONAL, 1, AUTHORIZE_TEXT_MAX, "none, login, consent, select_account, create"),
    FIELD(authorize_request, max_age, OPTIONAL, 1, 20, "Seconds since the user signed in"),
    FIELD(authorize_request, login_hint, OPTIONAL, 1, AUTHORIZE_TEXT_MAX, "Who is likely to sign in"),
    FIELD(authorize_request, id_token_hint, OPTIONAL, 1, 8192, "An ID token of the user"),
    FIELD(authorize_request, ui_locales, OPTIONAL, 1, AUTHORIZE_TEXT_MAX, "Languages of the pages"),
    FIELD(authorize_request, acr_values, OPTIONAL, 1, AUTHORIZE_TEXT_MAX, "How the user should sign in, best first"),
    FIELD(authorize_request, claims, OPTIONAL, 1, AUTHORIZE_LONG_MAX, "Single claims (OpenID Connect Core 5.5)"),
    FIELD(authorize_request, resource, OPTIONAL, 0, AUTHORIZE_RESOURCES_MAX, "APIs that tokens are for (RFC 8707)"),
    FIELD(authorize_request, authorization_details, OPTIONAL, 1, AUTHORIZATION_DETAILS_BYTES_MAX, "What exactly is asked for: a JSON array (RFC 9396)"),
    FIELD(authorize_request, request, OPTIONAL, 1, 8192, "The request as a signed object (RFC 9101); then only client_id counts beside it"),
    FIELD(authorize_request, request_uri, OPTIONAL, 1, 2048, "A pushed request (RFC 9126), or where the object is (RFC 9101 5.2)"));
/* clang-format on */

enum prompt {
    PROMPT_NONE = 1 << 0,
    PROMPT_LOGIN = 1 << 1,
    PROMPT_CONSENT = 1 << 2,
    PROMPT_SELECT_ACCOUNT = 1 << 3,
    PROMPT_CREATE = 1 << 4
};

/* The names of those that this server offers: nobody is sent to register where nobody may. */
struct texts prompt_names(struct arena *a, const struct config *config);

enum { NO_MAX_AGE = -1 };

/* A request that has been checked. */
struct authorization {
    const struct client *client;
    const struct authorize_request *in;
    struct texts scopes;     /* that may be granted */
    struct texts shown;      /* to the user: these, and those of single claims */
    struct texts resources;  /* for which it is asked: `resource`, or those of the details */
    struct details details;  /* RFC 9396; or none */
    struct texts acr_values; /* or none */
    struct claims_request claims;
    unsigned prompts; /* enum prompt */
    int64_t max_age;  /* seconds, or NO_MAX_AGE */
    const char *sub;  /* whom it has to be, by id_token_hint or claims; or NULL */
    const struct response_mode *mode;
    const char *pushed_hash;                         /* of the pushed request that it is, or NULL */
    const struct authorization_request_row *waiting; /* that it is, or NULL */
};

/* How a request comes: a check of the matrix applies to some of them. */
enum authorize_way {
    BY_BROWSER = 1 << 0, /* plain, at the authorization endpoint */
    BY_PUSH = 1 << 1,    /* at the endpoint for pushed requests */
    PUSHED = 1 << 2,     /* at the authorization endpoint, by its request_uri */
    WAITED = 1 << 3,     /* that came back from a page */
    BY_OBJECT = 1 << 4   /* besides, of the first two: in a signed request object */
};

/*
 * Checks `in`, a request of `client` whose redirect_uri is proven, and fills in what it means.  One
 * table of checks, in order; the first that fails names the error of RFC 6749 4.1.2.1 and its
 * successors.  `way`: enum authorize_way.
 */
RESULT authorize_check(struct ctx *c, const struct client *client,
                       const struct authorize_request *in, unsigned way, struct authorization *out);

/* INVALID_REQUEST unless `in` names one of the client's redirect URIs. */
RESULT authorize_check_redirect(struct ctx *c, const struct client *client,
                                const struct authorize_request *in);

/* The request as it is stored, and back. */
const char *authorize_request_write(struct arena *a, const struct authorize_request *in)
    __attribute__((returns_nonnull));
RESULT authorize_request_load(struct ctx *c, const char *json,
                              const struct authorize_request **out);

#endif
