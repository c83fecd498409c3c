/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ANSWER_H
#define UAUTH_API_ANSWER_H

/*
 * How a sign-in is answered, in each of its modes: tokens in the body; a session cookie; or an
 * access token in the body with the refresh token in a cookie.  And the bodies that several
 * endpoints share.
 */

#include "base/shape.h"
#include "identity/login.h"
#include "token/issue.h"
#include "web/req.h"

struct sign_in {
    const char *access_token, *refresh_token, *token_type;
    int64_t expires_in;
    const char *scope, *csrf_token, *sid;
    bool must_change_password;
};
SHAPE(sign_in, FIELD(sign_in, access_token, SECRET, 1, 8192, "Access token; not in mode session"),
      FIELD(sign_in, refresh_token, SECRET, 43, 43, "Refresh token; only in mode token"),
      FIELD(sign_in, token_type, OPTIONAL, 6, 6, "Bearer"),
      FIELD(sign_in, expires_in, REQUIRED, 0, INT64_MAX,
            "Seconds that the access token lives; in mode session, that the session lives unused"),
      FIELD(sign_in, scope, OPTIONAL, 0, 4096, "What was granted, separated by spaces"),
      FIELD(sign_in, csrf_token, SECRET, 43, 43,
            "To be sent as X-CSRF-Token with changes; in modes session and spa"),
      FIELD(sign_in, sid, OPTIONAL, 36, 36, "Handle of the session"),
      FIELD(sign_in, must_change_password, OPTIONAL, 0, 0,
            "The password was set by an administrator and is to be changed now"));

/* An address and nothing else. */
struct address_only {
    const char *email;
};
SHAPE(address_only,
      FIELD(address_only, email, REQUIRED | EMAIL, 3, 254, "E-mail address of the account"));

/* What a completed sign-in grants its tokens. */
struct grant_facts answer_facts(struct ctx *c, const struct login_done *done);

/* Answers a completed sign-in: mints tokens, sets cookies. */
RESULT answer_sign_in(struct req *r, const struct login_done *done, enum session_mode mode);

/* "token", "session", "spa"; NULL is "token".  INVALID_FIELD. */
RESULT answer_mode(struct ctx *c, const char *mode, enum session_mode *out);

#endif
