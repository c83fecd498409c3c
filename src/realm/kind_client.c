/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

#include "oauth/client_auth.h"
#include "oauth/client_sector.h"
#include "store/client_registrations.h"

/* How long the secret before still works, so that who has it can be given the new one. */
enum { SECRET_OVERLAP = 24 * 3600 };

static const char *key(struct arena *a, const void *thing)
{
    const struct realm_client *client = thing;
    return realm_place(a, NULL, client->client_id);
}

/* ---- what is there ---- */

/* Our own API, and clients that registered themselves, are nobody's configuration. */
static RESULT is_configured(struct ctx *c, const struct client_row *row, bool *configured)
{
    const struct client_registration_row *registration = NULL;
    *configured = false;
    if (text_equal(row->id, CLIENT_FIRST_PARTY))
        return ok();
    TRY(client_registration_of(c, row->id, &registration));
    *configured = registration == NULL;
    return ok();
}

static RESULT add_row(struct ctx *c, const struct client_row *row,
                      const struct tenant_rows *tenants, struct realm_list *list)
{
    struct client_metadata *metadata = ARENA_NEW(c->arena, struct client_metadata);
    struct realm_client *client = ARENA_NEW(c->arena, struct realm_client);
    TRY(client_metadata_load(c, row->metadata, metadata));
    *client = (struct realm_client){ .client_id = row->id,
                                     .tenant = realm_slug(tenants, row->tenant_id),
                                     .status = row->status == CLIENT_ACTIVE ? "active" : "disabled",
                                     .metadata = metadata };
    realm_list_add(list, client);
    return ok();
}

/* Goes with its tenant, which is being removed: without it, it would be one of all tenants. */
static bool is_leaving(const struct client_row *row, const struct tenant_rows *tenants)
{
    return row->tenant_id != NULL && realm_slug(tenants, row->tenant_id) == NULL;
}

static RESULT now(struct ctx *c, struct realm_things *out)
{
    struct realm_list list = { .arena = c->arena };
    struct page page = { .limit = PAGE_MAX };
    struct client_rows rows = { NULL, PAGE_MAX };
    struct tenant_rows tenants;
    TRY(realm_tenants(c, &tenants));
    while (rows.n == PAGE_MAX) {
        TRY(clients_page(c, page, &rows));
        for (size_t i = 0; i < rows.n; i++) {
            bool configured = false;
            page.after = rows.at[i].id;
            if (is_leaving(&rows.at[i], &tenants))
                continue;
            TRY(is_configured(c, &rows.at[i], &configured));
            if (configured)
                TRY(add_row(c, &rows.at[i], &tenants, &list));
        }
    }
    *out = (struct realm_things){ list.at, list.n };
    return ok();
}

/* ---- what is to be ---- */

static RESULT complete(struct ctx *c, void *thing)
{
    struct realm_client *client = thing;
    const struct client_metadata *given = client->metadata;
    struct client_metadata *metadata = ARENA_NEW(c->arena, struct client_metadata);
    *metadata = *given;
    if (metadata->client_name == NULL)
        metadata->client_name = client->client_id;
    TRY(client_metadata_check(c, metadata));
    client->metadata = metadata;
    TRY(realm_secret_read(c, client->secret, &client->value));
    return realm_status(c, &client->status);
}

static RESULT secret_due(struct ctx *c, const void *thing, bool *due)
{
    const struct realm_client *client = thing;
    bool good = true;
    if (client->value != NULL)
        TRY(client_has_secret(c, client->client_id, client->value, &good));
    *due = !good;
    return ok();
}

/* What is there already was proven when it was set. */
static RESULT fetch(struct ctx *c, const void *thing)
{
    const struct realm_client *client = thing;
    const struct client_metadata *metadata = client->metadata;
    const struct client_row *here = NULL;
    if (metadata->sector_identifier_uri == NULL)
        return ok();
    TRY(client_find(c, client->client_id, &here));
    if (here != NULL && text_equal(here->metadata, client_metadata_write(c->arena, metadata)))
        return ok();
    return client_sector_prove(c, metadata);
}

static RESULT set_status(struct ctx *c, const struct realm_client *client)
{
    return client_switch(c, client->client_id,
                         realm_is_active(client->status) ? CLIENT_ACTIVE : CLIENT_DISABLED, NULL);
}

static RESULT add(struct ctx *c, const struct realm_work *work, const char **shown)
{
    const struct realm_client *client = work->wanted;
    const struct client_metadata *metadata = client->metadata;
    struct client_new new = { .id = client->client_id,
                              .secret = client->value,
                              .metadata = *metadata };
    struct client_made made = { 0 };
    TRY(realm_tenant_id(c, client->tenant, &new.tenant_id));
    TRY(client_create(c, &new, &made));
    *shown = made.secret;
    return realm_is_active(client->status) ? ok() : set_status(c, client);
}

static RESULT change_metadata(struct ctx *c, const struct realm_client *was,
                              const struct realm_client *client, const char **shown)
{
    struct client_made made = { 0 };
    const char *before = client_metadata_write(c->arena, was->metadata);
    if (text_equal(before, client_metadata_write(c->arena, client->metadata)))
        return ok();
    TRY(client_change(c, client->client_id, client->metadata, NULL, &made));
    *shown = client->value == NULL ? made.secret : NULL;
    return ok();
}

static RESULT change(struct ctx *c, const struct realm_work *work, const char **shown)
{
    const struct realm_client *was = work->now;
    const struct realm_client *client = work->wanted;
    bool due = false;
    if (!text_equal(was->tenant, client->tenant))
        return fail_field(c, INVALID_FIELD, "tenant",
                          "A client stays in its tenant: another one has another id.");
    TRY(change_metadata(c, was, client, shown));
    TRY(secret_due(c, client, &due));
    if (due)
        TRY(client_set_secret(c, client->client_id, client->value, SECRET_OVERLAP));
    return text_equal(was->status, client->status) ? ok() : set_status(c, client);
}

static RESULT take_away(struct ctx *c, const struct realm_work *work)
{
    const struct realm_client *client = work->now;
    return client_erase(c, client->client_id, NULL);
}

const struct realm_kind realm_kind_client = {
    .name = "client",
    .list = "clients",
    .summary = "Applications, by client_id; those that registered themselves are not among them",
    .shape = &realm_client_shape,
    .key = key,
    .fetch = fetch,
    .now = now,
    .complete = complete,
    .secret_due = secret_due,
    .add = add,
    .change = change,
    .remove = take_away,
};
