/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_resources.h"

#include "oauth/resource_change.h"
#include "web/reply.h"

static struct admin_resource show(const struct resource_row *row)
{
    const char *metadata = row->metadata == NULL ? "{}" : row->metadata;
    return (struct admin_resource){ .resource = row->uri,
                                    .resource_name = row->name,
                                    .scopes_supported = row->scopes,
                                    .metadata = bytes_of(metadata) };
}

RESULT get_admin_resources(struct req *r)
{
    const struct admin_page_query *query = r->in;
    struct page page;
    struct resource_rows rows;
    struct admin_resource_list out = { 0 };
    TRY(cursor_page(r, query->after, query->limit, &page));
    TRY(resources_page(r->c, page, &rows));
    struct admin_resource *shown = ARENA_NEWS(r->c->arena, struct admin_resource, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        shown[i] = show(&rows.at[i]);
    out.resources = (struct items){ shown, rows.n };
    if (rows.n > 0)
        TRY(cursor_next(r, &page, rows.n, rows.at[rows.n - 1].uri, &out.next));
    return reply(r, &out);
}

static RESULT set_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    return resource_register(c, arg);
}

RESULT put_admin_resource(struct req *r)
{
    const struct admin_resource *in = REQ_IN(r, admin_resource);
    const struct actor actor = admin_actor(r);
    struct resource_row row = { .uri = in->resource,
                                .name =
                                    in->resource_name == NULL ? in->resource : in->resource_name,
                                .scopes = in->scopes_supported };
    if (in->metadata.n > 0)
        row.metadata = text_copy(r->c->arena, (const char *)in->metadata.at, in->metadata.n);
    TRY(authority_act(r->c, &actor, set_in, &row));
    const struct admin_resource shown = show(&row);
    return reply(r, &shown);
}

static RESULT remove_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct admin_resource_named *in = arg;
    return resource_unregister(c, in->resource);
}

RESULT delete_admin_resource(struct req *r)
{
    struct admin_resource_named in = *REQ_IN(r, admin_resource_named);
    const struct actor actor = admin_actor(r);
    TRY(authority_act(r->c, &actor, remove_in, &in));
    return reply_no_content(r);
}
