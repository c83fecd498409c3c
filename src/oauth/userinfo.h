/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_USERINFO_H
#define UAUTH_OAUTH_USERINFO_H

/* Userinfo (OpenID Connect Core 1.0 5.3): what the bearer of an access token may know of its user.
 */

#include "web/guard.h"
#include "web/req.h"

struct userinfo_form {
    const char *access_token;
};

/* clang-format off */
SHAPE_OPEN(userinfo_form,
    FIELD(userinfo_form, access_token, OPTIONAL | SECRET, 1, 8192, "The access token, where there is no Authorization"));
/* clang-format on */

/*
 * An access token of any client: in Authorization, or, with POST, in the form (RFC 6750 2.2); in
 * both is INVALID_REQUEST.  Never in the query.  One that is bound to a key only by the scheme
 * DPoP.
 */
extern const struct guard guard_userinfo;

/* INSUFFICIENT_SCOPE without the scope openid. */
RESULT get_userinfo(struct req *r);

#endif
