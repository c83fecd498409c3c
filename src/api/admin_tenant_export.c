/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_tenant_export.h"

#include "identity/tenancy.h"
#include "web/reply.h"

#include <string.h>

/* ---- the lists ---- */

/* What was found of a list, and the id of its last entry. */
struct found {
    struct items items;
    const char *last;
};

static RESULT read_members(struct ctx *c, const char *tenant_id, struct page page,
                           struct found *out)
{
    const struct member_filter filter = { .tenant_id = tenant_id };
    struct user_rows rows;
    TRY(users_of_tenant(c, &filter, page, &rows));
    struct admin_member *shown = ARENA_NEWS(c->arena, struct admin_member, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        TRY(admin_member_of(c, tenant_id, &rows.at[i], &shown[i]));
    *out = (struct found){ { shown, rows.n }, rows.n == 0 ? NULL : shown[rows.n - 1].user_id };
    return ok();
}

static RESULT read_clients(struct ctx *c, const char *tenant_id, struct page page,
                           struct found *out)
{
    struct client_rows rows;
    TRY(clients_of_tenant(c, tenant_id, false, page, &rows));
    struct admin_client *shown = ARENA_NEWS(c->arena, struct admin_client, rows.n);
    struct client_made *made = ARENA_NEWS(c->arena, struct client_made, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        made[i].row = &rows.at[i];
        TRY(client_metadata_load(c, rows.at[i].metadata, &made[i].metadata));
        shown[i] = admin_client_shown(&made[i]);
    }
    *out = (struct found){ { shown, rows.n }, rows.n == 0 ? NULL : shown[rows.n - 1].client_id };
    return ok();
}

static RESULT read_invitations(struct ctx *c, const char *tenant_id, struct page page,
                               struct found *out)
{
    struct invitation_rows rows;
    TRY(invitations_page(c, tenant_id, page, &rows));
    struct admin_invitation *shown = ARENA_NEWS(c->arena, struct admin_invitation, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        shown[i] = admin_invitation_of(&rows.at[i]);
    *out = (struct found){ { shown, rows.n }, rows.n == 0 ? NULL : shown[rows.n - 1].id };
    return ok();
}

static RESULT read_api_keys(struct ctx *c, const char *tenant_id, struct page page,
                            struct found *out)
{
    struct api_key_rows rows;
    TRY(api_keys_page(c, tenant_id, page, &rows));
    struct admin_api_key *shown = ARENA_NEWS(c->arena, struct admin_api_key, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        shown[i] = admin_api_key_of(&rows.at[i], NULL);
    *out = (struct found){ { shown, rows.n }, rows.n == 0 ? NULL : shown[rows.n - 1].id };
    return ok();
}

/* In the order of the pages. */
static const struct list {
    RESULT (*read)(struct ctx *c, const char *tenant_id, struct page page, struct found *out);
    size_t offset;
} lists[] = {
    { read_members, offsetof(struct admin_tenant_export, members) },
    { read_clients, offsetof(struct admin_tenant_export, clients) },
    { read_invitations, offsetof(struct admin_tenant_export, invitations) },
    { read_api_keys, offsetof(struct admin_tenant_export, api_keys) },
};
enum { LISTS = sizeof lists / sizeof lists[0] };

/* ---- a page ---- */

static RESULT read_tenant(struct ctx *c, const char *id, struct admin_tenant_export *out)
{
    const struct tenant_row *row = NULL;
    struct admin_tenant *tenant = ARENA_NEW(c->arena, struct admin_tenant);
    struct tenant_settings *settings = ARENA_NEW(c->arena, struct tenant_settings);
    TRY(tenant_find(c, id, &row));
    if (row == NULL)
        return fail(c, NOT_FOUND, "there is no tenant %s", id);
    *tenant = admin_tenant_of(c->arena, row);
    TRY(tenant_settings_read(c, row->settings, settings));
    out->tenant = tenant;
    out->settings = settings;
    return ok();
}

static RESULT read_roles(struct ctx *c, const char *tenant_id, struct items *out)
{
    struct role_rows rows;
    size_t n = 0;
    TRY(roles_in(c, tenant_id, &rows));
    struct admin_role *roles = ARENA_NEWS(c->arena, struct admin_role, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        if (rows.at[i].tenant_id != NULL)
            roles[n++] = admin_role_of(&rows.at[i]);
    *out = (struct items){ roles, n };
    return ok();
}

/* A place is "1/ID": which list, and its entry before; the first is NULL. */
static RESULT read_place(struct ctx *c, const char **after, size_t *list)
{
    *list = 0;
    if (*after == NULL)
        return ok();
    if ((*after)[0] < '0' || (*after)[0] >= '0' + LISTS || (*after)[1] != '/')
        return fail_field(c, INVALID_FIELD, "after", "This is not the next of a page.");
    *list = (size_t)((*after)[0] - '0');
    *after += 2;
    return ok();
}

RESULT admin_tenant_export_page(struct ctx *c, const char *tenant_id, struct page page,
                                struct admin_tenant_export *out)
{
    struct admin_tenant_export made = { 0 };
    size_t first = 0;
    TRY(read_place(c, &page.after, &first));
    TRY(read_tenant(c, tenant_id, &made));
    TRY(read_roles(c, tenant_id, &made.roles));
    for (size_t i = first; i < LISTS && made.next == NULL; i++) {
        struct found found;
        TRY(lists[i].read(c, tenant_id, page, &found));
        memcpy((uint8_t *)&made + lists[i].offset, &found.items, sizeof found.items);
        page.limit -= (int64_t)found.items.n;
        page.after = NULL;
        if (page.limit == 0)
            made.next = text_printf(c->arena, "%zu/%s", i, found.last);
    }
    *out = made;
    return ok();
}

/* ---- over HTTP ---- */

struct work {
    struct actor actor; /* over the tenant of the path */
    struct page page;
    struct admin_tenant_export out;
};

static RESULT export_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct work *work = arg;
    TRY(admin_tenant_export_page(c, work->actor.over, work->page, &work->out));
    return tenancy_note_export(c, &work->actor, work->actor.over);
}

RESULT get_admin_tenant_export(struct req *r)
{
    const struct admin_page_query *query = r->in;
    struct work work = { .actor = admin_actor(r) };
    work.actor.over = req_param(r, "id");
    TRY(cursor_page(r, query->after, query->limit, &work.page));
    TRY(authority_act(r->c, &work.actor, export_in, &work));
    const char *place = work.out.next;
    if (place != NULL)
        TRY(cursor_next(r, &work.page, (size_t)work.page.limit, place, &work.out.next));
    return reply(r, &work.out);
}
