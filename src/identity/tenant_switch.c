/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/tenant_switch.h"

#include "identity/audit.h"
#include "identity/session.h"
#include "identity/tenancy.h"

struct switching {
    const struct tenant_switch *asked;
    struct login_done done;
};

static RESULT find_session(struct ctx *c, const struct tenant_switch *asked,
                           const struct session_row **out)
{
    enum session_state state = SESSION_UNKNOWN;
    TRY(session_find_id(c, asked->sid, &state, out));
    if (state != SESSION_LIVE || !text_equal((*out)->user_id, asked->user_id))
        return because(c, SESSION_ENDED, NULL, NULL,
                       fail(c, INVALID_SESSION, "session %s is over", asked->sid));
    return ok();
}

static RESULT find_tenant(struct ctx *c, const struct tenant_switch *asked,
                          const struct session_row *session, const struct tenant_settings **policy)
{
    const struct tenant_row *tenant = NULL;
    TRY(tenant_of_member(c, asked->to, asked->user_id, &tenant));
    if (tenant == NULL)
        return fail(c, NOT_FOUND, "user %s is no member of tenant %s", asked->user_id, asked->to);
    if (!tenancy_admits(tenant, session->acr, session->amr))
        return because(c, SIGN_IN_CLASS, "a second factor", session->acr,
                       fail_say(c, STEP_UP_REQUIRED, "This tenant asks for a second factor.",
                                "tenant %s asks for a second factor", asked->to));
    return tenant_policy(c, tenant->settings, policy);
}

/*
 * A token that carries everything that its user may where it is was not given for less, and gets
 * everything there; any other keeps to its scopes.
 */
static RESULT scopes_there(struct ctx *c, const struct tenant_switch *asked,
                           const struct rights *there, struct texts *out)
{
    struct rights here = { 0 };
    bool whole = !asked->by_token || asked->from == NULL;
    if (!whole) {
        TRY(rights_of(c, asked->user_id, asked->from, &here));
        whole = asked->scopes.n > 0;
        for (size_t i = 0; i < here.permissions.n; i++)
            whole = whole && permissions_cover(asked->scopes, here.permissions.at[i]);
    }
    *out = whole ? there->permissions
                 : permissions_within(c->arena, there->permissions, asked->scopes);
    return ok();
}

static RESULT begin(struct ctx *c, struct switching *s, const struct session_row *session)
{
    struct login_done *done = &s->done;
    struct session_begun begun;
    TRY(session_begin(c,
                      &(struct session_begin){ .user_id = session->user_id,
                                               .tenant_id = s->asked->to,
                                               .policy = done->policy,
                                               .mode = session->mode,
                                               .amr = session->amr,
                                               .acr = session->acr,
                                               .scopes = done->scopes,
                                               .auth_time = session->auth_time,
                                               .renews = session->mode != SESSION_COOKIE,
                                               .not_after = session->expires_at },
                      &begun));
    done->sid = begun.sid;
    done->secret = begun.secret;
    done->authorization_id = begun.authorization_id;
    done->refresh_token = begun.refresh_token;
    done->tenant_id = s->asked->to;
    done->mode = session->mode;
    done->amr = session->amr;
    done->acr = session->acr;
    done->auth_time = session->auth_time;
    return user_find(c, session->user_id, &done->user);
}

static RESULT switch_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct switching *s = arg;
    const struct session_row *session = NULL;
    bool ended = false;
    s->done = (struct login_done){ 0 };
    TRY(find_session(c, s->asked, &session));
    TRY(find_tenant(c, s->asked, session, &s->done.policy));
    TRY(rights_of(c, s->asked->user_id, s->asked->to, &s->done.rights));
    TRY(scopes_there(c, s->asked, &s->done.rights, &s->done.scopes));
    TRY(begin(c, s, session));
    if (session->mode != SESSION_TOKEN)
        TRY(session_end(c, session->user_id, session->id, &ended));
    return audit_add(c, &(struct audit){ .event = AUDIT_TENANT_SWITCHED,
                                         .user_id = session->user_id,
                                         .tenant_id = s->asked->to,
                                         .session_id = s->done.sid,
                                         .details = { { "from_session", session->id } } });
}

RESULT tenant_switch(struct ctx *c, const struct tenant_switch *asked, struct login_done *out)
{
    struct switching s = { .asked = asked };
    TRY(db_atomically(c, switch_in, &s));
    *out = s.done;
    return ok();
}
