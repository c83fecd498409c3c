/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_REGISTRATION_TOKENS_H
#define UAUTH_OAUTH_REGISTRATION_TOKENS_H

/*
 * Initial access tokens (RFC 7591 1.2): an operator makes one for whoever may register clients.
 * Each change and its audit event are one transaction.
 */

#include "identity/authority.h"
#include "store/client_registrations.h"

enum {
    REGISTRATION_USES = 1,
    REGISTRATION_USES_MAX = 100000,
    REGISTRATION_HOURS = 24,
    REGISTRATION_HOURS_MAX = 24 * 365,
    REGISTRATION_LABEL_MAX = 255
};

struct registration_token_new {
    const struct actor *actor; /* NULL: a command on the machine */
    int64_t uses, hours;       /* 0: REGISTRATION_USES, REGISTRATION_HOURS */
    const char *label;         /* or NULL */
};

/* What it is, and the token itself, which only its holder has. */
struct registration_token_made {
    struct registration_token_row row;
    const char *token;
};
RESULT registration_token_make(struct ctx *c, const struct registration_token_new *new,
                               struct registration_token_made *out);

/* Ends all that were made before. */
RESULT registration_tokens_withdraw(struct ctx *c, const struct actor *actor, int64_t *ended);

#endif
