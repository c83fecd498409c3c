/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_readers.h"

#include "base/time.h"
#include "db/sqlite_kept.h"
#include "db/sqlite_pool.h"

#include <stdlib.h>

struct sqlite_readers {
    struct sqlite_pool *pool;
    struct sqlite_facts *facts;
    struct sqlite_kept *kept; /* NULL: nothing is */
    struct sqlite_marks *marks;
};

RESULT sqlite_readers_open(struct ctx *c, const char *path, size_t n, struct sqlite_marks *marks,
                           struct sqlite_readers **out)
{
    struct sqlite_readers *r = calloc(1, sizeof *r);
    if (r == NULL)
        return fail(c, UNAVAILABLE, "database: no memory for its connections");
    r->marks = marks;
    r->kept = marks == NULL ? NULL : sqlite_kept_new();
    r->facts = sqlite_facts_new();
    err opened = r->facts == NULL ? fail(c, UNAVAILABLE, "database: no memory for its statements")
                                  : sqlite_pool_open(c, path, n, &r->pool);
    if (opened.code != ERR_OK)
        sqlite_readers_close(r);
    else
        *out = r;
    return opened;
}

void sqlite_readers_close(struct sqlite_readers *r)
{
    if (r == NULL)
        return;
    sqlite_pool_close(r->pool);
    sqlite_facts_free(r->facts);
    sqlite_kept_free(r->kept);
    free(r);
}

size_t sqlite_readers_size(const struct sqlite_readers *r)
{
    return sqlite_pool_size(r->pool);
}

/* The first who asks prepares it. */
static RESULT find_fact(struct ctx *c, struct sqlite_readers *r, const struct sqlite_reading *call,
                        struct sqlite_fact *fact)
{
    struct sqlite_connection *s = NULL;
    if (sqlite_facts_find(r->facts, call->sql, fact))
        return ok();
    TRY(sqlite_pool_take(c, r->pool, call->low, &s));
    err learnt = sqlite_learn(c, s, call->sql, fact);
    sqlite_pool_give(r->pool, s);
    if (learnt.code == ERR_OK)
        sqlite_facts_tell(r->facts, fact);
    return learnt;
}

RESULT sqlite_only_reads(struct ctx *c, struct sqlite_readers *r, const struct sqlite_reading *call,
                         bool *reads)
{
    struct sqlite_fact fact;
    TRY(find_fact(c, r, call, &fact));
    *reads = fact.only_reads;
    return ok();
}

RESULT sqlite_read(struct ctx *c, struct sqlite_readers *r, const struct sqlite_reading *call,
                   struct table *out)
{
    struct sqlite_connection *s = NULL;
    TRY(sqlite_pool_take(c, r->pool, call->low, &s));
    err done = sqlite_run(c, s, call->sql, call->params, call->n, out);
    sqlite_pool_give(r->pool, s);
    return done;
}

/* The marks are looked at before the rows are: what is written meanwhile makes them old. */
RESULT sqlite_read_kept(struct ctx *c, struct sqlite_readers *r, const struct sqlite_reading *call,
                        struct table *out)
{
    struct sqlite_fact fact;
    if (r->kept == NULL)
        return sqlite_read(c, r, call, out);
    TRY(find_fact(c, r, call, &fact));
    struct sqlite_kept_key key = { call->sql, call->params, call->n,
                                   sqlite_marks_of(r->marks, fact.reads) };
    if (sqlite_kept_find(c, r->kept, &key, out))
        return ok();
    TRY(sqlite_read(c, r, call, out));
    sqlite_kept_put(r->kept, &key, out);
    return ok();
}

bool sqlite_readers_rest(struct sqlite_readers *r)
{
    sqlite_kept_expire(r->kept, time_monotonic_ms());
    return sqlite_pool_rest(r->pool);
}
