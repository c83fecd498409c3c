/* SPDX-License-Identifier: Apache-2.0 */
#include "db/migrate.h"

#include "base/text.h"

#include <string.h>
#define ZLIB_CONST /* what is read is not written */
#include <zlib.h>

enum { GZIP = 16 + MAX_WBITS };

static const char sql_make[] = "CREATE TABLE IF NOT EXISTS migrations (\n"
                               "    number     BIGINT NOT NULL PRIMARY KEY,\n"
                               "    name       TEXT COLLATE \"C\" NOT NULL,\n"
                               "    sha256     TEXT COLLATE \"C\" NOT NULL,\n"
                               "    applied_at BIGINT NOT NULL\n"
                               ")";

static const char sql_list[] = "SELECT number, name, sha256\n"
                               "FROM migrations\n"
                               "ORDER BY number";

static const char sql_note[] = "INSERT INTO migrations (number, name, sha256, applied_at)\n"
                               "VALUES ($1, $2, $3, $4)\n"
                               "ON CONFLICT (number) DO NOTHING\n"
                               "RETURNING number";

/* One that was applied, against the one of this binary. */
static RESULT compare(struct ctx *c, const struct table *t, size_t row,
                      const struct migrations *list)
{
    const char *name = table_text(t, row, 1);
    if (row >= list->n)
        return fail(c, UNAVAILABLE,
                    "the database has %s, which this version does not know: a newer version has "
                    "been here; run that one, or restore a backup",
                    name);
    const struct migration *m = &list->at[row];
    must(m->number == (int64_t)row + 1);
    if (table_int(t, row, 0) != m->number || !text_equal(table_text(t, row, 2), m->sha256))
        return fail(c, UNAVAILABLE,
                    "the database was made with another %s (%s) than this version has (%s)", name,
                    table_text(t, row, 2), m->name);
    return ok();
}

/* Two who make a table at once meet in PostgreSQL, IF NOT EXISTS or not. */
static RESULT make(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    TRY(db_alone(c));
    return db_run(c, sql_make, NULL, 0, NULL);
}

RESULT migrate_plan(struct ctx *c, const struct migrations *list, struct migrations_due *out)
{
    TRY(db_atomically(c, make, NULL));
    struct table t;
    TRY(db_run(c, sql_list, NULL, 0, &t));
    for (size_t i = 0; i < t.rows; i++)
        TRY(compare(c, &t, i, list));
    *out = (struct migrations_due){ .at = list->at + t.rows, .n = list->n - t.rows };
    return ok();
}

/* Few start with anything to be done: only they need the texts. */
static RESULT unpack(struct ctx *c, const struct migrations *list, char *out)
{
    z_stream z = { .next_in = list->packed.at,
                   .avail_in = (uInt)list->packed.n,
                   .next_out = (Bytef *)out,
                   .avail_out = (uInt)list->unpacked };
    if (inflateInit2(&z, GZIP) != Z_OK)
        return fail(c, UNAVAILABLE, "database: no memory to unpack the schema");
    int ended = inflate(&z, Z_FINISH);
    (void)inflateEnd(&z);
    if (ended == Z_MEM_ERROR)
        return fail(c, UNAVAILABLE, "database: no memory to unpack the schema");
    must(ended == Z_STREAM_END && z.avail_out == 0);
    return ok();
}

/* What is due, each with its text. */
static RESULT unpack_due(struct ctx *c, const struct migrations *list, struct migrations_due *due)
{
    if (list->unpacked == 0 || due->n == 0)
        return ok();
    char *text = arena_alloc(c->arena, list->unpacked);
    struct migration *with = ARENA_NEWS(c->arena, struct migration, due->n);
    TRY(unpack(c, list, text));
    for (size_t i = 0, first = list->n - due->n; i < list->n; i++, text += strlen(text) + 1)
        if (i >= first) {
            with[i - first] = list->at[i];
            with[i - first].sql = text;
        }
    due->at = with;
    return ok();
}

/* Who notes it applies it: several processes may try. */
static RESULT apply(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct migration *m = arg;
    struct table t;
    TRY(db_alone(c));
    TRY(DB_RUN(c, sql_note, &t, P_INT(m->number), P_TEXT(m->name), P_TEXT(m->sha256),
               P_INT(c->now)));
    return t.rows == 0 ? ok() : db_script(c, m->sql);
}

RESULT migrate_run(struct ctx *c, const struct migrations *list, struct migrations_due *applied)
{
    return migrate_run_told(c, list, (struct migrate_watch){ NULL, NULL }, applied);
}

RESULT migrate_run_told(struct ctx *c, const struct migrations *list, struct migrate_watch watch,
                        struct migrations_due *applied)
{
    struct migrations_due due;
    TRY(migrate_plan(c, list, &due));
    TRY(unpack_due(c, list, &due));
    for (size_t i = 0; i < due.n; i++) {
        struct migration m = due.at[i];
        if (watch.tell != NULL)
            watch.tell(watch.arg, &m, i + 1, due.n);
        TRY(db_atomically(c, apply, &m));
    }
    if (applied != NULL)
        *applied = due;
    return ok();
}
