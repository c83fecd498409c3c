/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_roles.h"

#include "identity/access.h"
#include "identity/role_rules.h"
#include "web/precondition.h"
#include "web/reply.h"

struct admin_role admin_role_of(const struct role_row *role)
{
    return (struct admin_role){ .name = role->name,
                                .description = role->description,
                                .permissions = role->permissions,
                                .builtin = role->builtin,
                                .all_tenants = role->tenant_id == NULL };
}

/* ---- looking ---- */

RESULT get_admin_roles(struct req *r)
{
    struct role_rows rows;
    TRY(roles_in(r->c, r->who.tenant_id, &rows));
    struct admin_role *roles = ARENA_NEWS(r->c->arena, struct admin_role, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        roles[i] = admin_role_of(&rows.at[i]);
    return reply(r, &(struct admin_role_list){ .roles = { roles, rows.n } });
}

/* The role that the tenant means by the name. */
static RESULT find(struct ctx *c, const char *tenant_id, const char *name,
                   const struct role_row **out)
{
    TRY(role_find(c, tenant_id, name, out));
    return *out != NULL ? ok() : fail(c, NOT_FOUND, "tenant %s has no role %s", tenant_id, name);
}

RESULT get_admin_role(struct req *r)
{
    const struct role_row *role = NULL;
    TRY(find(r->c, r->who.tenant_id, req_param(r, "name"), &role));
    const struct admin_role shown = admin_role_of(role);
    return precondition_reply(r, &shown);
}

RESULT get_admin_permissions(struct req *r)
{
    size_t n = 0;
    const struct permission_row *rows = permission_rows(&n);
    struct admin_permission *out = ARENA_NEWS(r->c->arena, struct admin_permission, n);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct admin_permission){ rows[i].text, rows[i].least_role, rows[i].summary };
    return reply(r, &(struct admin_permission_list){ .permissions = { out, n } });
}

/* ---- changing ---- */

struct change {
    struct req *r;
    struct actor actor;
    struct role_definition role;
    struct admin_role shown;
};

static RESULT reload(struct ctx *c, struct change *change)
{
    const struct role_row *role = NULL;
    TRY(find(c, change->actor.tenant_id, change->role.name, &role));
    change->role.tenant_id = role->tenant_id;
    change->shown = admin_role_of(role);
    return ok();
}

static RESULT create_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    const struct role_definition role = change->role;
    TRY(role_create(c, &role));
    TRY(reload(c, change));
    /* As it was: this may run again. */
    change->role = role;
    return ok();
}

RESULT post_admin_role(struct req *r)
{
    const struct admin_role_new *in = REQ_IN(r, admin_role_new);
    struct change change = { .r = r, .actor = admin_actor(r) };
    change.role = (struct role_definition){
        .actor = &change.actor,
        .tenant_id = in->all_tenants ? NULL : r->who.tenant_id,
        .name = in->name,
        .description = in->description == NULL ? "" : in->description,
        .permissions = in->permissions,
    };
    TRY(authority_act(r->c, &change.actor, create_in, &change));
    return admin_created(r, text_printf(r->c->arena, "/admin/roles/%s", in->name), &change.shown);
}

static RESULT put_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(reload(c, change));
    TRY(precondition_check(c, change->r, &admin_role_shape, &change->shown));
    TRY(role_change(c, &change->role));
    return reload(c, change);
}

RESULT put_admin_role(struct req *r)
{
    const struct admin_role_put *in = REQ_IN(r, admin_role_put);
    struct change change = { .r = r, .actor = admin_actor(r) };
    change.role =
        (struct role_definition){ .actor = &change.actor,
                                  .name = req_param(r, "name"),
                                  .description = in->description == NULL ? "" : in->description,
                                  .permissions = in->permissions };
    TRY(authority_act(r->c, &change.actor, put_in, &change));
    return precondition_reply(r, &change.shown);
}

static RESULT delete_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(reload(c, change));
    TRY(precondition_check(c, change->r, &admin_role_shape, &change->shown));
    return role_delete(c, &change->actor, change->role.tenant_id, change->role.name);
}

RESULT delete_admin_role(struct req *r)
{
    struct change change = { .r = r,
                             .actor = admin_actor(r),
                             .role = { .name = req_param(r, "name") } };
    TRY(authority_act(r->c, &change.actor, delete_in, &change));
    return reply_no_content(r);
}
