/* SPDX-License-Identifier: Apache-2.0 */
#include "web/refusals.h"

#include "base/log.h"

#include <pthread.h>
#include <string.h>

enum { SHARDS = 64, SLOTS = 248 };

struct shard {
    pthread_mutex_t lock;
    uint64_t added; /* ever; the newest lies before added % SLOTS */
    struct refusal slots[SLOTS];
};

struct refusals {
    uint64_t seed;
    struct shard shards[SHARDS];
};
_Static_assert(sizeof(struct refusals) <= REFUSALS_BYTES, "decision 25");
_Static_assert(sizeof(struct refusals) > REFUSALS_BYTES / 8 * 7, "what may be used is used");

static void end(struct refusals *refusals)
{
    for (size_t i = 0; i < SHARDS; i++)
        (void)pthread_mutex_destroy(&refusals->shards[i].lock);
}

struct refusals *refusals_new(struct arena *a, uint64_t seed)
{
    struct refusals *refusals = ARENA_NEW(a, struct refusals);
    refusals->seed = seed;
    for (size_t i = 0; i < SHARDS; i++)
        must(pthread_mutex_init(&refusals->shards[i].lock, NULL) == 0);
    ARENA_OWN(a, struct refusals, end, refusals);
    return refusals;
}

/* FNV-1a; the seed keeps others from knowing whose shard they share. */
static struct shard *shard_of(struct refusals *refusals, const char *whose)
{
    uint64_t hash = refusals->seed ^ 0xCBF29CE484222325U;
    for (; *whose != '\0'; whose++)
        hash = (hash ^ (uint8_t)*whose) * 0x100000001B3U;
    return &refusals->shards[(hash ^ hash >> 32) % SHARDS];
}

void refusals_add(struct refusals *refusals, const char *whose, const struct refusal *refusal)
{
    struct shard *shard = shard_of(refusals, whose);
    must(pthread_mutex_lock(&shard->lock) == 0);
    shard->slots[shard->added++ % SLOTS] = *refusal;
    must(pthread_mutex_unlock(&shard->lock) == 0);
}

static bool find_in(struct shard *shard, const char *request_id, struct refusal *out)
{
    bool found = false;
    must(pthread_mutex_lock(&shard->lock) == 0);
    for (size_t i = 0; i < SLOTS && i < shard->added && !found; i++) {
        found = strcmp(shard->slots[i].request_id, request_id) == 0;
        if (found)
            *out = shard->slots[i];
    }
    must(pthread_mutex_unlock(&shard->lock) == 0);
    return found;
}

bool refusals_find(struct refusals *refusals, const char *request_id, struct refusal *out)
{
    for (size_t i = 0; i < SHARDS; i++)
        if (find_in(&refusals->shards[i], request_id, out))
            return true;
    return false;
}

/* How many bytes of `text` are whole characters, `room` at most. */
static size_t whole(const char *text, size_t room)
{
    size_t n = strnlen(text, room + 1);
    if (n <= room)
        return n;
    for (n = room; n > 0 && ((uint8_t)text[n] & 0xC0) == 0x80;)
        n--;
    return n;
}

void refusal_put(char *to, size_t size, const char *from)
{
    const char *text = from == NULL ? "" : from;
    if (log_has_token(text))
        text = "[redacted]";
    size_t n = whole(text, size - 1);
    memcpy(to, text, n);
    to[n] = '\0';
}
