/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_DECIDE_H
#define UAUTH_OAUTH_DECIDE_H

/*
 * What a user still has to do before a request can be granted (OpenID Connect Core 1.0 3.1.2.3,
 * 3.1.2.4, Initiating User Registration 1.0).
 */

#include "oauth/authorize_request.h"
#include "store/sessions.h"

enum need {
    NEED_NOTHING,
    NEED_LOGIN,
    NEED_CREATE,
    NEED_SELECT,
    NEED_CONSENT,
    NEED_FACTOR,  /* the tenant of the client asks for a second factor, and they have none yet */
    NEED_STRONGER /* an essential acr was not reached by a fresh sign-in: it cannot be granted */
};

/* The first need of `a` with `session` (NULL: nobody is signed in). */
RESULT decide(struct ctx *c, const struct authorization *a, const struct session_row *session,
              enum need *out);

/* The failure of a need where prompt=none forbids to ask (OpenID Connect Core 3.1.2.6). */
RESULT decide_refuse(struct ctx *c, enum need need);

#endif
