/* SPDX-License-Identifier: Apache-2.0 */
#include "store/registrations.h"

#include "base/random.h"
#include "store/endings.h"
#include "store/one_time_tokens.h"
#include "store/roles.h"
#include "store/tenants.h"
#include "store/users.h"

/* ---- registering ---- */

/* The row of an address that nobody has. */
static const char sql_add_user[] =
    "INSERT INTO users (id, email, email_entered, full_name, status, default_tenant_id,\n"
    "                   factor_failures, epoch, created_at, updated_at)\n"
    "VALUES ($1, $2, $3, $4, 'active', $5, 0, 1, $6, $6)\n"
    "ON CONFLICT (email) DO NOTHING\n"
    "RETURNING id";

static const char sql_find_user[] =
    "SELECT id, CASE WHEN status = 'active' AND email_verified_at IS NULL THEN 1 ELSE 0 END\n"
    "FROM users\n"
    "WHERE email = $1";

static const char sql_add_member[] = "INSERT INTO memberships (tenant_id, user_id, created_at)\n"
                                     "VALUES ($1, $2, $3)";

static const char sql_add_password[] =
    "INSERT INTO credentials (user_id, kind, hash, must_change, changed_at)\n"
    "VALUES ($1, 'password', $2, 0, $3)";

static const char sql_add[] =
    "INSERT INTO registrations (id, user_id, number, email_entered, full_name, password_hash,\n"
    "                           created_at, expires_at, tenant_id)\n"
    "VALUES ($1, $2, (SELECT COALESCE(max(number), 0) + 1 FROM registrations WHERE user_id = $2),\n"
    "        $3, $4, $5, $6, $7, $8)";

/* One comes, so at most one goes. */
static const char sql_thin[] = "DELETE FROM registrations\n"
                               "WHERE user_id = $1\n"
                               "  AND number <= (SELECT max(number) FROM registrations\n"
                               "                 WHERE user_id = $1) - $2\n"
                               "RETURNING id";

static const char sql_drop_links[] = "DELETE FROM one_time_tokens\n"
                                     "WHERE kind = 'verify_email'\n"
                                     "  AND about = $1\n"
                                     "  AND used_at IS NULL";

struct registering {
    const struct registration_new *new;
    enum registration_outcome how;
    const char *user_id;
};

static RESULT add_user(struct ctx *c, struct registering *r)
{
    const struct registration_new *new = r->new;
    struct param now = P_INT(c->now);
    struct table t;
    TRY(DB_RUN(c, sql_add_user, &t, P_TEXT(random_uuid(c)), P_TEXT(new->email),
               P_TEXT(new->email_entered), P_TEXT(new->full_name), P_TEXT(new->tenant_id), now));
    if (t.rows == 0) {
        TRY(DB_RUN(c, sql_find_user, &t, P_TEXT(new->email)));
        r->how = table_int(&t, 0, 1) != 0 ? REGISTRATION_PENDING : REGISTRATION_TAKEN;
        r->user_id = table_text(&t, 0, 0);
        return ok();
    }
    r->how = REGISTRATION_NEW;
    r->user_id = table_text(&t, 0, 0);
    if (new->tenant_id != NULL)
        TRY(DB_RUN(c, sql_add_member, NULL, P_TEXT(new->tenant_id), P_TEXT(r->user_id), now));
    if (!new->usable)
        return ok();
    return DB_RUN(c, sql_add_password, NULL, P_TEXT(r->user_id), P_TEXT(new->password_hash), now);
}

static RESULT thin(struct ctx *c, const char *user_id)
{
    struct table gone;
    TRY(DB_RUN(c, sql_thin, &gone, P_TEXT(user_id), P_INT(REGISTRATIONS_MAX)));
    for (size_t i = 0; i < gone.rows; i++)
        TRY(DB_RUN(c, sql_drop_links, NULL, P_TEXT(table_text(&gone, i, 0))));
    return ok();
}

static RESULT add(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct registering *r = arg;
    const struct registration_new *new = r->new;
    TRY(add_user(c, r));
    if (r->how == REGISTRATION_TAKEN)
        return ok();
    const char *id = random_uuid(c);
    TRY(DB_RUN(c, sql_add, NULL, P_TEXT(id), P_TEXT(r->user_id), P_TEXT(new->email_entered),
               P_TEXT(new->full_name), P_TEXT(new->password_hash), P_INT(c->now),
               P_INT(new->expires_at), P_TEXT(new->joining)));
    TRY(one_time_add(c, &(struct one_time_new){ .kind = ONE_TIME_VERIFY_EMAIL,
                                                .hash = new->link_hash,
                                                .user_id = r->user_id,
                                                .about = id,
                                                .expires_at = new->expires_at }));
    return thin(c, r->user_id);
}

RESULT registration_add(struct ctx *c, const struct registration_new *new,
                        enum registration_outcome *how, const char **user_id)
{
    struct registering r = { .new = new };
    TRY(db_atomically(c, add, &r));
    *how = r.how;
    *user_id = r.user_id;
    return ok();
}

/* ---- sending a link again ---- */

static const char sql_extend[] =
    "UPDATE registrations\n"
    "SET expires_at = CASE WHEN expires_at < $2 THEN $2 ELSE expires_at END\n"
    "WHERE id = $1\n"
    "  AND expires_at > $3\n"
    "RETURNING user_id";

struct relinking {
    const char *id, *link_hash;
    int64_t expires_at;
    bool found;
};

static RESULT relink(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct relinking *r = arg;
    struct table t;
    TRY(DB_RUN(c, sql_extend, &t, P_TEXT(r->id), P_INT(r->expires_at), P_INT(c->now)));
    r->found = t.rows > 0;
    if (!r->found)
        return ok();
    return one_time_add(c, &(struct one_time_new){ .kind = ONE_TIME_VERIFY_EMAIL,
                                                   .hash = r->link_hash,
                                                   .user_id = table_text(&t, 0, 0),
                                                   .about = r->id,
                                                   .expires_at = r->expires_at });
}

RESULT registration_relink(struct ctx *c, const char *id, const char *link_hash, int64_t expires_at,
                           bool *found)
{
    struct relinking r = { .id = id, .link_hash = link_hash, .expires_at = expires_at };
    TRY(db_atomically(c, relink, &r));
    *found = r.found;
    return ok();
}

static const char sql_newest[] =
    "SELECT id, (SELECT count(*) FROM registrations o\n"
    "            WHERE o.user_id = r.user_id AND o.id <> r.id AND o.expires_at > $2)\n"
    "         + (SELECT count(*) FROM credentials k\n"
    "            WHERE k.user_id = r.user_id AND k.hash <> r.password_hash)\n"
    "FROM registrations r\n"
    "WHERE user_id = $1\n"
    "  AND expires_at > $2\n"
    "ORDER BY number DESC\n"
    "LIMIT 1";

RESULT registration_newest(struct ctx *c, const char *user_id, const char **id, bool *several)
{
    struct table t;
    TRY(DB_RUN(c, sql_newest, &t, P_TEXT(user_id), P_INT(c->now)));
    *id = t.rows == 0 ? NULL : table_text(&t, 0, 0);
    *several = t.rows > 0 && table_int(&t, 0, 1) > 0;
    return ok();
}

/* ---- verifying ---- */

static const char sql_find[] = "SELECT email_entered, full_name, password_hash, tenant_id\n"
                               "FROM registrations\n"
                               "WHERE id = $1";

static const char sql_verify_user[] =
    "UPDATE users\n"
    "SET email_verified_at = $2, email_entered = $3, full_name = $4, factor_failures = 0,\n"
    "    updated_at = $2\n"
    "WHERE id = $1";

static const char sql_set_password[] =
    "INSERT INTO credentials (user_id, kind, hash, must_change, changed_at)\n"
    "VALUES ($1, 'password', $2, 0, $3)\n"
    "ON CONFLICT (user_id, kind) DO UPDATE\n"
    "SET hash = excluded.hash,\n"
    "    must_change = excluded.must_change,\n"
    "    changed_at = excluded.changed_at";

/* ---- joining ---- */

static const char sql_turn_away[] = "UPDATE registrations\n"
                                    "SET tenant_id = '" TENANT_DEFAULT_ID "'\n"
                                    "WHERE tenant_id = $1";

static const char sql_settle[] = "UPDATE users\n"
                                 "SET default_tenant_id = $2\n"
                                 "WHERE id = $1\n"
                                 "  AND default_tenant_id IS NULL";

/* Of which they are a member already, beside the default tenant and $2. */
static const char sql_others[] = "SELECT tenant_id\n"
                                 "FROM memberships\n"
                                 "WHERE user_id = $1\n"
                                 "  AND tenant_id NOT IN ('" TENANT_DEFAULT_ID "', $2)";

static const char sql_unsettle[] = "UPDATE users\n"
                                   "SET default_tenant_id = NULL\n"
                                   "WHERE id = $1\n"
                                   "  AND default_tenant_id NOT IN ('" TENANT_DEFAULT_ID "', $2)";

RESULT registrations_turn_away(struct ctx *c, const char *tenant_id)
{
    return DB_RUN(c, sql_turn_away, NULL, P_TEXT(tenant_id));
}

RESULT registration_settle(struct ctx *c, const char *user_id, const char *tenant_id)
{
    return DB_RUN(c, sql_settle, NULL, P_TEXT(user_id), P_TEXT(tenant_id));
}

/* Whether the tenant takes who has this address, which they have proven. */
static bool takes(const struct tenant_row *tenant, const char *email)
{
    return tenant != NULL && tenant->status == TENANT_ACTIVE && tenant_has_domain(tenant, email);
}

static RESULT join(struct ctx *c, const char *user_id, const char *tenant_id)
{
    const struct user_row *user = NULL;
    const struct tenant_row *tenant = NULL;
    bool added = false;
    enum role_outcome given = ROLE_UNKNOWN;
    if (tenant_id == NULL)
        return ok();
    TRY(user_find(c, user_id, &user));
    TRY(tenant_find(c, tenant_id, &tenant));
    if (!takes(tenant, user->email))
        tenant_id = TENANT_DEFAULT_ID;
    if (text_equal(tenant_id, TENANT_DEFAULT_ID) && user->default_tenant_id != NULL)
        return ok();
    TRY(membership_add(c, tenant_id, user_id, &added));
    TRY(role_give(c, tenant_id, user_id, ROLE_USER, &given));
    return registration_settle(c, user_id, tenant_id);
}

/* ---- following the link ---- */

struct verifying {
    const char *link_hash;
    enum verify_outcome how;
    struct verified *out;
};

static RESULT activate(struct ctx *c, const char *user_id, const struct table *registration)
{
    TRY(end_unproven(c, user_id));
    TRY(DB_RUN(c, sql_verify_user, NULL, P_TEXT(user_id), P_INT(c->now),
               P_TEXT(table_text(registration, 0, 0)), P_TEXT(table_text(registration, 0, 1))));
    return DB_RUN(c, sql_set_password, NULL, P_TEXT(user_id),
                  P_TEXT(table_text(registration, 0, 2)), P_INT(c->now));
}

/* Leaves all but the default tenant and `joining` (or NULL). */
static RESULT leave_others(struct ctx *c, const char *user_id, const char *joining,
                           struct texts *left)
{
    struct param user = P_TEXT(user_id);
    struct param kept = P_TEXT(joining == NULL ? TENANT_DEFAULT_ID : joining);
    struct table t;
    bool removed = false;
    TRY(DB_RUN(c, sql_others, &t, user, kept));
    TRY(DB_RUN(c, sql_unsettle, NULL, user, kept));
    const char **at = ARENA_NEWS(c->arena, const char *, t.rows);
    for (size_t i = 0; i < t.rows; i++) {
        at[i] = table_text(&t, i, 0);
        TRY(membership_remove(c, at[i], user_id, &removed));
    }
    *left = (struct texts){ at, t.rows };
    return ok();
}

static enum verify_outcome refusal_of(enum one_time_outcome how)
{
    switch (how) {
    case ONE_TIME_EXPIRED:
        return VERIFY_EXPIRED;
    case ONE_TIME_USED:
        return VERIFY_USED;
    case ONE_TIME_UNKNOWN:
    case ONE_TIME_DONE:
        break;
    }
    return VERIFY_UNKNOWN;
}

static RESULT verify(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct verifying *v = arg;
    enum one_time_outcome how;
    struct one_time_row link = { 0 };
    TRY(one_time_use(c, ONE_TIME_VERIFY_EMAIL, v->link_hash, &how, &link));
    v->how = refusal_of(how);
    *v->out = (struct verified){ .user_id = link.user_id };
    if (how != ONE_TIME_DONE)
        return ok();
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(link.about)));
    if (t.rows == 0)
        return ok();
    const char *joining = table_text(&t, 0, 3);
    v->how = VERIFY_DONE;
    TRY(activate(c, link.user_id, &t));
    TRY(leave_others(c, link.user_id, joining, &v->out->left));
    return join(c, link.user_id, joining);
}

RESULT registration_verify(struct ctx *c, const char *link_hash, enum verify_outcome *how,
                           struct verified *out)
{
    struct verifying v = { .link_hash = link_hash, .out = out };
    TRY(db_atomically(c, verify, &v));
    *how = v.how;
    return ok();
}
