/* SPDX-License-Identifier: Apache-2.0 */
#include "store/clients.h"

#include "store/endings.h"
#include "store/hot_queries.h"
#include "store/revocations.h"

static const char sql_add[] =
    "INSERT INTO clients (id, tenant_id, name, status, confidential, created_at, updated_at,\n"
    "                     metadata)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, $6, $7)\n"
    "ON CONFLICT (id) DO NOTHING\n"
    "RETURNING id";

#define SQL_CLIENT                                                                                 \
    "SELECT id, tenant_id, name, status, confidential, metadata, created_at, updated_at\n"         \
    "FROM clients\n"

const char sql_client_find[] = SQL_CLIENT "WHERE id = $1";

static const char sql_page[] = SQL_CLIENT "WHERE id > $1\n"
                                          "ORDER BY id\n"
                                          "LIMIT $2";

const char sql_clients_of_tenant[] = SQL_CLIENT "WHERE tenant_id = $1\n"
                                                "  AND id > $2\n"
                                                "ORDER BY id\n"
                                                "LIMIT $3";

static const char sql_of_tenant_and_all[] =
    SQL_CLIENT "WHERE id > $2\n"
               "  AND (tenant_id = $1 OR (tenant_id IS NULL AND id <> '" CLIENT_FIRST_PARTY "'))\n"
               "ORDER BY id\n"
               "LIMIT $3";

static const char sql_update[] =
    "UPDATE clients\n"
    "SET name = $2, confidential = $3, metadata = $4, updated_at = $5\n"
    "WHERE id = $1\n"
    "RETURNING id";

static const char sql_remove[] = "DELETE FROM clients WHERE id = $1 RETURNING id";

static const char sql_enable[] = "UPDATE clients\n"
                                 "SET status = 'active', updated_at = $2\n"
                                 "WHERE id = $1\n"
                                 "RETURNING id";

static const char sql_disable[] = "UPDATE clients\n"
                                  "SET status = 'disabled', updated_at = $2, disabled_at = $2\n"
                                  "WHERE id = $1\n"
                                  "RETURNING id";

static const char *status_text(enum client_status status)
{
    switch (status) {
    case CLIENT_ACTIVE:
        return "active";
    case CLIENT_DISABLED:
        break;
    }
    return "disabled";
}

static struct client_row read_row(const struct table *t, size_t row)
{
    bool active = text_equal(table_text(t, row, 3), "active");
    return (struct client_row){ .id = table_text(t, row, 0),
                                .tenant_id = table_text(t, row, 1),
                                .name = table_text(t, row, 2),
                                .status = active ? CLIENT_ACTIVE : CLIENT_DISABLED,
                                .confidential = table_int(t, row, 4) != 0,
                                .metadata = table_text(t, row, 5),
                                .created_at = table_int(t, row, 6),
                                .updated_at = table_int(t, row, 7) };
}

static const char *metadata_of(const struct client_row *client)
{
    return client->metadata == NULL ? "{}" : client->metadata;
}

RESULT client_add(struct ctx *c, const struct client_row *client, bool *added)
{
    struct table t;
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(client->id), P_TEXT(client->tenant_id), P_TEXT(client->name),
               P_TEXT(status_text(client->status)), P_INT(client->confidential), P_INT(c->now),
               P_TEXT(metadata_of(client))));
    *added = t.rows > 0;
    return ok();
}

RESULT client_find(struct ctx *c, const char *id, const struct client_row **out)
{
    struct table t;
    TRY(DB_RUN_KEPT(c, sql_client_find, &t, P_TEXT(id)));
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct client_row *row = ARENA_NEW(c->arena, struct client_row);
    *row = read_row(&t, 0);
    *out = row;
    return ok();
}

static struct client_rows read_rows(struct ctx *c, const struct table *t)
{
    struct client_row *rows = ARENA_NEWS(c->arena, struct client_row, t->rows);
    for (size_t i = 0; i < t->rows; i++)
        rows[i] = read_row(t, i);
    return (struct client_rows){ rows, t->rows };
}

RESULT clients_page(struct ctx *c, struct page page, struct client_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_page, &t, P_TEXT(page.after != NULL ? page.after : ""), P_INT(page.limit)));
    *out = read_rows(c, &t);
    return ok();
}

RESULT clients_of_tenant(struct ctx *c, const char *tenant_id, bool and_of_all, struct page page,
                         struct client_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    struct param after = P_TEXT(page.after != NULL ? page.after : "");
    if (and_of_all)
        TRY(DB_RUN(c, sql_of_tenant_and_all, &t, P_TEXT(tenant_id), after, P_INT(page.limit)));
    else
        TRY(DB_RUN(c, sql_clients_of_tenant, &t, P_TEXT(tenant_id), after, P_INT(page.limit)));
    *out = read_rows(c, &t);
    return ok();
}

RESULT client_update(struct ctx *c, const struct client_row *client, bool *found)
{
    must(!text_equal(client->id, CLIENT_FIRST_PARTY));
    struct table t;
    TRY(DB_RUN(c, sql_update, &t, P_TEXT(client->id), P_TEXT(client->name),
               P_INT(client->confidential), P_TEXT(metadata_of(client)), P_INT(c->now)));
    *found = t.rows > 0;
    return ok();
}

struct removing {
    const char *id;
    bool removed;
};

static RESULT remove_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct removing *removing = arg;
    struct table t;
    TRY(DB_RUN(c, sql_remove, &t, P_TEXT(removing->id)));
    removing->removed = t.rows > 0;
    return removing->removed ? revocation_add(c, REVOKED_CLIENT, removing->id) : ok();
}

RESULT client_remove(struct ctx *c, const char *id, bool *removed)
{
    must(!text_equal(id, CLIENT_FIRST_PARTY));
    struct removing removing = { .id = id };
    TRY(db_atomically(c, remove_in, &removing));
    *removed = removing.removed;
    return ok();
}

RESULT client_set_status(struct ctx *c, const char *id, enum client_status status, bool *found)
{
    struct table t;
    switch (status) {
    case CLIENT_ACTIVE:
        TRY(DB_RUN(c, sql_enable, &t, P_TEXT(id), P_INT(c->now)));
        *found = t.rows > 0;
        break;
    case CLIENT_DISABLED:
        return end_disabled(c, sql_disable, REVOKED_CLIENT, id, found);
    }
    return ok();
}

/* ---- the clients of a tenant ---- */

/* As if they had been disabled for a moment (SQL_CLIENT_STANDS). */
static const char sql_interrupt[] = "UPDATE clients\n"
                                    "SET disabled_at = $2\n"
                                    "WHERE tenant_id = $1";

static const char sql_tell_of_clients[] = "INSERT INTO revocations (kind, id, at, expires_at)\n"
                                          "SELECT '" REVOKED_CLIENT "', id, $2, $3\n"
                                          "FROM clients\n"
                                          "WHERE tenant_id = $1\n"
                                          "ON CONFLICT (kind, id) DO UPDATE\n"
                                          "SET at = excluded.at, expires_at = excluded.expires_at";

static const char sql_forget_requests[] =
    "DELETE FROM authorization_requests\n"
    "WHERE client_id IN (SELECT id FROM clients WHERE tenant_id = $1)";

static const char sql_forget_devices[] =
    "DELETE FROM device_codes\n"
    "WHERE client_id IN (SELECT id FROM clients WHERE tenant_id = $1)";

RESULT clients_end_grants(struct ctx *c, const char *tenant_id)
{
    struct param tenant = P_TEXT(tenant_id);
    TRY(DB_RUN(c, sql_interrupt, NULL, tenant, P_INT(c->now)));
    TRY(DB_RUN(c, sql_tell_of_clients, NULL, tenant, P_INT(c->now), P_INT(revocation_expiry(c))));
    TRY(DB_RUN(c, sql_forget_requests, NULL, tenant));
    return DB_RUN(c, sql_forget_devices, NULL, tenant);
}
