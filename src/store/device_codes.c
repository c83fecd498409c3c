/* SPDX-License-Identifier: Apache-2.0 */
#include "store/device_codes.h"

#include "db/db.h"

enum { SLOWER = 5 /* seconds (RFC 8628 3.5) */ };

static const char *const names[] = { [DEVICE_PENDING] = "pending",
                                     [DEVICE_ALLOWED] = "allowed",
                                     [DEVICE_REFUSED] = "refused",
                                     [DEVICE_USED] = "used" };

static const char sql_is_full[] = "SELECT hash FROM device_codes\n"
                                  "WHERE client_id = $1\n"
                                  "  AND expires_at > $2\n"
                                  "ORDER BY expires_at\n"
                                  "LIMIT 1 OFFSET $3";

static const char sql_add[] = "INSERT INTO device_codes (hash, user_code, client_id, scopes,\n"
                              "                          resources, address, status, wait,\n"
                              "                          created_at, expires_at)\n"
                              "VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9)\n"
                              "ON CONFLICT (user_code) DO NOTHING\n"
                              "RETURNING hash";

#define COLUMNS                                                                                    \
    "hash, user_code, client_id, scopes, resources, address, status, session_id, wait,\n"          \
    "       created_at, expires_at, asked_at"
enum {
    HASH,
    USER_CODE,
    CLIENT_ID,
    SCOPES,
    RESOURCES,
    ADDRESS,
    STATUS,
    SESSION_ID,
    WAIT,
    CREATED_AT,
    EXPIRES_AT,
    ASKED_AT
};

static const char sql_find_pending[] = "SELECT " COLUMNS "\n"
                                       "FROM device_codes\n"
                                       "WHERE user_code = $1\n"
                                       "  AND status = 'pending'\n"
                                       "  AND expires_at > $2";

static const char sql_answer[] = "UPDATE device_codes\n"
                                 "SET status = $3, session_id = $2\n"
                                 "WHERE user_code = $1\n"
                                 "  AND status = 'pending'\n"
                                 "  AND expires_at > $4\n"
                                 "RETURNING hash";

static const char sql_find[] = "SELECT " COLUMNS "\n"
                               "FROM device_codes\n"
                               "WHERE hash = $1";

static const char sql_asked[] = "UPDATE device_codes\n"
                                "SET asked_at = $2, wait = $3\n"
                                "WHERE hash = $1";

static const char sql_use[] = "UPDATE device_codes\n"
                              "SET status = 'used'\n"
                              "WHERE hash = $1\n"
                              "  AND status = 'allowed'\n"
                              "  AND expires_at > $2\n"
                              "RETURNING hash";

static enum device_status status_of(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_equal(names[i], name))
            return (enum device_status)i;
    must(false);
    return DEVICE_USED;
}

static struct device_code_row read_row(struct arena *a, const struct table *t)
{
    return (struct device_code_row){ .hash = table_text(t, 0, HASH),
                                     .user_code = table_text(t, 0, USER_CODE),
                                     .client_id = table_text(t, 0, CLIENT_ID),
                                     .scopes = text_split(a, table_text(t, 0, SCOPES), ' '),
                                     .resources = text_split(a, table_text(t, 0, RESOURCES), ' '),
                                     .address = table_text(t, 0, ADDRESS),
                                     .status = status_of(table_text(t, 0, STATUS)),
                                     .session_id = table_text(t, 0, SESSION_ID),
                                     .wait = table_int(t, 0, WAIT),
                                     .created_at = table_int(t, 0, CREATED_AT),
                                     .expires_at = table_int(t, 0, EXPIRES_AT) };
}

/* ---- adding ---- */

struct adding {
    const struct device_code_row *row;
    int64_t most;
    bool added, full;
};

static RESULT add_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct adding *adding = arg;
    const struct device_code_row *row = adding->row;
    struct table t;
    TRY(DB_RUN(c, sql_is_full, &t, P_TEXT(row->client_id), P_INT(c->now), P_INT(adding->most - 1)));
    adding->full = t.rows > 0;
    adding->added = false;
    if (adding->full)
        return ok();
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(row->hash), P_TEXT(row->user_code), P_TEXT(row->client_id),
               P_TEXT(text_join(c->arena, row->scopes, " ")),
               P_TEXT(text_join(c->arena, row->resources, " ")), P_TEXT(row->address),
               P_INT(row->wait), P_INT(c->now), P_INT(row->expires_at)));
    adding->added = t.rows > 0;
    return ok();
}

RESULT device_code_add(struct ctx *c, const struct device_code_row *row, int64_t most, bool *added,
                       bool *full)
{
    struct adding adding = { .row = row, .most = most };
    TRY(db_atomically(c, add_in, &adding));
    *added = adding.added;
    *full = adding.full;
    return ok();
}

/* ---- answering ---- */

RESULT device_code_find_pending(struct ctx *c, const char *user_code,
                                const struct device_code_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find_pending, &t, P_TEXT(user_code), P_INT(c->now)));
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct device_code_row *row = ARENA_NEW(c->arena, struct device_code_row);
    *row = read_row(c->arena, &t);
    *out = row;
    return ok();
}

RESULT device_code_answer(struct ctx *c, const char *user_code, const char *session_id,
                          bool allowed, bool *done)
{
    struct table t;
    TRY(DB_RUN(c, sql_answer, &t, P_TEXT(user_code), P_TEXT(session_id),
               P_TEXT(names[allowed ? DEVICE_ALLOWED : DEVICE_REFUSED]), P_INT(c->now)));
    *done = t.rows > 0;
    return ok();
}

/* ---- asking ---- */

struct asking {
    const char *hash, *client_id;
    enum device_outcome how;
    struct device_code_row row;
};

/* What an answer, or none yet, means for the device. */
static RESULT take(struct ctx *c, struct asking *asking)
{
    struct table t;
    switch (asking->row.status) {
    case DEVICE_PENDING:
        asking->how = DEVICE_WAITS;
        return ok();
    case DEVICE_REFUSED:
        asking->how = DEVICE_DENIED;
        return ok();
    case DEVICE_ALLOWED:
    case DEVICE_USED: /* which is used once */
        break;
    }
    TRY(DB_RUN(c, sql_use, &t, P_TEXT(asking->hash), P_INT(c->now)));
    asking->how = t.rows > 0 ? DEVICE_TAKEN : DEVICE_UNKNOWN;
    return ok();
}

static RESULT ask_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct asking *asking = arg;
    struct table t;
    asking->how = DEVICE_UNKNOWN;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(asking->hash)));
    if (t.rows == 0)
        return ok();
    asking->row = read_row(c->arena, &t);
    if (!text_equal(asking->row.client_id, asking->client_id) || asking->row.status == DEVICE_USED)
        return ok();
    asking->how = DEVICE_EXPIRED;
    if (asking->row.expires_at <= c->now)
        return ok();
    /* RFC 8628 3.5: too soon is told whatever the answer is, and costs. */
    bool soon = table_text(&t, 0, ASKED_AT) != NULL &&
                c->now < table_int(&t, 0, ASKED_AT) + asking->row.wait;
    TRY(DB_RUN(c, sql_asked, NULL, P_TEXT(asking->hash), P_INT(c->now),
               P_INT(asking->row.wait + (soon ? SLOWER : 0))));
    asking->how = DEVICE_TOO_SOON;
    return soon ? ok() : take(c, asking);
}

RESULT device_code_ask(struct ctx *c, const char *hash, const char *client_id,
                       enum device_outcome *how, struct device_code_row *out)
{
    struct asking asking = { .hash = hash, .client_id = client_id };
    TRY(db_atomically(c, ask_in, &asking));
    *how = asking.how;
    if (asking.how == DEVICE_TAKEN)
        *out = asking.row;
    return ok();
}
