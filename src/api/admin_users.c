/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_users.h"

#include "identity/access.h"
#include "identity/email.h"
#include "identity/mfa.h"
#include "identity/people.h"
#include "identity/role_rules.h"
#include "web/ended.h"
#include "web/precondition.h"
#include "web/principal.h"
#include "web/reply.h"

static const char *const status_names[] = {
    [USER_ACTIVE] = "active", [USER_DISABLED] = "disabled", [USER_DELETED] = "deleted"
};

/* What a tenant may see of a member. */
static RESULT show(struct ctx *c, const char *tenant_id, const struct user_row *user,
                   struct admin_user *out)
{
    bool guest = !text_equal(user->default_tenant_id, tenant_id);
    *out = (struct admin_user){ .id = user->id,
                                .email = user->email_entered,
                                .full_name = user->full_name,
                                .status = status_names[user->status],
                                .guest = guest,
                                .email_verified = user->email_verified_at != 0,
                                .mfa_enabled = user->totp && !guest,
                                .created_at = user->created_at,
                                .updated_at = user->updated_at,
                                .last_login = guest ? 0 : user->last_login_at };
    return roles_given(c, user->id, tenant_id, &out->roles);
}

/* What is looked up of one user, not of each in a list. */
static RESULT show_more(struct ctx *c, const char *tenant_id, struct admin_user *out)
{
    struct rights rights;
    bool has_factor = false;
    TRY(rights_of(c, out->id, tenant_id, &rights));
    out->permissions = rights.permissions;
    return out->guest ? ok() : mfa_state(c, out->id, &has_factor, &out->recovery_codes_left);
}

/* ---- looking ---- */

static RESULT read_filter(struct req *r, const struct admin_user_query *query,
                          struct member_filter *out)
{
    *out = (struct member_filter){ .tenant_id = r->who.tenant_id, .status = query->status };
    if (query->email != NULL)
        out->email_starts = text_lower(r->c->arena, query->email);
    if (query->status == NULL || text_equal(query->status, "active") ||
        text_equal(query->status, "disabled"))
        return ok();
    return fail_field(r->c, INVALID_FIELD, "status", "This is active or disabled.");
}

RESULT get_admin_users(struct req *r)
{
    const struct admin_user_query *query = r->in;
    struct member_filter filter;
    struct page page;
    struct user_rows rows;
    struct admin_user_list out = { 0 };
    TRY(read_filter(r, query, &filter));
    TRY(cursor_page(r, query->after, query->limit, &page));
    TRY(users_of_tenant(r->c, &filter, page, &rows));
    struct admin_user *users = ARENA_NEWS(r->c->arena, struct admin_user, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        TRY(show(r->c, r->who.tenant_id, &rows.at[i], &users[i]));
    out.users = (struct items){ users, rows.n };
    if (rows.goes_on != NULL)
        TRY(cursor_after(r, rows.goes_on, &out.next));
    else if (rows.n > 0)
        TRY(cursor_next(r, &page, rows.n,
                        filter.email_starts == NULL ? rows.at[rows.n - 1].id
                                                    : rows.at[rows.n - 1].email,
                        &out.next));
    return reply(r, &out);
}

/* A user as a transaction sees them. */
struct seen {
    struct req *r;
    struct actor actor;
    const char *id, *full_name, *role;
    enum authority_reach reach;
    struct admin_user user;
};

static RESULT see_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct seen *seen = arg;
    const struct user_row *user = NULL;
    TRY(authority_over(c, &seen->actor, seen->id, seen->reach, &user));
    TRY(show(c, seen->actor.tenant_id, user, &seen->user));
    return show_more(c, seen->actor.tenant_id, &seen->user);
}

RESULT get_admin_user(struct req *r)
{
    struct seen seen = { .actor = admin_actor(r), .id = req_param(r, "id") };
    TRY(authority_look(r->c, &seen.actor, see_in, &seen));
    return precondition_reply(r, &seen.user);
}

/* ---- making ---- */

RESULT post_admin_user(struct req *r)
{
    const struct admin_user_new *in = REQ_IN(r, admin_user_new);
    const struct actor actor = admin_actor(r);
    const struct user_row *user = NULL;
    struct admin_user shown;
    TRY(principal_check_giving(r, in->roles, "roles:assign"));
    TRY(people_add(r->c,
                   &(struct people_new){ .email = in->email,
                                         .full_name = in->full_name,
                                         .password = in->password,
                                         .must_change = in->must_change && in->password != NULL,
                                         .unverified = in->unverified,
                                         .roles = in->roles,
                                         .actor = &actor },
                   &user));
    TRY(show(r->c, actor.tenant_id, user, &shown));
    TRY(show_more(r->c, actor.tenant_id, &shown));
    return admin_created(r, text_printf(r->c->arena, "/admin/users/%s", user->id), &shown);
}

/* ---- changing ---- */

static RESULT patch_in(struct ctx *c, struct db *tx, void *arg)
{
    struct seen *seen = arg;
    const struct user_row *user = NULL;
    TRY(see_in(c, tx, seen));
    TRY(precondition_check(c, seen->r, &admin_user_shape, &seen->user));
    TRY(user_find(c, seen->id, &user));
    if (seen->full_name != NULL)
        TRY(people_rename(c, user, seen->full_name, seen->actor.user_id));
    return see_in(c, tx, seen);
}

RESULT patch_admin_user(struct req *r)
{
    struct seen seen = { .r = r,
                         .actor = admin_actor(r),
                         .id = req_param(r, "id"),
                         .full_name = REQ_IN(r, admin_user_patch)->full_name,
                         .reach = AUTHORITY_ACCOUNT };
    TRY(authority_act(r->c, &seen.actor, patch_in, &seen));
    return precondition_reply(r, &seen.user);
}

static RESULT act(struct req *r, enum people_act what)
{
    const struct actor actor = admin_actor(r);
    TRY(people_act(r->c, &actor, req_param(r, "id"), what));
    TRY(ended(r));
    return reply_no_content(r);
}

RESULT delete_admin_user(struct req *r)
{
    return act(r, PEOPLE_ERASE);
}

RESULT post_admin_user_disable(struct req *r)
{
    return act(r, PEOPLE_DISABLE);
}

RESULT post_admin_user_enable(struct req *r)
{
    return act(r, PEOPLE_ENABLE);
}

RESULT post_admin_user_send_reset(struct req *r)
{
    return act(r, PEOPLE_SEND_RESET);
}

RESULT post_admin_user_unlock(struct req *r)
{
    return act(r, PEOPLE_UNLOCK_FACTOR);
}

RESULT delete_admin_user_mfa(struct req *r)
{
    return act(r, PEOPLE_RESET_FACTOR);
}

/* ---- roles ---- */

static RESULT give_in(struct ctx *c, struct db *tx, void *arg)
{
    struct seen *seen = arg;
    TRY(see_in(c, tx, seen));
    TRY(role_assign(c, &(struct role_assignment){ .actor = &seen->actor,
                                                  .tenant_id = seen->actor.tenant_id,
                                                  .user_id = seen->id,
                                                  .role = seen->role }));
    return see_in(c, tx, seen);
}

static RESULT take_in(struct ctx *c, struct db *tx, void *arg)
{
    struct seen *seen = arg;
    TRY(see_in(c, tx, seen));
    TRY(role_unassign(c, &(struct role_assignment){ .actor = &seen->actor,
                                                    .tenant_id = seen->actor.tenant_id,
                                                    .user_id = seen->id,
                                                    .role = seen->role }));
    return see_in(c, tx, seen);
}

static RESULT change_roles(struct req *r, db_unit *change)
{
    struct seen seen = { .actor = admin_actor(r),
                         .id = req_param(r, "id"),
                         .role = req_param(r, "role") };
    TRY(authority_act(r->c, &seen.actor, change, &seen));
    return precondition_reply(r, &seen.user);
}

RESULT put_admin_user_role(struct req *r)
{
    return change_roles(r, give_in);
}

RESULT delete_admin_user_role(struct req *r)
{
    return change_roles(r, take_in);
}
