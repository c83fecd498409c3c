/* SPDX-License-Identifier: Apache-2.0 */
#include "store/devices.h"

#include "base/random.h"

#define SQL_DEVICE "id, user_id, address, user_agent, created_at, last_seen_at, expires_at"

static struct device_row device_of(const struct table *t, size_t row)
{
    return (struct device_row){
        .id = table_text(t, row, 0),
        .user_id = table_text(t, row, 1),
        .address = table_text(t, row, 2),
        .user_agent = table_text(t, row, 3),
        .created_at = table_int(t, row, 4),
        .last_seen_at = table_int(t, row, 5),
        .expires_at = table_int(t, row, 6),
    };
}

/* ---- adding ---- */

static const char sql_add[] =
    "INSERT INTO devices (id, hash, user_id, address, user_agent, created_at, last_seen_at,\n"
    "                     expires_at)\n"
    "SELECT $1, $2, id, $4, $5, $6, $6, $7\n"
    "FROM users\n"
    "WHERE id = $3\n"
    "  AND status = 'active'\n"
    "RETURNING id";

/* $2 is the newest, which stays; $3 others may stay beside it. */
static const char sql_thin[] = "DELETE FROM devices\n"
                               "WHERE user_id = $1\n"
                               "  AND id <> $2\n"
                               "  AND id NOT IN (SELECT id FROM devices\n"
                               "                 WHERE user_id = $1\n"
                               "                   AND id <> $2\n"
                               "                 ORDER BY last_seen_at DESC, id\n"
                               "                 LIMIT $3)";

struct adding {
    const char *user_id, *hash;
    int64_t expires_at;
    const char *id;
};

static RESULT add(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct adding *a = arg;
    struct table t;
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(random_uuid(c)), P_TEXT(a->hash), P_TEXT(a->user_id),
               P_TEXT(c->origin.address), P_TEXT(c->origin.user_agent), P_INT(c->now),
               P_INT(a->expires_at)));
    a->id = t.rows == 0 ? NULL : table_text(&t, 0, 0);
    if (a->id == NULL)
        return ok();
    return DB_RUN(c, sql_thin, NULL, P_TEXT(a->user_id), P_TEXT(a->id), P_INT(DEVICES_MAX - 1));
}

RESULT device_add(struct ctx *c, const char *user_id, const char *hash, int64_t expires_at,
                  const char **id)
{
    struct adding a = { .user_id = user_id, .hash = hash, .expires_at = expires_at };
    TRY(db_atomically(c, add, &a));
    *id = a.id;
    return ok();
}

/* ---- finding ---- */

static const char sql_find[] = "SELECT " SQL_DEVICE "\n"
                               "FROM devices\n"
                               "WHERE hash = $1\n"
                               "  AND user_id = $2\n"
                               "  AND expires_at > $3";

RESULT device_find(struct ctx *c, const char *user_id, const char *hash,
                   const struct device_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(hash), P_TEXT(user_id), P_INT(c->now)));
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct device_row *device = ARENA_NEW(c->arena, struct device_row);
    *device = device_of(&t, 0);
    *out = device;
    return ok();
}

static const char sql_of_user[] = "SELECT " SQL_DEVICE "\n"
                                  "FROM devices\n"
                                  "WHERE user_id = $1\n"
                                  "  AND expires_at > $2\n"
                                  "ORDER BY id";

RESULT devices_of(struct ctx *c, const char *user_id, struct device_rows *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_of_user, &t, P_TEXT(user_id), P_INT(c->now)));
    struct device_row *devices = ARENA_NEWS(c->arena, struct device_row, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        devices[i] = device_of(&t, i);
    *out = (struct device_rows){ devices, t.rows };
    return ok();
}

/* ---- changing ---- */

static const char sql_seen[] = "UPDATE devices\n"
                               "SET last_seen_at = $2,\n"
                               "    expires_at = $3,\n"
                               "    address = $4,\n"
                               "    user_agent = $5\n"
                               "WHERE id = $1\n"
                               "  AND expires_at > $2";

RESULT device_seen(struct ctx *c, const char *id, int64_t expires_at)
{
    return DB_RUN(c, sql_seen, NULL, P_TEXT(id), P_INT(c->now), P_INT(expires_at),
                  P_TEXT(c->origin.address), P_TEXT(c->origin.user_agent));
}

static const char sql_remove[] = "DELETE FROM devices\n"
                                 "WHERE id = $1\n"
                                 "  AND user_id = $2\n"
                                 "RETURNING id";

RESULT device_remove(struct ctx *c, const char *user_id, const char *id, bool *removed)
{
    struct table t;
    TRY(DB_RUN(c, sql_remove, &t, P_TEXT(id), P_TEXT(user_id)));
    *removed = t.rows > 0;
    return ok();
}
