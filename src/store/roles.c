/* SPDX-License-Identifier: Apache-2.0 */
#include "store/roles.h"

#include "store/hot_queries.h"
#include "store/tenants.h"

/* In the tables '' stands for "of all tenants". */
static struct param tenant_param(const char *tenant_id)
{
    return P_TEXT(tenant_id != NULL ? tenant_id : "");
}

/* ---- definitions ---- */

static const char sql_find_builtin[] = "SELECT name\n"
                                       "FROM roles\n"
                                       "WHERE tenant_id IN ('', $1)\n"
                                       "  AND name = $2\n"
                                       "  AND builtin = 1";

static const char sql_set[] = "INSERT INTO roles (tenant_id, name, description, builtin)\n"
                              "VALUES ($1, $2, $3, $4)\n"
                              "ON CONFLICT (tenant_id, name) DO UPDATE\n"
                              "SET description = excluded.description, builtin = excluded.builtin";

static const char sql_forbid_all[] = "DELETE FROM role_permissions\n"
                                     "WHERE tenant_id = $1\n"
                                     "  AND role = $2";

static const char sql_permit[] = "INSERT INTO role_permissions (tenant_id, role, permission)\n"
                                 "VALUES ($1, $2, $3)\n"
                                 "ON CONFLICT DO NOTHING";

static const char sql_remove[] = "DELETE FROM roles\n"
                                 "WHERE tenant_id = $1\n"
                                 "  AND name = $2\n"
                                 "  AND builtin = 0\n"
                                 "RETURNING name";

#define SQL_ROLES(which)                                                                           \
    "SELECT r.tenant_id, r.name, r.description, r.builtin, p.permission\n"                         \
    "FROM roles r\n"                                                                               \
    "LEFT JOIN role_permissions p ON p.tenant_id = r.tenant_id AND p.role = r.name\n"              \
    "WHERE r.tenant_id IN ('', $1)\n" which "ORDER BY r.tenant_id, r.name, p.permission"
static const char sql_list[] = SQL_ROLES("");
static const char sql_list_named[] = SQL_ROLES("  AND r.name = $2\n");

struct setting {
    const struct role_row *role;
    bool done;
};

static RESULT set_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct setting *setting = arg;
    const struct role_row *role = setting->role;
    struct param tenant = tenant_param(role->tenant_id);
    struct param name = P_TEXT(role->name);
    struct table t;
    TRY(DB_RUN(c, sql_find_builtin, &t, tenant, name));
    setting->done = role->builtin || t.rows == 0;
    if (!setting->done)
        return ok();
    TRY(DB_RUN(c, sql_set, NULL, tenant, name, P_TEXT(role->description), P_INT(role->builtin)));
    TRY(DB_RUN(c, sql_forbid_all, NULL, tenant, name));
    for (size_t i = 0; i < role->permissions.n; i++)
        TRY(DB_RUN(c, sql_permit, NULL, tenant, name, P_TEXT(role->permissions.at[i])));
    return ok();
}

RESULT role_set(struct ctx *c, const struct role_row *role, bool *done)
{
    must(!role->builtin || role->tenant_id == NULL);
    struct setting setting = { .role = role };
    TRY(db_atomically(c, set_in, &setting));
    *done = setting.done;
    return ok();
}

RESULT role_remove(struct ctx *c, const char *tenant_id, const char *name, bool *removed)
{
    struct table t;
    TRY(DB_RUN(c, sql_remove, &t, tenant_param(tenant_id), P_TEXT(name)));
    *removed = t.rows > 0;
    return ok();
}

/* The row of `t` begins another role than the one before. */
static bool begins_role(const struct table *t, size_t row)
{
    return row == 0 || !text_equal(table_text(t, row, 0), table_text(t, row - 1, 0)) ||
           !text_equal(table_text(t, row, 1), table_text(t, row - 1, 1));
}

static struct role_row role_begun(const struct table *t, size_t row, const char **permissions)
{
    const char *tenant_id = table_text(t, row, 0);
    return (struct role_row){ .tenant_id = tenant_id[0] == '\0' ? NULL : tenant_id,
                              .name = table_text(t, row, 1),
                              .description = table_text(t, row, 2),
                              .builtin = table_int(t, row, 3) != 0,
                              .permissions = { .at = permissions } };
}

static struct role_rows read_roles(struct arena *a, const struct table *t)
{
    struct role_row *roles = ARENA_NEWS(a, struct role_row, t->rows);
    const char **permissions = ARENA_NEWS(a, const char *, t->rows);
    size_t n = 0;
    for (size_t i = 0; i < t->rows; i++) {
        if (begins_role(t, i))
            roles[n++] = role_begun(t, i, permissions + i);
        permissions[i] = table_text(t, i, 4);
        roles[n - 1].permissions.n += permissions[i] != NULL;
    }
    return (struct role_rows){ roles, n };
}

RESULT roles_in(struct ctx *c, const char *tenant_id, struct role_rows *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_list, &t, tenant_param(tenant_id)));
    *out = read_roles(c->arena, &t);
    return ok();
}

RESULT role_find(struct ctx *c, const char *tenant_id, const char *name,
                 const struct role_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_list_named, &t, tenant_param(tenant_id), P_TEXT(name)));
    struct role_rows found = read_roles(c->arena, &t);
    *out = found.n == 0 ? NULL : &found.at[found.n - 1];
    return ok();
}

/* ---- who has them ---- */

/* A tenant's own role goes before the one of all tenants. */
static const char sql_find[] = "SELECT tenant_id\n"
                               "FROM roles\n"
                               "WHERE tenant_id IN ('', $1)\n"
                               "  AND name = $2\n"
                               "ORDER BY tenant_id DESC\n"
                               "LIMIT 1";

static const char sql_may_have[] =
    "SELECT 1\n"
    "FROM users u\n"
    "WHERE u.id = $2\n"
    "  AND u.status <> 'deleted'\n"
    "  AND ($1 = '' OR EXISTS (SELECT 1 FROM memberships m\n"
    "                          WHERE m.tenant_id = $1 AND m.user_id = $2))";

static const char sql_give[] =
    "INSERT INTO user_roles (user_id, given_in, tenant_id, role, given_at)\n"
    "VALUES ($1, $2, $3, $4, $5)\n"
    "ON CONFLICT DO NOTHING\n"
    "RETURNING role";

static const char sql_take[] = "DELETE FROM user_roles\n"
                               "WHERE user_id = $1\n"
                               "  AND given_in = $2\n"
                               "  AND role = $3\n"
                               "RETURNING role";

/* Not IN: SQLite makes a table of its own of such a list, each time. */
#define ACCESS_GIVEN_IN(which)                                                                     \
    "SELECT u.role, p.permission\n"                                                                \
    "FROM user_roles u\n"                                                                          \
    "LEFT JOIN role_permissions p ON p.tenant_id = u.tenant_id AND p.role = u.role\n"              \
    "WHERE u.user_id = $1\n"                                                                       \
    "  AND u.given_in = " which "\n"
const char sql_access_of[] =
    ACCESS_GIVEN_IN("''") "UNION ALL\n" ACCESS_GIVEN_IN("$2") "  AND $2 <> ''";

struct giving {
    const char *tenant_id, *user_id, *name;
    enum role_outcome how;
};

static RESULT give_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct giving *giving = arg;
    struct param given_in = tenant_param(giving->tenant_id);
    struct param user = P_TEXT(giving->user_id);
    struct param name = P_TEXT(giving->name);
    struct table role;
    struct table t;
    TRY(DB_RUN(c, sql_find, &role, given_in, name));
    giving->how = ROLE_UNKNOWN;
    if (role.rows == 0)
        return ok();
    TRY(DB_RUN(c, sql_may_have, &t, given_in, user));
    giving->how = ROLE_NO_MEMBER;
    if (t.rows == 0)
        return ok();
    TRY(DB_RUN(c, sql_give, &t, user, given_in, P_TEXT(table_text(&role, 0, 0)), name,
               P_INT(c->now)));
    giving->how = t.rows > 0 ? ROLE_GIVEN : ROLE_HAD;
    return ok();
}

RESULT role_give(struct ctx *c, const char *tenant_id, const char *user_id, const char *name,
                 enum role_outcome *how)
{
    struct giving giving = { .tenant_id = tenant_id, .user_id = user_id, .name = name };
    TRY(db_atomically(c, give_in, &giving));
    *how = giving.how;
    return ok();
}

RESULT role_take(struct ctx *c, const char *tenant_id, const char *user_id, const char *name,
                 bool *taken)
{
    struct table t;
    TRY(DB_RUN(c, sql_take, &t, P_TEXT(user_id), tenant_param(tenant_id), P_TEXT(name)));
    *taken = t.rows > 0;
    return ok();
}

/* The texts of a column, sorted and each once.  Sorted here: a database would make a table for it.
 */
static struct texts column_sorted(struct arena *a, const struct table *t, size_t column)
{
    const char **texts = ARENA_NEWS(a, const char *, t->rows);
    size_t n = 0;
    for (size_t i = 0; i < t->rows; i++) {
        if (table_text(t, i, column) != NULL)
            texts[n++] = table_text(t, i, column);
    }
    texts_sort((struct texts){ texts, n });
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || !text_equal(texts[kept - 1], texts[i]))
            texts[kept++] = texts[i];
    }
    return (struct texts){ texts, kept };
}

RESULT access_of(struct ctx *c, const char *user_id, const char *tenant_id, struct access_row *out)
{
    struct table t;
    TRY(DB_RUN_KEPT(c, sql_access_of, &t, P_TEXT(user_id), tenant_param(tenant_id)));
    *out = (struct access_row){ .roles = column_sorted(c->arena, &t, 0),
                                .permissions = column_sorted(c->arena, &t, 1) };
    return ok();
}

static const char sql_given[] = "SELECT role\n"
                                "FROM user_roles\n"
                                "WHERE user_id = $1\n"
                                "  AND given_in = $2\n"
                                "ORDER BY role";

RESULT roles_given(struct ctx *c, const char *user_id, const char *tenant_id, struct texts *names)
{
    struct table t;
    TRY(DB_RUN(c, sql_given, &t, P_TEXT(user_id), tenant_param(tenant_id)));
    *names = column_sorted(c->arena, &t, 0);
    return ok();
}

const char sql_permissions_held[] =
    "SELECT u.given_in, p.permission\n"
    "FROM user_roles u\n"
    "JOIN role_permissions p ON p.tenant_id = u.tenant_id AND p.role = u.role\n"
    "WHERE u.user_id = $1";

RESULT permissions_held(struct ctx *c, const char *user_id, struct held_rows *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_permissions_held, &t, P_TEXT(user_id)));
    struct held_row *rows = ARENA_NEWS(c->arena, struct held_row, t.rows);
    for (size_t i = 0; i < t.rows; i++) {
        const char *tenant_id = table_text(&t, i, 0);
        rows[i] =
            (struct held_row){ tenant_id[0] == '\0' ? NULL : tenant_id, table_text(&t, i, 1) };
    }
    *out = (struct held_rows){ rows, t.rows };
    return ok();
}

static const char sql_places[] = "SELECT given_in\n"
                                 "FROM user_roles\n"
                                 "WHERE user_id = $1\n"
                                 "  AND role = $2";

RESULT role_places(struct ctx *c, const char *user_id, const char *name, struct texts *tenant_ids)
{
    struct table t;
    TRY(DB_RUN(c, sql_places, &t, P_TEXT(user_id), P_TEXT(name)));
    for (size_t i = 0; i < t.rows; i++)
        if (t.cells[i][0] == '\0')
            t.cells[i] = TENANT_DEFAULT_ID;
    *tenant_ids = column_sorted(c->arena, &t, 0);
    return ok();
}

static const char sql_held_by_others[] = "SELECT 1\n"
                                         "FROM user_roles r\n"
                                         "JOIN users u ON u.id = r.user_id\n"
                                         "WHERE r.tenant_id IN ('', $1)\n"
                                         "  AND r.role = $2\n"
                                         "  AND r.given_in IN ('', $1)\n"
                                         "  AND r.user_id <> $3\n"
                                         "  AND u.status = 'active'\n"
                                         "LIMIT 1";

RESULT role_held_by_others(struct ctx *c, const char *tenant_id, const char *user_id,
                           const char *name, bool *held)
{
    struct table t;
    TRY(DB_RUN(c, sql_held_by_others, &t, tenant_param(tenant_id), P_TEXT(name), P_TEXT(user_id)));
    *held = t.rows > 0;
    return ok();
}
