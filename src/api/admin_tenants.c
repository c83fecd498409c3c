/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_tenants.h"

#include "base/codec.h"
#include "identity/tenancy.h"
#include "web/ended.h"
#include "web/precondition.h"
#include "web/reply.h"
#include "web/tenant_brand.h"

struct admin_tenant admin_tenant_of(struct arena *a, const struct tenant_row *tenant)
{
    return (struct admin_tenant){ .id = tenant->id,
                                  .slug = tenant->slug,
                                  .name = tenant->name,
                                  .status = tenant->status == TENANT_ACTIVE ? "active" : "disabled",
                                  .require_mfa = tenant->require_mfa,
                                  .refuse_device_grant = tenant->refuse_device_grant,
                                  .allowed_domains = tenant->allowed_domains,
                                  .accent = tenant->accent,
                                  .logo = tenant_logo_path(a, tenant->logo),
                                  .created_at = tenant->created_at,
                                  .updated_at = tenant->updated_at };
}

/* ---- looking ---- */

static RESULT find_rows(struct ctx *c, const char *slug, struct page page, struct tenant_rows *out)
{
    const struct tenant_row *one = NULL;
    if (slug == NULL)
        return tenants_page(c, page, out);
    TRY(tenant_find_slug(c, slug, &one));
    *out = (struct tenant_rows){ one, one == NULL ? 0 : 1 };
    return ok();
}

RESULT get_admin_tenants(struct req *r)
{
    const struct admin_tenant_query *query = r->in;
    struct page page;
    struct tenant_rows rows;
    struct admin_tenant_list out = { 0 };
    TRY(cursor_page(r, query->after, query->limit, &page));
    TRY(find_rows(r->c, query->slug, page, &rows));
    struct admin_tenant *tenants = ARENA_NEWS(r->c->arena, struct admin_tenant, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        tenants[i] = admin_tenant_of(r->c->arena, &rows.at[i]);
    out.tenants = (struct items){ tenants, rows.n };
    if (rows.n > 0 && query->slug == NULL)
        TRY(cursor_next(r, &page, rows.n, rows.at[rows.n - 1].id, &out.next));
    return reply(r, &out);
}

/* A tenant on its way through a transaction. */
struct change {
    struct req *r;
    struct actor actor;
    struct tenant_row tenant;
    enum tenant_status status;
    struct bytes picture;
    const struct tenant_row *out;
};

/* The actor acts over the tenant of the path. */
static struct change change_of(struct req *r)
{
    struct change change = { .r = r, .actor = admin_actor(r) };
    change.actor.over = req_param(r, "id");
    change.tenant.id = change.actor.over;
    return change;
}

static RESULT find_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(tenant_find(c, change->tenant.id, &change->out));
    return change->out != NULL ? ok()
                               : fail(c, NOT_FOUND, "there is no tenant %s", change->tenant.id);
}

RESULT get_admin_tenant(struct req *r)
{
    struct change change = change_of(r);
    TRY(authority_look(r->c, &change.actor, find_in, &change));
    const struct admin_tenant shown = admin_tenant_of(r->c->arena, change.out);
    return precondition_reply(r, &shown);
}

/* ---- making and changing ---- */

static void take_fields(const struct admin_tenant_put *in, struct tenant_row *out)
{
    out->slug = in->slug;
    out->name = in->name;
    out->require_mfa = in->require_mfa;
    out->refuse_device_grant = in->refuse_device_grant;
    out->allowed_domains = in->allowed_domains;
    out->accent = in->accent;
}

static RESULT create_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    return tenancy_create(c, &change->actor, &change->tenant, &change->out);
}

RESULT post_admin_tenant(struct req *r)
{
    struct change change = { .r = r, .actor = admin_actor(r) };
    take_fields(r->in, &change.tenant);
    TRY(authority_act(r->c, &change.actor, create_in, &change));
    const struct admin_tenant shown = admin_tenant_of(r->c->arena, change.out);
    return admin_created(r, text_printf(r->c->arena, "/admin/tenants/%s", shown.id), &shown);
}

static RESULT put_in(struct ctx *c, struct db *tx, void *arg)
{
    struct change *change = arg;
    TRY(find_in(c, tx, change));
    const struct admin_tenant before = admin_tenant_of(c->arena, change->out);
    TRY(precondition_check(c, change->r, &admin_tenant_shape, &before));
    return tenancy_update(c, &change->actor, &change->tenant, &change->out);
}

RESULT put_admin_tenant(struct req *r)
{
    struct change change = change_of(r);
    take_fields(r->in, &change.tenant);
    TRY(authority_act(r->c, &change.actor, put_in, &change));
    const struct admin_tenant shown = admin_tenant_of(r->c->arena, change.out);
    return precondition_reply(r, &shown);
}

/* ---- the picture ---- */

static RESULT set_logo_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    return tenancy_set_logo(c, &change->actor, change->tenant.id, change->picture, &change->out);
}

RESULT put_admin_tenant_logo(struct req *r)
{
    struct change change = change_of(r);
    struct bytes text = bytes_of(REQ_IN(r, admin_logo_put)->picture);
    if (!base64_decode(r->c->arena, text, true, &change.picture) || change.picture.n == 0)
        return fail_field(r->c, INVALID_FIELD, "picture", "This is a picture in base64.");
    TRY(authority_act(r->c, &change.actor, set_logo_in, &change));
    const struct admin_tenant shown = admin_tenant_of(r->c->arena, change.out);
    return precondition_reply(r, &shown);
}

RESULT delete_admin_tenant_logo(struct req *r)
{
    struct change change = change_of(r);
    TRY(authority_act(r->c, &change.actor, set_logo_in, &change));
    return reply_no_content(r);
}

/* ---- ending ---- */

static RESULT set_status_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    return tenancy_set_status(c, &change->actor, change->tenant.id, change->status);
}

static RESULT set_status(struct req *r, enum tenant_status status)
{
    struct change change = change_of(r);
    change.status = status;
    TRY(authority_act(r->c, &change.actor, set_status_in, &change));
    TRY(ended(r));
    return reply_no_content(r);
}

RESULT post_admin_tenant_disable(struct req *r)
{
    return set_status(r, TENANT_DISABLED);
}

RESULT post_admin_tenant_enable(struct req *r)
{
    return set_status(r, TENANT_ACTIVE);
}

static RESULT delete_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    return tenancy_delete(c, &change->actor, change->tenant.id);
}

RESULT delete_admin_tenant(struct req *r)
{
    struct change change = change_of(r);
    TRY(authority_act(r->c, &change.actor, delete_in, &change));
    return reply_no_content(r);
}
