/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

#include "oauth/resource_change.h"

static const char *key(struct arena *a, const void *thing)
{
    const struct realm_resource *resource = thing;
    return realm_place(a, NULL, resource->resource);
}

static RESULT now(struct ctx *c, struct realm_things *out)
{
    struct realm_list list = { .arena = c->arena };
    struct page page = { .limit = PAGE_MAX };
    struct resource_rows rows = { NULL, PAGE_MAX };
    while (rows.n == PAGE_MAX) {
        TRY(resources_page(c, page, &rows));
        for (size_t i = 0; i < rows.n; i++) {
            struct realm_resource *resource = ARENA_NEW(c->arena, struct realm_resource);
            const char *metadata = rows.at[i].metadata == NULL ? "{}" : rows.at[i].metadata;
            *resource = (struct realm_resource){ .resource = rows.at[i].uri,
                                                 .resource_name = rows.at[i].name,
                                                 .scopes_supported = rows.at[i].scopes,
                                                 .metadata = bytes_of(metadata) };
            realm_list_add(&list, resource);
            page.after = rows.at[i].uri;
        }
    }
    *out = (struct realm_things){ list.at, list.n };
    return ok();
}

static RESULT complete(struct ctx *c, void *thing)
{
    struct realm_resource *resource = thing;
    (void)c;
    if (resource->resource_name == NULL)
        resource->resource_name = resource->resource;
    if (resource->metadata.n == 0)
        resource->metadata = bytes_of("{}");
    return ok();
}

static RESULT add(struct ctx *c, const struct realm_work *work, const char **shown)
{
    const struct realm_resource *resource = work->wanted;
    (void)shown;
    struct bytes json = resource->metadata;
    return resource_register(
        c,
        &(struct resource_row){ .uri = resource->resource,
                                .name = resource->resource_name,
                                .scopes = resource->scopes_supported,
                                .metadata = text_copy(c->arena, (const char *)json.at, json.n) });
}

static RESULT change(struct ctx *c, const struct realm_work *work, const char **shown)
{
    return add(c, work, shown);
}

static RESULT take_away(struct ctx *c, const struct realm_work *work)
{
    const struct realm_resource *resource = work->now;
    return resource_unregister(c, resource->resource);
}

const struct realm_kind realm_kind_resource = {
    .name = "resource",
    .list = "resources",
    .summary = "APIs that tokens may be for, by URI",
    .shape = &realm_resource_shape,
    .key = key,
    .now = now,
    .complete = complete,
    .add = add,
    .change = change,
    .remove = take_away,
};
