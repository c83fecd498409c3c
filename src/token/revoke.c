/* SPDX-License-Identifier: Apache-2.0 */
#include "token/revoke.h"

#include "base/time.h"
#include "token/revoke_clock.h"
#include "token/revoked_set.h"
#include "token/verify.h"

#include <pthread.h>
#include <string.h>

enum {
    PAGE = 500,
    CURSOR_KIND = 32,
    CURSOR_ID = 2304, /* client ids may be URLs */
    PURGE_SECONDS = 60,
    /* A row bears the time at which its request began: a reading looks back as far as a request can
     * last, and half a minute for clocks that differ. */
    LOOK_BACK = 90,
    STEP = 30 /* by which what lies behind that is looked at: see read_behind */
};

struct revocations {
    pthread_rwlock_t lock;
    int64_t (*clock)(void);
    struct revoked_set *set;
    uint64_t refused;     /* how often there was no room */
    bool complete;        /* all of the table is in `set` but what came after the last reading */
    int64_t read_now;     /* ctx.now of the last reading; 0: none */
    int64_t read_ms;      /* when it began */
    int64_t full_ms;      /* when everything was read the last time */
    int64_t purged;       /* when what has expired was given up the last time */
    int64_t behind_until; /* before which all that `behind` counted is in `set` */
    struct revocations_tally behind;
};

/* How one reading goes. */
struct reading {
    bool full;
    int64_t from;     /* rows of this time and later */
    int64_t began_ms; /* what was committed before this is seen */
    uint64_t refused; /* as it was then */
};

struct revocations *revocations_new(struct arena *a)
{
    struct revocations *r = ARENA_NEW(a, struct revocations);
    r->clock = time_monotonic_ms;
    r->set = revoked_set_new();
    if (r->set == NULL)
        return NULL;
    if (pthread_rwlock_init(&r->lock, NULL) != 0) {
        revoked_set_free(r->set);
        return NULL;
    }
    return r;
}

void revocations_free(struct revocations *r)
{
    if (r == NULL)
        return;
    (void)pthread_rwlock_destroy(&r->lock);
    revoked_set_free(r->set);
}

void revocations_set_clock(struct revocations *r, int64_t (*clock)(void))
{
    r->clock = clock;
}

/* The lock is held. */
static void put(struct revocations *r, const struct revocation_row *row, int64_t now)
{
    if (row->expires_at <= now || revoked_set_add(r->set, row, now))
        return;
    r->refused++;
    r->complete = false;
}

static struct reading begin(struct revocations *r, int64_t now)
{
    int64_t ms = r->clock();
    (void)pthread_rwlock_wrlock(&r->lock);
    bool never = r->read_now == 0;
    bool full = never || (!r->complete && ms - r->full_ms >= REVOKED_RETRY_MS);
    /* After a clock went back, rows of the earlier time may be new. */
    int64_t last = r->read_now < now ? r->read_now : now;
    struct reading reading = { .full = full,
                               .from = full ? 0 : time_add(last, -LOOK_BACK),
                               .began_ms = ms,
                               .refused = r->refused };
    if (full)
        r->full_ms = ms;
    if (now - r->purged >= PURGE_SECONDS && revoked_set_purge(r->set, now))
        r->purged = now;
    (void)pthread_rwlock_unlock(&r->lock);
    return reading;
}

static void put_rows(struct revocations *r, const struct revocation_rows *rows, int64_t now)
{
    (void)pthread_rwlock_wrlock(&r->lock);
    for (size_t i = 0; i < rows->n; i++)
        put(r, &rows->at[i], now);
    (void)pthread_rwlock_unlock(&r->lock);
}

/* Where a page ended, outside the arena. */
struct cursor {
    int64_t at;
    char kind[CURSOR_KIND], id[CURSOR_ID];
};

static RESULT cursor_set(struct ctx *c, struct cursor *cursor, const struct revocation_row *last)
{
    if (strlen(last->kind) >= sizeof cursor->kind || strlen(last->id) >= sizeof cursor->id)
        return fail(c, INTERNAL, "a revocation has an id that is too long");
    cursor->at = last->at;
    memcpy(cursor->kind, last->kind, strlen(last->kind) + 1);
    memcpy(cursor->id, last->id, strlen(last->id) + 1);
    return ok();
}

/* Reads page after page of what is of `from` and later, before `until`; each is given back when it
 * has been taken in. */
static RESULT read_pages(struct ctx *c, struct revocations *r, int64_t from, int64_t until)
{
    struct cursor cursor = { .at = from };
    struct revocations_after after = { .at = from, .until = until };
    struct arena_mark mark = arena_mark(c->arena);
    for (;;) {
        struct revocation_rows rows;
        TRY(revocations_since(c, after, PAGE, &rows));
        put_rows(r, &rows, c->now);
        if (rows.n < PAGE)
            return ok();
        TRY(cursor_set(c, &cursor, &rows.at[rows.n - 1]));
        arena_rewind(c->arena, mark);
        after = (struct revocations_after){ cursor.at, until, cursor.kind, cursor.id };
    }
}

static void end(struct revocations *r, const struct reading *reading, int64_t now)
{
    (void)pthread_rwlock_wrlock(&r->lock);
    if (reading->full && r->refused == reading->refused)
        r->complete = true;
    if (reading->began_ms > r->read_ms)
        r->read_ms = reading->began_ms;
    r->read_now = now;
    (void)pthread_rwlock_unlock(&r->lock);
}

static bool knows_behind(struct revocations *r, int64_t until,
                         const struct revocations_tally *tally)
{
    (void)pthread_rwlock_rdlock(&r->lock);
    bool known = r->behind_until == until && r->behind.n == tally->n && r->behind.sum == tally->sum;
    (void)pthread_rwlock_unlock(&r->lock);
    return known;
}

/*
 * what nodes write whose clocks are behind ours lies before all that is read each time.  It
 * is counted, and read when that is not what it was; the end of what is counted moves by steps.
 */
static RESULT read_behind(struct ctx *c, struct revocations *r, int64_t until)
{
    struct revocations_tally tally;
    int64_t from = until - CLOCKS_APART;
    TRY(revocations_tally(c, from, until, &tally));
    if (knows_behind(r, until, &tally))
        return ok();
    TRY(read_pages(c, r, from, until));
    (void)pthread_rwlock_wrlock(&r->lock);
    r->behind_until = until;
    r->behind = tally;
    (void)pthread_rwlock_unlock(&r->lock);
    return ok();
}

RESULT revocations_read(struct ctx *c, struct revocations *r)
{
    if (r == NULL)
        return ok();
    struct reading reading = begin(r, c->now);
    int64_t from = reading.from - reading.from % STEP;
    if (!reading.full)
        TRY(read_behind(c, r, from));
    TRY(read_pages(c, r, from, INT64_MAX));
    end(r, &reading, c->now);
    return ok();
}

void revocations_add(struct ctx *c, struct revocations *r, const char *kind, const char *id,
                     int64_t expires_at)
{
    if (r == NULL)
        return;
    struct revocation_row row = { .kind = kind, .id = id, .at = c->now, .expires_at = expires_at };
    (void)pthread_rwlock_wrlock(&r->lock);
    put(r, &row, c->now);
    (void)pthread_rwlock_unlock(&r->lock);
}

/* ---- questions ---- */

/* What may stand in the set of one token, and whether it is revoked by what was issued later too.
 */
struct ground {
    const char *kind, *id;
    bool at_all; /* whenever it was issued */
};

static bool is_revoked(const struct revoked_set *set, const struct access *access,
                       const char *member)
{
    const struct grant_facts *facts = &access->facts;
    const struct ground grounds[] = {
        { REVOKED_TOKEN, access->jti, true },
        { REVOKED_AUTHORIZATION, facts->authorization_id, true },
        { REVOKED_SESSION, facts->sid, true },
        { REVOKED_USER, facts->user_id, false },
        { REVOKED_CLIENT, facts->client_id, false },
        { REVOKED_CLIENT, facts->grant_client_id, false },
        { REVOKED_TENANT, facts->tenant_id, false },
        { REVOKED_MEMBER, member, false },
        { REVOKED_ALL, REVOKED_ALL, false },
    };
    for (size_t i = 0; i < sizeof grounds / sizeof grounds[0]; i++) {
        const struct revocation_row *row = revoked_set_find(set, grounds[i].kind, grounds[i].id);
        if (row != NULL && (grounds[i].at_all || access->issued_at <= row->at))
            return true;
    }
    return false;
}

/* What the memory says; *sure: a no is a no. */
static bool remembered(struct ctx *c, struct revocations *r, const struct access *access,
                       bool *sure)
{
    const struct grant_facts *facts = &access->facts;
    const char *member = facts->tenant_id == NULL
                             ? NULL
                             : text_printf(c->arena, "%s %s", facts->tenant_id, facts->user_id);
    int64_t ms = r->clock();
    (void)pthread_rwlock_rdlock(&r->lock);
    bool revoked = is_revoked(r->set, access, member);
    *sure = revoked || (r->complete && ms - r->read_ms <= REVOKED_FRESH_MS);
    (void)pthread_rwlock_unlock(&r->lock);
    return revoked;
}

static RESULT ask_database(struct ctx *c, const struct access *access, bool *revoked)
{
    const struct grant_facts *facts = &access->facts;
    return revocation_check(
        c,
        &(struct revocation_question){ .jti = access->jti,
                                       .authorization_id = facts->authorization_id,
                                       .sid = facts->sid,
                                       .user_id = facts->user_id,
                                       .client_id = facts->client_id,
                                       .grant_client_id = facts->grant_client_id,
                                       .tenant_id = facts->tenant_id,
                                       .issued_at = access->issued_at },
        revoked);
}

RESULT revocations_check(struct ctx *c, const struct access *access, bool *revoked)
{
    bool sure = false;
    bool found = c->revoked != NULL && remembered(c, c->revoked, access, &sure);
    if (!sure)
        return ask_database(c, access, revoked);
    *revoked = found;
    return ok();
}

RESULT revoke_access(struct ctx *c, const struct access *access)
{
    TRY(revocation_add(c, REVOKED_TOKEN, access->jti));
    revocations_add(c, c->revoked, REVOKED_TOKEN, access->jti, revocation_expiry(c));
    /* What the caller has ended was written by this clock. */
    return c->revoked == NULL ? ok()
                              : read_pages(c, c->revoked, time_add(c->now, -LOOK_BACK), INT64_MAX);
}
