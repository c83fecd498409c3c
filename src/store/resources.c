/* SPDX-License-Identifier: Apache-2.0 */
#include "store/resources.h"

#define SQL_RESOURCE                                                                               \
    "SELECT uri, name, scopes, metadata, created_at, updated_at\n"                                 \
    "FROM resources\n"

static const char sql_find[] = SQL_RESOURCE "WHERE uri = $1";

static const char sql_page[] = SQL_RESOURCE "WHERE uri > $1\n"
                                            "ORDER BY uri\n"
                                            "LIMIT $2";

static const char sql_set[] =
    "INSERT INTO resources (uri, name, scopes, metadata, created_at, updated_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $5)\n"
    "ON CONFLICT (uri) DO UPDATE\n"
    "SET name = excluded.name, scopes = excluded.scopes, metadata = excluded.metadata,\n"
    "    updated_at = excluded.updated_at";

static const char sql_remove[] = "DELETE FROM resources WHERE uri = $1 RETURNING uri";

static struct resource_rows read_all(struct arena *a, const struct table *t)
{
    struct resource_row *rows = ARENA_NEWS(a, struct resource_row, t->rows);
    for (size_t i = 0; i < t->rows; i++)
        rows[i] = (struct resource_row){ .uri = table_text(t, i, 0),
                                         .name = table_text(t, i, 1),
                                         .scopes = text_split(a, table_text(t, i, 2), ' '),
                                         .metadata = table_text(t, i, 3),
                                         .created_at = table_int(t, i, 4),
                                         .updated_at = table_int(t, i, 5) };
    return (struct resource_rows){ rows, t->rows };
}

RESULT resource_set(struct ctx *c, const struct resource_row *resource)
{
    return DB_RUN(c, sql_set, NULL, P_TEXT(resource->uri), P_TEXT(resource->name),
                  P_TEXT(text_join(c->arena, resource->scopes, " ")),
                  P_TEXT(resource->metadata == NULL ? "{}" : resource->metadata), P_INT(c->now));
}

RESULT resource_find(struct ctx *c, const char *uri, const struct resource_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(uri)));
    const struct resource_row *rows = read_all(c->arena, &t).at;
    *out = t.rows > 0 ? rows : NULL;
    return ok();
}

RESULT resource_remove(struct ctx *c, const char *uri, bool *removed)
{
    struct table t;
    TRY(DB_RUN(c, sql_remove, &t, P_TEXT(uri)));
    *removed = t.rows > 0;
    return ok();
}

RESULT resources_page(struct ctx *c, struct page page, struct resource_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_page, &t, P_TEXT(page.after != NULL ? page.after : ""), P_INT(page.limit)));
    *out = read_all(c->arena, &t);
    return ok();
}
