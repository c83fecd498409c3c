/* SPDX-License-Identifier: Apache-2.0 */
#include "store/api_keys.h"

#include "store/endings.h"
#include "store/hot_queries.h"

#define SQL_KEY                                                                                    \
    "k.id, k.tenant_id, k.user_id, k.name, k.permissions, k.created_at, k.expires_at,\n"           \
    "       k.last_used_at"
enum { KEY_COLUMNS = 8 };

static struct api_key_row read_row(struct ctx *c, const struct table *t, size_t row)
{
    return (struct api_key_row){ .id = table_text(t, row, 0),
                                 .tenant_id = table_text(t, row, 1),
                                 .user_id = table_text(t, row, 2),
                                 .name = table_text(t, row, 3),
                                 .permissions = text_split(c->arena, table_text(t, row, 4), ' '),
                                 .created_at = table_int(t, row, 5),
                                 .expires_at = table_int(t, row, 6),
                                 .last_used_at = table_int(t, row, 7) };
}

/* ---- finding one ---- */

const char sql_api_key_find[] = "SELECT " SQL_KEY ", k.hash,\n"
                                "       CASE WHEN " SQL_STANDS("k") " THEN 1 ELSE 0 END\n"
                                                                    "FROM api_keys k\n"
                                                                    "WHERE k.id = $1";

RESULT api_key_find(struct ctx *c, const char *id, enum api_key_state *state, const char **hash,
                    const struct api_key_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_api_key_find, &t, P_TEXT(id)));
    *state = API_KEY_UNKNOWN;
    *hash = NULL;
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct api_key_row *row = ARENA_NEW(c->arena, struct api_key_row);
    *row = read_row(c, &t, 0);
    *hash = table_text(&t, 0, KEY_COLUMNS);
    bool stands = table_int(&t, 0, KEY_COLUMNS + 1) != 0;
    *state = row->expires_at <= c->now ? API_KEY_EXPIRED : stands ? API_KEY_LIVE : API_KEY_DENIED;
    *out = row;
    return ok();
}

/* ---- a new one ---- */

static const char sql_count[] = "SELECT COUNT(*)\n"
                                "FROM api_keys\n"
                                "WHERE user_id = $1\n"
                                "  AND tenant_id = $2\n"
                                "  AND expires_at > $3";

static const char sql_add[] =
    "INSERT INTO api_keys (id, hash, tenant_id, user_id, name, permissions, created_at,\n"
    "                      expires_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

struct adding {
    const struct api_key_row *row;
    const char *hash;
    int64_t max;
    bool done;
};

static RESULT add_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct adding *a = arg;
    const struct api_key_row *row = a->row;
    struct table t;
    TRY(DB_RUN(c, sql_count, &t, P_TEXT(row->user_id), P_TEXT(row->tenant_id), P_INT(c->now)));
    a->done = table_int(&t, 0, 0) < a->max;
    if (!a->done)
        return ok();
    return DB_RUN(c, sql_add, NULL, P_TEXT(row->id), P_TEXT(a->hash), P_TEXT(row->tenant_id),
                  P_TEXT(row->user_id), P_TEXT(row->name),
                  P_TEXT(text_join(c->arena, row->permissions, " ")), P_INT(c->now),
                  P_INT(row->expires_at));
}

RESULT api_key_add(struct ctx *c, const struct api_key_row *row, const char *hash, int64_t max,
                   bool *done)
{
    struct adding a = { .row = row, .hash = hash, .max = max };
    TRY(db_atomically(c, add_in, &a));
    *done = a.done;
    return ok();
}

/* ---- using and removing ---- */

static const char sql_touch[] = "UPDATE api_keys\n"
                                "SET last_used_at = $2\n"
                                "WHERE id = $1";

RESULT api_key_touch(struct ctx *c, const char *id)
{
    return DB_RUN(c, sql_touch, NULL, P_TEXT(id), P_INT(c->now));
}

static const char sql_remove[] = "DELETE FROM api_keys\n"
                                 "WHERE tenant_id = $1\n"
                                 "  AND id = $2\n"
                                 "RETURNING id";

RESULT api_key_remove(struct ctx *c, const char *tenant_id, const char *id, bool *removed)
{
    struct table t;
    TRY(DB_RUN(c, sql_remove, &t, P_TEXT(tenant_id), P_TEXT(id)));
    *removed = t.rows > 0;
    return ok();
}

/* ---- lists ---- */

const char sql_api_keys_of_tenant[] = "SELECT " SQL_KEY "\n"
                                      "FROM api_keys k\n"
                                      "WHERE k.tenant_id = $1\n"
                                      "  AND k.id > $2\n"
                                      "ORDER BY k.id\n"
                                      "LIMIT $3";

static const char sql_of_user[] = "SELECT " SQL_KEY "\n"
                                  "FROM api_keys k\n"
                                  "WHERE k.user_id = $1\n"
                                  "  AND k.id > $2\n"
                                  "ORDER BY k.id\n"
                                  "LIMIT $3";

static RESULT read_page(struct ctx *c, const char *sql, const char *of, struct page page,
                        struct api_key_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql, &t, P_TEXT(of), P_TEXT(page.after != NULL ? page.after : ""),
               P_INT(page.limit)));
    struct api_key_row *rows = ARENA_NEWS(c->arena, struct api_key_row, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        rows[i] = read_row(c, &t, i);
    *out = (struct api_key_rows){ rows, t.rows };
    return ok();
}

RESULT api_keys_page(struct ctx *c, const char *tenant_id, struct page page,
                     struct api_key_rows *out)
{
    return read_page(c, sql_api_keys_of_tenant, tenant_id, page, out);
}

RESULT api_keys_of_user(struct ctx *c, const char *user_id, struct page page,
                        struct api_key_rows *out)
{
    return read_page(c, sql_of_user, user_id, page, out);
}
