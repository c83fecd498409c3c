/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

static const char *key(struct arena *a, const void *thing)
{
    const struct realm_tenant *tenant = thing;
    return realm_place(a, NULL, tenant->slug);
}

/* As settings are once nothing is cleared; NULL if none is set. */
static const void *plain(struct arena *a, const struct tenant_settings *settings)
{
    struct tenant_settings *out = ARENA_NEW(a, struct tenant_settings);
    if (settings != NULL)
        tenant_settings_change(out, settings);
    return tenant_settings_write(a, out) == NULL ? NULL : out;
}

static RESULT read_settings(struct ctx *c, const char *json, const void **out)
{
    struct tenant_settings settings;
    TRY(tenant_settings_read(c, json, &settings));
    *out = plain(c->arena, &settings);
    return ok();
}

static RESULT now(struct ctx *c, struct realm_things *out)
{
    struct realm_list list = { .arena = c->arena };
    struct tenant_rows rows;
    TRY(realm_tenants(c, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        struct realm_tenant *tenant = ARENA_NEW(c->arena, struct realm_tenant);
        *tenant = (struct realm_tenant){
            .slug = rows.at[i].slug,
            .name = rows.at[i].name,
            .status = rows.at[i].status == TENANT_ACTIVE ? "active" : "disabled",
            .accent = rows.at[i].accent,
            .require_mfa = rows.at[i].require_mfa,
            .refuse_device_grant = rows.at[i].refuse_device_grant,
            .allowed_domains = rows.at[i].allowed_domains,
        };
        TRY(read_settings(c, rows.at[i].settings, &tenant->settings));
        realm_list_add(&list, tenant);
    }
    *out = (struct realm_things){ list.at, list.n };
    return ok();
}

static RESULT complete(struct ctx *c, void *thing)
{
    struct realm_tenant *tenant = thing;
    if (tenant->name == NULL)
        tenant->name = tenant->slug;
    tenant->settings = plain(c->arena, tenant->settings);
    return realm_status(c, &tenant->status);
}

static struct tenant_row row_of(const struct realm_tenant *tenant, const char *id)
{
    return (struct tenant_row){ .id = id,
                                .slug = tenant->slug,
                                .name = tenant->name,
                                .accent = tenant->accent,
                                .require_mfa = tenant->require_mfa,
                                .refuse_device_grant = tenant->refuse_device_grant,
                                .allowed_domains = tenant->allowed_domains };
}

static RESULT set_status(struct ctx *c, const char *id, const char *status)
{
    return tenancy_set_status(c, NULL, id,
                              realm_is_active(status) ? TENANT_ACTIVE : TENANT_DISABLED);
}

static RESULT put_settings(struct ctx *c, const char *id, const struct realm_tenant *tenant)
{
    static const struct tenant_settings none = { 0 };
    const struct tenant_row *made = NULL;
    return tenancy_put_settings(c, NULL, id, tenant->settings == NULL ? &none : tenant->settings,
                                &made);
}

static RESULT add(struct ctx *c, const struct realm_work *work, const char **shown)
{
    const struct realm_tenant *tenant = work->wanted;
    const struct tenant_row row = row_of(tenant, NULL);
    const struct tenant_row *made = NULL;
    (void)shown;
    TRY(tenancy_create(c, NULL, &row, &made));
    if (tenant->settings != NULL)
        TRY(put_settings(c, made->id, tenant));
    return realm_is_active(tenant->status) ? ok() : set_status(c, made->id, tenant->status);
}

static RESULT change(struct ctx *c, const struct realm_work *work, const char **shown)
{
    const struct realm_tenant *was = work->now;
    const struct realm_tenant *tenant = work->wanted;
    const struct tenant_row *made = NULL;
    const char *id = NULL;
    (void)shown;
    TRY(realm_tenant_id(c, tenant->slug, &id));
    const struct tenant_row row = row_of(tenant, id);
    TRY(tenancy_update(c, NULL, &row, &made));
    if (was->settings != NULL || tenant->settings != NULL)
        TRY(put_settings(c, id, tenant));
    return text_equal(was->status, tenant->status) ? ok() : set_status(c, id, tenant->status);
}

/* What is pruned is gone: it is suspended first, so that its sessions and tokens end. */
static RESULT take_away(struct ctx *c, const struct realm_work *work)
{
    const struct realm_tenant *tenant = work->now;
    const char *id = NULL;
    TRY(realm_tenant_id(c, tenant->slug, &id));
    TRY(tenancy_set_status(c, NULL, id, TENANT_DISABLED));
    return tenancy_delete(c, NULL, id);
}

const struct realm_kind realm_kind_tenant = {
    .name = "tenant",
    .list = "tenants",
    .summary = "Tenants, by slug",
    .shape = &realm_tenant_shape,
    .key = key,
    .now = now,
    .complete = complete,
    .add = add,
    .change = change,
    .remove = take_away,
};
