/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_OAUTH_CLIENT_H
#define UAUTH_CLIENT_OAUTH_CLIENT_H

/*
 * Being a client of somebody else's authorization server (RFC 6749): where people are sent, and the
 * exchange of what they bring back, always with PKCE (RFC 7636, S256).
 */

#include "base/codec.h"
#include "client/upstreams.h"
#include "crypto/key.h"

/* How we authenticate at a token endpoint. */
enum oauth_auth {
    OAUTH_AUTH_NONE,
    OAUTH_AUTH_BASIC,       /* client_secret_basic (RFC 6749 2.3.1) */
    OAUTH_AUTH_POST,        /* client_secret_post */
    OAUTH_AUTH_PRIVATE_KEY, /* private_key_jwt (RFC 7523) */
    OAUTH_AUTH_APPLE        /* a JWT of ours as client_secret_post */
};
enum { OAUTH_AUTHS = OAUTH_AUTH_APPLE + 1 };

/* The name of a method as RFC 7591 has it ("apple" for the last), and back; false: there is none.
 */
const char *oauth_auth_name(enum oauth_auth auth);
bool oauth_auth_find(const char *name, enum oauth_auth *out);

struct oauth_client {
    const char *client_id;
    enum oauth_auth auth;
    const char *secret;        /* BASIC, POST */
    const struct key *key;     /* PRIVATE_KEY, APPLE: a private one */
    const char *assertion_iss; /* APPLE: the team; else NULL */
    const char *assertion_aud; /* PRIVATE_KEY, APPLE */
};

/* Where a call goes. */
struct oauth_endpoint {
    const char *url;
    enum outbound_origin origin;
    const char *breaker; /* the name by which failures are counted */
};

/* The code_challenge of a verifier (RFC 7636 4.2). */
const char *oauth_challenge(struct arena *a, const char *code_verifier)
    __attribute__((returns_nonnull));

/* `endpoint` with the parameters behind those that it has already (RFC 6749 3.1). */
const char *oauth_authorization_url(struct arena *a, const char *endpoint,
                                    const struct form *parameters) __attribute__((returns_nonnull));

struct code_exchange {
    const char *code, *redirect_uri, *code_verifier;
    const char *scope; /* or NULL */
};

/* What came back; all but the first may be NULL. */
struct oauth_tokens {
    const char *access_token, *token_type, *id_token, *refresh_token, *scope;
};

enum { OAUTH_ANSWER_MAX = 128 * 1024, OAUTH_LIMIT_MS = 10000 };

/*
 * Exchanges a code (RFC 6749 4.1.3).  INVALID_GRANT: the code is not good; UPSTREAM: we are not
 * accepted as a client, or there was no proper answer, which may be HTML, torn or far too long;
 * UNAVAILABLE with retry_after: the server wants less calls, or has not answered lately.
 */
RESULT oauth_exchange_code(struct ctx *c, const struct oauth_client *client,
                           const struct oauth_endpoint *endpoint,
                           const struct code_exchange *exchange, struct oauth_tokens *out);

/* A call with a bearer token; `body` is JSON to post, or NULL for a GET.  Answers 200 with JSON, or
 * fails as above. */
RESULT oauth_call(struct ctx *c, const struct oauth_endpoint *endpoint, const char *access_token,
                  const char *body, struct bytes *json);

/* Seconds that an answer asks us to wait (RFC 9110 10.2.3, as a number); 0: it does not. */
int64_t oauth_retry_after(const struct http_answer *answer);

#endif
