/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/api_key_text.h"
#include "web/cookies.h"
#include "web/guard.h"

/* An API key does not look like any access token. */
static RESULT check_shown(struct req *r)
{
    struct token_shown shown;
    TRY(guard_token(r, &shown));
    return api_key_is_meant(shown.token) ? guard_api_key_of(r, &shown) : guard_access_of(r, &shown);
}

/* Decision 7: an Authorization header alone decides; a bad token never falls back to a cookie. */
static RESULT check_caller(struct req *r)
{
    const char *secret = NULL;
    if (req_header(r, "authorization") != NULL)
        return check_shown(r);
    TRY(cookie_get(r, COOKIE_SESSION, &secret));
    if (secret == NULL)
        return because(
            r->c, TOKEN_MISSING, NULL, NULL,
            fail(r->c, INVALID_TOKEN, "there is neither Authorization nor a session cookie"));
    return guard_session.check(r);
}

const struct guard guard_caller = { "caller", ACCEPTS_BEARER | ACCEPTS_COOKIE, check_caller };
