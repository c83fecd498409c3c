/* SPDX-License-Identifier: Apache-2.0 */
#include "api/impersonation.h"

#include "store/clients.h"
#include "token/issue.h"
#include "web/acting.h"
#include "web/reply.h"
#include "web/step_up.h"

/* The access token of a session that has no refresh token; a bearer's, as the token of the actor,
 * which is of the first party (check_actor). */
static RESULT give_token(struct req *r, const struct impersonation_begun *begun,
                         struct impersonating *out)
{
    const char **actor = ARENA_NEW(r->c->arena, const char *);
    *actor = r->who.user_id;
    const struct grant_facts facts = {
        .user_id = begun->user->id,
        .client_id = CLIENT_FIRST_PARTY,
        .tenant_id = begun->tenant_id,
        .sid = begun->session.sid,
        .authorization_id = begun->session.authorization_id,
        .status = begun->session.status,
        .scopes = begun->scopes,
        .roles = begun->rights.roles,
        .permissions = begun->rights.permissions,
        .actors = { actor, 1 },
        .not_after = begun->expires_at,
    };
    struct tokens tokens = { 0 };
    TRY(issue_access(r->c, &facts, &tokens));
    out->access_token = tokens.access_token;
    out->token_type = "Bearer";
    out->expires_in = tokens.expires_in;
    return ok();
}

/* Somebody who is signed in here: what begins can do what an application may not, whatever scopes
 * it was given. */
static RESULT check_actor(struct req *r)
{
    bool first_party =
        r->who.kind != PRINCIPAL_BEARER || text_equal(r->who.client_id, CLIENT_FIRST_PARTY);
    if (first_party && r->who.sid != NULL)
        return ok();
    return because(r->c, TOKEN_OF_APPLICATION, CLIENT_FIRST_PARTY, r->who.client_id,
                   fail_say(r->c, FORBIDDEN, "This is for somebody who is signed in here.",
                            "impersonation with a token of %s", r->who.client_id));
}

RESULT post_admin_user_impersonate(struct req *r)
{
    const struct impersonate *in = REQ_IN(r, impersonate);
    const struct actor actor = admin_actor(r);
    bool by_cookie = r->who.kind == PRINCIPAL_SESSION;
    struct impersonation_begun begun = { 0 };
    const struct impersonation_begin begin = { .actor = &actor,
                                               .actor_sid = r->who.sid,
                                               .user_id = req_param(r, "id"),
                                               .reason = in->reason,
                                               .ttl = in->ttl,
                                               .mode = by_cookie ? SESSION_COOKIE : SESSION_TOKEN };
    TRY(check_actor(r));
    TRY(step_up_to_factor(r));
    TRY(impersonation_begin(r->c, &begin, &begun));
    struct impersonating out = { .sid = begun.session.sid,
                                 .user_id = begun.user->id,
                                 .email = begun.user->email_entered,
                                 .impersonator_id = r->who.user_id,
                                 .tenant_id = begun.tenant_id,
                                 .expires_at = begun.expires_at,
                                 .expires_in = begun.expires_at - r->c->now };
    TRY(by_cookie ? acting_begin(r, &begun.session, &out.csrf_token) : give_token(r, &begun, &out));
    return reply(r, &out);
}

RESULT delete_my_impersonation(struct req *r)
{
    TRY(acting_end(r));
    return reply_no_content(r);
}
