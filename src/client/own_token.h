/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_OWN_TOKEN_H
#define UAUTH_CLIENT_OWN_TOKEN_H

/*
 * Access tokens that a program has for itself (RFC 6749 4.4), kept in memory and renewed before
 * they end.  One object serves all threads.
 *
 * One caller at a time gets a token anew (single flight, by key).  While one that is good still is
 * being renewed, others use it, and go on using it when that fails; where there is none, callers
 * wait, and fail with the one that they waited for.
 */

#include "client/oauth_client.h"

struct own_tokens;

enum {
    OWN_TOKENS_MAX = 64,       /* the least recently used one goes */
    OWN_TOKEN_EARLY_MAX = 300, /* seconds before its end from which on it is renewed, or a fifth of
                                  its life if that is less */
    OWN_TOKEN_SPARE = 10,      /* seconds before its end from which on it is not handed out */
    OWN_TOKEN_RETRY = 30       /* seconds until a renewal that failed is tried again */
};

/* NULL if there is no memory. */
struct own_tokens *own_tokens_new(void);
void own_tokens_free(struct own_tokens *o); /* NULL is fine */

/* Gets a token, which it hands out in c->arena. */
struct own_token_maker {
    RESULT (*make)(struct ctx *c, void *arg, struct oauth_tokens *out);
    void *arg;
};

/* The token of `key`, which says all that it depends on; out->expires_in is what is left of it.  A
 * token that does not say when it ends is not kept.  Fails as `maker` does. */
RESULT own_token_get(struct ctx *c, struct own_tokens *o, const char *key,
                     const struct own_token_maker *maker, struct oauth_tokens *out);

/* Forgets the token of `key` if it is `access_token`, because somebody has refused it. */
void own_token_forget(struct own_tokens *o, const char *key, const char *access_token);

#endif
