/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_sessions.h"

#include "identity/audit.h"
#include "store/sessions.h"
#include "web/ended.h"
#include "web/reply.h"

static const char *const mode_names[] = {
    [SESSION_COOKIE] = "session",
    [SESSION_TOKEN] = "token",
    [SESSION_SPA] = "spa",
};

struct looking {
    struct actor actor;
    const char *user_id;
    const char *sid; /* of the one to end; NULL: all that are seen */
    struct session_rows rows;
    int64_t ended;
};

/* The live sessions that the tenant may see. */
static RESULT find_sessions(struct ctx *c, struct looking *l, enum authority_reach reach)
{
    const struct user_row *user = NULL;
    struct session_rows all;
    TRY(authority_over(c, &l->actor, l->user_id, reach, &user));
    TRY(sessions_of(c, l->user_id, (struct page){ .limit = PAGE_MAX }, &all));
    bool home = text_equal(user->default_tenant_id, l->actor.tenant_id);
    struct session_row *seen = ARENA_NEWS(c->arena, struct session_row, all.n);
    l->rows = (struct session_rows){ seen, 0 };
    for (size_t i = 0; i < all.n; i++)
        if (home || text_equal(all.at[i].tenant_id, l->actor.tenant_id))
            seen[l->rows.n++] = all.at[i];
    return ok();
}

static RESULT look_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    return find_sessions(c, arg, AUTHORITY_SEE);
}

RESULT get_admin_user_sessions(struct req *r)
{
    struct looking l = { .actor = admin_actor(r), .user_id = req_param(r, "id") };
    TRY(authority_look(r->c, &l.actor, look_in, &l));
    struct admin_session *out = ARENA_NEWS(r->c->arena, struct admin_session, l.rows.n);
    for (size_t i = 0; i < l.rows.n; i++)
        out[i] = (struct admin_session){ .sid = l.rows.at[i].id,
                                         .mode = mode_names[l.rows.at[i].mode],
                                         .created_at = l.rows.at[i].created_at,
                                         .last_seen_at = l.rows.at[i].last_seen_at,
                                         .expires_at = l.rows.at[i].expires_at,
                                         .address = l.rows.at[i].address,
                                         .user_agent = l.rows.at[i].user_agent,
                                         .tenant_id = l.rows.at[i].tenant_id,
                                         .impersonator_id = l.rows.at[i].actor_id };
    return reply(r, &(struct admin_session_list){ .sessions = { out, l.rows.n } });
}

/* ---- ending ---- */

static RESULT end_one(struct ctx *c, struct looking *l, const struct session_row *session)
{
    bool done = false;
    TRY(session_end(c, l->user_id, session->id, &done));
    l->ended += done;
    return audit_add(c, &(struct audit){ .event = AUDIT_SESSION_ENDED,
                                         .user_id = l->user_id,
                                         .actor_id = l->actor.user_id,
                                         .tenant_id = l->actor.tenant_id,
                                         .session_id = session->id });
}

static RESULT end_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct looking *l = arg;
    l->ended = 0;
    TRY(find_sessions(c, l, AUTHORITY_MEMBER));
    for (size_t i = 0; i < l->rows.n; i++)
        if (l->sid == NULL || text_equal(l->sid, l->rows.at[i].id))
            TRY(end_one(c, l, &l->rows.at[i]));
    return l->sid == NULL || l->ended > 0
               ? ok()
               : fail(c, NOT_FOUND, "user %s has no live session %s here", l->user_id, l->sid);
}

static RESULT end(struct req *r, const char *sid)
{
    struct looking l = { .actor = admin_actor(r), .user_id = req_param(r, "id"), .sid = sid };
    TRY(authority_act(r->c, &l.actor, end_in, &l));
    TRY(ended(r));
    return reply_no_content(r);
}

RESULT delete_admin_user_sessions(struct req *r)
{
    return end(r, NULL);
}

RESULT delete_admin_user_session(struct req *r)
{
    return end(r, req_param(r, "sid"));
}
