/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_CLIENT_REGISTRATIONS_H
#define UAUTH_STORE_CLIENT_REGISTRATIONS_H

/*
 * Clients that have registered themselves, and the tokens for it: initial access tokens, which an
 * operator hands out and which are counted (RFC 7591 1.2), and the one that lets a client change
 * its own registration (RFC 7592).
 */

#include "store/schema.h"

struct registration_token_row {
    const char *hash;
    const char *label; /* what the operator calls it */
    int64_t uses;      /* how often it is good */
    int64_t expires_at;
};
RESULT registration_token_add(struct ctx *c, const struct registration_token_row *row);

/* Whether it would be good for one more client now. */
RESULT registration_token_is_good(struct ctx *c, const char *hash, bool *good);

/* Uses it once; *good is false if it has expired or is used up.  In the transaction that makes the
 * client. */
RESULT registration_token_use(struct ctx *c, const char *hash, bool *good);

/* Ends all that were made before. */
RESULT registration_tokens_end(struct ctx *c, int64_t *ended);

enum registration_kind {
    REGISTERED_OPENLY,      /* by whoever asked */
    REGISTERED_BY_TOKEN,    /* by somebody with an initial access token */
    REGISTERED_BY_DOCUMENT, /* its client_id is the URL of what it says of itself */
};
struct client_registration_row {
    const char *client_id;
    enum registration_kind kind;
    const char *hash;   /* of its registration access token, or NULL */
    int64_t expires_at; /* when it goes if no user has allowed it anything; 0: it stays */
};

/* In the transaction that makes the client. */
RESULT client_registration_add(struct ctx *c, const struct client_registration_row *row);

/* The registration of an active client: by the hash of its token, or by its id.  *out is NULL if
 * there is none. */
RESULT client_registration_find(struct ctx *c, const char *hash,
                                const struct client_registration_row **out);
RESULT client_registration_of(struct ctx *c, const char *client_id,
                              const struct client_registration_row **out);

/* Another token instead of `hash`; *done is false if that is not the present one. */
RESULT client_registration_rotate(struct ctx *c, const char *hash, const char *next, bool *done);

#endif
