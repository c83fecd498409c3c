/* SPDX-License-Identifier: Apache-2.0 */
#include "store/users.h"

#include "base/random.h"
#include "store/hot_queries.h"

#include <string.h>

/* ---- rows ---- */

enum { USER_COLUMNS = 13 };

#define SQL_USER                                                                                   \
    "u.id, u.email, u.email_entered, u.full_name, u.status, u.email_verified_at,\n"                \
    "       u.default_tenant_id, u.created_at, u.updated_at, u.last_login_at, u.epoch,\n"          \
    "       (SELECT count(*) FROM totp_factors f\n"                                                \
    "        WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL),\n"                            \
    "       u.locale"

static enum user_status status_of(const char *text)
{
    if (text_equal(text, "active"))
        return USER_ACTIVE;
    if (text_equal(text, "disabled"))
        return USER_DISABLED;
    must(text_equal(text, "deleted"));
    return USER_DELETED;
}

static struct user_row user_of(const struct table *t, size_t row)
{
    return (struct user_row){
        .id = table_text(t, row, 0),
        .email = table_text(t, row, 1),
        .email_entered = table_text(t, row, 2),
        .full_name = table_text(t, row, 3),
        .status = status_of(table_text(t, row, 4)),
        .email_verified_at = table_int(t, row, 5),
        .default_tenant_id = table_text(t, row, 6),
        .created_at = table_int(t, row, 7),
        .updated_at = table_int(t, row, 8),
        .last_login_at = table_int(t, row, 9),
        .epoch = table_int(t, row, 10),
        .totp = table_int(t, row, 11) > 0,
        .locale = table_text(t, row, 12),
    };
}

static const struct user_row *first_user(struct ctx *c, const struct table *t)
{
    if (t->rows == 0)
        return NULL;
    struct user_row *user = ARENA_NEW(c->arena, struct user_row);
    *user = user_of(t, 0);
    return user;
}

/* ---- a new one ---- */

static const char sql_add[] =
    "INSERT INTO users (id, email, email_entered, full_name, status, email_verified_at,\n"
    "                   default_tenant_id, factor_failures, epoch, created_at, updated_at)\n"
    "VALUES ($1, $2, $3, $4, 'active', $5, $6, 0, 1, $7, $7)\n"
    "ON CONFLICT (email) DO NOTHING\n"
    "RETURNING id";

static const char sql_add_password[] =
    "INSERT INTO credentials (user_id, kind, hash, must_change, changed_at)\n"
    "VALUES ($1, 'password', $2, $3, $4)";

static const char sql_add_member[] = "INSERT INTO memberships (tenant_id, user_id, created_at)\n"
                                     "VALUES ($1, $2, $3)";

struct adding {
    const struct user_new *user;
    const char *id; /* NULL: the address is taken */
};

static RESULT add(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct adding *a = arg;
    const struct user_new *u = a->user;
    struct table t;
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(random_uuid(c)), P_TEXT(u->email), P_TEXT(u->email_entered),
               P_TEXT(u->full_name), P_TIME(u->verified ? c->now : 0), P_TEXT(u->tenant_id),
               P_INT(c->now)));
    a->id = t.rows == 0 ? NULL : table_text(&t, 0, 0);
    if (a->id == NULL)
        return ok();
    if (u->password_hash != NULL)
        TRY(DB_RUN(c, sql_add_password, NULL, P_TEXT(a->id), P_TEXT(u->password_hash),
                   P_INT(u->must_change), P_INT(c->now)));
    if (u->tenant_id != NULL)
        TRY(DB_RUN(c, sql_add_member, NULL, P_TEXT(u->tenant_id), P_TEXT(a->id), P_INT(c->now)));
    return ok();
}

RESULT user_add(struct ctx *c, const struct user_new *user, const char **id)
{
    struct adding a = { .user = user };
    TRY(db_atomically(c, add, &a));
    *id = a.id;
    return ok();
}

/* ---- finding ---- */

const char sql_user_find[] = "SELECT " SQL_USER "\n"
                             "FROM users u\n"
                             "WHERE u.id = $1";

static const char sql_find_email[] = "SELECT " SQL_USER "\n"
                                     "FROM users u\n"
                                     "WHERE u.email = $1";

RESULT user_find(struct ctx *c, const char *id, const struct user_row **out)
{
    struct table t;
    TRY(DB_RUN_KEPT(c, sql_user_find, &t, P_TEXT(id)));
    *out = first_user(c, &t);
    return ok();
}

RESULT user_find_email(struct ctx *c, const char *email, const struct user_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find_email, &t, P_TEXT(email)));
    *out = first_user(c, &t);
    return ok();
}

const char sql_login_find[] =
    "SELECT " SQL_USER ",\n"
    "       p.hash, p.must_change, r.password_hash, r.id,\n"
    "       (SELECT count(*) FROM memberships m\n"
    "        JOIN tenants t ON t.id = m.tenant_id\n"
    "        WHERE m.tenant_id = u.default_tenant_id\n"
    "          AND m.user_id = u.id\n"
    "          AND t.status = 'active')\n"
    "FROM users u\n"
    "LEFT JOIN credentials p ON p.user_id = u.id AND p.kind = 'password'\n"
    "LEFT JOIN registrations r\n"
    "  ON r.user_id = u.id\n"
    " AND r.number = (SELECT max(n.number) FROM registrations n WHERE n.user_id = u.id)\n"
    " AND r.expires_at > $2\n"
    " AND u.email_verified_at IS NULL\n"
    "WHERE u.email = $1";

RESULT login_find(struct ctx *c, const char *email, const struct login_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_login_find, &t, P_TEXT(email), P_INT(c->now)));
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct login_row *login = ARENA_NEW(c->arena, struct login_row);
    *login = (struct login_row){
        .user = user_of(&t, 0),
        .password_hash = table_text(&t, 0, USER_COLUMNS),
        .must_change = table_int(&t, 0, USER_COLUMNS + 1) != 0,
        .pending_hash = table_text(&t, 0, USER_COLUMNS + 2),
        .registration_id = table_text(&t, 0, USER_COLUMNS + 3),
        .default_tenant_live = table_int(&t, 0, USER_COLUMNS + 4) > 0,
    };
    *out = login;
    return ok();
}

/* ---- pages ---- */

static const char sql_page[] = "SELECT " SQL_USER "\n"
                               "FROM users u\n"
                               "WHERE u.id > $1\n"
                               "  AND u.status <> 'deleted'\n"
                               "ORDER BY u.id\n"
                               "LIMIT $2";

static const char sql_page_of_email[] = "SELECT " SQL_USER "\n"
                                        "FROM users u\n"
                                        "WHERE u.id > $1\n"
                                        "  AND u.email >= $3\n"
                                        "  AND u.email < $4\n"
                                        "ORDER BY u.id\n"
                                        "LIMIT $2";

/* Comes after every character that an address can have. */
#define LAST_CHARACTER "\xf4\x8f\xbf\xbf"

static const char *end_of_addresses(struct ctx *c, const char *starts)
{
    return text_printf(c->arena, "%s" LAST_CHARACTER, starts);
}

static RESULT read_page(struct ctx *c, const char *email_starts, struct page page, struct table *t)
{
    struct param after = P_TEXT(page.after == NULL ? "" : page.after);
    if (email_starts == NULL)
        return DB_RUN(c, sql_page, t, after, P_INT(page.limit));
    return DB_RUN(c, sql_page_of_email, t, after, P_INT(page.limit), P_TEXT(email_starts),
                  P_TEXT(end_of_addresses(c, email_starts)));
}

static struct user_rows users_read(struct ctx *c, const struct table *t)
{
    struct user_row *users = ARENA_NEWS(c->arena, struct user_row, t->rows);
    for (size_t i = 0; i < t->rows; i++)
        users[i] = user_of(t, i);
    return (struct user_rows){ .at = users, .n = t->rows };
}

RESULT users_page(struct ctx *c, const char *email_starts, struct page page, struct user_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(read_page(c, email_starts, page, &t));
    *out = users_read(c, &t);
    return ok();
}

const char sql_users_of_tenant[] = "SELECT " SQL_USER "\n"
                                   "FROM memberships m\n"
                                   "JOIN users u ON u.id = m.user_id\n"
                                   "WHERE m.tenant_id = $1\n"
                                   "  AND m.user_id > $2\n"
                                   "  AND u.status <> 'deleted'\n"
                                   "  AND ($4 = '' OR u.status = $4)\n"
                                   "ORDER BY m.user_id\n"
                                   "LIMIT $3";
/* Not EXISTS: PostgreSQL would begin with all members, and sort whom it finds. */
#define IS_MEMBER                                                                                  \
    "(SELECT count(*) FROM memberships m WHERE m.tenant_id = $1 AND m.user_id = u.id) > 0"
const char sql_users_of_tenant_disabled[] = "SELECT " SQL_USER "\n"
                                            "FROM users u\n"
                                            "WHERE u.status = 'disabled'\n"
                                            "  AND u.id > $2\n"
                                            "  AND u.id <= $5\n"
                                            "  AND u.status = $4\n"
                                            "  AND " IS_MEMBER "\n"
                                            "ORDER BY u.id\n"
                                            "LIMIT $3";
/* One lower bound: of two, SQLite would seek the first and read all up to the second. */
const char sql_users_of_tenant_called[] = "SELECT " SQL_USER "\n"
                                          "FROM users u\n"
                                          "WHERE u.email >= $5\n"
                                          "  AND u.email <= $6\n"
                                          "  AND u.email <> $2\n"
                                          "  AND ($4 = '' OR u.status = $4)\n"
                                          "  AND " IS_MEMBER "\n"
                                          "ORDER BY u.email\n"
                                          "LIMIT $3";
/* CROSS, and what no index has: both databases begin with the members. */
const char sql_users_of_few_called[] = "SELECT " SQL_USER "\n"
                                       "FROM memberships m\n"
                                       "CROSS JOIN users u\n"
                                       "WHERE m.tenant_id = $1\n"
                                       "  AND u.id = m.user_id\n"
                                       "  AND u.email || '' >= $5\n"
                                       "  AND u.email || '' <= $6\n"
                                       "  AND u.email <> $2\n"
                                       "  AND ($4 = '' OR u.status = $4)\n"
                                       "ORDER BY u.email\n"
                                       "LIMIT $3";

/* How many rows a page may look at: they are in the order of an index that has little else. */
#define LOOKED_AT "2000"
static const char sql_is_large[] = "SELECT user_id\n"
                                   "FROM memberships\n"
                                   "WHERE tenant_id = $1\n"
                                   "ORDER BY user_id\n"
                                   "LIMIT 1 OFFSET " LOOKED_AT;
static const char sql_last_called[] = "SELECT email\n"
                                      "FROM users\n"
                                      "WHERE email >= $1\n"
                                      "  AND email < $2\n"
                                      "ORDER BY email\n"
                                      "LIMIT 1 OFFSET " LOOKED_AT;
static const char sql_last_disabled[] = "SELECT id\n"
                                        "FROM users\n"
                                        "WHERE status = 'disabled'\n"
                                        "  AND id > $1\n"
                                        "ORDER BY id\n"
                                        "LIMIT 1 OFFSET " LOOKED_AT;

/* A search of a tenant's members. */
struct search {
    const struct member_filter *filter;
    struct page page;
    const char *cut; /* the last that is looked at; NULL: all are */
};

static RESULT is_large(struct ctx *c, const char *tenant_id, bool *large)
{
    struct table t;
    TRY(DB_RUN(c, sql_is_large, &t, P_TEXT(tenant_id)));
    *large = t.rows > 0;
    return ok();
}

static RESULT read_called(struct ctx *c, struct search *s, const struct param *common,
                          struct table *t)
{
    const char *starts = s->filter->email_starts;
    const char *end = end_of_addresses(c, starts);
    bool goes_on = s->page.after != NULL && strcmp(s->page.after, starts) > 0;
    const char *first = goes_on ? s->page.after : starts;
    bool large = false;
    struct table last = { 0 };
    TRY(is_large(c, s->filter->tenant_id, &large));
    if (large)
        TRY(DB_RUN(c, sql_last_called, &last, P_TEXT(first), P_TEXT(end)));
    s->cut = last.rows > 0 ? table_text(&last, 0, 0) : NULL;
    return DB_RUN(c, large ? sql_users_of_tenant_called : sql_users_of_few_called, t, common[0],
                  common[1], common[2], common[3], P_TEXT(first),
                  P_TEXT(s->cut != NULL ? s->cut : end));
}

static RESULT read_disabled(struct ctx *c, struct search *s, const struct param *common,
                            struct table *t)
{
    struct table last;
    TRY(DB_RUN(c, sql_last_disabled, &last, common[1]));
    s->cut = last.rows > 0 ? table_text(&last, 0, 0) : NULL;
    return DB_RUN(c, sql_users_of_tenant_disabled, t, common[0], common[1], common[2], common[3],
                  P_TEXT(s->cut != NULL ? s->cut : "~"));
}

static RESULT read_members(struct ctx *c, struct search *s, struct table *t)
{
    const struct member_filter *filter = s->filter;
    const struct param common[] = { P_TEXT(filter->tenant_id),
                                    P_TEXT(s->page.after == NULL ? "" : s->page.after),
                                    P_INT(s->page.limit),
                                    P_TEXT(filter->status == NULL ? "" : filter->status) };
    bool large = false;
    if (filter->email_starts != NULL)
        return read_called(c, s, common, t);
    if (text_equal(common[3].text, "disabled"))
        TRY(is_large(c, filter->tenant_id, &large));
    if (large)
        return read_disabled(c, s, common, t);
    return DB_RUN(c, sql_users_of_tenant, t, common[0], common[1], common[2], common[3]);
}

RESULT users_of_tenant(struct ctx *c, const struct member_filter *filter, struct page page,
                       struct user_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct search search = { .filter = filter, .page = page };
    struct table t;
    TRY(read_members(c, &search, &t));
    *out = users_read(c, &t);
    out->goes_on = (int64_t)out->n < page.limit ? search.cut : NULL;
    return ok();
}

/* ---- small changes ---- */

static const char sql_set_profile[] = "UPDATE users\n"
                                      "SET full_name = COALESCE($2, full_name),\n"
                                      "    default_tenant_id = COALESCE($3, default_tenant_id),\n"
                                      "    locale = COALESCE($4, locale),\n"
                                      "    updated_at = $5\n"
                                      "WHERE id = $1\n"
                                      "  AND status <> 'deleted'\n"
                                      "RETURNING id";

RESULT user_set_profile(struct ctx *c, const char *id, const struct user_profile *profile,
                        bool *found)
{
    struct table t;
    TRY(DB_RUN(c, sql_set_profile, &t, P_TEXT(id), P_TEXT(profile->full_name),
               P_TEXT(profile->default_tenant_id), P_TEXT(profile->locale), P_INT(c->now)));
    *found = t.rows > 0;
    return ok();
}

static const char sql_logged_in[] = "UPDATE users\n"
                                    "SET last_login_at = $2, locale = COALESCE($3, locale, $4)\n"
                                    "WHERE id = $1\n"
                                    "  AND status <> 'deleted'";

RESULT user_logged_in(struct ctx *c, const char *id, const char *chosen, const char *asked)
{
    return DB_RUN(c, sql_logged_in, NULL, P_TEXT(id), P_INT(c->now), P_TEXT(chosen), P_TEXT(asked));
}

static const char sql_locale[] = "SELECT locale\n"
                                 "FROM users\n"
                                 "WHERE id = $1";

RESULT user_locale(struct ctx *c, const char *id, const char **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_locale, &t, P_TEXT(id)));
    *out = t.rows == 0 ? NULL : table_text(&t, 0, 0);
    return ok();
}
