/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_clients.h"

#include "identity/access.h"
#include "oauth/client_change.h"
#include "oauth/client_sector.h"
#include "oauth/client_url.h"
#include "oauth/registration_rules.h"
#include "store/tenants.h"
#include "web/ended.h"
#include "web/precondition.h"
#include "web/reply.h"

#include <string.h>

struct admin_client admin_client_shown(const struct client_made *made)
{
    return (struct admin_client){ .client_id = made->row->id,
                                  .tenant_id = made->row->tenant_id,
                                  .status =
                                      made->row->status == CLIENT_ACTIVE ? "active" : "disabled",
                                  .client_secret = made->secret,
                                  .created_at = made->row->created_at,
                                  .updated_at = made->row->updated_at,
                                  .metadata = &made->metadata };
}

/* ---- looking ---- */

RESULT get_admin_clients(struct req *r)
{
    const struct admin_page_query *query = r->in;
    struct page page;
    struct client_rows rows;
    struct admin_client_list out = { 0 };
    TRY(cursor_page(r, query->after, query->limit, &page));
    TRY(clients_of_tenant(r->c, r->who.tenant_id, admin_is_operator(r), page, &rows));
    struct admin_client *clients = ARENA_NEWS(r->c->arena, struct admin_client, rows.n);
    struct client_made *made = ARENA_NEWS(r->c->arena, struct client_made, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        made[i].row = &rows.at[i];
        TRY(client_metadata_load(r->c, rows.at[i].metadata, &made[i].metadata));
        clients[i] = admin_client_shown(&made[i]);
    }
    out.clients = (struct items){ clients, rows.n };
    if (rows.n > 0)
        TRY(cursor_next(r, &page, rows.n, rows.at[rows.n - 1].id, &out.next));
    return reply(r, &out);
}

/* One client on its way through a transaction. */
struct change {
    struct req *r;
    struct actor actor;
    const char *id;
    bool all_tenants;
    struct client_metadata metadata;
    int64_t overlap;
    enum client_status status;
    struct client_made made;
};

/* The client, if the tenant may see it. */
static RESULT find(struct ctx *c, struct change *change)
{
    TRY(client_read(c, change->id, &change->made));
    const char *owner = change->made.row->tenant_id;
    bool operates = text_equal(change->actor.tenant_id, TENANT_DEFAULT_ID);
    if (text_equal(owner, change->actor.tenant_id) || (owner == NULL && operates))
        return ok();
    return fail(c, NOT_FOUND, "client %s is not of tenant %s", change->id, change->actor.tenant_id);
}

static RESULT find_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    return find(c, arg);
}

static struct change change_of(struct req *r)
{
    return (struct change){ .r = r, .actor = admin_actor(r), .id = req_param(r, "id") };
}

RESULT get_admin_client(struct req *r)
{
    struct change change = change_of(r);
    TRY(authority_look(r->c, &change.actor, find_in, &change));
    const struct admin_client shown = admin_client_shown(&change.made);
    return precondition_reply(r, &shown);
}

/* ---- what it may ask for ---- */

/* AZ-04: the scopes that are permissions are its maker's own. */
static RESULT check_scopes(struct ctx *c, const struct actor *actor,
                           const struct client_metadata *metadata)
{
    if (metadata->scope == NULL)
        return ok();
    struct texts scopes = text_split(c->arena, metadata->scope, ' ');
    struct texts asked = { ARENA_NEWS(c->arena, const char *, scopes.n), 0 };
    for (size_t i = 0; i < scopes.n; i++)
        if (strchr(scopes.at[i], ':') != NULL)
            asked.at[asked.n++] = scopes.at[i];
    return authority_to_give(c, actor, asked);
}

/* Power over users who were not asked, and over what is for others (TX-01). */
static bool has_power(const struct client_metadata *m)
{
    return m->first_party || m->legacy_assertion_aud || m->audiences.n > 0 ||
           m->token_exchange_subjects.n > 0 || m->token_exchange_audiences.n > 0 ||
           m->token_exchange_impersonation || m->token_exchange_providers.n > 0 ||
           m->assertion_issuers.n > 0;
}

static RESULT check_reach(struct ctx *c, struct change *change, bool chosen_id)
{
    const struct client_metadata *m = &change->metadata;
    bool reaches_far = change->all_tenants || chosen_id || has_power(m);
    TRY(check_scopes(c, &change->actor, m));
    if (text_equal(change->actor.tenant_id, TENANT_DEFAULT_ID))
        return ok();
    if (!reaches_far)
        return registration_take_calls(c, &change->made.metadata, &change->metadata);
    return because(c, OPERATOR, "an operator", NULL,
                   fail_say(c, FORBIDDEN,
                            "client_id, all_tenants, first_party, audiences, legacy_assertion_aud, "
                            "token_exchange_subjects, token_exchange_providers, "
                            "token_exchange_audiences, token_exchange_impersonation and "
                            "assertion_issuers are for operators.",
                            "user %s acts in tenant %s", change->actor.user_id,
                            change->actor.tenant_id));
}

/* ---- making and changing ---- */

/* What is fetched for a client is there before the transaction, so that no writer waits for the
 * server of another; within it, it is at hand. */
static RESULT fetch_first(struct req *r, const struct client_metadata *metadata)
{
    const char *uri = metadata->sector_identifier_uri;
    struct client_metadata checked = *metadata;
    if (uri == NULL || (!admin_is_operator(r) && upstream_is_internal(r->c, uri)))
        return ok();
    TRY(client_metadata_check(r->c, &checked));
    return client_sector_prove(r->c, &checked);
}

static RESULT create_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    const struct client_new client = {
        .id = change->id,
        .tenant_id = change->all_tenants ? NULL : change->actor.tenant_id,
        .actor_id = change->actor.user_id,
        .metadata = change->metadata,
    };
    change->made = (struct client_made){ 0 };
    TRY(check_reach(c, change, change->id != NULL));
    return client_create(c, &client, &change->made);
}

RESULT post_admin_client(struct req *r)
{
    const struct admin_client_new *in = REQ_IN(r, admin_client_new);
    struct change change = { .r = r,
                             .actor = admin_actor(r),
                             .id = in->client_id,
                             .all_tenants = in->all_tenants,
                             .metadata = *(const struct client_metadata *)in->metadata };
    TRY(fetch_first(r, &change.metadata));
    TRY(authority_act(r->c, &change.actor, create_in, &change));
    const struct admin_client shown = admin_client_shown(&change.made);
    return admin_created(r, text_printf(r->c->arena, "/admin/clients/%s", change.made.row->id),
                         &shown);
}

static RESULT put_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(find(c, change));
    const struct admin_client before = admin_client_shown(&change->made);
    TRY(precondition_check(c, change->r, &admin_client_shape, &before));
    TRY(check_scopes(c, &change->actor, &change->made.metadata));
    TRY(check_reach(c, change, false));
    return client_change(c, change->id, &change->metadata, change->actor.user_id, &change->made);
}

RESULT put_admin_client(struct req *r)
{
    struct change change = change_of(r);
    change.metadata = *REQ_IN(r, client_metadata);
    TRY(fetch_first(r, &change.metadata));
    TRY(authority_act(r->c, &change.actor, put_in, &change));
    const struct admin_client shown = admin_client_shown(&change.made);
    return precondition_reply(r, &shown);
}

/* Whoever has the secret has what the client may do. */
static RESULT rotate_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(find(c, change));
    change->metadata = change->made.metadata;
    TRY(check_reach(c, change, false));
    return client_rotate_secret(c, change->id, change->overlap, change->actor.user_id,
                                &change->made);
}

RESULT post_admin_client_secret(struct req *r)
{
    struct change change = change_of(r);
    change.overlap = REQ_IN(r, admin_client_rotate)->overlap;
    TRY(authority_act(r->c, &change.actor, rotate_in, &change));
    const struct admin_client shown = admin_client_shown(&change.made);
    return reply(r, &shown);
}

/* ---- ending ---- */

static RESULT switch_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(find(c, change));
    return client_switch(c, change->id, change->status, change->actor.user_id);
}

static RESULT delete_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(find(c, change));
    return client_erase(c, change->id, change->actor.user_id);
}

static RESULT carry_out(struct req *r, db_unit *unit, enum client_status status)
{
    struct change change = change_of(r);
    change.status = status;
    TRY(authority_act(r->c, &change.actor, unit, &change));
    TRY(ended(r));
    return reply_no_content(r);
}

RESULT post_admin_client_disable(struct req *r)
{
    return carry_out(r, switch_in, CLIENT_DISABLED);
}

RESULT post_admin_client_enable(struct req *r)
{
    return carry_out(r, switch_in, CLIENT_ACTIVE);
}

RESULT delete_admin_client(struct req *r)
{
    return carry_out(r, delete_in, CLIENT_ACTIVE);
}
