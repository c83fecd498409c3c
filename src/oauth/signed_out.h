/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_SIGNED_OUT_H
#define UAUTH_OAUTH_SIGNED_OUT_H

/*
 * The page after signing out, here or for an application: what the session was used with and how
 * each of those hears of it.  It knows the session by a cookie that only this path gets, so that
 * the page can be looked at again; without the cookie it says no more than that one is signed out.
 */

#include "oauth/end_session.h"

struct signed_out_query {
    const char *done, *client_id, *post_logout_redirect_uri, *state;
};

/* clang-format off */
SHAPE_OPEN(signed_out_query,
    FIELD(signed_out_query, done, OPTIONAL, 1, 16, "erased: the account is gone, too"),
    FIELD(signed_out_query, client_id, OPTIONAL, 1, 255, "The application that has asked for it"),
    FIELD(signed_out_query, post_logout_redirect_uri, OPTIONAL, 1, END_SESSION_URI_MAX, "Where the browser goes afterwards: exactly as registered"),
    FIELD(signed_out_query, state, OPTIONAL, 1, 2048, "Comes back as it is"));
/* clang-format on */

/* GET /signed-out.  INVALID_REQUEST for a URI that is not one of the client's. */
RESULT get_signed_out(struct req *r);

#endif
