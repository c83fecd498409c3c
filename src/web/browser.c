/* SPDX-License-Identifier: Apache-2.0 */
#include "web/browser.h"

#include "base/config.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "identity/login.h"
#include "identity/session.h"
#include "web/acting.h"
#include "web/cookies.h"
#include "web/csrf.h"
#include "web/ended.h"

#include <string.h>

enum { SECONDS_A_DAY = 86400 };

const char *browser_keep_session(struct req *r, const char *secret, const char *sid)
{
    const char *csrf = csrf_token(r, sid);
    cookie_set(r, COOKIE_SESSION, secret, 0);
    cookie_set(r, COOKIE_CSRF, csrf, 0);
    return csrf;
}

const char *browser_keep_refresh(struct req *r, const char *refresh_token,
                                 const char *authorization_id)
{
    int64_t life = r->c->config->jwt_refresh_expire_days * SECONDS_A_DAY;
    const char *csrf = csrf_token(r, authorization_id);
    cookie_set(r, COOKIE_REFRESH, refresh_token, life);
    cookie_set(r, COOKIE_CSRF, csrf, life);
    return csrf;
}

void browser_keep_device(struct req *r, const char *device)
{
    cookie_set(r, COOKIE_DEVICE, device, DEVICE_DAYS * SECONDS_A_DAY);
}

void browser_sign_out(struct req *r)
{
    cookie_clear(r, COOKIE_SESSION);
    cookie_clear(r, COOKIE_REFRESH);
    cookie_clear(r, COOKIE_CSRF);
}

RESULT browser_keep_ended(struct req *r)
{
    const char *secret = NULL;
    TRY(cookie_get(r, COOKIE_SESSION, &secret));
    if (secret != NULL)
        cookie_set(r, COOKIE_ENDED, secret, BROWSER_ENDED_SECONDS);
    browser_sign_out(r);
    return ok();
}

RESULT browser_ended(struct req *r, const struct session_row **out)
{
    const char *secret = NULL;
    const struct session_row *found = NULL;
    enum session_state state;
    *out = NULL;
    TRY(cookie_get(r, COOKIE_ENDED, &secret));
    if (secret == NULL)
        return ok();
    TRY(session_find(r->c, token_hash(r->c->arena, secret), &state, &found));
    if (state == SESSION_ENDED && r->c->now - found->ended_at <= BROWSER_ENDED_SECONDS)
        *out = found;
    return ok();
}

RESULT browser_renew_session(struct req *r)
{
    const char *secret = NULL;
    if (r->who.kind != PRINCIPAL_SESSION)
        return ok();
    TRY(session_renew(r->c, r->who.sid, &secret));
    (void)browser_keep_session(r, secret, r->who.sid);
    return ok();
}

RESULT browser_session(struct req *r, const struct session_row **out)
{
    const char *secret = NULL;
    *out = NULL;
    TRY(cookie_get(r, COOKIE_SESSION, &secret));
    return secret == NULL ? ok() : browser_session_of(r, secret, out);
}

RESULT browser_session_of(struct req *r, const char *secret, const struct session_row **out)
{
    err found = session_resume(r->c, secret, out);
    if (found.code != ERR_INVALID_SESSION)
        return found;
    fault_clear(r->c);
    *out = NULL;
    return ok();
}

RESULT browser_former(struct req *r, struct browser_former *former)
{
    const char *token = NULL;
    *former = (struct browser_former){ 0 };
    TRY(cookie_get(r, COOKIE_REFRESH, &token));
    if (token != NULL)
        TRY(refresh_token_find(r->c, refresh_token_hash(r->c->arena, token), &former->family));
    return browser_session(r, &former->session);
}

RESULT browser_end_former(struct req *r, const struct browser_former *former)
{
    bool done = false;
    TRY(acting_forget(r));
    if (former->session == NULL && former->family == NULL)
        return ok();
    if (former->session != NULL)
        TRY(session_end(r->c, former->session->user_id, former->session->id, &done));
    if (former->family != NULL && former->family->authorization.session_id != NULL)
        TRY(session_end(r->c, former->family->authorization.user_id,
                        former->family->authorization.session_id, &done));
    browser_sign_out(r);
    return ended(r);
}

RESULT browser_binding_sent(struct req *r, const char **binding)
{
    TRY(cookie_get(r, COOKIE_BROWSER, binding));
    if (*binding != NULL && strlen(*binding) != RANDOM_TOKEN_CHARS)
        *binding = NULL;
    return ok();
}

RESULT browser_binding(struct req *r, const char **binding)
{
    TRY(browser_binding_sent(r, binding));
    if (*binding != NULL)
        return ok();
    *binding = random_token(r->c);
    cookie_set(r, COOKIE_BROWSER, *binding, 0);
    return ok();
}
