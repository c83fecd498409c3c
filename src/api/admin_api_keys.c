/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_api_keys.h"

#include "identity/api_key.h"
#include "web/precondition.h"
#include "web/reply.h"

struct admin_api_key admin_api_key_of(const struct api_key_row *row, const char *key)
{
    return (struct admin_api_key){ .id = row->id,
                                   .name = row->name,
                                   .user_id = row->user_id,
                                   .permissions = row->permissions,
                                   .created_at = row->created_at,
                                   .expires_at = row->expires_at,
                                   .last_used_at = row->last_used_at,
                                   .key = key };
}

/* ---- looking ---- */

RESULT get_admin_api_keys(struct req *r)
{
    const struct admin_page_query *query = r->in;
    struct page page;
    struct api_key_rows rows;
    struct admin_api_key_list out = { 0 };
    TRY(cursor_page(r, query->after, query->limit, &page));
    TRY(api_keys_page(r->c, r->who.tenant_id, page, &rows));
    struct admin_api_key *keys = ARENA_NEWS(r->c->arena, struct admin_api_key, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        keys[i] = admin_api_key_of(&rows.at[i], NULL);
    out.api_keys = (struct items){ keys, rows.n };
    if (rows.n > 0)
        TRY(cursor_next(r, &page, rows.n, rows.at[rows.n - 1].id, &out.next));
    return reply(r, &out);
}

/* One key on its way through a transaction. */
struct change {
    struct req *r;
    struct actor actor;
    const char *id;
    struct api_key_made made;
};

static RESULT find_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    return api_key_load(c, change->actor.tenant_id, change->id, &change->made.row);
}

static struct change change_of(struct req *r)
{
    return (struct change){ .r = r, .actor = admin_actor(r), .id = req_param(r, "id") };
}

RESULT get_admin_api_key(struct req *r)
{
    struct change change = change_of(r);
    TRY(authority_look(r->c, &change.actor, find_in, &change));
    const struct admin_api_key shown = admin_api_key_of(change.made.row, NULL);
    return precondition_reply(r, &shown);
}

/* ---- making and ending ---- */

static RESULT create_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    const struct admin_api_key_new *in = REQ_IN(change->r, admin_api_key_new);
    const struct api_key_new key = { .maker = &change->actor,
                                     .name = in->name,
                                     .permissions = in->permissions,
                                     .expires_at = in->expires_at };
    return api_key_create(c, &key, &change->made);
}

RESULT post_admin_api_key(struct req *r)
{
    struct change change = { .r = r, .actor = admin_actor(r) };
    TRY(authority_act(r->c, &change.actor, create_in, &change));
    const struct admin_api_key shown = admin_api_key_of(change.made.row, change.made.key);
    return admin_created(r, text_printf(r->c->arena, "/admin/api-keys/%s", shown.id), &shown);
}

static RESULT delete_in(struct ctx *c, struct db *tx, void *arg)
{
    struct change *change = arg;
    TRY(find_in(c, tx, change));
    const struct admin_api_key before = admin_api_key_of(change->made.row, NULL);
    TRY(precondition_check(c, change->r, &admin_api_key_shape, &before));
    return api_key_revoke(c, &change->actor, change->actor.tenant_id, change->id);
}

RESULT delete_admin_api_key(struct req *r)
{
    struct change change = change_of(r);
    TRY(authority_act(r->c, &change.actor, delete_in, &change));
    return reply_no_content(r);
}
