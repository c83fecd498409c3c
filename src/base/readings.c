/* SPDX-License-Identifier: Apache-2.0 */
#include "base/readings.h"

#include "base/text.h"

#include <string.h>

/* In an arena of its own, with the text and what was read from it. */
struct entry {
    struct arena *arena;
    size_t holders; /* the place where it is kept, and each arena that it was handed out to */
    const struct reading *how;
    struct bytes text;
    void *read;
};

/* Two entries, so that a client and its token do not drive each other out where both belong here.
 */
struct place {
    struct entry *newer, *older; /* by when they were asked for last */
    uint64_t missed;             /* what was asked for and was not kept, as long as older is not */
};

struct readings {
    struct place places[READINGS_MAX / 2];
};

struct readings *readings_new(struct arena *a)
{
    return ARENA_NEW(a, struct readings);
}

/* Gives up one hold; the last one ends it. */
static void release(struct entry *e)
{
    if (e != NULL && --e->holders == 0)
        arena_end(e->arena);
}

void readings_end(struct readings *k)
{
    for (size_t i = 0; k != NULL && i < READINGS_MAX / 2; i++) {
        release(k->places[i].newer);
        release(k->places[i].older);
        k->places[i] = (struct place){ 0 };
    }
}

static bool is_of(const struct entry *e, const struct reading *how, struct bytes text)
{
    return e != NULL && e->how == how && e->text.n == text.n &&
           (text.n == 0 || memcmp(e->text.at, text.at, text.n) == 0);
}

/* NULL: it cannot be read, or takes too much memory, and whoever asks reads it for themselves. */
static struct entry *entry_new(const struct ctx *c, const struct reading *how, struct bytes text)
{
    struct arena *a = arena_new(READINGS_BYTES_MAX);
    if (a == NULL)
        return NULL;
    struct ctx own = *c;
    struct entry *e = ARENA_NEW(a, struct entry);
    own.arena = a;
    *e = (struct entry){ .arena = a, .holders = 1, .how = how };
    e->text = (struct bytes){ arena_copy(a, text.at, text.n), text.n };
    e->read = arena_alloc(a, how->size);
    if (how->read(&own, e->text, e->read).code == ERR_OK && !arena_over(a))
        return e;
    arena_end(a);
    return NULL;
}

/* Puts `first` before what was asked for last. */
static void put_first(struct place *place, struct entry *first)
{
    place->older = place->newer;
    place->newer = first;
    place->missed = 0;
}

/*
 * What is kept of the text from now on; or NULL.  An entry is made for what comes twice while the
 * older of its place does not come: where there are more than there are places, making one each
 * time would cost more than reading.
 */
static struct entry *keep(const struct ctx *c, const struct reading *how, const char *of,
                          struct bytes text)
{
    if (c->readings == NULL || of == NULL || text.n > READINGS_TEXT_MAX)
        return NULL;
    uint64_t hash = bytes_hash_here(bytes_of(of));
    struct place *place = &c->readings->places[(hash >> 32) % (READINGS_MAX / 2)];
    if (is_of(place->newer, how, text))
        return place->newer;
    if (is_of(place->older, how, text)) {
        put_first(place, place->older);
        return place->newer;
    }
    struct entry *made = place->missed == hash ? entry_new(c, how, text) : NULL;
    place->missed = hash;
    if (made == NULL)
        return NULL;
    release(place->older);
    put_first(place, made);
    return made;
}

RESULT readings_read(struct ctx *c, const struct reading *how, const char *of, struct bytes text,
                     const void **out)
{
    struct entry *e = keep(c, how, of, text);
    if (e == NULL) {
        void *read = arena_alloc(c->arena, how->size);
        TRY(how->read(c, text, read));
        *out = read;
        return ok();
    }
    e->holders++;
    ARENA_OWN(c->arena, struct entry, release, e);
    *out = e->read;
    return ok();
}
