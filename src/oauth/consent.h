/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CONSENT_H
#define UAUTH_OAUTH_CONSENT_H

/*
 * A user's answer to what a client asks for.  The page shows i->of.client and i->of.scopes; whoever
 * posts is proven by session and CSRF token before.
 */

#include "oauth/interaction.h"

/* Remembers the consent to what the request asks for, beside what was allowed before, and goes on.
 */
RESULT consent_give(struct req *r, const struct interaction *i);

/* Remembers that the user has allowed a device of the client `scopes`, beside what they allowed it
 * before, so that they see it and can take it back: in the transaction of the caller.  They read no
 * address, so that it holds for none (decide.c). */
RESULT consent_remember_device(struct ctx *c, const char *user_id, const char *client_id,
                               struct texts scopes);

/* Uses the request up; ACCESS_DENIED goes to the client (of a REDIRECT row). */
RESULT consent_refuse(struct req *r, const struct interaction *i);

/* Forgets what the user allowed the client, and ends all that was granted to it; *revoked is false
 * if there was nothing. */
RESULT consent_withdraw(struct ctx *c, const char *user_id, const char *client_id, bool *revoked);

#endif
