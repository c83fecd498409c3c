/* SPDX-License-Identifier: Apache-2.0 */
#include "store/one_time_tokens.h"

struct kind_row {
    const char *text;
    int64_t most;
};

static const struct kind_row kinds[] = {
#define KIND(name, text, most) [ONE_TIME_##name] = { text, most },
    ONE_TIME_KINDS(KIND)
#undef KIND
};

/* ---- adding ---- */

static const char sql_add[] =
    "INSERT INTO one_time_tokens (kind, hash, user_id, about, payload, tries, created_at,\n"
    "                             expires_at)\n"
    "VALUES ($1, $2, $3, $4, $5, 0, $6, $7)";

/* $2 is the newest, which stays; $5 others may stay beside it. */
static const char sql_thin_of_user[] =
    "DELETE FROM one_time_tokens\n"
    "WHERE kind = $1 AND hash <> $2 AND user_id = $3 AND about = $4 AND used_at IS NULL\n"
    "  AND hash NOT IN (SELECT hash FROM one_time_tokens\n"
    "                   WHERE kind = $1 AND hash <> $2 AND user_id = $3 AND about = $4\n"
    "                     AND used_at IS NULL\n"
    "                   ORDER BY created_at DESC, hash\n"
    "                   LIMIT $5)";

static const char sql_thin_of_nobody[] =
    "DELETE FROM one_time_tokens\n"
    "WHERE kind = $1 AND hash <> $2 AND user_id IS NULL AND about = $3 AND used_at IS NULL\n"
    "  AND hash NOT IN (SELECT hash FROM one_time_tokens\n"
    "                   WHERE kind = $1 AND hash <> $2 AND user_id IS NULL AND about = $3\n"
    "                     AND used_at IS NULL\n"
    "                   ORDER BY created_at DESC, hash\n"
    "                   LIMIT $4)";

static RESULT add(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct one_time_new *new = arg;
    const struct kind_row *kind = &kinds[new->kind];
    struct param of = P_TEXT(kind->text);
    struct param hash = P_TEXT(new->hash);
    struct param user = P_TEXT(new->user_id);
    struct param about = P_TEXT(new->about == NULL ? "" : new->about);
    struct param others = P_INT(kind->most - 1);
    TRY(DB_RUN(c, sql_add, NULL, of, hash, user, about, P_TEXT(new->payload), P_INT(c->now),
               P_INT(new->expires_at)));
    if (new->user_id != NULL)
        return DB_RUN(c, sql_thin_of_user, NULL, of, hash, user, about, others);
    return DB_RUN(c, sql_thin_of_nobody, NULL, of, hash, about, others);
}

RESULT one_time_add(struct ctx *c, const struct one_time_new *token)
{
    struct one_time_new new = *token;
    return db_atomically(c, add, &new);
}

/* ---- using ---- */

#define SQL_TOKEN "user_id, about, payload, created_at, expires_at, used_at"

static struct one_time_row token_of(const struct table *t)
{
    const char *about = table_text(t, 0, 1);
    return (struct one_time_row){
        .user_id = table_text(t, 0, 0),
        .about = about[0] == '\0' ? NULL : about,
        .payload = table_text(t, 0, 2),
        .created_at = table_int(t, 0, 3),
        .expires_at = table_int(t, 0, 4),
    };
}

static const char sql_look[] = "SELECT " SQL_TOKEN "\n"
                               "FROM one_time_tokens\n"
                               "WHERE kind = $1\n"
                               "  AND hash = $2\n"
                               "  AND used_at IS NULL\n"
                               "  AND expires_at > $3";

RESULT one_time_look(struct ctx *c, enum one_time_kind kind, const char *hash, bool *found,
                     struct one_time_row *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_look, &t, P_TEXT(kinds[kind].text), P_TEXT(hash), P_INT(c->now)));
    *found = t.rows > 0;
    if (*found)
        *out = token_of(&t);
    return ok();
}

static const char sql_find[] = "SELECT " SQL_TOKEN "\n"
                               "FROM one_time_tokens\n"
                               "WHERE kind = $1\n"
                               "  AND hash = $2";

/* Why a token was not taken: nothing brings a used or expired one back, so this may be asked
 * afterwards. */
static RESULT explain(struct ctx *c, enum one_time_kind kind, const char *hash,
                      enum one_time_outcome *how, struct one_time_row *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(kinds[kind].text), P_TEXT(hash)));
    *how = ONE_TIME_UNKNOWN;
    if (t.rows == 0)
        return ok();
    *how = table_text(&t, 0, 5) != NULL ? ONE_TIME_USED : ONE_TIME_EXPIRED;
    *out = token_of(&t);
    return ok();
}

static const char sql_use[] = "UPDATE one_time_tokens\n"
                              "SET used_at = $3\n"
                              "WHERE kind = $1\n"
                              "  AND hash = $2\n"
                              "  AND used_at IS NULL\n"
                              "  AND expires_at > $3\n"
                              "RETURNING " SQL_TOKEN;

RESULT one_time_use(struct ctx *c, enum one_time_kind kind, const char *hash,
                    enum one_time_outcome *how, struct one_time_row *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_use, &t, P_TEXT(kinds[kind].text), P_TEXT(hash), P_INT(c->now)));
    if (t.rows == 0)
        return explain(c, kind, hash, how, out);
    *how = ONE_TIME_DONE;
    *out = token_of(&t);
    return ok();
}

static const char sql_try[] = "UPDATE one_time_tokens\n"
                              "SET tries = tries + 1\n"
                              "WHERE kind = $1\n"
                              "  AND hash = $2\n"
                              "  AND used_at IS NULL\n"
                              "  AND expires_at > $3\n"
                              "  AND tries < $4\n"
                              "RETURNING " SQL_TOKEN;

RESULT one_time_try(struct ctx *c, enum one_time_kind kind, const char *hash, int64_t max,
                    enum one_time_outcome *how, struct one_time_row *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_try, &t, P_TEXT(kinds[kind].text), P_TEXT(hash), P_INT(c->now), P_INT(max)));
    if (t.rows == 0)
        return explain(c, kind, hash, how, out);
    *how = ONE_TIME_DONE;
    *out = token_of(&t);
    return ok();
}

/* ---- killing ---- */

static const char sql_kill[] = "DELETE FROM one_time_tokens\n"
                               "WHERE user_id = $1\n"
                               "  AND used_at IS NULL";

RESULT one_time_kill(struct ctx *c, const char *user_id)
{
    return DB_RUN(c, sql_kill, NULL, P_TEXT(user_id));
}
