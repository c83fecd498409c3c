/* SPDX-License-Identifier: Apache-2.0 */
#include "store/providers.h"

#define SQL_PROVIDER                                                                               \
    "SELECT id, kind, name, status, metadata, sealed, created_at, updated_at, foreign_urls\n"      \
    "FROM providers\n"

static const char sql_add[] =
    "INSERT INTO providers (id, kind, name, status, metadata, sealed, created_at, updated_at,\n"
    "                       foreign_urls)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)\n"
    "ON CONFLICT (id) DO NOTHING\n"
    "RETURNING id";

static const char sql_find[] = SQL_PROVIDER "WHERE id = $1";

static const char sql_page[] = SQL_PROVIDER "WHERE id > $1\n"
                                            "ORDER BY id\n"
                                            "LIMIT $2";

static const char sql_update[] =
    "UPDATE providers\n"
    "SET name = $2, status = $3, metadata = $4, sealed = $5, updated_at = $6,\n"
    "    foreign_urls = $7\n"
    "WHERE id = $1\n"
    "RETURNING id";

static const char sql_remove[] = "DELETE FROM providers WHERE id = $1 RETURNING id";

static const char sql_remove_identities[] = "DELETE FROM identities WHERE provider = $1";

static const char sql_remove_sessions[] = "DELETE FROM upstream_sessions WHERE provider = $1";

static const char sql_forget_domains[] = "DELETE FROM provider_domains WHERE provider = $1";

static const char sql_add_domain[] = "INSERT INTO provider_domains (domain, provider)\n"
                                     "VALUES ($1, $2)\n"
                                     "ON CONFLICT (domain) DO NOTHING\n"
                                     "RETURNING domain";

static const char sql_of_domain[] = "SELECT p.id\n"
                                    "FROM provider_domains d\n"
                                    "JOIN providers p ON p.id = d.provider\n"
                                    "WHERE d.domain = $1\n"
                                    "  AND p.status = 'active'";

static const char sql_any_domain[] = "SELECT 1\n"
                                     "FROM provider_domains d\n"
                                     "JOIN providers p ON p.id = d.provider\n"
                                     "WHERE p.status = 'active'\n"
                                     "LIMIT 1";

static struct provider_row read_row(const struct table *t, size_t row)
{
    return (struct provider_row){ .id = table_text(t, row, 0),
                                  .kind = table_text(t, row, 1),
                                  .name = table_text(t, row, 2),
                                  .disabled = !text_equal(table_text(t, row, 3), "active"),
                                  .metadata = table_text(t, row, 4),
                                  .sealed = table_text(t, row, 5),
                                  .created_at = table_int(t, row, 6),
                                  .updated_at = table_int(t, row, 7),
                                  .foreign = table_int(t, row, 8) != 0 };
}

static const char *status_text(const struct provider_row *provider)
{
    return provider->disabled ? "disabled" : "active";
}

RESULT provider_add(struct ctx *c, const struct provider_row *provider, bool *added)
{
    struct table t;
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(provider->id), P_TEXT(provider->kind), P_TEXT(provider->name),
               P_TEXT(status_text(provider)), P_TEXT(provider->metadata), P_TEXT(provider->sealed),
               P_INT(c->now), P_INT(provider->foreign)));
    *added = t.rows > 0;
    return ok();
}

RESULT provider_row_find(struct ctx *c, const char *id, const struct provider_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(id)));
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct provider_row *row = ARENA_NEW(c->arena, struct provider_row);
    *row = read_row(&t, 0);
    *out = row;
    return ok();
}

RESULT provider_rows_list(struct ctx *c, struct provider_rows *out)
{
    return provider_rows_page(c, (struct page){ .limit = PAGE_MAX }, out);
}

RESULT provider_rows_page(struct ctx *c, struct page page, struct provider_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_page, &t, P_TEXT(page.after != NULL ? page.after : ""), P_INT(page.limit)));
    struct provider_row *rows = ARENA_NEWS(c->arena, struct provider_row, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        rows[i] = read_row(&t, i);
    *out = (struct provider_rows){ rows, t.rows };
    return ok();
}

RESULT provider_update(struct ctx *c, const struct provider_row *provider, bool *found)
{
    struct table t;
    TRY(DB_RUN(c, sql_update, &t, P_TEXT(provider->id), P_TEXT(provider->name),
               P_TEXT(status_text(provider)), P_TEXT(provider->metadata), P_TEXT(provider->sealed),
               P_INT(c->now), P_INT(provider->foreign)));
    *found = t.rows > 0;
    return ok();
}

/* ---- domains ---- */

struct domains {
    const char *id;
    struct texts domains;
    const char *taken;
};

static RESULT set_domains_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct domains *set = arg;
    set->taken = NULL;
    TRY(DB_RUN(c, sql_forget_domains, NULL, P_TEXT(set->id)));
    for (size_t i = 0; i < set->domains.n && set->taken == NULL; i++) {
        struct table t;
        TRY(DB_RUN(c, sql_add_domain, &t, P_TEXT(set->domains.at[i]), P_TEXT(set->id)));
        if (t.rows == 0)
            set->taken = set->domains.at[i];
    }
    return ok();
}

RESULT provider_domains_set(struct ctx *c, const char *id, struct texts domains, const char **taken)
{
    struct domains set = { .id = id, .domains = domains };
    TRY(db_atomically(c, set_domains_in, &set));
    *taken = set.taken;
    return ok();
}

RESULT provider_of_domain(struct ctx *c, const char *domain, const char **id)
{
    struct table t;
    TRY(DB_RUN(c, sql_of_domain, &t, P_TEXT(domain)));
    *id = t.rows > 0 ? table_text(&t, 0, 0) : NULL;
    return ok();
}

RESULT provider_domains_exist(struct ctx *c, bool *exist)
{
    struct table t;
    TRY(db_run(c, sql_any_domain, NULL, 0, &t));
    *exist = t.rows > 0;
    return ok();
}

/* ---- the end ---- */

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
    if (!removing->removed)
        return ok();
    TRY(DB_RUN(c, sql_remove_sessions, NULL, P_TEXT(removing->id)));
    return DB_RUN(c, sql_remove_identities, NULL, P_TEXT(removing->id));
}

RESULT provider_remove(struct ctx *c, const char *id, bool *removed)
{
    struct removing removing = { .id = id };
    TRY(db_atomically(c, remove_in, &removing));
    *removed = removing.removed;
    return ok();
}
