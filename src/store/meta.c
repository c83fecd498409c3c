/* SPDX-License-Identifier: Apache-2.0 */
#include "store/meta.h"

static const char sql_get[] = "SELECT value FROM meta WHERE name = $1";

static const char sql_set[] = "INSERT INTO meta (name, value)\n"
                              "VALUES ($1, $2)\n"
                              "ON CONFLICT (name) DO UPDATE\n"
                              "SET value = excluded.value";

static const char sql_add[] = "INSERT INTO meta (name, value)\n"
                              "VALUES ($1, $2)\n"
                              "ON CONFLICT (name) DO NOTHING";

static const char sql_remove[] = "DELETE FROM meta WHERE name = $1";

RESULT meta_get(struct ctx *c, const char *name, const char **value)
{
    struct table t;
    TRY(DB_RUN(c, sql_get, &t, P_TEXT(name)));
    *value = t.rows == 0 ? NULL : table_text(&t, 0, 0);
    return ok();
}

RESULT meta_set(struct ctx *c, const char *name, const char *value)
{
    return DB_RUN(c, sql_set, NULL, P_TEXT(name), P_TEXT(value));
}

RESULT meta_remove(struct ctx *c, const char *name)
{
    return DB_RUN(c, sql_remove, NULL, P_TEXT(name));
}

struct adding {
    const char *name, *value;
    const char *found;
};

static RESULT add(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct adding *a = arg;
    TRY(DB_RUN(c, sql_add, NULL, P_TEXT(a->name), P_TEXT(a->value)));
    return meta_get(c, a->name, &a->found);
}

RESULT meta_add(struct ctx *c, const char *name, const char *value, const char **found)
{
    struct adding a = { .name = name, .value = value };
    TRY(db_atomically(c, add, &a));
    *found = a.found;
    return ok();
}
