/* SPDX-License-Identifier: Apache-2.0 */
#include "token/keyrings.h"

#include "base/log.h"
#include "base/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024, KEYRING_CEILING = 64 * 1024 };

/* One tenant's, from malloc. */
struct entry {
    _Atomic size_t holders;
    struct entry *next; /* with the lock of the keyrings */
    uint64_t asked;     /* likewise: the number of the last question for it */
    char *tenant_id;
    pthread_mutex_t opening; /* before what follows is read or written */
    struct arena *arena;     /* in which the keyring lives; NULL: it is not open */
    struct keyring *keys;
    int64_t read_at;
};

struct keyrings {
    struct keyring *own;
    size_t kept;
    pthread_mutex_t lock; /* before what follows is read or written */
    size_t n;
    uint64_t asked;
    struct entry *entries[BUCKETS];
};

struct keyrings *keyrings_new(struct arena *a, struct keyring *own, size_t kept)
{
    struct keyrings *k = ARENA_NEW(a, struct keyrings);
    k->own = own;
    k->kept = kept;
    return pthread_mutex_init(&k->lock, NULL) == 0 ? k : NULL;
}

/* Gives up one hold; the last one ends it. */
static void entry_release(struct entry *e)
{
    if (--e->holders > 0)
        return;
    if (e->keys != NULL)
        keyring_close(e->keys);
    if (e->arena != NULL)
        arena_end(e->arena);
    (void)pthread_mutex_destroy(&e->opening);
    free(e->tenant_id);
    free(e);
}

void keyrings_free(struct keyrings *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (k->entries[i] != NULL) {
            struct entry *e = k->entries[i];
            k->entries[i] = e->next;
            entry_release(e);
        }
    (void)pthread_mutex_destroy(&k->lock);
}

struct keyring *keyrings_own(const struct keyrings *k)
{
    return k->own;
}

/* ---- the entry of a tenant ---- */

static struct entry **bucket_of(struct keyrings *k, const char *tenant_id)
{
    return &k->entries[bytes_hash_here(bytes_of(tenant_id)) % BUCKETS];
}

static struct entry *entry_new(const char *tenant_id)
{
    struct entry *e = calloc(1, sizeof *e);
    char *id = strdup(tenant_id);
    if (e != NULL && id != NULL && pthread_mutex_init(&e->opening, NULL) == 0) {
        e->holders = 1;
        e->tenant_id = id;
        return e;
    }
    free(e);
    free(id);
    return NULL;
}

/* Where the one stands that was asked for longest ago. */
static struct entry **oldest_of(struct keyrings *k)
{
    struct entry **oldest = NULL;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry **at = &k->entries[i]; *at != NULL; at = &(*at)->next)
            if (oldest == NULL || (*at)->asked < (*oldest)->asked)
                oldest = at;
    must(oldest != NULL);
    return oldest;
}

/* k->lock is held.  Who works with it keeps it until they are done. */
static void make_room(struct keyrings *k)
{
    if (k->n < k->kept)
        return;
    struct entry **at = oldest_of(k);
    struct entry *e = *at;
    *at = e->next;
    k->n--;
    entry_release(e);
}

/* k->lock is held; NULL if there is no memory. */
static struct entry *entry_in(struct keyrings *k, const char *tenant_id)
{
    struct entry **first = bucket_of(k, tenant_id);
    struct entry *e = *first;
    while (e != NULL && strcmp(e->tenant_id, tenant_id) != 0)
        e = e->next;
    if (e != NULL)
        return e;
    make_room(k);
    e = entry_new(tenant_id);
    if (e == NULL)
        return NULL;
    e->next = *first;
    *first = e;
    k->n++;
    return e;
}

/* Holds it until the arena of `c` ends. */
static struct entry *entry_hold(struct ctx *c, struct keyrings *k, const char *tenant_id)
{
    (void)pthread_mutex_lock(&k->lock);
    struct entry *e = entry_in(k, tenant_id);
    if (e != NULL) {
        e->holders++;
        e->asked = ++k->asked;
    }
    (void)pthread_mutex_unlock(&k->lock);
    if (e != NULL)
        ARENA_OWN(c->arena, struct entry, entry_release, e);
    return e;
}

/* e->opening is held. */
static RESULT open_entry(struct ctx *c, struct entry *e)
{
    struct arena *a = arena_new(KEYRING_CEILING);
    if (a == NULL)
        return fail(c, UNAVAILABLE, "there is no memory for the keys of a tenant");
    err opened = keyring_open(c, a, e->tenant_id, &e->keys);
    if (opened.code != ERR_OK) {
        arena_end(a);
        return opened;
    }
    e->arena = a;
    e->read_at = c->now;
    return ok();
}

/* e->opening is held.  Whether whoever asks now reads the table anew; others go on meanwhile. */
static bool is_due(const struct ctx *c, struct entry *e)
{
    if (c->now >= e->read_at && c->now - e->read_at < KEYRINGS_YOUNG_SECONDS)
        return false;
    e->read_at = c->now;
    return true;
}

static RESULT look(struct ctx *c, struct entry *e, bool *due)
{
    if (e->keys == NULL)
        return open_entry(c, e);
    *due = is_due(c, e);
    return ok();
}

RESULT keyrings_of(struct ctx *c, struct keyrings *k, const char *tenant_id, struct keyring **out)
{
    bool due = false;
    struct entry *e = entry_hold(c, k, tenant_id);
    if (e == NULL)
        return fail(c, UNAVAILABLE, "there is no memory for the keys of a tenant");
    (void)pthread_mutex_lock(&e->opening);
    err looked = look(c, e, &due);
    struct keyring *keys = e->keys;
    (void)pthread_mutex_unlock(&e->opening);
    TRY(looked);
    /* Takes up what the settings say now, as SIGHUP does for the service's own. */
    if (due)
        TRY(keyring_reload(c, keys));
    *out = keys;
    return ok();
}
