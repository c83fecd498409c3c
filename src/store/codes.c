/* SPDX-License-Identifier: Apache-2.0 */
#include "store/codes.h"

#include "store/authorization_columns.h"
#include "store/authorization_requests.h"
#include "store/hot_queries.h"

/* ---- adding ---- */

static const char sql_add[] =
    "INSERT INTO codes (hash, authorization_id, session_id, redirect_uri, code_challenge, nonce,\n"
    "                   created_at, expires_at, ends_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

struct adding {
    const struct code_new *code;
    bool added;
};

static RESULT use_up(struct ctx *c, enum request_kind kind, const char *hash, bool *used)
{
    *used = true;
    return hash == NULL ? ok() : authorization_request_use(c, kind, hash, used);
}

static RESULT add_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct adding *adding = arg;
    const struct code_new *code = adding->code;
    const char *authorization_id = NULL;
    /* Until somebody redeems the code, nothing lives longer than it. */
    struct authorization_row granted = code->authorization;
    granted.expires_at = code->expires_at;
    TRY(use_up(c, REQUEST_WAITING, code->waiting_hash, &adding->added));
    if (adding->added)
        TRY(use_up(c, REQUEST_PUSHED, code->pushed_hash, &adding->added));
    if (!adding->added)
        return ok();
    TRY(authorization_add(c, &granted, &authorization_id));
    return DB_RUN(c, sql_add, NULL, P_TEXT(code->hash), P_TEXT(authorization_id),
                  P_TEXT(code->session_id), P_TEXT(code->redirect_uri),
                  P_TEXT(code->code_challenge), P_TEXT(code->nonce), P_INT(c->now),
                  P_INT(code->expires_at), P_INT(code->authorization.expires_at));
}

RESULT code_add(struct ctx *c, const struct code_new *code, bool *added)
{
    struct adding adding = { .code = code };
    TRY(db_atomically(c, add_in, &adding));
    *added = adding.added;
    return ok();
}

/* ---- using ---- */

/* Whether the authorization lives, but for its time, which is the code's until now. */
const char sql_code_find[] =
    "SELECT " AUTHORIZATION_COLUMNS ",\n"
    "       k.session_id, k.redirect_uri, k.code_challenge, k.nonce, k.created_at, k.expires_at,\n"
    "       k.used_at, a.jkt,\n"
    "       CASE WHEN " SQL_AUTHORIZATION_LIVE(
        "$2") "\n"
              "             AND (k.session_id IS NULL\n"
              "                  OR EXISTS (SELECT 1 FROM sessions own\n"
              "                             WHERE own.id = k.session_id\n"
              "                               AND own.ended_at IS NULL\n"
              "                               AND own.idle_expires_at > $2\n"
              "                               AND own.expires_at > $2))\n"
              "            THEN 1 ELSE 0 END\n"
              "FROM codes k\n"
              "JOIN authorizations a ON a.id = k.authorization_id\n"
              "WHERE k.hash = $1";

enum {
    SESSION_ID = AUTHORIZATION_COLUMNS_N,
    REDIRECT_URI,
    CODE_CHALLENGE,
    NONCE,
    CREATED_AT,
    EXPIRES_AT,
    USED_AT,
    JKT,
    LIVES
};

const char sql_code_use[] = "UPDATE codes\n"
                            "SET used_at = $2\n"
                            "WHERE hash = $1\n"
                            "  AND used_at IS NULL\n"
                            "  AND expires_at > $2\n"
                            "RETURNING authorization_id, session_id, ends_at";

/* As in authorization_add: never past the absolute end of the session that it belongs to. */
static const char sql_live_on[] = "UPDATE authorizations\n"
                                  "SET expires_at = COALESCE((SELECT s.expires_at FROM sessions s\n"
                                  "                           WHERE s.id = "
                                  "authorizations.session_id AND s.expires_at < $2), $2),\n"
                                  "    jkt = $3, x5t = $4\n"
                                  "WHERE id = $1\n"
                                  "RETURNING expires_at";

struct using
{
    const struct code_use_new *use;
    enum code_outcome how;
    struct code_row row;
};

static struct code_row read_row(struct arena *a, const struct table *t)
{
    return (struct code_row){ .authorization = authorization_read(a, t, 0),
                              .session_id = table_text(t, 0, SESSION_ID),
                              .redirect_uri = table_text(t, 0, REDIRECT_URI),
                              .code_challenge = table_text(t, 0, CODE_CHALLENGE),
                              .nonce = table_text(t, 0, NONCE),
                              .created_at = table_int(t, 0, CREATED_AT),
                              .jkt = table_text(t, 0, JKT),
                              .expires_at = table_int(t, 0, EXPIRES_AT) };
}

/* The one who comes first. */
static RESULT take(struct ctx *c, struct using *using)
{
    struct table t;
    struct table ends;
    TRY(DB_RUN(c, sql_code_use, &t, P_TEXT(using->use->hash), P_INT(c->now)));
    must(t.rows == 1); /* serialisable: it was there and unused a moment ago */
    TRY(DB_RUN(c, sql_live_on, &ends, P_TEXT(using->row.authorization.id),
               P_INT(table_int(&t, 0, 2)), P_TEXT(using->use->jkt), P_TEXT(using->use->x5t)));
    using->row.authorization.jkt = using->use->jkt;
    using->row.authorization.x5t = using->use->x5t;
    using->row.authorization.expires_at = table_int(&ends, 0, 0);
    using->how = CODE_DONE;
    return status_place_keep(c, &using->row.authorization.status, table_int(&ends, 0, 0));
}

static RESULT use_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct using *using = arg;
    struct table t;
    bool revoked = false;
    using->how = CODE_UNKNOWN;
    TRY(DB_RUN(c, sql_code_find, &t, P_TEXT(using->use->hash), P_INT(c->now)));
    if (t.rows == 0)
        return ok();
    using->row = read_row(c->arena, &t);
    if (!text_equal(using->row.authorization.client_id, using->use->client_id))
        return ok();
    if (table_text(&t, 0, USED_AT) != NULL) {
        /* RFC 6749 4.1.2: what the first use gave is revoked. */
        using->how = CODE_REUSED;
        return authorization_revoke(c, using->row.authorization.id, &revoked);
    }
    using->how = using->row.expires_at <= c->now ? CODE_EXPIRED : CODE_DEAD;
    if (using->how == CODE_EXPIRED || table_int(&t, 0, LIVES) == 0)
        return ok();
    return take(c, using);
}

RESULT code_use(struct ctx *c, const struct code_use_new *use, enum code_outcome *how,
                struct code_row *out)
{
    struct using using = { .use = use };
    TRY(db_atomically(c, use_in, &using));
    *how = using.how;
    if (using.how == CODE_DONE || using.how == CODE_REUSED)
        *out = using.row;
    return ok();
}
