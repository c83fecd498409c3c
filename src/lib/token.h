/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_LIB_TOKEN_H
#define UAUTH_LIB_TOKEN_H

/* A token that is good, as it is handed out; what was read of it once is kept. */

#include "client/verifier.h"
#include "lib/call.h"

struct token_memo;

struct uauth_token {
    struct held held;
    struct verified verified;
    struct verifier_claims claims; /* where things stand in it */
    const char *nonce;
    const char *payload;  /* once it was asked for */
    pthread_mutex_t lock; /* of the arena, and of what follows */
    struct token_memo *memos;
};

/* In the call's arena, which it will hold. */
struct uauth_token *token_new(struct call *k, const struct verifier *v)
    __attribute__((returns_nonnull));

#endif
