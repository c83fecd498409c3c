/* SPDX-License-Identifier: Apache-2.0 */
#include "api/me.h"

#include "base/config.h"
#include "identity/account.h"
#include "identity/session.h"
#include "store/authorizations.h"
#include "token/refresh.h"
#include "web/browser.h"
#include "web/ended.h"
#include "web/reply.h"

enum { SECONDS_A_MINUTE = 60 };

static RESULT reply_user(struct req *r, const struct user_row *user)
{
    return reply(r, &(struct user_response){ .id = user->id,
                                             .email = user->email_entered,
                                             .full_name = user->full_name,
                                             .roles = r->who.roles,
                                             .permissions = r->who.permissions,
                                             .tenant_id = r->who.tenant_id,
                                             .locale = user->locale,
                                             .impersonator_id = r->who.actor_id,
                                             .email_verified = user->email_verified_at != 0,
                                             .mfa_enabled = user->totp,
                                             .created_at = user->created_at,
                                             .last_login = user->last_login_at });
}

RESULT get_me(struct req *r)
{
    const struct user_row *user = NULL;
    TRY(account_find(r->c, r->who.user_id, &user));
    return reply_user(r, user);
}

RESULT put_me(struct req *r)
{
    const struct user_row *user = NULL;
    const struct update_me *in = REQ_IN(r, update_me);
    const struct account_profile to = { .full_name = in->full_name, .locale = in->locale };
    TRY(account_update(r->c, r->who.user_id, &to, &user));
    return reply_user(r, user);
}

RESULT delete_me(struct req *r)
{
    TRY(account_erase(r->c, r->who.user_id, REQ_IN(r, password_only)->password));
    TRY(ended(r));
    browser_sign_out(r);
    return reply_no_content(r);
}

RESULT get_my_export(struct req *r)
{
    const char *json = NULL;
    TRY(account_export(r->c, r->who.user_id, &json));
    return reply_text(r, 200, "application/json", json);
}

RESULT post_change_email(struct req *r)
{
    const struct change_email_request *in = REQ_IN(r, change_email_request);
    const struct account_email change = { .user_id = r->who.user_id,
                                          .email = in->email,
                                          .password = in->password };
    TRY(account_change_email(r->c, &change));
    return reply_no_content(r);
}

static RESULT answer_confirmed_session(struct req *r)
{
    const char *secret = NULL;
    const struct tenant_settings *policy = NULL;
    TRY(tenant_policy_of(r->c, r->who.tenant_id, &policy));
    TRY(session_renew(r->c, r->who.sid, &secret));
    return reply(r,
                 &(struct sign_in){ .sid = r->who.sid,
                                    .csrf_token = browser_keep_session(r, secret, r->who.sid),
                                    .expires_in = policy->session_idle_minutes * SECONDS_A_MINUTE,
                                    .scope = text_join(r->c->arena, r->who.scopes, " ") });
}

/*
 * The token is for no more than the old one was, and says what holds now: a right that was taken
 * away since does not live on by proving who one is, again and again (AZ-07).
 */
static RESULT answer_confirmed_bearer(struct req *r)
{
    const struct authorization_row *authorization = NULL;
    TRY(authorization_find_live(r->c, r->who.authorization_id, &authorization));
    if (authorization == NULL)
        return because(
            r->c, TOKEN_REVOKED, NULL, NULL,
            fail(r->c, INVALID_TOKEN, "authorization %s ended meanwhile", r->who.authorization_id));
    struct authorization_row narrowed = *authorization;
    struct grant_facts facts;
    narrowed.scopes = r->who.scopes;
    TRY(refresh_facts(r->c, &narrowed, NULL, &facts));
    struct tokens tokens;
    TRY(issue_access(r->c, &facts, &tokens));
    return reply(r, &(struct sign_in){ .sid = r->who.sid,
                                       .access_token = tokens.access_token,
                                       .token_type = "Bearer",
                                       .expires_in = tokens.expires_in,
                                       .scope = tokens.scope });
}

RESULT post_confirm(struct req *r)
{
    const struct confirm_request *in = REQ_IN(r, confirm_request);
    if (r->who.sid == NULL || r->who.user_id == NULL)
        return because(r->c, TOKEN_OF_APPLICATION, "sid", NULL,
                       fail_say(r->c, FORBIDDEN, "This token belongs to no session.",
                                "confirm with a token without sid"));
    TRY(login_confirm(r->c, &(struct confirmation){ .user_id = r->who.user_id,
                                                    .sid = r->who.sid,
                                                    .password = in->password,
                                                    .mfa_code = in->mfa_code }));
    return r->who.kind == PRINCIPAL_SESSION ? answer_confirmed_session(r)
                                            : answer_confirmed_bearer(r);
}
