/* SPDX-License-Identifier: Apache-2.0 */
#include "store/refresh_tokens.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "store/authorization_columns.h"
#include "store/hot_queries.h"

#include <string.h>

static const char sql_add[] =
    "INSERT INTO refresh_tokens (hash, authorization_id, created_at, expires_at)\n"
    "SELECT $1, a.id, $3, CASE WHEN a.expires_at < $4 THEN a.expires_at ELSE $4 END\n"
    "FROM authorizations a\n"
    "WHERE a.id = $2\n"
    "RETURNING hash";

static const char sql_find[] = "SELECT " AUTHORIZATION_COLUMNS ",\n"
                               "       r.expires_at, r.used_at\n"
                               "FROM refresh_tokens r\n"
                               "JOIN authorizations a ON a.id = r.authorization_id\n"
                               "WHERE r.hash = $1";

/*
 * All that decides, in one read.  The window reaches as far back as forward: requests that began
 * one after the other may arrive here the other way round, and a clock that was set back must not
 * open it again.
 */
const char sql_refresh_look[] =
    "SELECT " AUTHORIZATION_COLUMNS ",\n"
    "       r.expires_at, r.used_at, s.sealed,\n"
    "       CASE WHEN r.used_at > $2 - $3 AND r.used_at < $2 + $3 AND s.used_at IS NULL\n"
    "            THEN 1 ELSE 0 END,\n"
    "       CASE WHEN " SQL_AUTHORIZATION_LIVE(
        "$2") " THEN 1 ELSE 0 END\n"
              "FROM refresh_tokens r\n"
              "JOIN authorizations a ON a.id = r.authorization_id\n"
              "LEFT JOIN refresh_tokens s ON s.hash = r.successor_hash\n"
              "WHERE r.hash = $1";
enum {
    EXPIRES_AT = AUTHORIZATION_COLUMNS_N,
    USED_AT,
    SEALED,   /* of the successor */
    REPEATED, /* used in the window, and the successor is unused */
    LIVE
};

const char sql_refresh_use[] = "UPDATE refresh_tokens\n"
                               "SET used_at = $3, successor_hash = $2, sealed = NULL\n"
                               "WHERE hash = $1\n"
                               "  AND used_at IS NULL";

static const char sql_succeed[] =
    "INSERT INTO refresh_tokens (hash, authorization_id, sealed, created_at, expires_at)\n"
    "VALUES ($1, $2, $3, $4, $5)";

static const char sql_prolong[] = "UPDATE refresh_tokens\n"
                                  "SET expires_at = $2\n"
                                  "WHERE hash = $1\n"
                                  "  AND used_at IS NULL";

/* A browser's session lives by its own use: a client that refreshes in the background must not keep
 * it alive.  What was noted less than a minute ago is not written again, unless the limit is
 * another one since. */
const char sql_refresh_touch[] =
    "UPDATE sessions\n"
    "SET last_seen_at = $2,\n"
    "    idle_expires_at = CASE WHEN expires_at < $3 THEN expires_at ELSE $3 END\n"
    "WHERE id = $1\n"
    "  AND mode <> 'session'\n"
    "  AND (last_seen_at <= $2 - 60\n"
    "       OR idle_expires_at < CASE WHEN expires_at < $3 - 60 THEN expires_at ELSE $3 - 60 END)";

/* Whatever somebody has sent: half a letter at its end would be no text for a database. */
static bool begins_with_time(const char *token)
{
    return strspn(token, "0123456789abcdef") >= RANDOM_TIME_CHARS;
}

const char *refresh_token_hash(struct arena *a, const char *token)
{
    size_t n = strnlen(token, RANDOM_TIMED_TOKEN_CHARS + 1);
    if (n == RANDOM_TOKEN_CHARS)
        return token_hash(a, token);
    if (n != RANDOM_TIMED_TOKEN_CHARS || !begins_with_time(token))
        return NULL;
    return text_printf(a, "%.*s.%s", RANDOM_TIME_CHARS, token, token_hash(a, token));
}

RESULT refresh_token_add(struct ctx *c, const char *hash, const char *authorization_id,
                         int64_t idle)
{
    struct table t;
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(hash), P_TEXT(authorization_id), P_INT(c->now),
               P_INT(c->now + idle)));
    if (t.rows == 0)
        return fail(c, INTERNAL, "refresh token for no authorization: %s", authorization_id);
    return ok();
}

RESULT refresh_token_find(struct ctx *c, const char *hash, const struct refresh_token_row **out)
{
    struct table t;
    *out = NULL;
    if (hash == NULL)
        return ok();
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(hash)));
    if (t.rows == 0)
        return ok();
    struct refresh_token_row *row = ARENA_NEW(c->arena, struct refresh_token_row);
    *row = (struct refresh_token_row){ .authorization = authorization_read(c->arena, &t, 0),
                                       .expires_at = table_int(&t, 0, EXPIRES_AT),
                                       .used_at = table_int(&t, 0, USED_AT) };
    *out = row;
    return ok();
}

/* ---- rotation ---- */

/* The same client, with the same key and certificate if there are any (RFC 9449 5; RFC 8705 4;
 * RFC 9700 2.2.2). */
static bool is_holder(const struct authorization_row *a, const struct refresh_use_new *use)
{
    return text_equal(a->client_id, use->client_id) &&
           (a->jkt == NULL || text_equal(a->jkt, use->jkt)) &&
           (a->x5t == NULL || text_equal(a->x5t, use->x5t));
}

/* What is to happen to a token that nobody has used. */
static enum refresh_outcome judge_unused(const struct ctx *c, const struct table *t,
                                         const struct authorization_row *a,
                                         const struct refresh_use_new *use)
{
    if (table_int(t, 0, EXPIRES_AT) <= c->now || a->expires_at <= c->now)
        return REFRESH_EXPIRED;
    if (!is_holder(a, use))
        return REFRESH_HOLDER;
    return table_int(t, 0, LIVE) != 0 ? REFRESH_DONE : REFRESH_REVOKED;
}

/* ... and to one that somebody has: twice is theft, unless the answer to its holder was lost. */
static enum refresh_outcome judge_used(const struct ctx *c, const struct table *t,
                                       const struct authorization_row *a,
                                       const struct refresh_use_new *use)
{
    if (a->expires_at <= c->now)
        return REFRESH_EXPIRED;
    if (table_int(t, 0, REPEATED) == 0 || table_text(t, 0, SEALED) == NULL || !is_holder(a, use))
        return REFRESH_REUSED;
    return table_int(t, 0, LIVE) != 0 ? REFRESH_GRACE : REFRESH_REVOKED;
}

static enum refresh_outcome judge(const struct ctx *c, const struct table *t,
                                  const struct authorization_row *a,
                                  const struct refresh_use_new *use)
{
    if (a->revoked_at != 0)
        return REFRESH_REVOKED;
    return table_int(t, 0, USED_AT) == 0 ? judge_unused(c, t, a, use) : judge_used(c, t, a, use);
}

static RESULT succeed(struct ctx *c, const struct refresh_use_new *use,
                      const struct authorization_row *a, int64_t idle_end)
{
    struct table t;
    TRY(DB_RUN(c, sql_refresh_use, &t, P_TEXT(use->hash), P_TEXT(use->next_hash), P_INT(c->now)));
    /* Nobody writes between the look and this, in one serialisable transaction. */
    must(t.written == 1);
    return DB_RUN(c, sql_succeed, NULL, P_TEXT(use->next_hash), P_TEXT(a->id),
                  P_TEXT(use->grace > 0 ? use->next_sealed : NULL), P_INT(c->now), P_INT(idle_end));
}

static RESULT prolong(struct ctx *c, const struct refresh_use_new *use, int64_t idle_end)
{
    struct table t;
    TRY(DB_RUN(c, sql_prolong, &t, P_TEXT(use->hash), P_INT(idle_end)));
    must(t.written == 1); /* as in succeed */
    return ok();
}

static RESULT go_on(struct ctx *c, const struct authorization_row *a,
                    const struct refresh_use_new *use)
{
    int64_t idle_end = c->now + use->idle;
    int64_t end = a->expires_at < idle_end ? a->expires_at : idle_end;
    TRY(use->keeps ? prolong(c, use, end) : succeed(c, use, a, end));
    if (a->session_id == NULL)
        return ok();
    return DB_RUN(c, sql_refresh_touch, NULL, P_TEXT(a->session_id), P_INT(c->now),
                  P_INT(idle_end));
}

RESULT refresh_token_look(struct ctx *c, const struct refresh_use_new *use,
                          struct refresh_use_found *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_refresh_look, &t, P_TEXT(use->hash), P_INT(c->now), P_INT(use->grace)));
    *out = (struct refresh_use_found){ .how = REFRESH_UNKNOWN };
    if (t.rows == 0)
        return ok();
    struct authorization_row *a = ARENA_NEW(c->arena, struct authorization_row);
    *a = authorization_read(c->arena, &t, 0);
    out->authorization = a;
    out->how = judge(c, &t, a, use);
    if (out->how == REFRESH_GRACE)
        out->sealed = table_text(&t, 0, SEALED);
    return ok();
}

RESULT refresh_token_spend(struct ctx *c, const struct refresh_use_new *use,
                           const struct refresh_use_found *found)
{
    bool revoked = false;
    if (found->how == REFRESH_REUSED)
        return authorization_revoke(c, found->authorization->id, &revoked);
    return found->how == REFRESH_DONE ? go_on(c, found->authorization, use) : ok();
}

struct rotation {
    const struct refresh_use_new *use;
    struct refresh_use_found found;
};

static RESULT rotate_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct rotation *rotation = arg;
    TRY(refresh_token_look(c, rotation->use, &rotation->found));
    return refresh_token_spend(c, rotation->use, &rotation->found);
}

RESULT refresh_token_rotate(struct ctx *c, const struct refresh_use_new *use,
                            struct refresh_use_found *out)
{
    must(use->grace >= 0 && use->idle > 0);
    struct rotation rotation = { .use = use };
    TRY(db_atomically(c, rotate_in, &rotation));
    *out = rotation.found;
    return ok();
}
