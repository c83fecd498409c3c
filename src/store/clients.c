/* SPDX-License-Identifier: Apache-2.0 */
#include "store/clients.h"

#include "store/endings.h"
#include "store/revocations.h"

static const char sql_add[] =
    "INSERT INTO clients (id, tenant_id, name, status, confidential, created_at, updated_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, $6)\n"
    "ON CONFLICT (id) DO NOTHING\n"
    "RETURNING id";

static const char sql_find[] =
    "SELECT id, tenant_id, name, status, confidential, created_at, updated_at\n"
    "FROM clients\n"
    "WHERE id = $1";

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

RESULT client_add(struct ctx *c, const struct client_row *client, bool *added)
{
    struct table t;
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(client->id), P_TEXT(client->tenant_id), P_TEXT(client->name),
               P_TEXT(status_text(client->status)), P_INT(client->confidential), P_INT(c->now)));
    *added = t.rows > 0;
    return ok();
}

RESULT client_find(struct ctx *c, const char *id, const struct client_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(id)));
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct client_row *row = ARENA_NEW(c->arena, struct client_row);
    *row =
        (struct client_row){ .id = table_text(&t, 0, 0),
                             .tenant_id = table_text(&t, 0, 1),
                             .name = table_text(&t, 0, 2),
                             .status = text_equal(table_text(&t, 0, 3), "active") ? CLIENT_ACTIVE
                                                                                  : CLIENT_DISABLED,
                             .confidential = table_int(&t, 0, 4) != 0,
                             .created_at = table_int(&t, 0, 5),
                             .updated_at = table_int(&t, 0, 6) };
    *out = row;
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
