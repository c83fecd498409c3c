/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tables.h"

/* A catalogue is each database's own. */
static const char sql_of_sqlite[] = "SELECT name\n"
                                    "FROM sqlite_schema\n"
                                    "WHERE type = 'table'\n"
                                    "  AND substr(name, 1, 7) <> 'sqlite_'\n"
                                    "ORDER BY name";

static const char sql_of_postgres[] = "SELECT CAST(tablename AS TEXT)\n"
                                      "FROM pg_catalog.pg_tables\n"
                                      "WHERE schemaname = current_schema()\n"
                                      "ORDER BY tablename";

RESULT tables_list(struct ctx *c, struct texts *out)
{
    struct table t;
    bool is_sqlite = text_equal(c->db->driver->name, "sqlite");
    TRY(db_run(c, is_sqlite ? sql_of_sqlite : sql_of_postgres, NULL, 0, &t));
    const char **names = ARENA_NEWS(c->arena, const char *, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        names[i] = table_text(&t, i, 0);
    *out = (struct texts){ names, t.rows };
    return ok();
}
