/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_LOGOUT_TOKEN_H
#define UAUTH_CLIENT_LOGOUT_TOKEN_H

/* What a server tells a client when somebody's session has ended (OpenID Connect Back-Channel
 * Logout 1.0). */

#include "client/issuer.h"
#include "client/replays.h"
#include "crypto/jwt.h"

enum { LOGOUT_TOKEN_AGE_MAX = 300 /* seconds since iat */ };

struct logout_told {
    const char *sub, *sid; /* at least one is there */
    const char *jti;
    struct jwt jwt; /* all that it says */
};

/*
 * Checks the logout token as 2.6 says: INVALID_TOKEN also if it has a nonce, is no logout event,
 * names nobody, or came before (`used`; NULL: the caller makes sure of it).
 */
RESULT logout_token_check(struct ctx *c, const struct issuer *issuer, const char *client_id,
                          const char *token, struct replays *used, struct logout_told *out);

#endif
