/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

static const char *key(struct arena *a, const void *thing)
{
    const struct realm_role *role = thing;
    return realm_place(a, role->tenant, role->name);
}

static void add_row(struct realm_list *list, const struct role_row *row, const char *tenant)
{
    struct realm_role *role = ARENA_NEW(list->arena, struct realm_role);
    *role = (struct realm_role){ .tenant = tenant,
                                 .name = row->name,
                                 .description = row->description,
                                 .permissions = row->permissions };
    realm_list_add(list, role);
}

/* The roles of one tenant; with the default one come those of all. */
static RESULT add_tenant(struct ctx *c, const struct tenant_row *tenant, struct realm_list *list)
{
    struct role_rows rows;
    bool of_all = text_equal(tenant->id, TENANT_DEFAULT_ID);
    TRY(roles_in(c, tenant->id, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        const struct role_row *row = &rows.at[i];
        if (!row->builtin && (row->tenant_id != NULL || of_all))
            add_row(list, row, row->tenant_id == NULL ? NULL : tenant->slug);
    }
    return ok();
}

static RESULT now(struct ctx *c, struct realm_things *out)
{
    return realm_by_tenant(c, add_tenant, out);
}

static RESULT complete(struct ctx *c, void *thing)
{
    struct realm_role *role = thing;
    (void)c;
    if (role->description == NULL)
        role->description = "";
    texts_sort(role->permissions);
    return ok();
}

static RESULT definition(struct ctx *c, const struct realm_role *role, struct role_definition *out)
{
    *out = (struct role_definition){ .name = role->name,
                                     .description = role->description,
                                     .permissions = role->permissions };
    return realm_tenant_id(c, role->tenant, &out->tenant_id);
}

static RESULT add(struct ctx *c, const struct realm_work *work, const char **shown)
{
    struct role_definition role;
    (void)shown;
    TRY(definition(c, work->wanted, &role));
    return role_create(c, &role);
}

static RESULT change(struct ctx *c, const struct realm_work *work, const char **shown)
{
    struct role_definition role;
    (void)shown;
    TRY(definition(c, work->wanted, &role));
    return role_change(c, &role);
}

static RESULT take_away(struct ctx *c, const struct realm_work *work)
{
    struct role_definition role;
    TRY(definition(c, work->now, &role));
    return role_delete(c, NULL, role.tenant_id, role.name);
}

const struct realm_kind realm_kind_role = {
    .name = "role",
    .list = "roles",
    .summary = "Roles beside those that are built in, by tenant and name",
    .shape = &realm_role_shape,
    .key = key,
    .now = now,
    .complete = complete,
    .add = add,
    .change = change,
    .remove = take_away,
};
