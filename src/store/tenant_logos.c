/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tenant_logos.h"

static const char sql_put[] = "INSERT INTO tenant_logos (tenant_id, name, content)\n"
                              "VALUES ($1, $2, $3)\n"
                              "ON CONFLICT (tenant_id) DO UPDATE\n"
                              "SET name = excluded.name, content = excluded.content";

static const char sql_remove[] = "DELETE FROM tenant_logos WHERE tenant_id = $1";

static const char sql_find[] = "SELECT content\n"
                               "FROM tenant_logos\n"
                               "WHERE name = $1\n"
                               "LIMIT 1";

RESULT tenant_logo_put(struct ctx *c, const char *tenant_id, const struct tenant_logo *logo)
{
    return DB_RUN(c, sql_put, NULL, P_TEXT(tenant_id), P_TEXT(logo->name), P_TEXT(logo->content));
}

RESULT tenant_logo_remove(struct ctx *c, const char *tenant_id)
{
    return DB_RUN(c, sql_remove, NULL, P_TEXT(tenant_id));
}

RESULT tenant_logo_find(struct ctx *c, const char *name, const char **content)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(name)));
    *content = t.rows == 0 ? NULL : table_text(&t, 0, 0);
    return ok();
}
