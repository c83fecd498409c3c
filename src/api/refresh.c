/* SPDX-License-Identifier: Apache-2.0 */
#include "api/refresh.h"

#include "api/answer.h"
#include "store/clients.h"
#include "store/refresh_tokens.h"
#include "token/refresh.h"
#include "web/browser.h"
#include "web/cookies.h"
#include "web/csrf.h"
#include "web/reply.h"

/*
 * The token of the cookie, once the caller has shown the CSRF token of its family: a page of
 * another site may make a browser send the cookie, but cannot know that.
 */
static RESULT take_from_cookie(struct req *r, const char **token, const char **family)
{
    const struct refresh_token_row *row = NULL;
    TRY(cookie_get(r, COOKIE_REFRESH, token));
    if (*token == NULL)
        return fail_field(r->c, INVALID_FIELD, "refresh_token", "The refresh token is missing.");
    TRY(refresh_token_find(r->c, refresh_token_hash(r->c->arena, *token), &row));
    if (row == NULL)
        return because(r->c, REFRESH, NULL, NULL,
                       fail(r->c, INVALID_GRANT, "the refresh cookie holds an unknown token"));
    *family = row->authorization.id;
    return csrf_check(r, *family);
}

static RESULT rotate(struct req *r, const char *token, const char *family)
{
    const struct refresh_request *in = REQ_IN(r, refresh_request);
    struct tokens tokens;
    TRY(refresh_use(r->c, token, CLIENT_FIRST_PARTY, in->scope, &tokens));
    struct sign_in out = { .access_token = tokens.access_token,
                           .token_type = "Bearer",
                           .expires_in = tokens.expires_in,
                           .scope = tokens.scope };
    if (family != NULL)
        out.csrf_token = browser_keep_refresh(r, tokens.refresh_token, family);
    else
        out.refresh_token = tokens.refresh_token;
    return reply(r, &out);
}

RESULT post_refresh(struct req *r)
{
    const char *token = REQ_IN(r, refresh_request)->refresh_token;
    const char *family = NULL;
    err taken = token != NULL ? ok() : take_from_cookie(r, &token, &family);
    err result = taken.code == ERR_OK ? rotate(r, token, family) : taken;
    if (result.code == ERR_INVALID_GRANT && REQ_IN(r, refresh_request)->refresh_token == NULL)
        cookie_clear(r, COOKIE_REFRESH);
    return result;
}
