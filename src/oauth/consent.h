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

/* Uses the request up; ACCESS_DENIED goes to the client (of a REDIRECT row). */
RESULT consent_refuse(struct req *r, const struct interaction *i);

#endif
