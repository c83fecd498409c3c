/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_SIGN_IN_H
#define UAUTH_CLIENT_SIGN_IN_H

/*
 * Letting people sign in at somebody else's server (OpenID Connect Core 3.1, RFC 9700): the request
 * with which they are sent there, always with PKCE, state and nonce, and what comes back with them.
 */

#include "client/id_token.h"
#include "client/issuer.h"
#include "client/oauth_client.h"
#include "client/replays.h"

enum {
    SIGN_IN_SECONDS = 600,         /* how long somebody may take */
    SIGN_IN_ANSWER_MAX = 16 * 1024 /* bytes that a browser may bring */
};

struct sign_in_wanted {
    const char *redirect_uri;
    const char *scope;         /* NULL: "openid" */
    const char *response_mode; /* "query" or "form_post"; NULL: query, without saying so */
    const char *prompt, *login_hint, *acr_values, *ui_locales; /* Core 3.1.2.1; NULL */
    int64_t max_age;        /* seconds since they signed in there; 0: however long */
    struct texts resources; /* RFC 8707 */
    struct form more;       /* further parameters; none of those that are made here: must() */
    bool pushed;            /* by a pushed request (RFC 9126), also if the server takes others */
};

struct sign_in_begun {
    const char *url;   /* where the browser goes */
    const char *state; /* by which the caller finds `kept`, if it has several */
    const char *kept;  /* for sign_in_finish */
};

/*
 * Makes a request.  `kept` is sealed if c->seal is there, so that it may be a cookie of the
 * browser; else it is to be kept where nobody else can read or change it.  It is good once, for
 * SIGN_IN_SECONDS, for this issuer and client.
 */
RESULT sign_in_begin(struct ctx *c, const struct issuer *issuer, const struct oauth_client *client,
                     const struct sign_in_wanted *wanted, struct sign_in_begun *out,
                     struct oauth_answer *answer);

struct sign_in_back {
    const char *kept;
    struct bytes answer;  /* the query, or the body of the form (RFC 6749 4.1.2) */
    struct replays *used; /* what came before; NULL: the caller makes sure of it */
};

struct sign_in_done {
    struct oauth_tokens tokens;
    bool has_id;   /* there is an ID token: always where "openid" was asked for */
    struct jwt id; /* verified */
};

/*
 * INVALID_REQUEST: what came is no answer, not to this request (state), came before, or too late;
 * INVALID_TOKEN: it is of another server (RFC 9207), or the ID token is not good.  With an error of
 * the server (`answer` has it) ACCESS_DENIED if somebody said no, else UPSTREAM.  out->tokens is
 * what was given also where the ID token is refused.
 */
RESULT sign_in_finish(struct ctx *c, const struct issuer *issuer, const struct oauth_client *client,
                      const struct sign_in_back *back, struct sign_in_done *out,
                      struct oauth_answer *answer);

/* The ID token that came with a refresh, for a person whose `sub` is known (Core 12.2), or with
 * tokens that nobody was sent away for (a device; `sub` is NULL). */
RESULT sign_in_check(struct ctx *c, const struct issuer *issuer, const struct oauth_client *client,
                     const struct oauth_tokens *tokens, const char *sub, struct jwt *out);

/* Where a browser goes to sign out there (RP-Initiated Logout 2); all may be NULL. */
struct sign_out_wanted {
    const char *id_token_hint, *post_logout_redirect_uri, *state, *logout_hint;
};
RESULT sign_out_url(struct ctx *c, const struct issuer *issuer, const struct oauth_client *client,
                    const struct sign_out_wanted *wanted, const char **url);

#endif
