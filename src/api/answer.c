/* SPDX-License-Identifier: Apache-2.0 */
#include "api/answer.h"

#include "base/config.h"
#include "store/clients.h"
#include "web/browser.h"
#include "web/reply.h"

enum { SECONDS_A_MINUTE = 60 };

struct grant_facts answer_facts(struct ctx *c, const struct login_done *done)
{
    return (struct grant_facts){
        .user_id = done->user->id,
        .client_id = CLIENT_FIRST_PARTY,
        .tenant_id = done->tenant_id,
        .policy = done->policy,
        .sid = done->sid,
        .authorization_id = done->authorization_id,
        .status = done->status,
        .scopes = done->scopes,
        .roles = done->rights.roles,
        .permissions = permissions_within(c->arena, done->rights.permissions, done->scopes),
        .amr = done->amr,
        .acr = done->acr,
        .auth_time = done->auth_time,
    };
}

static RESULT answer_session(struct req *r, const struct login_done *done, struct sign_in *out)
{
    out->csrf_token = browser_keep_session(r, done->secret, done->sid);
    out->expires_in = done->policy->session_idle_minutes * SECONDS_A_MINUTE;
    out->scope = text_join(r->c->arena, done->scopes, " ");
    return reply(r, out);
}

static RESULT answer_tokens(struct req *r, const struct login_done *done, bool in_cookie,
                            struct sign_in *out)
{
    struct grant_facts facts = answer_facts(r->c, done);
    struct tokens tokens;
    TRY(issue_access(r->c, &facts, &tokens));
    out->access_token = tokens.access_token;
    out->token_type = "Bearer";
    out->expires_in = tokens.expires_in;
    out->scope = tokens.scope;
    if (in_cookie)
        out->csrf_token = browser_keep_refresh(r, done->refresh_token, done->authorization_id);
    else
        out->refresh_token = done->refresh_token;
    return reply(r, out);
}

RESULT answer_sign_in(struct req *r, const struct login_done *done, enum session_mode mode)
{
    struct sign_in out = { .sid = done->sid, .must_change_password = done->must_change_password };
    if (done->device != NULL)
        browser_keep_device(r, done->device);
    switch (mode) {
    case SESSION_COOKIE:
        return answer_session(r, done, &out);
    case SESSION_TOKEN:
        return answer_tokens(r, done, false, &out);
    case SESSION_SPA:
        break;
    }
    return answer_tokens(r, done, true, &out);
}

RESULT answer_mode(struct ctx *c, const char *mode, enum session_mode *out)
{
    if (mode == NULL || text_equal(mode, "token"))
        *out = SESSION_TOKEN;
    else if (text_equal(mode, "session"))
        *out = SESSION_COOKIE;
    else if (text_equal(mode, "spa"))
        *out = SESSION_SPA;
    else
        return fail_field(c, INVALID_FIELD, "mode", "The mode is token, session or spa.");
    return ok();
}
