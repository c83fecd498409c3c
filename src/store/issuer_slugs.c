/* SPDX-License-Identifier: Apache-2.0 */
#include "store/issuer_slugs.h"

static const char sql_find[] = "SELECT tenant_id\n"
                               "FROM issuer_slugs\n"
                               "WHERE slug = $1";

static const char sql_put[] = "INSERT INTO issuer_slugs (slug, tenant_id)\n"
                              "VALUES ($1, $2)\n"
                              "ON CONFLICT (slug) DO UPDATE\n"
                              "SET tenant_id = excluded.tenant_id";

RESULT issuer_slug_find(struct ctx *c, const char *slug, const char **tenant_id)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(slug)));
    *tenant_id = t.rows == 0 ? NULL : table_text(&t, 0, 0);
    return ok();
}

RESULT issuer_slug_put(struct ctx *c, const char *slug, const char *tenant_id)
{
    return DB_RUN(c, sql_put, NULL, P_TEXT(slug), P_TEXT(tenant_id));
}
