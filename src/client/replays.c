/* SPDX-License-Identifier: Apache-2.0 */
#include "client/replays.h"

#include "crypto/digest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ID_BYTES = 16, ROOM_FIRST = 1024 };

/* One half of a SHA-256: whoever finds two of the same half has found that their own proof is
 * refused. */
struct seen {
    uint8_t id[ID_BYTES];
    int64_t until; /* 0: the place is free */
};

/* Open addressing; three quarters of `room`, a power of two, are used at most. */
struct replays {
    pthread_mutex_t lock;
    struct seen *at;
    size_t n, room, most;
    int64_t born_at;
};

struct replays *replays_new(size_t most, int64_t now)
{
    struct replays *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    (void)pthread_mutex_init(&r->lock, NULL);
    r->most = most == 0 ? REPLAYS_MAX : most;
    r->born_at = now;
    return r;
}

void replays_free(struct replays *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_destroy(&r->lock);
    free(r->at);
    free(r);
}

int64_t replays_born_at(const struct replays *r)
{
    return r->born_at;
}

/* The place of `id`, or the free one where it would stand. */
static struct seen *place_of(struct seen *at, size_t room, const uint8_t id[static ID_BYTES])
{
    size_t i = 0;
    memcpy(&i, id, sizeof i);
    for (i &= room - 1; at[i].until != 0; i = (i + 1) & (room - 1))
        if (ct_equal((struct bytes){ at[i].id, ID_BYTES }, (struct bytes){ id, ID_BYTES }))
            break;
    return &at[i];
}

/* Moves what still counts into `room` places. */
static bool rebuild(struct replays *r, size_t room, int64_t now)
{
    struct seen *at = calloc(room, sizeof *at);
    if (at == NULL)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < r->room; i++) {
        if (r->at[i].until < now || r->at[i].until == 0)
            continue;
        *place_of(at, room, r->at[i].id) = r->at[i];
        n++;
    }
    free(r->at);
    r->at = at;
    r->n = n;
    r->room = room;
    return true;
}

static size_t counting(const struct replays *r, int64_t now)
{
    size_t n = 0;
    for (size_t i = 0; i < r->room; i++)
        n += r->at[i].until != 0 && r->at[i].until >= now;
    return n;
}

/* With the lock held: whether there is room for another one now. */
static bool make_room(struct replays *r, int64_t now)
{
    if (r->n < r->room / 4 * 3 && r->n < r->most)
        return true;
    size_t n = counting(r, now);
    size_t room = r->room == 0 ? ROOM_FIRST : r->room;
    /* At half of it there is a while until the next time. */
    while (n >= room / 2)
        room *= 2;
    return n < r->most && rebuild(r, room, now);
}

/* With the lock held: whether it has come before, and counts still. */
static bool was_seen(const struct replays *r, const uint8_t id[static ID_BYTES], int64_t now)
{
    return r->room > 0 && place_of(r->at, r->room, id)->until >= now;
}

/* With the lock held; false: there is no room. */
static bool add(struct replays *r, const uint8_t id[static ID_BYTES], int64_t until, int64_t now)
{
    if (!make_room(r, now))
        return false;
    struct seen *one = place_of(r->at, r->room, id);
    r->n += one->until == 0;
    memcpy(one->id, id, ID_BYTES);
    one->until = until > 1 ? until : 1;
    return true;
}

RESULT replays_add(struct ctx *c, struct replays *r, struct bytes id, int64_t until, bool *first)
{
    uint8_t digest[DIGEST_SHA256];
    sha256(id, digest);
    (void)pthread_mutex_lock(&r->lock);
    bool seen = was_seen(r, digest, c->now);
    bool taken = seen || add(r, digest, until, c->now);
    (void)pthread_mutex_unlock(&r->lock);
    if (!taken)
        return fail(c, UNAVAILABLE, "there is no room to remember another proof");
    *first = !seen;
    return ok();
}
