/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tenants.h"

#include "base/random.h"
#include "store/endings.h"
#include "store/hot_queries.h"

#include <string.h>

bool tenant_has_domain(const struct tenant_row *tenant, const char *email)
{
    const char *at = strrchr(email, '@');
    return at != NULL && texts_hold(tenant->allowed_domains, at + 1);
}

/* ---- tenants ---- */

#define TENANT_COLUMNS                                                                             \
    "t.id, t.slug, t.name, t.status, t.created_at, t.updated_at, t.require_mfa,\n"                 \
    "       t.allowed_domains, t.accent, t.refuse_device_grant,\n"                                 \
    "       (SELECT l.name FROM tenant_logos l WHERE l.tenant_id = t.id), t.settings"

static const char sql_add[] =
    "INSERT INTO tenants (id, slug, name, status, created_at, updated_at)\n"
    "VALUES ($1, $2, $3, 'active', $4, $4)\n"
    "ON CONFLICT (slug) DO NOTHING\n"
    "RETURNING id";

static const char sql_find[] = "SELECT " TENANT_COLUMNS "\n"
                               "FROM tenants t\n"
                               "WHERE t.id = $1\n"
                               "  AND t.removing_at IS NULL";

static const char sql_find_slug[] = "SELECT " TENANT_COLUMNS "\n"
                                    "FROM tenants t\n"
                                    "WHERE t.slug = $1\n"
                                    "  AND t.removing_at IS NULL";

static const char sql_page[] = "SELECT " TENANT_COLUMNS "\n"
                               "FROM tenants t\n"
                               "WHERE t.id > $1\n"
                               "  AND t.removing_at IS NULL\n"
                               "ORDER BY t.id\n"
                               "LIMIT $2";

static const char sql_update[] =
    "UPDATE tenants\n"
    "SET slug = $2, name = $3, require_mfa = $4, allowed_domains = $5,\n"
    "    accent = $6, updated_at = $7, refuse_device_grant = $8\n"
    "WHERE id = $1\n"
    "  AND removing_at IS NULL\n"
    "  AND NOT EXISTS (SELECT 1 FROM tenants other WHERE other.slug = $2 AND other.id <> $1)\n"
    "RETURNING id";

static const char sql_enable[] = "UPDATE tenants\n"
                                 "SET status = 'active', updated_at = $2\n"
                                 "WHERE id = $1\n"
                                 "  AND removing_at IS NULL\n"
                                 "RETURNING id";

static const char sql_disable[] = "UPDATE tenants\n"
                                  "SET status = 'disabled', updated_at = $2, disabled_at = $2\n"
                                  "WHERE id = $1\n"
                                  "  AND removing_at IS NULL\n"
                                  "RETURNING id";

static struct tenant_row tenant_read(struct ctx *c, const struct table *t, size_t row)
{
    return (struct tenant_row){
        .id = table_text(t, row, 0),
        .slug = table_text(t, row, 1),
        .name = table_text(t, row, 2),
        .status = text_equal(table_text(t, row, 3), "active") ? TENANT_ACTIVE : TENANT_DISABLED,
        .created_at = table_int(t, row, 4),
        .updated_at = table_int(t, row, 5),
        .require_mfa = table_int(t, row, 6) != 0,
        .allowed_domains = text_split(c->arena, table_text(t, row, 7), ' '),
        .accent = table_text(t, row, 8),
        .refuse_device_grant = table_int(t, row, 9) != 0,
        .logo = table_text(t, row, 10),
        .settings = table_text(t, row, 11),
    };
}

static struct tenant_rows tenants_read(struct ctx *c, const struct table *t)
{
    struct tenant_row *rows = ARENA_NEWS(c->arena, struct tenant_row, t->rows);
    for (size_t i = 0; i < t->rows; i++)
        rows[i] = tenant_read(c, t, i);
    return (struct tenant_rows){ rows, t->rows };
}

RESULT tenant_add(struct ctx *c, const char *slug, const char *name, const char **id)
{
    struct table t;
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(random_uuid(c)), P_TEXT(slug), P_TEXT(name), P_INT(c->now)));
    *id = t.rows > 0 ? table_text(&t, 0, 0) : NULL;
    return ok();
}

RESULT tenant_find(struct ctx *c, const char *id, const struct tenant_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(id)));
    *out = t.rows > 0 ? tenants_read(c, &t).at : NULL;
    return ok();
}

/* By each request at the issuer of a tenant. */
RESULT tenant_find_slug(struct ctx *c, const char *slug, const struct tenant_row **out)
{
    struct table t;
    TRY(DB_RUN_KEPT(c, sql_find_slug, &t, P_TEXT(slug)));
    *out = t.rows > 0 ? tenants_read(c, &t).at : NULL;
    return ok();
}

RESULT tenants_page(struct ctx *c, struct page page, struct tenant_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_page, &t, P_TEXT(page.after != NULL ? page.after : ""), P_INT(page.limit)));
    *out = tenants_read(c, &t);
    return ok();
}

struct updating {
    const struct tenant_row *tenant;
    enum tenant_outcome how;
};

static RESULT update_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct updating *u = arg;
    const struct tenant_row *tenant = u->tenant;
    struct table t;
    TRY(DB_RUN(c, sql_update, &t, P_TEXT(tenant->id), P_TEXT(tenant->slug), P_TEXT(tenant->name),
               P_INT(tenant->require_mfa),
               P_TEXT(text_join(c->arena, tenant->allowed_domains, " ")), P_TEXT(tenant->accent),
               P_INT(c->now), P_INT(tenant->refuse_device_grant)));
    u->how = TENANT_CHANGED;
    if (t.rows > 0)
        return ok();
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(tenant->id)));
    u->how = t.rows == 0 ? TENANT_UNKNOWN : TENANT_SLUG_TAKEN;
    return ok();
}

RESULT tenant_update(struct ctx *c, const struct tenant_row *tenant, enum tenant_outcome *how)
{
    struct updating u = { .tenant = tenant };
    TRY(db_atomically(c, update_in, &u));
    *how = u.how;
    return ok();
}

RESULT tenant_set_status(struct ctx *c, const char *id, enum tenant_status status, bool *found)
{
    struct table t;
    switch (status) {
    case TENANT_ACTIVE:
        TRY(DB_RUN(c, sql_enable, &t, P_TEXT(id), P_INT(c->now)));
        *found = t.rows > 0;
        break;
    case TENANT_DISABLED:
        return end_disabled(c, sql_disable, REVOKED_TENANT, id, found);
    }
    return ok();
}

/* ---- memberships ---- */

static const char sql_join[] = "INSERT INTO memberships (tenant_id, user_id, created_at)\n"
                               "SELECT t.id, u.id, $3\n"
                               "FROM tenants t, users u\n"
                               "WHERE t.id = $1\n"
                               "  AND t.removing_at IS NULL\n"
                               "  AND u.id = $2\n"
                               "  AND u.status <> 'deleted'\n"
                               "ON CONFLICT DO NOTHING\n"
                               "RETURNING user_id";

static const char sql_leave[] = "DELETE FROM memberships\n"
                                "WHERE tenant_id = $1\n"
                                "  AND user_id = $2\n"
                                "RETURNING user_id";

static const char sql_take_roles[] = "DELETE FROM user_roles\n"
                                     "WHERE user_id = $1\n"
                                     "  AND given_in = $2";

static const char sql_has[] = "SELECT 1\n"
                              "FROM memberships\n"
                              "WHERE tenant_id = $1\n"
                              "  AND user_id = $2";

const char sql_membership_is_live[] = "SELECT 1\n"
                                      "FROM memberships m\n"
                                      "JOIN tenants t ON t.id = m.tenant_id\n"
                                      "WHERE m.tenant_id = $1\n"
                                      "  AND m.user_id = $2\n"
                                      "  AND t.status = 'active'";

static const char sql_of_member[] = "SELECT " TENANT_COLUMNS "\n"
                                    "FROM memberships m\n"
                                    "JOIN tenants t ON t.id = m.tenant_id\n"
                                    "WHERE m.tenant_id = $1\n"
                                    "  AND m.user_id = $2\n"
                                    "  AND t.status = 'active'";

static const char sql_of_user[] = "SELECT " TENANT_COLUMNS "\n"
                                  "FROM memberships m\n"
                                  "JOIN tenants t ON t.id = m.tenant_id\n"
                                  "WHERE m.user_id = $1\n"
                                  "  AND m.tenant_id > $2\n"
                                  "  AND t.status = 'active'\n"
                                  "ORDER BY m.tenant_id\n"
                                  "LIMIT $3";

static const char sql_of_tenant[] = "SELECT m.user_id\n"
                                    "FROM memberships m\n"
                                    "WHERE m.tenant_id = $1\n"
                                    "  AND m.user_id > $2\n"
                                    "ORDER BY m.user_id\n"
                                    "LIMIT $3";

RESULT membership_add(struct ctx *c, const char *tenant_id, const char *user_id, bool *added)
{
    struct table t;
    TRY(DB_RUN(c, sql_join, &t, P_TEXT(tenant_id), P_TEXT(user_id), P_INT(c->now)));
    *added = t.rows > 0;
    return ok();
}

struct leaving {
    const char *tenant_id, *user_id;
    bool removed;
};

static RESULT leave_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct leaving *leaving = arg;
    struct param tenant = P_TEXT(leaving->tenant_id);
    struct param user = P_TEXT(leaving->user_id);
    struct table t;
    TRY(DB_RUN(c, sql_leave, &t, tenant, user));
    leaving->removed = t.rows > 0;
    if (!leaving->removed)
        return ok();
    TRY(DB_RUN(c, sql_take_roles, NULL, user, tenant));
    return end_membership(c, leaving->tenant_id, leaving->user_id);
}

RESULT membership_remove(struct ctx *c, const char *tenant_id, const char *user_id, bool *removed)
{
    struct leaving leaving = { .tenant_id = tenant_id, .user_id = user_id };
    TRY(db_atomically(c, leave_in, &leaving));
    *removed = leaving.removed;
    return ok();
}

RESULT membership_has(struct ctx *c, const char *tenant_id, const char *user_id, bool *has)
{
    struct table t;
    TRY(DB_RUN(c, sql_has, &t, P_TEXT(tenant_id), P_TEXT(user_id)));
    *has = t.rows > 0;
    return ok();
}

RESULT tenant_of_member(struct ctx *c, const char *tenant_id, const char *user_id,
                        const struct tenant_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_of_member, &t, P_TEXT(tenant_id), P_TEXT(user_id)));
    *out = t.rows > 0 ? tenants_read(c, &t).at : NULL;
    return ok();
}

RESULT membership_is_live(struct ctx *c, const char *tenant_id, const char *user_id, bool *live)
{
    struct table t;
    TRY(DB_RUN(c, sql_membership_is_live, &t, P_TEXT(tenant_id), P_TEXT(user_id)));
    *live = t.rows > 0;
    return ok();
}

RESULT memberships_of_user(struct ctx *c, const char *user_id, struct page page,
                           struct tenant_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_of_user, &t, P_TEXT(user_id), P_TEXT(page.after != NULL ? page.after : ""),
               P_INT(page.limit)));
    *out = tenants_read(c, &t);
    return ok();
}

RESULT memberships_of_tenant(struct ctx *c, const char *tenant_id, struct page page,
                             struct texts *user_ids)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_of_tenant, &t, P_TEXT(tenant_id),
               P_TEXT(page.after != NULL ? page.after : ""), P_INT(page.limit)));
    *user_ids = (struct texts){ t.cells, t.rows };
    return ok();
}
