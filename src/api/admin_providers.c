/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_providers.h"

#include "federation/provider_test.h"
#include "web/door.h"
#include "web/precondition.h"
#include "web/reply.h"

static struct admin_provider show(struct req *r, const struct provider_made *made)
{
    const struct provider_row *row = made->row;
    return (struct admin_provider){
        .id = row->id,
        .kind = row->kind,
        .name = row->name,
        .status = row->disabled ? "disabled" : "active",
        .callback = provider_callback(r->c->arena, r->door->public_url, row->id),
        .urls_named_by = provider_named_by(row),
        .has_secret = row->sealed != NULL,
        .created_at = row->created_at,
        .updated_at = row->updated_at,
        .metadata = &made->metadata,
    };
}

/* ---- looking ---- */

RESULT get_admin_providers(struct req *r)
{
    const struct admin_page_query *query = r->in;
    struct page page;
    struct provider_rows rows;
    struct admin_provider_list out = { 0 };
    TRY(cursor_page(r, query->after, query->limit, &page));
    TRY(provider_rows_page(r->c, page, &rows));
    struct admin_provider *shown = ARENA_NEWS(r->c->arena, struct admin_provider, rows.n);
    struct provider_made *made = ARENA_NEWS(r->c->arena, struct provider_made, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        made[i].row = &rows.at[i];
        TRY(provider_metadata_load(r->c, rows.at[i].metadata, &made[i].metadata));
        shown[i] = show(r, &made[i]);
    }
    out.providers = (struct items){ shown, rows.n };
    if (rows.n > 0)
        TRY(cursor_next(r, &page, rows.n, rows.at[rows.n - 1].id, &out.next));
    return reply(r, &out);
}

RESULT get_admin_provider(struct req *r)
{
    struct provider_made made;
    TRY(provider_read(r->c, req_param(r, "id"), &made));
    const struct admin_provider shown = show(r, &made);
    return precondition_reply(r, &shown);
}

/* ---- changing ---- */

struct change {
    struct req *r;
    struct actor actor;
    struct provider_wanted wanted;
    struct provider_made made;
};

static struct change change_of(struct req *r)
{
    struct change change = { .r = r, .actor = admin_actor(r) };
    change.wanted.actor_id = change.actor.user_id;
    return change;
}

static RESULT check_power(struct ctx *c, const struct change *change)
{
    return authority_to_give(c, &change->actor, text_split(c->arena, "admin:*", ' '));
}

static RESULT create_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(check_power(c, change));
    return provider_create(c, &change->wanted, &change->made);
}

RESULT post_admin_provider(struct req *r)
{
    const struct admin_provider_new *in = REQ_IN(r, admin_provider_new);
    struct change change = change_of(r);
    change.wanted.id = in->id;
    change.wanted.kind = in->kind;
    change.wanted.name = in->name;
    change.wanted.disabled = in->disabled;
    change.wanted.secret = in->client_secret;
    change.wanted.metadata = *(const struct provider_metadata *)in->metadata;
    TRY(authority_act(r->c, &change.actor, create_in, &change));
    const struct admin_provider shown = show(r, &change.made);
    return admin_created(r, text_printf(r->c->arena, "/admin/providers/%s", shown.id), &shown);
}

static RESULT put_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(provider_read(c, change->wanted.id, &change->made));
    const struct admin_provider before = show(change->r, &change->made);
    TRY(precondition_check(c, change->r, &admin_provider_shape, &before));
    TRY(check_power(c, change));
    return provider_change(c, &change->wanted, &change->made);
}

RESULT put_admin_provider(struct req *r)
{
    const struct admin_provider_put *in = REQ_IN(r, admin_provider_put);
    struct change change = change_of(r);
    change.wanted.id = req_param(r, "id");
    change.wanted.name = in->name;
    change.wanted.disabled = in->disabled;
    change.wanted.secret = in->client_secret;
    change.wanted.metadata = *(const struct provider_metadata *)in->metadata;
    TRY(authority_act(r->c, &change.actor, put_in, &change));
    const struct admin_provider shown = show(r, &change.made);
    return precondition_reply(r, &shown);
}

static RESULT delete_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(check_power(c, change));
    return provider_erase(c, change->wanted.id, change->actor.user_id);
}

RESULT delete_admin_provider(struct req *r)
{
    struct change change = change_of(r);
    change.wanted.id = req_param(r, "id");
    TRY(authority_act(r->c, &change.actor, delete_in, &change));
    return reply_no_content(r);
}

/* ---- trying ---- */

RESULT post_admin_provider_test(struct req *r)
{
    struct provider_checks found;
    TRY(provider_test(r->c, req_param(r, "id"),
                      provider_callback(r->c->arena, r->door->public_url, req_param(r, "id")),
                      &found));
    struct admin_provider_check *checks =
        ARENA_NEWS(r->c->arena, struct admin_provider_check, found.n);
    for (size_t i = 0; i < found.n; i++)
        checks[i] = (struct admin_provider_check){ found.at[i].name, found.at[i].outcome,
                                                   found.at[i].text };
    return reply(r, &(struct admin_provider_checks){ .checks = { checks, found.n } });
}
