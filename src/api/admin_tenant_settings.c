/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tenant asks for beyond the service.
 */
#include "api/admin_tenants.h"
#include "identity/tenancy.h"
#include "web/precondition.h"

struct work {
    struct req *r;
    struct actor actor; /* over the tenant of the path */
    const struct tenant_row *tenant;
    struct tenant_settings set;
    struct admin_tenant_settings shown;
};

static struct work work_of(struct req *r)
{
    struct work work = { .r = r, .actor = admin_actor(r) };
    work.actor.over = req_param(r, "id");
    return work;
}

static RESULT show(struct ctx *c, struct work *work)
{
    const struct tenant_settings *effective = NULL;
    TRY(tenant_settings_read(c, work->tenant->settings, &work->set));
    TRY(tenant_policy(c, work->tenant->settings, &effective));
    work->shown = (struct admin_tenant_settings){ &work->set, effective };
    return ok();
}

static RESULT find_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct work *work = arg;
    TRY(tenant_find(c, work->actor.over, &work->tenant));
    if (work->tenant == NULL)
        return fail(c, NOT_FOUND, "there is no tenant %s", work->actor.over);
    return show(c, work);
}

RESULT get_admin_tenant_settings(struct req *r)
{
    struct work work = work_of(r);
    TRY(authority_look(r->c, &work.actor, find_in, &work));
    return precondition_reply(r, &work.shown);
}

static RESULT patch_in(struct ctx *c, struct db *tx, void *arg)
{
    struct work *work = arg;
    TRY(find_in(c, tx, work));
    TRY(precondition_check(c, work->r, &admin_tenant_settings_shape, &work->shown));
    TRY(tenancy_change_settings(c, &work->actor, work->actor.over, work->r->in, &work->tenant));
    return show(c, work);
}

RESULT patch_admin_tenant_settings(struct req *r)
{
    struct work work = work_of(r);
    TRY(authority_act(r->c, &work.actor, patch_in, &work));
    return precondition_reply(r, &work.shown);
}
