/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of a tenant, and who is invited to be one.
 */
#include "api/admin_tenants.h"
#include "identity/invitation.h"
#include "identity/tenancy.h"
#include "store/roles.h"
#include "web/ended.h"
#include "web/precondition.h"
#include "web/principal.h"
#include "web/reply.h"

/* A list or a change on its way through a transaction. */
struct work {
    struct actor actor;
    const char *id;
    struct texts roles;
    struct page page;
    struct user_rows users;
    struct invitation_rows invitations;
    struct admin_member member;
};

static struct work work_of(struct req *r)
{
    struct work work = { .actor = admin_actor(r) };
    work.actor.over = req_param(r, "id");
    return work;
}

/* ---- members ---- */

RESULT admin_member_of(struct ctx *c, const char *tenant_id, const struct user_row *user,
                       struct admin_member *out)
{
    *out = (struct admin_member){ .user_id = user->id,
                                  .email = user->email_entered,
                                  .full_name = user->full_name,
                                  .guest = !text_equal(user->default_tenant_id, tenant_id) };
    return roles_given(c, user->id, tenant_id, &out->roles);
}

static RESULT list_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct work *work = arg;
    const struct member_filter filter = { .tenant_id = work->actor.over };
    return users_of_tenant(c, &filter, work->page, &work->users);
}

RESULT get_admin_members(struct req *r)
{
    const struct admin_page_query *query = r->in;
    struct work work = work_of(r);
    struct admin_member_list out = { 0 };
    TRY(cursor_page(r, query->after, query->limit, &work.page));
    TRY(authority_look(r->c, &work.actor, list_in, &work));
    size_t n = work.users.n;
    struct admin_member *members = ARENA_NEWS(r->c->arena, struct admin_member, n);
    for (size_t i = 0; i < n; i++)
        TRY(admin_member_of(r->c, work.actor.over, &work.users.at[i], &members[i]));
    out.members = (struct items){ members, n };
    if (n > 0)
        TRY(cursor_next(r, &work.page, n, work.users.at[n - 1].id, &out.next));
    return reply(r, &out);
}

static RESULT put_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct work *work = arg;
    const struct user_row *user = NULL;
    TRY(tenancy_set_member(c, &(struct tenancy_member){ .actor = &work->actor,
                                                        .tenant_id = work->actor.over,
                                                        .user_id = work->id,
                                                        .roles = work->roles }));
    TRY(authority_over(c, &work->actor, work->id, AUTHORITY_SEE, &user));
    return admin_member_of(c, work->actor.over, user, &work->member);
}

RESULT put_admin_member(struct req *r)
{
    struct work work = work_of(r);
    work.id = req_param(r, "user_id");
    work.roles = REQ_IN(r, admin_member_put)->roles;
    TRY(authority_act(r->c, &work.actor, put_in, &work));
    return reply(r, &work.member);
}

static RESULT remove_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct work *work = arg;
    return tenancy_remove_member(c, &(struct tenancy_member){ .actor = &work->actor,
                                                              .tenant_id = work->actor.over,
                                                              .user_id = work->id });
}

RESULT delete_admin_member(struct req *r)
{
    struct work work = work_of(r);
    work.id = req_param(r, "user_id");
    TRY(authority_act(r->c, &work.actor, remove_in, &work));
    TRY(ended(r));
    return reply_no_content(r);
}

/* ---- invitations ---- */

struct admin_invitation admin_invitation_of(const struct invitation_row *row)
{
    return (struct admin_invitation){ .id = row->id,
                                      .email = row->email_entered,
                                      .roles = row->roles,
                                      .invited_by = row->invited_by,
                                      .created_at = row->created_at,
                                      .expires_at = row->expires_at };
}

static RESULT invitations_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct work *work = arg;
    return invitations_page(c, work->actor.over, work->page, &work->invitations);
}

RESULT get_admin_invitations(struct req *r)
{
    const struct admin_page_query *query = r->in;
    struct work work = work_of(r);
    struct admin_invitation_list out = { 0 };
    TRY(cursor_page(r, query->after, query->limit, &work.page));
    TRY(authority_look(r->c, &work.actor, invitations_in, &work));
    size_t n = work.invitations.n;
    struct admin_invitation *shown = ARENA_NEWS(r->c->arena, struct admin_invitation, n);
    for (size_t i = 0; i < n; i++)
        shown[i] = admin_invitation_of(&work.invitations.at[i]);
    out.invitations = (struct items){ shown, n };
    if (n > 0)
        TRY(cursor_next(r, &work.page, n, work.invitations.at[n - 1].id, &out.next));
    return reply(r, &out);
}

RESULT post_admin_invitation(struct req *r)
{
    const struct admin_invitation_new *in = REQ_IN(r, admin_invitation_new);
    const struct work work = work_of(r);
    const struct invitation_row *made = NULL;
    TRY(principal_check_giving(r, in->roles, r->route->permission));
    TRY(invitation_make(r->c,
                        &(struct invitation_new){ .actor = &work.actor,
                                                  .tenant_id = work.actor.over,
                                                  .email = in->email,
                                                  .roles = in->roles },
                        &made));
    const struct admin_invitation shown = admin_invitation_of(made);
    return reply(r, &shown);
}

static RESULT withdraw_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct work *work = arg;
    return invitation_withdraw(c, &work->actor, work->actor.over, work->id);
}

RESULT delete_admin_invitation(struct req *r)
{
    struct work work = work_of(r);
    work.id = req_param(r, "invitation_id");
    TRY(authority_act(r->c, &work.actor, withdraw_in, &work));
    return reply_no_content(r);
}
