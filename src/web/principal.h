/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PRINCIPAL_H
#define UAUTH_WEB_PRINCIPAL_H

/*
 * What the caller that a guard has found may do here: in which tenant, with which rights, and
 * whether they have shown lately who they are.  Two stages of web/stages.c.
 */

#include "web/req.h"

/*
 * Chooses the tenant (decision 5).  A token that is bound to one stays there: X-Tenant-Id is absent
 * or the same, else FORBIDDEN, and so does who acts as a user.  For a token without tenant and for
 * a session the field chooses for this request, FORBIDDEN unless the user is a member of that
 * active tenant, STEP_UP_REQUIRED if it asks for a second factor and none was shown; the rights
 * there are read anew.  A token that was given for certain scopes, or to another client than our
 * own, never has more there than its scopes say.
 */
RESULT principal_choose_tenant(struct req *r);

/*
 * Checks the row's permission and its flags IN_TENANT, OPERATOR, RECENT, CHANGING and IMPERSONATED:
 * who acts as a user gets FORBIDDEN from all rows but those.  A token of
 * another client than our own API is good for rows with a permission and those that say CLIENTS,
 * else INSUFFICIENT_SCOPE; an API key for those with a permission that are not RECENT, and those
 * that say API_KEYS, else FORBIDDEN. PASSWORD_CHANGE_REQUIRED for whoever has to change their
 * password first and calls anything but what serves that; INSUFFICIENT_SCOPE if a token does not
 * carry the permission, FORBIDDEN if the user does not have it, or not any longer (AZ-07: what a
 * token says is looked up again); STEP_UP_REQUIRED if the sign-in is older than RECENT_SECONDS.
 */
RESULT principal_check(struct req *r);

/*
 * What a row that is RECENT asks for, where only what is asked for makes it so: a person, and a
 * sign-in of the last RECENT_SECONDS.
 */
RESULT principal_check_recent(struct req *r);

/*
 * For a row whose body may give `roles`: whoever gives more than the role user with it is asked
 * what the row that gives roles asks for, `permission` and a sign-in of the last RECENT_SECONDS,
 * and is no API key: what is given outlives the key (AZ-04).
 */
RESULT principal_check_giving(struct req *r, struct texts roles, const char *permission);

#endif
