/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_OAUTH_CLIENT_H
#define UAUTH_CLIENT_OAUTH_CLIENT_H

/*
 * Being a client of somebody else's authorization server (RFC 6749): where people are sent, and the
 * exchange of what they bring back, always with PKCE (RFC 7636, S256); and what else a client gets
 * tokens for, asks about them and ends them.
 *
 * Whoever passes an `answer` gets what the server said in it, also when it refused.
 */

#include "client/oauth_call.h"

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
    const char *issued_token_type; /* RFC 8693 2.2.1 */
    int64_t expires_in;            /* seconds; 0: not said */
};

/*
 * Exchanges a code (RFC 6749 4.1.3).  INVALID_GRANT: the code is not good; UPSTREAM: we are not
 * accepted as a client, or there was no proper answer, which may be HTML, torn or far too long;
 * UNAVAILABLE with retry_after: the server wants less calls, or has not answered lately.
 */
RESULT oauth_exchange_code(struct ctx *c, const struct oauth_client *client,
                           const struct oauth_endpoint *endpoint,
                           const struct code_exchange *exchange, struct oauth_tokens *out);

/* The same for who wants to hear what was said. */
RESULT oauth_exchange_told(struct ctx *c, const struct oauth_client *client,
                           const struct oauth_endpoint *endpoint,
                           const struct code_exchange *exchange, struct oauth_tokens *out,
                           struct oauth_answer *answer);

/*
 * Any grant: `form` with its grant_type.  Fails as above and as oauth_answer_check says; UPSTREAM
 * also if a token that was to be bound to a key of ours is not (RFC 9449 5).
 */
RESULT oauth_grant(struct ctx *c, const struct oauth_client *client,
                   const struct oauth_endpoint *endpoint, const struct oauth_form *form,
                   struct oauth_tokens *out, struct oauth_answer *answer);

/* How an answer with tokens is read: for fuzzing. */
RESULT oauth_tokens_read(struct ctx *c, const char *url, const struct oauth_answer *answer,
                         struct oauth_tokens *out);

/* What tokens are asked for; each may be NULL or empty. */
struct oauth_wanted {
    const char *scope;
    struct texts resources; /* RFC 8707 */
    struct texts audiences; /* RFC 8693 2.1, and what some servers have instead of resources */
};

/* Adds that to a request.  INVALID_REQUEST: too many. */
RESULT oauth_wanted_add(struct ctx *c, struct oauth_form *form, const struct oauth_wanted *wanted);

/* RFC 6749 4.4. */
RESULT oauth_client_credentials(struct ctx *c, const struct oauth_client *client,
                                const struct oauth_endpoint *endpoint,
                                const struct oauth_wanted *wanted, struct oauth_tokens *out,
                                struct oauth_answer *answer);

struct token_refresh {
    const char *refresh_token;
    struct oauth_wanted wanted;
};

/* RFC 6749 6.  Where the server gives no new refresh token, out->refresh_token is the one that was
 * used, which is good still. */
RESULT oauth_refresh(struct ctx *c, const struct oauth_client *client,
                     const struct oauth_endpoint *endpoint, const struct token_refresh *refresh,
                     struct oauth_tokens *out, struct oauth_answer *answer);

/* RFC 8693 2.1. */
struct token_exchange {
    const char *subject_token, *subject_token_type;
    const char *actor_token, *actor_token_type; /* or NULL */
    const char *requested_token_type;           /* or NULL */
    struct oauth_wanted wanted;
};
RESULT oauth_token_exchange(struct ctx *c, const struct oauth_client *client,
                            const struct oauth_endpoint *endpoint,
                            const struct token_exchange *exchange, struct oauth_tokens *out,
                            struct oauth_answer *answer);

/* A token that a server is asked about; `hint` is its token_type_hint or NULL. */
struct token_asked {
    const char *token, *hint;
};

/* RFC 7009 2.1. */
RESULT oauth_revoke(struct ctx *c, const struct oauth_client *client,
                    const struct oauth_endpoint *endpoint, const struct token_asked *shown,
                    struct oauth_answer *answer);

/* RFC 7662 2: whether it is good; all that was said is in answer->body.  UPSTREAM if the answer
 * does not say. */
RESULT oauth_introspect(struct ctx *c, const struct oauth_client *client,
                        const struct oauth_endpoint *endpoint, const struct token_asked *shown,
                        bool *active, struct oauth_answer *answer);

/*
 * Who the token is of (OpenID Connect Core 5.3): the JSON object that was answered.  INVALID_TOKEN
 * if it is about anybody else than `sub` (5.3.2; mix-up); NULL: whoever it is.
 */
RESULT oauth_userinfo(struct ctx *c, const struct oauth_client *client,
                      const struct oauth_endpoint *endpoint, const char *access_token,
                      const char *sub, struct bytes *json);

#endif
