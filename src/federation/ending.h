/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_ENDING_H
#define UAUTH_FEDERATION_ENDING_H

/*
 * Signing out across providers: what they tell us of, and what they are told.
 *
 * By the front channel (OpenID Connect Front-Channel Logout 1.0; Entra's, entra.md 1.17) a browser
 * comes with the name of a session.  Anybody could send that, so all it does is to end the sessions
 * that began with exactly this one.  By the back channel (Back-Channel Logout 1.0) a provider sends
 * a token that it has signed.
 */

#include "base/shape.h"
#include "web/req.h"

enum {
    UPSTREAM_SID_MIN = 16, /* a shorter name could be guessed, and is not remembered */
    UPSTREAM_SID_MAX = 255
};

struct frontchannel {
    const char *sid, *iss;
};
SHAPE_OPEN(frontchannel, FIELD(frontchannel, sid, OPTIONAL, 0, 2048, "The session that ended"),
           FIELD(frontchannel, iss, OPTIONAL, 0, 2048, "Whose it is"));
/* GET /auth/oauth/{provider}/frontchannel-logout: always the same answer. */
RESULT get_frontchannel(struct req *r);

struct backchannel {
    const char *logout_token;
};
SHAPE_OPEN(backchannel,
           FIELD(backchannel, logout_token, REQUIRED | SECRET, 1, 32768, "Who has signed out"));
/* POST /auth/oauth/{provider}/backchannel-logout.  INVALID_REQUEST: the token is not good. */
RESULT post_backchannel(struct req *r);

/* GET /signed-out/{provider}: a browser in which somebody has signed out goes on to sign out at the
 * provider, where that is wanted (sign_out), and comes back to /signed-out. */
RESULT get_signed_out_there(struct req *r);

#endif
