/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_OAUTH_CALL_H
#define UAUTH_CLIENT_OAUTH_CALL_H

/*
 * Calls to the endpoints of somebody else's authorization server (RFC 6749): how we show who we
 * are, where a call goes, and what was answered.
 */

#include "base/codec.h"
#include "client/dpop_key.h"
#include "client/upstreams.h"
#include "crypto/jws.h"

/* How we authenticate at a token endpoint. */
enum oauth_auth {
    OAUTH_AUTH_NONE,
    OAUTH_AUTH_BASIC,       /* client_secret_basic (RFC 6749 2.3.1) */
    OAUTH_AUTH_POST,        /* client_secret_post */
    OAUTH_AUTH_PRIVATE_KEY, /* private_key_jwt (RFC 7523) */
    OAUTH_AUTH_APPLE,       /* a JWT of ours as client_secret_post */
    OAUTH_AUTH_TLS          /* the certificate of the connection (RFC 8705 2) */
};
enum { OAUTH_AUTHS = OAUTH_AUTH_TLS + 1 };

/* The name of a method as RFC 7591 has it ("apple" for our own), and back; false: there is none. */
const char *oauth_auth_name(enum oauth_auth auth);
bool oauth_auth_find(const char *name, enum oauth_auth *out);

/* Who we are there. */
struct oauth_client {
    const char *client_id;
    enum oauth_auth auth;
    const char *secret;                        /* BASIC, POST */
    const struct key *key;                     /* PRIVATE_KEY, APPLE: a private one */
    const char *assertion_iss;                 /* APPLE: the team; else NULL */
    const char *assertion_aud;                 /* PRIVATE_KEY, APPLE */
    const struct jws_head *known_as;           /* PRIVATE_KEY: the header, where a server knows the
                                                  key by more than a kid; or NULL */
    const char *assertion;                     /* PRIVATE_KEY: one of somebody else (a federated
                                                  credential), instead of a key; or NULL */
    const char *certificate, *certificate_key; /* PEM, shown at every call; TLS; or NULL */
    struct dpop_key *dpop;                     /* to which tokens are bound, or NULL */
};

/* Where a call goes. */
struct oauth_endpoint {
    const char *url;
    enum outbound_origin origin;
    const char *breaker; /* the name by which failures are counted; NULL: they are not */
};

/* What is posted: all that a request may say (client/sign_in.h), and who asks. */
enum { OAUTH_FIELDS_MAX = 64 };
struct oauth_form {
    struct form_field at[OAUTH_FIELDS_MAX];
    size_t n;
};

/* Adds a field, unless the value is NULL. */
void oauth_form_add(struct oauth_form *form, const char *name, const char *value);

/* What was answered.  All texts may be NULL. */
struct oauth_answer {
    int status;                            /* 0: nobody answered */
    const char *error, *description, *uri; /* RFC 6749 5.2 */
    int64_t retry_after;                   /* seconds that we are asked to wait, or 0 */
    struct bytes body;
};

enum { OAUTH_ANSWER_MAX = 128 * 1024, OAUTH_LIMIT_MS = 10000, OAUTH_ERROR_MAX = 256 };

/*
 * Posts `form` with what shows who we are.  Where tokens are bound to a key, a proof goes with it,
 * and a request that lacks the server's nonce is sent once more (RFC 9449 8).  Every answer below
 * 500 but 429 is ok(), whatever it says.  UNAVAILABLE with retry_after: the server wants less
 * calls, or has not answered lately; UPSTREAM, FORBIDDEN: see http_call.  `out` holds what is known
 * also then.
 */
RESULT oauth_call_post(struct ctx *c, const struct oauth_client *client,
                       const struct oauth_endpoint *endpoint, const struct oauth_form *form,
                       struct oauth_answer *out);

/* What is in an answer, without a failure: for fuzzing. */
void oauth_answer_read(struct ctx *c, const struct http_answer *answer, struct oauth_answer *out);

/*
 * The failure that an answer with an `error`, or another status than 200, is: by RFC 6749 5.2 and
 * RFC 8628 3.5 INVALID_GRANT, AUTHORIZATION_PENDING, SLOW_DOWN, EXPIRED_TOKEN, ACCESS_DENIED; else
 * UPSTREAM.  ok() if it is none.
 */
RESULT oauth_answer_check(struct ctx *c, const char *url, const struct oauth_answer *answer);

/*
 * A call with an access token; `body` is JSON to post, or NULL for a GET.  Answers 200 with JSON,
 * or fails as above; INVALID_TOKEN with status 401.  With a proof if `client` has a key for it;
 * NULL: a bearer token, no certificate, and UPSTREAM with status 401.
 */
RESULT oauth_call_as(struct ctx *c, const struct oauth_client *client,
                     const struct oauth_endpoint *endpoint, const char *access_token,
                     const char *body, struct bytes *json);
RESULT oauth_call(struct ctx *c, const struct oauth_endpoint *endpoint, const char *access_token,
                  const char *body, struct bytes *json);

/* Seconds that an answer asks us to wait (RFC 9110 10.2.3), at most BREAKER_SECONDS_MAX; 0: it does
 * not. */
int64_t oauth_retry_after(const struct ctx *c, const struct http_answer *answer);

#endif
