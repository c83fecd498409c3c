/* SPDX-License-Identifier: Apache-2.0 */
#include "token/revoked_set.h"

#include <string.h>

enum {
    SLOTS_MIN = 256,
    ID_BYTES = 128, /* room for the texts of an entry, in the mean */
    FILL = 2,       /* at most every second slot is taken */
    SLOTS_MAX = FILL * REVOKED_MAX
};

struct slot {
    uint64_t hash;
    struct revocation_row row; /* id NULL: empty */
};

/* Slots and texts live in an arena that goes when the table is made anew. */
struct entries {
    struct arena *arena;
    struct slot *slots;
    size_t size, n;   /* size: a power of two */
    int64_t earliest; /* nothing expires before */
};

struct revoked_set {
    struct arena *arena;
    struct entries now;
};

/* The kinds as they are stored, so that each stands once in memory. */
static const char *kind_of(const char *kind)
{
    static const char *const kinds[] = { REVOKED_TOKEN,   REVOKED_AUTHORIZATION,
                                         REVOKED_SESSION, REVOKED_USER,
                                         REVOKED_CLIENT,  REVOKED_TENANT,
                                         REVOKED_MEMBER,  REVOKED_ALL };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (text_equal(kinds[i], kind))
            return kinds[i];
    return NULL;
}

/* FNV-1a and a final mix.  The ids are made by us: nobody chooses where they fall. */
static uint64_t hash_of(const char *kind, const char *id)
{
    uint64_t hash = 0xcbf29ce484222325u;
    const char *const parts[] = { kind, id };
    for (size_t i = 0; i < 2; i++)
        for (const char *at = parts[i]; *at != '\0'; at++)
            hash = (hash ^ (uint8_t)*at) * 0x100000001b3u;
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93u;
    return hash ^ hash >> 32;
}

static bool table_make(size_t size, struct entries *out)
{
    struct arena *a = arena_new(size * sizeof(struct slot) + size / FILL * ID_BYTES);
    if (a == NULL)
        return false;
    *out = (struct entries){
        .arena = a, .slots = ARENA_NEWS(a, struct slot, size), .size = size, .earliest = INT64_MAX
    };
    return true;
}

/* The slot of the entry, or the empty one where it belongs. */
static struct slot *slot_of(const struct entries *t, uint64_t hash, const char *kind,
                            const char *id)
{
    size_t at = hash & (t->size - 1);
    while (t->slots[at].row.id != NULL &&
           (t->slots[at].hash != hash || !text_equal(t->slots[at].row.kind, kind) ||
            !text_equal(t->slots[at].row.id, id)))
        at = (at + 1) & (t->size - 1);
    return &t->slots[at];
}

/* There is an empty slot: must(). */
static bool table_put(struct entries *t, uint64_t hash, const struct revocation_row *row)
{
    struct slot *slot = slot_of(t, hash, row->kind, row->id);
    if (slot->row.id == NULL) {
        if (arena_over(t->arena))
            return false;
        must(t->n < t->size / FILL);
        *slot = (struct slot){ hash, *row };
        slot->row.id = text_copy(t->arena, row->id, strlen(row->id));
        t->n++;
        if (row->expires_at < t->earliest)
            t->earliest = row->expires_at;
        return true;
    }
    if (row->at > slot->row.at)
        slot->row.at = row->at;
    if (row->expires_at > slot->row.expires_at)
        slot->row.expires_at = row->expires_at;
    return true;
}

static bool table_copy(const struct entries *from, int64_t now, struct entries *to)
{
    bool all = true;
    for (size_t i = 0; i < from->size; i++)
        if (from->slots[i].row.id != NULL && from->slots[i].row.expires_at > now)
            all = all && table_put(to, from->slots[i].hash, &from->slots[i].row);
    return all;
}

static size_t count_live(const struct entries *t, int64_t now)
{
    size_t n = 0;
    for (size_t i = 0; i < t->size; i++)
        n += t->slots[i].row.id != NULL && t->slots[i].row.expires_at > now;
    return n;
}

/* Makes the table anew with room for what lives and half as much again. */
static bool rebuild(struct revoked_set *set, int64_t now)
{
    struct entries fresh;
    size_t live = count_live(&set->now, now);
    /* Ids that are longer than usual fill the room for texts first. */
    size_t size = arena_over(set->now.arena) ? 2 * set->now.size : SLOTS_MIN;
    while (size / FILL < live + live / 2 + 1)
        size *= 2;
    if (size > SLOTS_MAX)
        size = SLOTS_MAX;
    if (!table_make(size, &fresh))
        return false;
    if (!table_copy(&set->now, now, &fresh)) {
        arena_end(fresh.arena);
        return false;
    }
    arena_end(set->now.arena);
    set->now = fresh;
    return true;
}

static bool has_room(const struct entries *t)
{
    return t->n < t->size / FILL && !arena_over(t->arena);
}

/* Whether making it anew gains anything: it is dear, and a full table is asked often. */
static bool can_make_room(const struct entries *t, int64_t now)
{
    return t->size < SLOTS_MAX || t->earliest <= now;
}

struct revoked_set *revoked_set_new(void)
{
    struct entries first;
    if (!table_make(SLOTS_MIN, &first))
        return NULL;
    struct arena *a = arena_new(sizeof(struct revoked_set));
    if (a == NULL) {
        arena_end(first.arena);
        return NULL;
    }
    struct revoked_set *set = ARENA_NEW(a, struct revoked_set);
    *set = (struct revoked_set){ .arena = a, .now = first };
    return set;
}

void revoked_set_free(struct revoked_set *set)
{
    if (set == NULL)
        return;
    arena_end(set->now.arena);
    arena_end(set->arena);
}

bool revoked_set_add(struct revoked_set *set, const struct revocation_row *row, int64_t now)
{
    struct revocation_row known = *row;
    known.kind = kind_of(row->kind);
    if (known.kind == NULL)
        return true; /* of a later version: nobody here asks for it */
    if (!has_room(&set->now) && (!can_make_room(&set->now, now) || !rebuild(set, now)))
        return false;
    return has_room(&set->now) && table_put(&set->now, hash_of(known.kind, known.id), &known);
}

const struct revocation_row *revoked_set_find(const struct revoked_set *set, const char *kind,
                                              const char *id)
{
    if (id == NULL || set->now.n == 0)
        return NULL;
    const struct slot *slot = slot_of(&set->now, hash_of(kind, id), kind, id);
    return slot->row.id == NULL ? NULL : &slot->row;
}

size_t revoked_set_count(const struct revoked_set *set)
{
    return set->now.n;
}

bool revoked_set_purge(struct revoked_set *set, int64_t now)
{
    return set->now.earliest > now || rebuild(set, now);
}
