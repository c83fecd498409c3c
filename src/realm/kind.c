/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

#include "store/tenants.h"

#include <stdlib.h>
#include <string.h>

/* Who is referred to stands before who refers. */
static const struct realm_kind *const kinds[] = {
    &realm_kind_tenant,   &realm_kind_role,   &realm_kind_resource,
    &realm_kind_provider, &realm_kind_client, &realm_kind_member,
};

const struct realm_kind *const *realm_kinds(size_t *n)
{
    *n = sizeof kinds / sizeof kinds[0];
    return kinds;
}

const char *realm_place(struct arena *a, const char *tenant, const char *name)
{
    return tenant == NULL ? text_printf(a, "%s", name) : text_printf(a, "%s/%s", tenant, name);
}

RESULT realm_tenant_id(struct ctx *c, const char *slug, const char **id)
{
    const struct tenant_row *tenant = NULL;
    *id = NULL;
    if (slug == NULL)
        return ok();
    TRY(tenant_find_slug(c, slug, &tenant));
    if (tenant == NULL)
        return fail_field(c, INVALID_FIELD, "tenant", "There is no such tenant.");
    *id = tenant->id;
    return ok();
}

RESULT realm_tenants(struct ctx *c, struct tenant_rows *out)
{
    struct page page = { .limit = PAGE_MAX };
    struct tenant_rows rows = { NULL, PAGE_MAX };
    struct tenant_row *all = NULL;
    size_t n = 0;
    while (rows.n == PAGE_MAX) {
        TRY(tenants_page(c, page, &rows));
        struct tenant_row *more = ARENA_NEWS(c->arena, struct tenant_row, n + rows.n);
        if (n > 0)
            memcpy(more, all, n * sizeof *all);
        for (size_t i = 0; i < rows.n; i++)
            more[n + i] = rows.at[i];
        all = more;
        n += rows.n;
        page.after = n == 0 ? NULL : all[n - 1].id;
    }
    *out = (struct tenant_rows){ all, n };
    return ok();
}

RESULT realm_by_tenant(struct ctx *c, realm_add_tenant *add, struct realm_things *out)
{
    struct realm_list list = { .arena = c->arena };
    struct tenant_rows tenants;
    TRY(realm_tenants(c, &tenants));
    for (size_t i = 0; i < tenants.n; i++)
        TRY(add(c, &tenants.at[i], &list));
    *out = (struct realm_things){ list.at, list.n };
    return ok();
}

const char *realm_slug(const struct tenant_rows *tenants, const char *id)
{
    for (size_t i = 0; i < tenants->n; i++)
        if (text_equal(tenants->at[i].id, id))
            return tenants->at[i].slug;
    return NULL;
}

bool realm_is_active(const char *status)
{
    return text_equal(status, "active");
}

RESULT realm_status(struct ctx *c, const char **status)
{
    if (*status == NULL)
        *status = "active";
    if (realm_is_active(*status) || text_equal(*status, "disabled"))
        return ok();
    return fail_field(c, INVALID_FIELD, "status", "This is active or disabled.");
}

void realm_list_add(struct realm_list *list, void *thing)
{
    if (list->n == list->room) {
        size_t room = list->room == 0 ? 64 : list->room * 2;
        void **more = ARENA_NEWS(list->arena, void *, room);
        if (list->n > 0)
            memcpy(more, list->at, list->n * sizeof *more);
        list->at = more;
        list->room = room;
    }
    list->at[list->n++] = thing;
}

/* ---- in the order of their keys ---- */

struct keyed {
    const char *key;
    void *thing;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *left = a;
    const struct keyed *right = b;
    return strcmp(left->key, right->key);
}

RESULT realm_now(struct ctx *c, const struct realm_kind *kind, struct realm_things *out)
{
    struct realm_things things;
    TRY(kind->now(c, &things));
    struct keyed *all = ARENA_NEWS(c->arena, struct keyed, things.n);
    void **at = ARENA_NEWS(c->arena, void *, things.n);
    for (size_t i = 0; i < things.n; i++)
        all[i] = (struct keyed){ kind->key(c->arena, things.at[i]), things.at[i] };
    if (things.n > 0)
        qsort(all, things.n, sizeof *all, by_key);
    for (size_t i = 0; i < things.n; i++)
        at[i] = all[i].thing;
    *out = (struct realm_things){ at, things.n };
    return ctx_check_memory(c);
}
