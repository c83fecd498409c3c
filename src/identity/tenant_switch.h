/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_TENANT_SWITCH_H
#define UAUTH_IDENTITY_TENANT_SWITCH_H

/*
 * Going on in another tenant: a session of its own, bound to it, with the rights that the user has
 * there now.  When and how they signed in stays, so that switching proves nothing anew; what was
 * issued before stays in its tenant (TN-10).
 */

#include "identity/login.h"

struct tenant_switch {
    const char *user_id, *sid; /* the session that goes on */
    const char *from;          /* its tenant, or NULL */
    const char *to;
    bool by_token;       /* else by cookie, which has no scopes */
    struct texts scopes; /* of the token: one that was given for less is for less there, too */
};

/*
 * NOT_FOUND if they are no member of such an active tenant; STEP_UP_REQUIRED if it asks for a
 * second factor and none was shown; INVALID_SESSION if the session has ended.  A session whose
 * secrets a browser keeps ends, since the new one takes its place.
 */
RESULT tenant_switch(struct ctx *c, const struct tenant_switch *asked, struct login_done *out);

#endif
