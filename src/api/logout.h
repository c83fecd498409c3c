/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_LOGOUT_H
#define UAUTH_API_LOGOUT_H

/* POST /auth/logout: ends the caller's session and its tokens; ?all=true: every one of theirs. */

#include "base/shape.h"
#include "web/req.h"

struct logout_query {
    bool all;
};
SHAPE(logout_query,
      FIELD(logout_query, all, OPTIONAL, 0, 0, "End every session of the user, not only this one"));

RESULT post_logout(struct req *r);

#endif
