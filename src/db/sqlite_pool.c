/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_pool.h"

#include "db/sqlite_queue.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { MUCH = 256 /* uses between two calls of sqlite_pool_rest: the jobs alone come to 80 */ };

enum state { RESTS, IDLES, WORKS };

/* No lock: whoever has it might be a thread of low priority that does not run just now. */
struct place {
    struct sqlite_connection *connection;
    _Atomic bool taken;
    unsigned uses; /* since the last sqlite_pool_rest; of whoever has it, as is: */
    enum state state;
};

struct sqlite_pool {
    sem_t given;
    atomic_uint waiting;
    size_t n;
    struct place places[];
};

RESULT sqlite_pool_open(struct ctx *c, const char *path, size_t n, struct sqlite_pool **out)
{
    struct sqlite_pool *p = calloc(1, sizeof *p + n * sizeof *p->places);
    if (p == NULL || sem_init(&p->given, 0, 0) != 0) {
        free(p);
        return fail(c, UNAVAILABLE, "database: no memory for its connections");
    }
    err opened = ok();
    for (; p->n < n && opened.code == ERR_OK; p->n += opened.code == ERR_OK)
        opened = sqlite_connection_open(c, path, SQLITE_READS, &p->places[p->n].connection);
    if (opened.code != ERR_OK)
        sqlite_pool_close(p);
    else
        *out = p;
    return opened;
}

void sqlite_pool_close(struct sqlite_pool *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n; i++) {
        must(!atomic_load(&p->places[i].taken));
        sqlite_connection_close(p->places[i].connection);
    }
    (void)sem_destroy(&p->given);
    free(p);
}

size_t sqlite_pool_size(const struct sqlite_pool *p)
{
    return p->n;
}

/* ---- taking and giving ---- */

static bool take_place(struct place *at)
{
    return !atomic_load(&at->taken) && !atomic_exchange(&at->taken, true);
}

static struct sqlite_connection *take_free(struct sqlite_pool *p, bool low)
{
    for (size_t i = low ? p->n / 2 : 0; i < p->n; i++)
        if (take_place(&p->places[i])) {
            p->places[i].uses++;
            return p->places[i].connection;
        }
    return NULL;
}

static void give_place(struct sqlite_pool *p, struct place *at)
{
    atomic_store(&at->taken, false);
    if (atomic_load(&p->waiting) > 0)
        (void)sem_post(&p->given);
}

/* Who says that it waits looks again before it does: what is given back after that wakes it. */
static struct sqlite_connection *wait_for_one(struct sqlite_pool *p, bool low)
{
    struct timespec until = sqlite_until(SQLITE_WAIT_MS);
    struct sqlite_connection *found = NULL;
    int waited = 0;
    (void)atomic_fetch_add(&p->waiting, 1);
    while ((found = take_free(p, low)) == NULL && (waited == 0 || errno == EINTR))
        waited = sem_clockwait(&p->given, CLOCK_MONOTONIC, &until);
    (void)atomic_fetch_sub(&p->waiting, 1);
    return found;
}

RESULT sqlite_pool_take(struct ctx *c, struct sqlite_pool *p, bool low,
                        struct sqlite_connection **out)
{
    struct sqlite_connection *found = take_free(p, low);
    if (found == NULL)
        found = wait_for_one(p, low);
    if (found == NULL)
        return fail(c, UNAVAILABLE, "database: none of its %zu connections was free within %d ms",
                    p->n, SQLITE_WAIT_MS);
    *out = found;
    return ok();
}

void sqlite_pool_give(struct sqlite_pool *p, struct sqlite_connection *s)
{
    size_t i = 0;
    while (p->places[i].connection != s)
        i++;
    give_place(p, &p->places[i]);
}

/* ---- at rest ---- */

/* Whether its work has ended. */
static bool rest(struct place *at)
{
    enum state before = at->state;
    at->state = at->uses >= MUCH ? WORKS : at->uses > 0 ? IDLES : RESTS;
    at->uses = 0;
    if (at->state == IDLES)
        sqlite_connection_pages_back(at->connection);
    if (at->state == RESTS && before != RESTS)
        sqlite_connection_rest(at->connection);
    return before == WORKS && at->state != WORKS;
}

bool sqlite_pool_rest(struct sqlite_pool *p)
{
    bool gave = false;
    for (size_t i = 0; i < p->n; i++)
        if (take_place(&p->places[i])) {
            gave = rest(&p->places[i]) || gave;
            give_place(p, &p->places[i]);
        }
    return gave;
}
